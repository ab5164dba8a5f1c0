//! The backbone as it stands on screen: near parts over far ones, far ones paler.

use super::scale::{MISSING, diverging, motion};
use super::sheet::{At, GREY, INK, Sheet};
use super::{color_range, origin};
use crate::color::{Background, HELIX, Rgb, STRAND, categories};
use crate::numeric::Vec3;
use crate::study::DynamicsReport;

const WIDTH: f64 = 1400.0;
const HEIGHT: f64 = 1240.0;
const TOP: f64 = 130.0;
/// Pixels from the middle to what lies outermost, at magnification 1.
const REACH: f64 = 500.0;
/// Å between Cα atoms beyond which no bond is drawn.
const LONGEST_BOND: f64 = 4.6;

/// Colours in words of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shades {
    /// From rigid (blue) to mobile (red).
    #[default]
    Motion,
    /// About 0: blue, grey, red.
    Diverging,
    /// One colour a whole number from 0.
    Kinds,
    /// 0 = coil, 1 = helix, 2 = strand.
    Secondary,
}

/// How the structure is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Turn to the right in radians.
    pub yaw: f64,
    /// Turn upwards in radians.
    pub pitch: f64,
    /// 1 = everything fits.
    pub magnification: f64,
    /// One value a residue; empty = its RMSF.
    pub values: Vec<f64>,
    /// Values of the first and last colour.
    pub range: (f64, f64),
    /// What colours they get.
    pub shades: Shades,
    /// What the values are.
    pub about: String,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            yaw: 0.4,
            pitch: 0.25,
            magnification: 1.0,
            values: Vec::new(),
            range: (0.0, 1.0),
            shades: Shades::Motion,
            about: String::new(),
        }
    }
}

impl Look {
    /// With the RMSF as colours where there are no others.
    fn over(&self, report: &DynamicsReport) -> Self {
        if self.values.len() == report.protein.len() {
            return self.clone();
        }
        let range = color_range(&report.rmsf_angstrom);
        Self {
            values: report.rmsf_angstrom.clone(),
            range,
            shades: Shades::Motion,
            about: format!("RMSF {:.2}–{:.2} Å", range.0, range.1),
            ..*self
        }
    }

    fn color(&self, index: usize) -> Rgb {
        let value = self.values[index];
        let (low, high) = self.range;
        let part = (value - low) / (high - low);
        match self.shades {
            _ if !value.is_finite() => MISSING,
            Shades::Motion => motion(part),
            Shades::Diverging => diverging(2.0 * part - 1.0),
            Shades::Kinds => {
                let kinds = categories(Background::Light);
                kinds[value.max(0.0) as usize % kinds.len()]
            }
            Shades::Secondary => match value as usize {
                1 => HELIX,
                2 => STRAND,
                _ => COIL,
            },
        }
    }

    fn turned(&self, point: Vec3) -> Vec3 {
        let (sin, cos) = self.yaw.sin_cos();
        let x = cos * point.x + sin * point.z;
        let z = cos * point.z - sin * point.x;
        let (sin, cos) = self.pitch.sin_cos();
        Vec3::new(x, cos * point.y - sin * z, sin * point.y + cos * z)
    }
}

/// Coil, where secondary structure gives the colours.
const COIL: Rgb = Rgb(133, 133, 143);

pub(super) fn draw(report: &DynamicsReport, look: &Look) -> Sheet {
    let look = look.over(report);
    let mut sheet = Sheet::new(WIDTH as u32, HEIGHT as u32);
    let name = &report.protein.name;
    sheet.text(
        60.0,
        44.0,
        format!("{name} · structure"),
        42.0,
        At::Left,
        INK,
    );
    sheet.text(60.0, 90.0, origin(&report.provenance), 26.0, At::Left, GREY);
    sheet.text(
        WIDTH - 60.0,
        90.0,
        look.about.clone(),
        26.0,
        At::Right,
        GREY,
    );
    let atoms = report.protein.alpha_carbons();
    let known: Vec<Vec3> = atoms.iter().flatten().copied().collect();
    if known.is_empty() {
        return sheet;
    }
    let center = known.iter().sum::<Vec3>() / known.len() as f64;
    let radius = known
        .iter()
        .map(|p| (p - center).norm())
        .fold(3.0, f64::max);
    let seen: Vec<Option<Vec3>> = atoms
        .iter()
        .map(|p| p.map(|p| look.turned(p - center)))
        .collect();
    for (index, from, to) in pieces(&atoms, &seen) {
        piece(&mut sheet, &look, radius, look.color(index), from, to);
    }
    sheet
}

/// Halves of the bonds with the residue they belong to, the farthest first.
fn pieces(atoms: &[Option<Vec3>], seen: &[Option<Vec3>]) -> Vec<(usize, Vec3, Vec3)> {
    let mut pieces = Vec::new();
    for i in 1..atoms.len() {
        let (Some(a), Some(b)) = (atoms[i - 1], atoms[i]) else {
            continue;
        };
        let (Some(from), Some(to)) = (seen[i - 1], seen[i]) else {
            continue;
        };
        if (a - b).norm() <= LONGEST_BOND {
            let middle = (from + to) / 2.0;
            pieces.push((i - 1, from, middle));
            pieces.push((i, middle, to));
        }
    }
    pieces.sort_by(|a, b| (a.1.z + a.2.z).total_cmp(&(b.1.z + b.2.z)));
    pieces
}

fn piece(sheet: &mut Sheet, look: &Look, radius: f64, color: Rgb, from: Vec3, to: Vec3) {
    let scale = REACH * look.magnification / radius;
    let middle = (WIDTH / 2.0, TOP + (HEIGHT - TOP) / 2.0);
    let at = |p: Vec3| (middle.0 + p.x * scale, middle.1 - p.y * scale);
    // 0 at the back, 1 at the front.
    let depth = (f64::midpoint(from.z, to.z) / radius)
        .mul_add(0.5, 0.5)
        .clamp(0.0, 1.0);
    let pale = |c: u8| {
        let strength = 0.7 + 0.3 * depth;
        (255.0 - (255.0 - f64::from(c)) * strength).round() as u8
    };
    let thick = 8.0 + 10.0 * depth;
    let line = vec![at(from), at(to)];
    // A white rim parts what crosses.
    sheet.line(line.clone(), Rgb(255, 255, 255), (thick + 8.0) as u32);
    let Rgb(r, g, b) = color;
    let shade = Rgb(pale(r), pale(g), pale(b));
    sheet.line(line, shade, thick as u32);
    let (x, y) = at(to);
    sheet.dot(x, y, thick / 2.0, shade);
}
