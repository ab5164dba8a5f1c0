//! Scales: from a number to a colour.
//!
//! Lightness rises or falls all along a sequential scale, away from the background for what matters more,
//! and on either side of zero along a diverging one, whose zero is a grey that stands out. All are safe for the
//! colour blind: they differ in blue against yellow and in lightness.

use super::rgb::Lab;
use super::{Background, MARK_CONTRAST, Rgb};

/// Colours of a scale.
pub const SHADES: usize = 256;

/// Scales of values from little to much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SequentialKind {
    /// Blue = rigid, red = mobile: the habit of B-factor pictures.
    #[default]
    Motion,
    Viridis,
    /// Blue to yellow, made for the colour blind.
    Cividis,
    Inferno,
}

impl SequentialKind {
    pub const ALL: [Self; 4] = [Self::Viridis, Self::Cividis, Self::Inferno, Self::Motion];

    /// The name in theme files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Viridis => "viridis",
            Self::Cividis => "cividis",
            Self::Inferno => "inferno",
            Self::Motion => "motion",
        }
    }

    /// The scale of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.id() == id)
    }

    /// From the first colour to the last, evenly spaced in lightness and hue (CIELAB).
    fn stops(self, background: Background) -> &'static [&'static str] {
        match (self, background) {
            (Self::Motion, Background::Dark) => {
                &["#0183e8", "#8e7bd9", "#d16eba", "#ff6188", "#fe7765"]
            }
            (Self::Motion, Background::Light) => {
                &["#4ba7f0", "#7b87d0", "#aa5c97", "#b33256", "#a31719"]
            }
            (Self::Viridis, _) => &[
                "#440154", "#482878", "#3e4a89", "#31688e", "#26828e", "#1f9e89", "#35b779",
                "#6ece58", "#b5de2b", "#fde725",
            ],
            (Self::Cividis, _) => &[
                "#00204d", "#00336f", "#39486b", "#575c6d", "#707173", "#8a8779", "#a69d75",
                "#c4b56c", "#e4cf5b", "#ffea46",
            ],
            (Self::Inferno, _) => &[
                "#000004", "#1b0c41", "#4a0c6b", "#781c6d", "#a52c60", "#cf4446", "#ed6925",
                "#fb9b06", "#f7d13d", "#fcffa4",
            ],
        }
    }

    /// All its colours for a background; what would drown in it is cut off.
    #[must_use]
    pub fn colors(self, background: Background) -> Vec<Rgb> {
        let fine = blended(self.stops(background), 4 * SHADES);
        let paper = background.paper();
        let seen: Vec<Rgb> = fine
            .into_iter()
            .filter(|c| c.contrast(paper) >= MARK_CONTRAST)
            .collect();
        let last = (seen.len() - 1) as f64;
        let at = |i: usize| (last * i as f64 / (SHADES - 1) as f64).round() as usize;
        (0..SHADES).map(|i| seen[at(i)]).collect()
    }
}

/// Scales of values on both sides of zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DivergingKind {
    /// Blue below zero, red above.
    #[default]
    BlueRed,
    /// Purple below zero, orange above.
    PurpleOrange,
    /// Teal below zero, brown above.
    TealBrown,
}

impl DivergingKind {
    pub const ALL: [Self; 3] = [Self::BlueRed, Self::PurpleOrange, Self::TealBrown];

