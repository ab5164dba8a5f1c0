//! A white page with lines, boxes, text and images, written as SVG or PNG.

use std::io::{self, Write};
use std::sync::Once;

use base64::Engine as _;
use image::{ImageEncoder, RgbImage};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Format;
use crate::color::Rgb;

/// Black enough.
pub(super) const INK: Rgb = Rgb(32, 32, 36);
/// For what matters less.
pub(super) const GREY: Rgb = Rgb(110, 110, 118);
/// Lines behind the data.
pub(super) const FAINT: Rgb = Rgb(226, 226, 230);

/// Where a text stands at its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// To the right of it, centred in height.
    Left,
    /// Centred.
    Center,
    /// To the left of it, centred in height.
    Right,
}

enum Mark {
    Box(f64, f64, f64, f64, Rgb),
    Line(Vec<(f64, f64)>, Rgb, u32),
    Dot(f64, f64, f64, Rgb),
    Text(f64, f64, String, f64, At, Rgb, bool),
    Image(f64, f64, f64, f64, RgbImage),
}

/// The page; lengths in pixels, at a scale for print.
pub(super) struct Sheet {
    width: u32,
    height: u32,
    marks: Vec<Mark>,
}

impl Sheet {
    pub fn new(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            marks: Vec::new(),
        }
    }

    pub fn rectangle(&mut self, x: f64, y: f64, width: f64, height: f64, color: Rgb) {
        self.marks.push(Mark::Box(x, y, width, height, color));
    }

    pub fn line(&mut self, points: Vec<(f64, f64)>, color: Rgb, thick: u32) {
        self.marks.push(Mark::Line(points, color, thick));
    }

    pub fn dot(&mut self, x: f64, y: f64, radius: f64, color: Rgb) {
        self.marks.push(Mark::Dot(x, y, radius, color));
    }

    pub fn text(&mut self, x: f64, y: f64, text: impl Into<String>, size: f64, at: At, color: Rgb) {
        self.marks
            .push(Mark::Text(x, y, text.into(), size, at, color, false));
    }

    /// Text that reads upwards.
    pub fn upright(&mut self, x: f64, y: f64, text: impl Into<String>, size: f64, color: Rgb) {
        self.marks
            .push(Mark::Text(x, y, text.into(), size, At::Center, color, true));
    }

    /// An image whose pixels stay square-edged.
    pub fn image(&mut self, x: f64, y: f64, width: f64, height: f64, pixels: RgbImage) {
        self.marks.push(Mark::Image(x, y, width, height, pixels));
    }

    /// A horizontal strip of a scale.
    pub fn strip(&mut self, x: f64, y: f64, width: f64, height: f64, color: impl Fn(f64) -> Rgb) {
        let pixels = RgbImage::from_fn(256, 1, |i, _| {
            let Rgb(r, g, b) = color(f64::from(i) / 255.0);
            image::Rgb([r, g, b])
        });
        self.image(x, y, width, height, pixels);
    }

    pub fn write(&self, format: Format, out: impl Write) -> io::Result<()> {
        fonts();
        match format {
            Format::Svg => self.write_svg(out),
            Format::Png => self.write_png(out),
        }
    }

    fn write_png(&self, out: impl Write) -> io::Result<()> {
        let mut pixels = vec![255u8; 3 * self.width as usize * self.height as usize];
        for mark in &self.marks {
            if let Mark::Image(x, y, width, height, image) = mark {
                self.blit(&mut pixels, (*x, *y, *width, *height), image);
            }
        }
        {
            let root = BitMapBackend::with_buffer(&mut pixels, (self.width, self.height))
                .into_drawing_area();
            self.draw(&root, 0.12)?;
        }
        image::codecs::png::PngEncoder::new(out)
            .write_image(
                &pixels,
                self.width,
                self.height,
                image::ExtendedColorType::Rgb8,
            )
            .map_err(io::Error::other)
    }

    fn blit(
        &self,
        pixels: &mut [u8],
        (x, y, width, height): (f64, f64, f64, f64),
        image: &RgbImage,
    ) {
        let (from_x, from_y) = (x.round() as u32, y.round() as u32);
        let (to_x, to_y) = ((x + width).round() as u32, (y + height).round() as u32);
        for py in from_y..to_y.min(self.height) {
            for px in from_x..to_x.min(self.width) {
                let source =
                    |p: u32, from: u32, to: u32, n: u32| (p - from) * n / (to - from).max(1);
                let sx =
                    source(px, from_x, to_x, image.width()).min(image.width().saturating_sub(1));
                let sy =
                    source(py, from_y, to_y, image.height()).min(image.height().saturating_sub(1));
                let at = 3 * (py as usize * self.width as usize + px as usize);
                pixels[at..at + 3].copy_from_slice(&image.get_pixel(sx, sy).0);
            }
        }
    }

    fn write_svg(&self, mut out: impl Write) -> io::Result<()> {
        let mut text = String::new();
        {
            let root =
                SVGBackend::with_string(&mut text, (self.width, self.height)).into_drawing_area();
            self.draw(&root, 0.0)?;
        }
        let body = text.find('>').map_or(0, |i| i + 1);
        out.write_all(&text.as_bytes()[..body])?;
        writeln!(
            out,
            "\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"
        )?;
        for mark in &self.marks {
            if let Mark::Image(x, y, width, height, image) = mark {
                write_svg_image(&mut out, (*x, *y, *width, *height), image)?;
            }
        }
        out.write_all(&text.as_bytes()[body..])
    }

    /// `lower`: by which part of its size text is moved down, for a backend that centres it with its
    /// descenders.
    fn draw<B: DrawingBackend>(&self, root: &DrawingArea<B, Shift>, lower: f64) -> io::Result<()> {
        for mark in &self.marks {
            draw_mark(root, mark, lower).map_err(|e| io::Error::other(e.to_string()))?;
        }
        root.present().map_err(|e| io::Error::other(e.to_string()))
    }
}

