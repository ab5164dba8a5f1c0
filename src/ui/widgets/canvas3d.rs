//! The backbone in three dimensions: a smooth trace with depth, ellipsoid axes, the cursor and a pair.
//!
//! ```text
//!        ⢀⣠⣤⡀              near parts bright, far parts faded; nearer strands cut a gap into farther ones
//!      ⣴⠟⠉  ⠙⣧   ◉ R123    the residue of the cursor, with its ellipsoid
//!    ⠐⡟⠁ ·····⣿⡄           the line of a pair
//!     ⠻⣦⣀⣀⣤⠞⠋ ╲            main axes of the ellipsoids as lines
//! ```

mod picture;
mod projection;
mod raster;
mod trace;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use ratatui::widgets::Widget;

use self::projection::View;
pub use self::projection::{Camera, Frame, Projection, upright};
use self::raster::Raster;
use super::dots::{BRAILLE, character};
use super::pen::Pen;
use crate::numeric::{Covariance3, Vec3};
use crate::ui::theme::{Role, Theme};

/// What a cell is divided into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RenderMode {
    /// 2 × 4 dots, one colour a cell.
    #[default]
    Braille,
    /// 1 × 2 blocks, each with its colour.
    HalfBlock,
    /// Characters whose ink is nearness.
    Ascii,
    /// A picture of so many pixels a cell across and down, made by [`Canvas3D::picture`]; drawn into
    /// cells it leaves them empty but for a line below.
    Pixels(u16, u16),
}

#[derive(Debug, Clone, Copy)]
pub struct Canvas3D<'a> {
    /// Cα positions in Å.
    pub points: &'a [Option<Vec3>],
    /// Whether residue i is bonded to i + 1; empty = decided by distance.
    pub bonded: &'a [bool],
    /// A colour a residue; empty = the trace's own.
    pub colors: &'a [Color],
    /// Radius of the trace in Å a residue; empty = 0.45.
    pub radii: &'a [f64],
    /// Half main axes of the ellipsoids in Å; may be empty. See [`principal_axes`].
    pub axes: &'a [Option<Vec3>],
    /// The covariance of the cursor's residue, drawn as an ellipsoid.
    pub ellipsoid: Option<Covariance3>,
    /// Factor on axes and ellipsoid: 1 = one standard deviation.
    pub exaggeration: f64,
    /// More conformations of the same residues, drawn thin and faint.
    pub ghosts: &'a [Vec<Option<Vec3>>],
    /// What stands around, drawn thin and grey.
    pub beside: Beside<'a>,
    /// Marked residues; may be empty.
    pub marked: &'a [bool],
    /// Selected residues; may be empty.
    pub selected: &'a [bool],
    /// Names of other residues than the cursor's.
    pub labels: &'a [Label],
    pub cursor: Option<usize>,
    /// Name of the cursor's residue, written beside it.
    pub label: &'a str,
    /// A pair joined by a line.
    pub pair: Option<(usize, usize)>,
    /// From where it is seen.
    pub camera: Camera,
    /// What is fitted into the area; `None` = the points. Give it while they move.
    pub frame: Option<Frame>,
    pub mode: RenderMode,
    pub theme: &'a Theme,
}

/// What is no part of the trace: other chains, each with which of its points are joined; bonds; single atoms.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    pub strands: &'a [(&'a [Option<Vec3>], &'a [bool])],
    pub bonds: &'a [[Vec3; 2]],
    pub atoms: &'a [Vec3],
}

/// A word beside a residue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    residue: usize,
    text: String,
    role: Role,
}

impl Label {
    #[must_use]
    pub fn new(residue: usize, text: String, role: Role) -> Self {
        Self {
            residue,
            text,
            role,
        }
    }
}

/// Radius of the trace in Å.
const TRACE_RADIUS: f64 = 0.45;

/// The same of what stands around.
const BESIDE_RADIUS: f64 = 0.2;