    /// The name in theme files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::BlueRed => "blue-red",
            Self::PurpleOrange => "purple-orange",
            Self::TealBrown => "teal-brown",
        }
    }

    /// The scale of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.id() == id)
    }

    /// The stops from −1 to 1, a grey in the middle. On dark the upper end, damage, is never the palest.
    fn stops(self, background: Background) -> &'static [&'static str] {
        match (self, background) {
            (Self::BlueRed, Background::Dark) => &[
                "#a8dbfe", "#62beff", "#4c99d5", "#777777", "#bd6a5f", "#e46254", "#ff6753",
            ],
            (Self::BlueRed, Background::Light) => &[
                "#004087", "#0268b3", "#508bc1", "#a6a6a6", "#c77169", "#b73e3c", "#8d1422",
            ],
            (Self::PurpleOrange, Background::Dark) => &[
                "#dcc1f7", "#c09ff0", "#9d85ca", "#777777", "#b27e50", "#d98d3b", "#f9a429",
            ],
            (Self::PurpleOrange, Background::Light) => &[
                "#462784", "#7351ac", "#947cb5", "#a6a6a6", "#b97f4c", "#a35a18", "#7c3c0c",
            ],
            (Self::TealBrown, Background::Dark) => &[
                "#93e6db", "#4dc5bb", "#479e98", "#777777", "#9d7e58", "#b68c4d", "#cea24c",
            ],
            (Self::TealBrown, Background::Light) => &[
                "#004b47", "#01726b", "#4c928b", "#a6a6a6", "#a78253", "#916027", "#6a3f14",
            ],
        }
    }

    /// The colours of an arm from zero outwards: −1 of what lies below it, 1 of what lies above.
    #[must_use]
    pub fn arm(self, background: Background, above: bool) -> Vec<Rgb> {
        let stops = self.stops(background);
        let middle = stops.len() / 2;
        if above {
            return blended(&stops[middle..], SHADES / 2);
        }
        let below: Vec<&str> = stops[..=middle].iter().rev().copied().collect();
        blended(&below, SHADES / 2)
    }

    /// The colour of a value from −1 to 1.
    #[must_use]
    pub fn color(self, background: Background, value: f64) -> Rgb {
        let arm = self.arm(background, value > 0.0);
        let last = (arm.len() - 1) as f64;
        arm[(value.abs().clamp(0.0, 1.0) * last).round() as usize]
    }
}

/// `count` colours along straight lines of CIELAB through the stops.
fn blended(stops: &[&str], count: usize) -> Vec<Rgb> {
    let lab: Vec<Lab> = stops
        .iter()
        .filter_map(|s| Rgb::from_hex(s))
        .map(Rgb::lab)
        .collect();
    let spans = lab.len().saturating_sub(1).max(1);
    (0..count)
        .map(|i| {
            let t = spans as f64 * i as f64 / (count - 1) as f64;
            let from = (t as usize).min(spans - 1);
            lab[from].mix(lab[from + 1], t - from as f64).rgb()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Background; 2] = [Background::Dark, Background::Light];

    #[test]
    fn lightness_goes_one_way_and_everything_stands_out() {
        let arms = DivergingKind::ALL.into_iter().flat_map(|kind| {
            BOTH.into_iter()
                .flat_map(move |b| [false, true].map(|above| (b, kind.arm(b, above))))
        });
        let whole = SequentialKind::ALL
            .into_iter()
            .flat_map(|kind| BOTH.map(|b| (b, kind.colors(b))));
        for (background, colors) in arms.chain(whole) {
            let light: Vec<f64> = colors.iter().map(|c| c.lab().lightness).collect();
            let way = (light[light.len() - 1] - light[0]).signum();
            // A step of 8 bits is up to 0.4.
            assert!(light.windows(2).all(|w| way * (w[1] - w[0]) > -0.4));
            assert!((light[light.len() - 1] - light[0]).abs() > 10.0);
            for color in &colors {
                let contrast = color.contrast(background.paper());
                assert!(contrast >= MARK_CONTRAST, "{color:?}: {contrast:.2}");
            }
        }
    }

    #[test]
    fn zero_is_a_grey_and_damage_is_not_the_palest_on_dark() {
        for kind in DivergingKind::ALL {
            for background in BOTH {
                let Rgb(r, g, b) = kind.color(background, 0.0);
                assert!(r.abs_diff(g) < 4 && g.abs_diff(b) < 4, "{kind:?}");
                let ends = [-1.0, 1.0].map(|v| kind.color(background, v).lab());
                assert!(ends[0].distance(ends[1]) > 45.0, "{kind:?}");
                if background == Background::Dark {
                    assert!(ends[1].lightness < ends[0].lightness, "{kind:?}");
                }
            }
        }
    }
}