fn write_svg_image(
    out: &mut impl Write,
    (x, y, width, height): (f64, f64, f64, f64),
    image: &RgbImage,
) -> io::Result<()> {
    let mut png = Vec::new();
    image::codecs::png::PngEncoder::new(&mut png)
        .write_image(
            image.as_raw(),
            image.width(),
            image.height(),
            image::ExtendedColorType::Rgb8,
        )
        .map_err(io::Error::other)?;
    let data = base64::engine::general_purpose::STANDARD.encode(png);
    writeln!(
        out,
        "<image x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" preserveAspectRatio=\"none\" \
         style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{data}\"/>"
    )
}

type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

fn draw_mark<B: DrawingBackend>(root: &DrawingArea<B, Shift>, mark: &Mark, lower: f64) -> Drawn<B> {
    let pixel = |x: f64, y: f64| (x.round() as i32, y.round() as i32);
    match mark {
        Mark::Image(..) => Ok(()),
        Mark::Box(x, y, width, height, color) => {
            let corners = [pixel(*x, *y), pixel(x + width, y + height)];
            root.draw(&Rectangle::new(corners, ink(*color).filled()))
        }
        Mark::Line(points, color, thick) => {
            let points: Vec<(i32, i32)> = points.iter().map(|(x, y)| pixel(*x, *y)).collect();
            root.draw(&PathElement::new(points, ink(*color).stroke_width(*thick)))
        }
        Mark::Dot(x, y, radius, color) => root.draw(&Circle::new(
            pixel(*x, *y),
            radius.round() as i32,
            ink(*color).filled(),
        )),
        Mark::Text(x, y, text, size, at, color, upright) => {
            let side = match at {
                At::Left => HPos::Left,
                At::Center => HPos::Center,
                At::Right => HPos::Right,
            };
            let color = ink(*color);
            let mut style = TextStyle::from(("sans-serif", *size).into_font())
                .color(&color)
                .pos(Pos::new(side, VPos::Center));
            if *upright {
                style = style.transform(FontTransform::Rotate270);
            }
            let (dx, dy) = if *upright {
                (lower * size, 0.0)
            } else {
                (0.0, lower * size)
            };
            root.draw(&Text::new(text.clone(), pixel(x + dx, y + dy), style))
        }
    }
}

fn ink(Rgb(r, g, b): Rgb) -> RGBColor {
    RGBColor(r, g, b)
}

/// Gives plotters its one font.
fn fonts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let font = include_bytes!("../../../assets/fonts/DejaVuSans.ttf");
        if plotters::style::register_font("sans-serif", FontStyle::Normal, font).is_err() {
            log::error!("the built-in font cannot be read; pictures have no text");
        }
    });
}
