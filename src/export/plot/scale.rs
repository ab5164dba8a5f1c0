//! The colours of screen and files on white paper.

use crate::color::{Background, DivergingKind, Rgb, SequentialKind};

/// What is not known.
pub(super) const MISSING: Rgb = Rgb(214, 214, 214);

const PAPER: Background = Background::Light;

/// From rigid (0, blue) to mobile (1, red).
pub(in crate::export) fn motion(t: f64) -> Rgb {
    let colors = SequentialKind::Motion.colors(PAPER);
    colors[(t.clamp(0.0, 1.0) * (colors.len() - 1) as f64).round() as usize]
}

/// From −1 (blue) over 0 (grey) to 1 (red).
pub(super) fn diverging(t: f64) -> Rgb {
    DivergingKind::BlueRed.color(PAPER, t)
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
    fn files_have_the_colours_of_the_screen() {
        let (low, high) = (diverging(-1.0), diverging(1.0));
        assert!(low.2 > low.0 && high.0 > high.2);
        assert!(motion(0.0).2 > motion(0.0).0 && motion(1.0).0 > motion(1.0).2);
        let fast = table(diverging, -1.0, 1.0);
        assert_eq!(fast(f64::NAN), MISSING);
        assert_eq!(fast(5.0), high);
        assert_ne!(diverging(0.0), MISSING);
    }
}
