//! Colours of pictures on white paper, safe for the colour blind.

use colorgrad::{BlendMode, CatmullRomGradient, Gradient, GradientBuilder};

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::export) struct Rgb(pub u8, pub u8, pub u8);

/// What is not known.
pub(super) const MISSING: Rgb = Rgb(214, 214, 214);

fn at(stops: &[[u8; 3]], t: f64) -> Rgb {
    let colors: Vec<_> = stops
        .iter()
        .map(|[r, g, b]| colorgrad::Color::from_rgba8(*r, *g, *b, 255))
        .collect();
    let built = GradientBuilder::new()
        .colors(&colors)
        .mode(BlendMode::Oklab)
        .build::<CatmullRomGradient>();
    let Ok(gradient) = built else { return MISSING };
    let [r, g, b, _] = gradient.at(t.clamp(0.0, 1.0) as f32).to_rgba8();
    Rgb(r, g, b)
}

/// From rigid (0, blue) to mobile (1, red).
pub(in crate::export) fn motion(t: f64) -> Rgb {
    at(
        &[
            [33, 102, 172],
            [120, 170, 210],
            [196, 196, 200],
            [235, 130, 95],
            [178, 24, 43],
        ],
        t,
    )
}

/// From −1 (blue) over 0 (white) to 1 (red).
pub(super) fn diverging(t: f64) -> Rgb {
    let stops = [
        [8, 48, 107],
        [33, 102, 172],
        [103, 169, 207],
        [209, 229, 240],
        [255, 255, 255],
        [253, 219, 199],
        [239, 138, 98],
        [178, 24, 43],
        [103, 0, 31],
    ];
    at(&stops, f64::midpoint(t, 1.0))
}

/// A table of a scale, for pictures of many pixels.
pub(super) fn table(scale: fn(f64) -> Rgb, from: f64, to: f64) -> impl Fn(f64) -> Rgb {
    let colors: Vec<Rgb> = (0..=255)
        .map(|i| scale(from + (to - from) * f64::from(i) / 255.0))
        .collect();
    move |value| {
        if value.is_nan() {
            return MISSING;
        }
        colors[((value - from) / (to - from) * 255.0)
            .round()
            .clamp(0.0, 255.0) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_white_and_ends_are_dark() {
        assert_eq!(diverging(0.0), Rgb(255, 255, 255));
        let (low, high) = (diverging(-1.0), diverging(1.0));
        assert!(low.2 > low.0 && high.0 > high.2);
        assert!(motion(0.0).2 > motion(0.0).0 && motion(1.0).0 > motion(1.0).2);
        let fast = table(diverging, -1.0, 1.0);
        assert_eq!(fast(f64::NAN), MISSING);
        assert_eq!(fast(5.0), high);
    }
}
