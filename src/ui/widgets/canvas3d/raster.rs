//! Pixels with a depth: what is nearer stays.

use std::ops::Range;

use ratatui::style::Color;

use super::projection::View;
use crate::numeric::Vec3;

const EMPTY: f32 = f32::NEG_INFINITY;

/// Pixels: thinner discs would leave single dots.
const SLIM: f64 = 0.72;

/// The picture: a depth and a colour a pixel.
pub(super) struct Raster {
    width: usize,
    height: usize,
    depth: Vec<f32>,
    color: Vec<Color>,
    pub on_top: bool,
    /// Pixels of a dot: 1, but more in a picture.
    pub dot: f64,
    /// Å of a pixel in a picture, where a disc is a ball; 0 = flat.
    pub relief: f64,
}

impl Raster {
    pub fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            depth: vec![EMPTY; width * height],
            color: vec![Color::Reset; width * height],
            on_top: false,
            dot: 1.0,
            relief: 0.0,
        }
    }

    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    pub fn get(&self, x: usize, y: usize) -> Option<(f32, Color)> {
        let at = (x < self.width && y < self.height).then(|| y * self.width + x)?;
        (self.depth[at] > EMPTY).then(|| (self.depth[at], self.color[at]))
    }

    /// Whether nothing between two projected points, nor anything so near to them, is in the picture.
    pub fn misses(&self, a: Vec3, b: Vec3, margin: f64) -> bool {
        let beside =
            |a: f64, b: f64, end: usize| a.max(b) < -margin || a.min(b) > end as f64 + margin;
        beside(a.x, b.x, self.width) || beside(a.y, b.y, self.height)
    }

    fn set(&mut self, x: usize, y: usize, z: f64, color: Color) {
        let (at, z) = (y * self.width + x, z as f32);
        if self.on_top || z > self.depth[at] {
            // Light falls on the shape itself; of the dots of a cell the one on top gives the colour.
            self.depth[at] = if self.on_top && self.relief <= 0.0 {
                f32::MAX
            } else {
                z
            };
            self.color[at] = color;
        }
    }

    /// A disc of `radius` pixels around a projected point, as high as wide on the screen.
    pub fn disc(&mut self, center: Vec3, radius: f64, aspect: f64, color: Color) {
        let radius = radius.max(if self.relief > 0.0 { 1.0 } else { SLIM });
        for y in span(center.y, radius * aspect, self.height) {
            let down = y as f64 + 0.5 - center.y;
            let square = (down / aspect).powi(2);
            for x in span(center.x, radius, self.width) {
                let across = x as f64 + 0.5 - center.x;
                let away = (across * across + square).sqrt();
                let middle = across.abs() <= 0.5 && down.abs() <= 0.5;
                if away > radius && !middle {
                    continue;
                }
                // The middle of a rod is nearer than its edge.
                let inward = (1.0 - away / radius).max(0.0);
                let rise = if self.relief > 0.0 {
                    self.relief * radius * (inward * (2.0 - inward)).sqrt()
                } else {
                    0.4 * inward
                };
                self.set(x, y, center.z + rise, color);
            }
        }
    }

    /// A ball of a radius in Å, of at least `least` pixels.
    pub fn ball(&mut self, view: &View, center: Vec3, angstrom: f64, least: f64, color: Color) {
        let p = view.project(center);
        let radius =
            (angstrom * view.pixels_an_angstrom(p.z)).clamp(least * self.dot, 14.0 * self.dot);
        self.disc(p, radius, view.aspect(), color);
    }

    /// A thin line between two points of space; every `every`-th pixel.
    pub fn segment(&mut self, view: &View, from: Vec3, to: Vec3, color: Color, every: usize) {
        let (a, b) = (view.project(from), view.project(to));
        let length = (b.x - a.x).abs().max((b.y - a.y).abs());
        if !length.is_finite() || self.misses(a, b, self.dot) {
            return;
        }
        let steps = ((length / (0.3 * self.dot).max(1.0)).ceil() as usize).clamp(1, 4000);
        let every = if self.dot > 1.0 { 3 * every - 2 } else { every };
        for i in (0..=steps).step_by(every.max(1)) {
            let p = a + (b - a) * (i as f64 / steps as f64);
            if self.dot > 1.0 {
                self.disc(p, 0.3 * self.dot, 1.0, color);
            } else {
                for (x, y) in span(p.x, 0.0, self.width).zip(span(p.y, 0.0, self.height)) {
                    self.set(x, y, p.z, color);
                }
            }
        }
    }

    /// Clears pixels beside much nearer ones, so that strands in front stand off from those behind.
    pub fn cut_gaps(&mut self, gap: f32) {
        let depth = self.depth.clone();
        let reach = (0.4 * self.dot).ceil() as usize;
        for y in 0..self.height {
            for x in 0..self.width {
                let at = y * self.width + x;
                if depth[at] == EMPTY {
                    continue;
                }
                let limit = depth[at] + gap;
                let covered = (1..=reach).any(|r| {
                    (x >= r && depth[at - r] > limit)
                        || (x + r < self.width && depth[at + r] > limit)
                        || (y >= r && depth[at - r * self.width] > limit)
                        || (y + r < self.height && depth[at + r * self.width] > limit)
                });
                if covered {
                    self.depth[at] = EMPTY;
                }
            }
        }
    }
}

/// The pixels of a row of `end` within `reach` of a place, and the one in which it lies; none outside.
fn span(at: f64, reach: f64, end: usize) -> Range<usize> {
    let (first, last) = (at.floor() - reach.ceil(), at.floor() + reach.ceil());
    first.max(0.0) as usize..(last + 1.0).clamp(0.0, end as f64) as usize
}
