//! The shipped themes, `assets/themes`, inside the program.

use super::{ColorDepth, Glyphs, Look, Role, Theme, file};

/// Name and text of each.
pub(super) const SHIPPED: [(&str, &str); 5] = [
    ("dark", include_str!("../../../assets/themes/dark.toml")),
    ("light", include_str!("../../../assets/themes/light.toml")),
    (
        "high-contrast",
        include_str!("../../../assets/themes/high-contrast.toml"),
    ),
    (
        "high-contrast-light",
        include_str!("../../../assets/themes/high-contrast-light.toml"),
    ),
    ("monochrome", MONOCHROME),
];

const MONOCHROME: &str = include_str!("../../../assets/themes/monochrome.toml");

/// The shipped theme of that name.
pub(super) fn theme(name: &str, depth: ColorDepth, glyphs: Glyphs) -> Option<Theme> {
    let (_, text) = SHIPPED.iter().find(|(known, _)| *known == name)?;
    let mut theme = read(text, depth, glyphs);
    if name != "monochrome" {
        // Without colours all look alike.
        let plain = read(MONOCHROME, ColorDepth::None, glyphs);
        for (look, plain) in theme.looks.iter_mut().zip(plain.looks) {
            look.mono = plain.mono;
        }
        theme.restyle();
    }
    Some(theme)
}

fn read(text: &str, depth: ColorDepth, glyphs: Glyphs) -> Theme {
    let blank = Theme::blank(depth, glyphs, vec![Look::default(); Role::ALL.len()]);
    file::parse_over(text, |_| Some(blank.clone()), (depth, glyphs))
        .expect("the shipped themes have no faults")
}
