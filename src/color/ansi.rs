//! The scales and palettes of 16 colours, by their ANSI numbers; glyphs carry what so few colours cannot.

use super::{Background, DivergingKind, SequentialKind};

/// From the first colour of a scale to the last.
#[must_use]
pub fn sequential(kind: SequentialKind, background: Background) -> &'static [u8] {
    use Background::{Dark, Light};
    use SequentialKind::{Cividis, Inferno, Motion, Viridis};
    match (kind, background) {
        (Motion, Dark) => &[12, 5, 9],
        (Motion, Light) => &[12, 5, 1],
        (Viridis, Dark) => &[5, 6, 10, 11],
        (Viridis, Light) => &[4, 5, 2],
        (Cividis, Dark) => &[4, 8, 3, 11],
        (Cividis, Light) => &[4, 8],
        (Inferno, Dark) => &[5, 9, 3, 11],
        (Inferno, Light) => &[0, 1, 9],
    }
}

/// An arm of a diverging scale from its grey outwards.
#[must_use]
pub fn arm(kind: DivergingKind, background: Background, above: bool) -> &'static [u8] {
    use Background::{Dark, Light};
    use DivergingKind::{BlueRed, PurpleOrange, TealBrown};
    match (kind, background, above) {
        (BlueRed | TealBrown, Dark, false) => &[8, 6, 14],
        (BlueRed | PurpleOrange, Dark, true) => &[8, 9],
        (PurpleOrange, Dark, false) => &[8, 13],
        (TealBrown, Dark, true) => &[8, 3],
        (BlueRed | TealBrown, Light, false) => &[8, 4],
        (PurpleOrange, Light, false) => &[8, 5],
        (_, Light, true) => &[8, 1],
    }
}

/// The colours of kinds.
#[must_use]
pub fn categories(background: Background) -> &'static [u8] {
    match background {
        Background::Dark => &[12, 11, 14, 13, 2, 9, 7],
        Background::Light => &[4, 9, 2, 5, 8, 12, 1],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::MARK_CONTRAST;
    use crate::color::terminal::xterm;

    #[test]
    fn sixteen_colours_stand_out_and_go_one_way_where_xterm_paints_them() {
        for background in [Background::Dark, Background::Light] {
            let arms = DivergingKind::ALL
                .into_iter()
                .flat_map(|kind| [false, true].map(|above| arm(kind, background, above)));
            let whole = SequentialKind::ALL.map(|kind| sequential(kind, background));
            for numbers in arms.chain(whole) {
                let light: Vec<f64> = numbers.iter().map(|n| xterm(*n).lab().lightness).collect();
                let way = (light[light.len() - 1] - light[0]).signum();
                let goes_on = |w: &[f64]| way * (w[1] - w[0]) > -0.5;
                assert!(light.windows(2).all(goes_on), "{numbers:?}: {light:?}");
            }
            let kinds = categories(background).iter();
            for number in kinds.chain(arm(DivergingKind::BlueRed, background, true)) {
                let contrast = xterm(*number).contrast(background.paper());
                assert!(contrast >= MARK_CONTRAST, "{number}: {contrast:.2}");
            }
            for kind in SequentialKind::ALL {
                for number in sequential(kind, background) {
                    assert!(xterm(*number).contrast(background.paper()) >= MARK_CONTRAST);
                }
            }
        }
    }
}
