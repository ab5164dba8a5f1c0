//! Colours of kinds: chains, domains, secondary structure.

use super::{Background, Rgb};

/// Seven that the colour blind tell apart, none of them the cursor's or a mark's.
const DARK: [Rgb; 7] = [
    Rgb(0x79, 0x71, 0xfd),
    Rgb(0xfd, 0xcb, 0x96),
    Rgb(0x73, 0xe7, 0xe1),
    Rgb(0xa2, 0x52, 0x60),
    Rgb(0xd0, 0xde, 0x31),
    Rgb(0x2b, 0x7a, 0x04),
    Rgb(0x26, 0x6f, 0xa4),
];

const LIGHT: [Rgb; 7] = [
    Rgb(0x37, 0x41, 0xc4),
    Rgb(0xc5, 0x97, 0x1a),
    Rgb(0x21, 0xae, 0xb6),
    Rgb(0x80, 0x3b, 0x5f),
    Rgb(0xec, 0x7f, 0x6b),
    Rgb(0x27, 0x5e, 0x0e),
    Rgb(0x5e, 0xa0, 0xf7),
];

/// Helices and strands in files; on screen themes say it, by the same hues.
pub const HELIX: Rgb = Rgb(0x6a, 0x3f, 0xc9);
pub const STRAND: Rgb = Rgb(0x00, 0x79, 0x6b);

/// The colours of kinds, one after the other; beyond the last they come again.
#[must_use]
pub fn categories(background: Background) -> &'static [Rgb] {
    match background {
        Background::Dark => &DARK,
        Background::Light => &LIGHT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::MARK_CONTRAST;

    /// As seen without one kind of cones, in linear light (Machado, Oliveira and Fernandes 2009, severity 1).
    const MISSING_CONES: [[[f64; 3]; 3]; 2] = [
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ];

    fn seen(color: Rgb, cones: &[[f64; 3]; 3]) -> Rgb {
        let Rgb(r, g, b) = color;
        let linear = [r, g, b].map(|c| Rgb(c, c, c).luminance());
        let channel = |row: &[f64; 3]| {
            let light: f64 = row.iter().zip(linear).map(|(a, b)| a * b).sum();
            (0..=255u8)
                .min_by(|x, y| {
                    let far = |c: u8| (Rgb(c, c, c).luminance() - light).abs();
                    far(*x).total_cmp(&far(*y))
                })
                .unwrap_or(0)
        };
        Rgb(channel(&cones[0]), channel(&cones[1]), channel(&cones[2]))
    }

    #[test]
    fn kinds_are_told_apart_by_everybody() {
        for background in [Background::Dark, Background::Light] {
            let colors = categories(background);
            for (i, a) in colors.iter().enumerate() {
                let contrast = a.contrast(background.paper());
                assert!(contrast >= MARK_CONTRAST, "{a:?}: {contrast:.2}");
                for b in &colors[..i] {
                    let far = a.lab().distance(b.lab());
                    assert!(far > 40.0, "{a:?} {b:?}: {far:.0}");
                    for cones in &MISSING_CONES {
                        let far = seen(*a, cones).lab().distance(seen(*b, cones).lab());
                        assert!(far > 25.0, "{a:?} {b:?}: {far:.0}");
                    }
                }
            }
        }
    }
}