/// How much nearer in Å a strand is that cuts a gap into another.
const STRAND_GAP: f32 = 5.0;

impl<'a> Canvas3D<'a> {
    /// The trace with nothing else.
    #[must_use]
    pub fn new(points: &'a [Option<Vec3>], camera: Camera, theme: &'a Theme) -> Self {
        Self {
            points,
            bonded: &[],
            colors: &[],
            radii: &[],
            axes: &[],
            ellipsoid: None,
            exaggeration: 1.0,
            ghosts: &[],
            beside: Beside::default(),
            marked: &[],
            selected: &[],
            labels: &[],
            cursor: None,
            label: "",
            pair: None,
            camera,
            frame: None,
            mode: RenderMode::Braille,
            theme,
        }
    }

    /// The residue nearest to the middle of a cell, within two cells; the front one of equals.
    #[must_use]
    pub fn hit(&self, area: Rect, column: u16, row: u16) -> Option<usize> {
        if !area.contains((column, row).into()) {
            return None;
        }
        let view = self.view(area.width, area.height)?;
        let (sx, sy) = self.pixels_a_cell();
        let x = (f64::from(column - area.x) + 0.5) * sx;
        let y = (f64::from(row - area.y) + 0.5) * sy;
        let reach = 2.0 * sx;
        let mut best: Option<(f64, usize)> = None;
        for (residue, point) in self.points.iter().enumerate() {
            let Some(p) = point.map(|p| view.project(p)) else {
                continue;
            };
            let away = (p.x - x).hypot((p.y - y) / self.aspect());
            // A residue in front wins over one that is a little nearer to the pointer.
            let cost = away / reach + 0.25 * view.farness(p.z);
            if away <= reach && best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, residue));
            }
        }
        best.map(|(_, residue)| residue)
    }

    fn mode(&self) -> RenderMode {
        if self.theme.glyphs.is_ascii() {
            RenderMode::Ascii
        } else {
            self.mode
        }
    }

    fn pixels_a_cell(&self) -> (f64, f64) {
        match self.mode() {
            RenderMode::Braille => (2.0, 4.0),
            RenderMode::HalfBlock => (1.0, 2.0),
            RenderMode::Ascii => (1.0, 1.0),
            RenderMode::Pixels(wide, high) => (f64::from(wide.max(1)), f64::from(high.max(1))),
        }
    }

    /// Height of a pixel in its widths: a cell of text is twice as high as wide.
    fn aspect(&self) -> f64 {
        let (sx, sy) = self.pixels_a_cell();
        match self.mode() {
            RenderMode::Pixels(..) => 1.0,
            _ => sy / (2.0 * sx),
        }
    }

    fn view(&self, width: u16, height: u16) -> Option<View> {
        let frame = self.frame.or_else(|| Frame::around(self.points))?;
        let (sx, sy) = self.pixels_a_cell();
        let size = (f64::from(width) * sx, f64::from(self.rows(height)) * sy);
        Some(View::new(self.camera, frame, size, self.aspect()))
    }

    fn color(&self, residue: usize) -> Color {
        let own = || self.theme.color(Role::Trace);
        self.colors.get(residue).copied().unwrap_or_else(own)
    }

    fn paint(&self, raster: &mut Raster, view: &View) {
        self.paint_beside(raster, view);
        for ghost in self.ghosts {
            let color = self.theme.color(Role::Dim);
            trace::draw(raster, view, ghost, self.bonded, &|_| (color, 0.0));
        }
        let radius = |residue: usize| self.radii.get(residue).copied().unwrap_or(TRACE_RADIUS);
        trace::draw(raster, view, self.points, self.bonded, &|r| {
            (self.color(r), radius(r))
        });
        if view.pixels_an_angstrom(0.0) > 1.5 {
            raster.cut_gaps(STRAND_GAP);
        }
        self.paint_axes(raster, view);
        for (residue, point) in self.points.iter().enumerate() {
            let Some(point) = point else { continue };
            if self.marked.get(residue) == Some(&true) {
                raster.ball(view, *point, 1.0, 1.2, self.theme.color(Role::Mark));
            } else if self.selected.get(residue) == Some(&true) {
                raster.ball(view, *point, 0.8, 1.0, self.theme.color(Role::Accent));
            }
        }
        self.paint_cursor(raster, view);
    }

    fn paint_beside(&self, raster: &mut Raster, view: &View) {
        let (color, beside) = (self.theme.color(Role::Dim), self.beside);
        for (points, joined) in beside.strands {
            trace::draw(raster, view, points, joined, &|_| (color, BESIDE_RADIUS));
        }
        for [a, b] in beside.bonds {
            raster.segment(view, *a, *b, color, 1);
        }
        for atom in beside.atoms {
            raster.ball(view, *atom, 0.7, 0.9, color);
        }
    }

    fn paint_axes(&self, raster: &mut Raster, view: &View) {
        for (residue, (axis, point)) in self.axes.iter().zip(self.points).enumerate() {
            if let (Some(axis), Some(point)) = (axis, point) {
                let half = axis * self.exaggeration;
                raster.segment(view, point - half, point + half, self.color(residue), 1);
            }
        }
    }

    fn paint_cursor(&self, raster: &mut Raster, view: &View) {
        let theme = self.theme;
        let at = |residue: usize| self.points.get(residue).copied().flatten();
        if let Some((a, b)) = self.pair.and_then(|(i, j)| Some((at(i)?, at(j)?))) {
            raster.on_top = true;
            raster.segment(view, a, b, theme.color(Role::Pair), 2);
            raster.ball(view, b, 0.8, 1.0, theme.color(Role::Pair));
            raster.on_top = false;
        }
        let Some(point) = self.cursor.and_then(at) else {
            return;
        };
        let color = theme.style(Role::Cursor).bg.unwrap_or(Color::Reset);
        if let Some(covariance) = self.ellipsoid {
            for ring in trace::rings(&(covariance * self.exaggeration.powi(2))) {
                for step in ring.windows(2) {
                    raster.segment(
                        view,
                        point + step[0],
                        point + step[1],
                        theme.color(Role::Accent),
                        1,
                    );
                }
            }
        }
        raster.on_top = true;
        raster.ball(view, point, 1.0, 1.6, color);
        raster.on_top = false;
    }

    fn show(&self, pen: &mut Pen<'_>, raster: &Raster, view: &View) {
        for y in 0..pen.height() {
            for x in 0..pen.width() {
                match self.mode() {
                    RenderMode::Braille => self.show_braille(pen, raster, view, x, y),
                    RenderMode::HalfBlock => self.show_halves(pen, raster, view, x, y),
                    RenderMode::Ascii => self.show_ascii(pen, raster, view, x, y),
                    RenderMode::Pixels(..) => {}
                }
            }
        }
    }

    fn shown(&self, view: &View, depth: f32, color: Color) -> Color {
        self.theme
            .faded(color, 0.4 * view.farness(f64::from(depth)))
    }

    fn show_braille(&self, pen: &mut Pen<'_>, raster: &Raster, view: &View, x: u16, y: u16) {
        let mut bits = 0;
        let mut nearest: Option<(f32, Color)> = None;
        for (row, line) in BRAILLE.iter().enumerate() {
            for (column, bit) in line.iter().enumerate() {
                let at = (2 * usize::from(x) + column, 4 * usize::from(y) + row);
                if let Some((depth, color)) = raster.get(at.0, at.1) {
                    bits |= bit;
                    if nearest.is_none_or(|(z, _)| depth > z) {
                        nearest = Some((depth, color));
                    }
                }
            }
        }
        if let (Some((depth, color)), Some(cell)) = (nearest, pen.cell(x, y)) {
            cell.set_char(character(bits, self.theme.glyphs));
            cell.set_fg(self.shown(view, depth, color));
            if !self.theme.is_rich() && view.farness(f64::from(depth)) > 0.62 {
                cell.modifier.insert(Modifier::DIM);
            }
        }
    }

    fn show_halves(&self, pen: &mut Pen<'_>, raster: &Raster, view: &View, x: u16, y: u16) {
        let at = |row: usize| {
            let (depth, color) = raster.get(usize::from(x), 2 * usize::from(y) + row)?;
            Some(self.shown(view, depth, color))
        };
        let Some(cell) = pen.cell(x, y) else { return };
        match (at(0), at(1)) {
            (None, None) => {}
            (Some(upper), Some(lower)) if upper == lower => {
                cell.set_char('█').set_fg(upper);
            }
            (Some(upper), None) => {
                cell.set_char('▀').set_fg(upper);
            }
            (None, Some(lower)) => {
                cell.set_char('▄').set_fg(lower);
            }
            (Some(upper), Some(lower)) => {
                cell.set_char('▀').set_fg(upper).set_bg(lower);
            }
        }
    }

    fn show_ascii(&self, pen: &mut Pen<'_>, raster: &Raster, view: &View, x: u16, y: u16) {
        let Some((depth, color)) = raster.get(usize::from(x), usize::from(y)) else {
            return;
        };
        let near = 1.0 - view.farness(f64::from(depth));
        if let Some(cell) = pen.cell(x, y) {
            cell.set_char(crate::ui::glyphs::step(&['.', ':', 'o', 'O', '#'], near));
            cell.set_fg(self.shown(view, depth, color));
        }
    }

    /// The names of residues; the cursor's last, with a character where it has no colour.
    fn show_labels(&self, pen: &mut Pen<'_>, view: &View) {
        for label in self.labels {
            if let Some((x, y)) = self.cell_of(pen, view, label.residue) {
                pen.text(x + 1, y, &label.text, self.theme.style(label.role));
            }
        }
        let Some((x, y)) = self.cursor.and_then(|c| self.cell_of(pen, view, c)) else {
            return;
        };
        if self.mode() == RenderMode::Ascii || !self.theme.has_color() {
            pen.put(x, y, '@', self.theme.style(Role::Cursor));
        }
        pen.text(x + 2, y, self.label, self.theme.style(Role::Cursor));
    }

    fn cell_of(&self, pen: &Pen<'_>, view: &View, residue: usize) -> Option<(u16, u16)> {
        let point = self.points.get(residue).copied().flatten()?;
        let (sx, sy) = self.pixels_a_cell();
        let p = view.project(point);
        let (x, y) = ((p.x / sx).floor(), (p.y / sy).floor());
        let inside = |v: f64, end: u16| v >= 0.0 && v < f64::from(end);
        (inside(x, pen.width()) && inside(y, pen.height())).then_some((x as u16, y as u16))
    }
}

impl Widget for &Canvas3D<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Some(mut pen) = Pen::new(buf, area) else {
            return;
        };
        if matches!(self.mode(), RenderMode::Pixels(..)) {
            self.show_line(&mut pen);
            return;
        }
        let Some(view) = self.view(pen.width(), pen.height()) else {
            return;
        };
        let (sx, sy) = self.pixels_a_cell();
        let mut raster = Raster::new(
            usize::from(pen.width()) * sx as usize,
            usize::from(pen.height()) * sy as usize,
        );
        self.paint(&mut raster, &view);
        self.show(&mut pen, &raster, &view);
        self.show_labels(&mut pen, &view);
    }
}

/// The half main axes of ellipsoids in Å: principal direction times one standard deviation along it.
#[must_use]
pub fn principal_axes(marginals: &[Option<Covariance3>]) -> Vec<Option<Vec3>> {
    marginals
        .iter()
        .map(|m| m.as_ref().map(trace::principal_axis))
        .collect()
}

#[cfg(test)]
mod tests;
