//! What every role looks like, on every terminal.

use super::*;

#[test]
fn every_builtin_has_every_role_at_every_depth() {
    for name in Theme::BUILTIN {
        for depth in [
            ColorDepth::True,
            ColorDepth::Indexed256,
            ColorDepth::Ansi16,
            ColorDepth::None,
        ] {
            let theme = Theme::builtin(name, depth, Glyphs::Unicode).unwrap();
            for role in Role::ALL {
                let style = theme.style(*role);
                if theme.depth == ColorDepth::None {
                    assert!(style.fg.is_none() && style.bg.is_none(), "{name} {role:?}");
                }
            }
        }
    }
    assert!(Theme::builtin("no such", ColorDepth::True, Glyphs::Ascii).is_none());
}

const COLORED: [&str; 4] = ["dark", "light", "high-contrast", "high-contrast-light"];
const DEPTHS: [ColorDepth; 3] = [ColorDepth::True, ColorDepth::Indexed256, ColorDepth::Ansi16];

/// What a colour of the terminal library looks like.
fn looks(color: Color) -> Rgb {
    match color {
        Color::Rgb(r, g, b) => Rgb(r, g, b),
        other => {
            let number = (0..=255).find(|n| numbered(*n) == other);
            xterm(number.unwrap())
        }
    }
}

#[test]
fn everything_stands_out_from_what_it_stands_on() {
    for (name, depth) in COLORED.iter().flat_map(|n| DEPTHS.map(|d| (n, d))) {
        let theme = Theme::builtin(name, depth, Glyphs::Unicode).unwrap();
        for role in Role::ALL {
            let style = theme.style(*role);
            let Some(fg) = style.fg else { continue };
            let paper = style.bg.map_or(theme.paper, looks);
            let contrast = looks(fg).contrast(paper);
            let least = role.contrast();
            assert!(
                contrast >= least,
                "{name} {depth:?} {role:?}: {contrast:.1}"
            );
        }
        let line = theme.style(Role::CursorLine).bg.map_or(theme.paper, looks);
        let bar = theme.style(Role::Bar).bg.map_or(theme.paper, looks);
        let on_bar = [
            Role::Dim,
            Role::Accent,
            Role::Good,
            Role::Warning,
            Role::Error,
            Role::Mark,
        ];
        let on_line = [Role::Dim, Role::Accent, Role::Mark];
        let pairs = on_bar.map(|r| (r, bar)).into_iter();
        for (role, paper) in pairs.chain(on_line.map(|r| (r, line))) {
            let Some(fg) = theme.style(role).fg else {
                continue;
            };
            let contrast = looks(fg).contrast(paper);
            // Of 16 colours the user's terminal decides what they look like.
            let least = if depth == ColorDepth::Ansi16 {
                2.0
            } else {
                TEXT_CONTRAST
            };
            assert!(
                contrast >= least,
                "{name} {depth:?} {role:?}: {contrast:.1}"
            );
        }
    }
}

#[test]
fn one_colour_means_one_thing() {
    for name in ["dark", "light"] {
        let theme = Theme::builtin(name, ColorDepth::True, Glyphs::Unicode).unwrap();
        let of = |role: Role| {
            let style = theme.style(role);
            let color = if role == Role::Cursor {
                style.bg
            } else {
                style.fg
            };
            looks(color.unwrap()).lab()
        };
        let roles = [
            Role::Cursor,
            Role::Mark,
            Role::Helix,
            Role::Strand,
            Role::Overlay,
            Role::Coil,
        ];
        for (i, a) in roles.iter().enumerate() {
            for b in &roles[..i] {
                let far = of(*a).distance(of(*b));
                assert!(far > 25.0, "{name} {a:?} {b:?}: {far:.0}");
            }
        }
    }
}

#[test]
fn without_colour_the_cursor_is_reversed() {
    let theme = Theme::builtin("monochrome", ColorDepth::True, Glyphs::Ascii).unwrap();
    assert!(
        theme
            .style(Role::Cursor)
            .add_modifier
            .contains(Modifier::REVERSED)
    );
    assert_eq!(theme.depth, ColorDepth::None);
}

#[test]
fn far_things_fade_as_far_as_they_are_seen() {
    for (name, depth) in [
        ("dark", ColorDepth::True),
        ("light", ColorDepth::Indexed256),
    ] {
        let theme = Theme::builtin(name, depth, Glyphs::Unicode).unwrap();
        for t in [0.0, 0.3, 0.6, 1.0] {
            for value in [-1.0, 0.0, 1.0] {
                let near = theme.diverging.shade(value).color;
                let far = theme.faded(near, t);
                assert!(t > 0.0 || far == near);
                let contrast = looks(far).contrast(theme.paper);
                assert!(
                    contrast >= MARK_CONTRAST,
                    "{name} {value} {t}: {contrast:.2}"
                );
            }
        }
    }
    let theme = Theme::for_background(Background::Dark, ColorDepth::True, Glyphs::Unicode);
    assert_ne!(
        theme.faded(Color::Rgb(200, 0, 0), 0.5),
        Color::Rgb(200, 0, 0)
    );
    assert_eq!(theme.faded(Color::Red, 0.5), Color::Red);
}
