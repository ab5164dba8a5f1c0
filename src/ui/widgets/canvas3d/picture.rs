//! The structure as a picture for terminals that show pixels: rods and balls, lit from above on the left.

use image::{Rgba, RgbaImage};
use ratatui::layout::Rect;
use ratatui::style::Color;

use super::raster::Raster;
use super::{Canvas3D, Pen, RenderMode, View};
use crate::numeric::Vec3;
use crate::ui::theme::{Role, Theme};

/// Pixels drawn at most; a larger picture has coarser ones.
const MOST_PIXELS: usize = 1_000_000;
/// Å between neighbouring pixels beyond which they are of two surfaces.
const EDGE: f32 = 1.5;
/// Steps of light: a few compress well and are not seen.
const LIGHT_STEPS: f64 = 24.0;
/// The same of red, green and blue.
const COLOR_STEP: f64 = 8.0;
/// Light where nothing falls, and what is added where it falls straight.
const LIGHT: (f64, f64) = (0.55, 0.6);

impl Canvas3D<'_> {
    /// The picture and the cells that it covers; `None` where the mode is another or nothing is known.
    /// Transparent where nothing is.
    #[must_use]
    pub fn picture(&self, area: Rect) -> Option<(Rect, RgbaImage)> {
        let RenderMode::Pixels(wide, high) = self.mode() else {
            return None;
        };
        let covered = Rect {
            height: self.rows(area.height),
            ..area
        };
        let pixels = |cells: u16, size: u16| usize::from(cells) * usize::from(size);
        let (width, height) = (pixels(covered.width, wide), pixels(covered.height, high));
        if width == 0 || height == 0 {
            return None;
        }
        let coarse = (1..).find(|k| width * height / (k * k) <= MOST_PIXELS)?;
        let cell = |size: u16| (size / coarse as u16).max(1);
        let drawn = Canvas3D {
            mode: RenderMode::Pixels(cell(wide), cell(high)),
            ..*self
        };
        let image = drawn.drawn(covered)?;
        if image.width() as usize == width && image.height() as usize == height {
            return Some((covered, image));
        }
        let nearest = image::imageops::FilterType::Nearest;
        let image = image::imageops::resize(&image, width as u32, height as u32, nearest);
        Some((covered, image))
    }

    fn drawn(&self, covered: Rect) -> Option<RgbaImage> {
        let (sx, sy) = self.pixels_a_cell();
        // The line below belongs to the area again.
        let view = self.view(covered.width, covered.height + 1)?;
        let mut raster = Raster::new(
            usize::from(covered.width) * sx as usize,
            usize::from(covered.height) * sy as usize,
        );
        raster.dot = (sx / 2.0).max(1.0);
        raster.relief = 1.0 / view.pixels_an_angstrom(0.0);
        self.paint(&mut raster, &view);
        Some(self.lit(&raster, &view))
    }

    fn lit(&self, raster: &Raster, view: &View) -> RgbaImage {
        let (width, height) = raster.size();
        let light = Vec3::new(-0.45, 0.6, 0.66);
        RgbaImage::from_fn(width as u32, height as u32, |x, y| {
            let (x, y) = (x as usize, y as usize);
            let Some((depth, color)) = raster.get(x, y) else {
                return Rgba([0, 0, 0, 0]);
            };
            let slope = |dx: usize, dy: usize| {
                let near = |x: usize, y: usize| {
                    let z = raster.get(x, y)?.0;
                    ((z - depth).abs() < EDGE).then_some(z)
                };
                let after = near(x + dx, y + dy);
                let before = (x >= dx && y >= dy).then(|| near(x - dx, y - dy)).flatten();
                let rise = match (before, after) {
                    (Some(a), Some(b)) => f64::from(b - a) / 2.0,
                    (Some(a), None) => f64::from(depth - a),
                    (None, Some(b)) => f64::from(b - depth),
                    (None, None) => 0.0,
                };
                rise / raster.relief
            };
            // Rows run down, the light comes from above.
            let normal = Vec3::new(-slope(1, 0), slope(0, 1), 1.0).normalize();
            let fall = normal.dot(&light).max(0.0);
            let light = LIGHT.0 + LIGHT.1 * fall;
            let light = (light * LIGHT_STEPS).round() / LIGHT_STEPS;
            let [r, g, b] = channels(self.shown(view, depth, color), self.theme);
            let lit = |c: u8| {
                let c = f64::from(c);
                let c = if light <= 1.0 {
                    c * light
                } else {
                    c + (255.0 - c) * (light - 1.0) * 2.0
                };
                ((c / COLOR_STEP).round() * COLOR_STEP).clamp(0.0, 255.0) as u8
            };
            Rgba([lit(r), lit(g), lit(b), 255])
        })
    }

    /// Rows of an area that the structure itself takes.
    pub(super) fn rows(&self, height: u16) -> u16 {
        match self.mode() {
            RenderMode::Pixels(..) => height.saturating_sub(1),
            _ => height,
        }
    }

    /// The name of the cursor's residue below the picture, which text cannot lie upon.
    pub(super) fn show_line(&self, pen: &mut Pen<'_>) {
        if self.label.is_empty() || pen.height() == 0 {
            return;
        }
        let (y, cursor) = (pen.height() - 1, self.theme.style(Role::Cursor));
        pen.text(0, y, &format!(" {} ", self.label), cursor);
    }
}

/// Red, green and blue; a colour without numbers is a grey that both backgrounds bear.
fn channels(color: Color, theme: &Theme) -> [u8; 3] {
    match (color, theme.color(Role::Trace)) {
        (Color::Rgb(r, g, b), _) | (_, Color::Rgb(r, g, b)) => [r, g, b],
        _ => [150, 150, 150],
    }
}
