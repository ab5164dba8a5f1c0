//! The structure as a picture on terminals that show pictures: kitty's protocol, sixel or iTerm2's.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write as _;
use std::time::{Duration, Instant};

use image::{DynamicImage, RgbaImage};
use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui_image::Image;
use ratatui_image::errors::Errors;
use ratatui_image::picker::cap_parser::QueryStdioOptions;
use ratatui_image::picker::{Capability, Picker, ProtocolType};
use ratatui_image::protocol::Protocol;
use ratatui_image::protocol::iterm2::Iterm2;
use ratatui_image::protocol::kitty::Kitty;
use ratatui_image::protocol::sixel::Sixel;

use super::GraphicsChoice;
use crate::ui::theme::{ColorDepth, Glyphs, Theme};

/// Longest wait for an answer of a terminal that answered before.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// Bytes a second that pictures may take, unless the user says less.
const BYTES_PER_SECOND: f64 = 400_000.0;

/// Variables that terminals which show pictures set, and what is in them; those of `LC_` pass through SSH.
const HINTS: [(&str, &[&str]); 7] = [
    (
        "TERM",
        &["kitty", "ghostty", "wezterm", "foot", "mlterm", "contour"],
    ),
    (
        "TERM_PROGRAM",
        &["iTerm", "WezTerm", "mintty", "ghostty", "rio"],
    ),
    ("LC_TERMINAL", &["iTerm"]),
    ("KITTY_WINDOW_ID", &[""]),
    ("KONSOLE_VERSION", &[""]),
    ("XTERM_VERSION", &[""]),
    ("WT_SESSION", &[""]),
];

/// Whether the terminal is to be asked at all: where it was asked for, or where the environment tells of a
/// terminal that shows pictures, since one that does not answer holds the first frame up. Terminals inside
/// terminals are not: what they pass on is the outer one's affair.
pub(super) fn is_worth_asking(
    choice: GraphicsChoice,
    (depth, glyphs): (ColorDepth, Glyphs),
    variable: impl Fn(&str) -> Option<String>,
) -> bool {
    let term = variable("TERM").unwrap_or_default();
    let is_plain = ["linux", "dumb", "screen", "tmux", "vt"]
        .iter()
        .any(|t| term.starts_with(t));
    let is_told = HINTS.iter().any(|(name, parts)| {
        variable(name).is_some_and(|value| parts.iter().any(|part| value.contains(part)))
    });
    let is_inside = variable("TMUX").is_some() || variable("STY").is_some();
    match choice {
        GraphicsChoice::Pixels => true,
        GraphicsChoice::Auto => {
            depth != ColorDepth::None
                && glyphs == Glyphs::Unicode
                && is_told
                && !is_plain
                && !is_inside
        }
        GraphicsChoice::HalfBlock | GraphicsChoice::Braille | GraphicsChoice::Ascii => false,
    }
}

/// What a terminal can be trusted with, by what it answered and what the environment says. Kitty's
/// protocol needs placeholders, which only some of those that answer to it know; some that are said to
/// speak iTerm2's have it switched off.
fn trusted(
    said: ProtocolType,
    has_sixel: bool,
    is_asked_for: bool,
    variable: impl Fn(&str) -> Option<String>,
) -> Option<ProtocolType> {
    let of = |name: &str| variable(name).unwrap_or_default();
    let term = of("TERM");
    let has_placeholders = term.contains("kitty") || term.contains("ghostty");
    let program = of("TERM_PROGRAM") + &of("LC_TERMINAL");
    let is_iterm2 = ["iTerm", "WezTerm", "mintty"]
        .iter()
        .any(|p| program.contains(p));
    match said {
        ProtocolType::Kitty if has_placeholders => Some(said),
        ProtocolType::Iterm2 if is_iterm2 => Some(said),
        _ if is_iterm2 => Some(ProtocolType::Iterm2),
        _ if has_sixel => Some(ProtocolType::Sixel),
        ProtocolType::Kitty | ProtocolType::Iterm2 if is_asked_for => Some(said),
        _ => None,
    }
}

struct Shown {
    hash: u64,
    area: Rect,
    protocol: Protocol,
}

pub(super) struct Pictures {
    protocol: ProtocolType,
    is_tmux: bool,
    compresses: bool,
    /// Width and height of a cell in pixels.
    pub cell: (u16, u16),
    /// The themes in true colours.
    themes: Vec<Theme>,
    shown: Option<Shown>,
    number: u32,
    bytes_per_second: f64,
    /// When the next picture may go out.
    pub next_at: Instant,
}

impl Pictures {
    /// Asks a terminal that is known to answer; `None` where it shows no pictures. To be called before
    /// anything else reads the terminal.
    pub(super) fn ask(
        choice: GraphicsChoice,
        themes: Vec<Theme>,
        max_kbps: Option<u32>,
    ) -> Option<Self> {
        let options = QueryStdioOptions {
            timeout: ANSWER_TIMEOUT,
            kitty_compression: true,
            ..QueryStdioOptions::default()
        };
        let picker = Picker::from_query_stdio_with_options(options).ok()?;
        if picker.capabilities().is_empty() {
            // The thread that asked may still wait: this answer, and not the first key, ends its read.
            let mut out = std::io::stdout();
            let asked = out.write_all(b"\x1b[c").and_then(|()| out.flush());
            asked.ok()?;
        }
        let has = |capability: Capability| picker.capabilities().contains(&capability);
        let protocol = trusted(
            picker.protocol_type(),
            has(Capability::Sixel),
            choice == GraphicsChoice::Pixels,
            |name| std::env::var(name).ok(),
        )?;
        let limit = max_kbps.map_or(f64::INFINITY, |k| f64::from(k.max(1)) * 1000.0);
        Some(Self {
            protocol,
            is_tmux: picker.tmux_detected(),
            compresses: has(Capability::KittyCompression),
            cell: (picker.font_size().width, picker.font_size().height),
            themes,
            shown: None,
            number: std::process::id() << 1,
            bytes_per_second: BYTES_PER_SECOND.min(limit),
            next_at: Instant::now(),
        })
    }

    /// The theme of that name in true colours.
    pub(super) fn theme(&self, name: &str) -> Option<&Theme> {
        self.themes.iter().find(|t| t.name == name)
    }

    /// The terminal has another size: so may its cells.
    pub(super) fn resized(&mut self) {
        if let Ok(size) = crossterm::terminal::window_size()
            && size.width > 0
            && size.height > 0
            && size.columns > 0
            && size.rows > 0
        {
            self.cell = (size.width / size.columns, size.height / size.rows);
        }
    }

    /// Puts a picture upon its cells. While the wire is not ready for another the last one stays, and
    /// the answer is true: a frame is owed.
    pub(super) fn draw(
        &mut self,
        (area, image): (Rect, RgbaImage),
        now: Instant,
        frame: &mut Frame,
    ) -> bool {
        let mut hasher = DefaultHasher::new();
        image.as_raw().hash(&mut hasher);
        let hash = hasher.finish();
        let last = self.shown.as_ref();
        let is_new = last.is_none_or(|s| s.hash != hash || s.area != area);
        let waits = is_new && now < self.next_at && last.is_some_and(|s| s.area == area);
        if is_new && !waits {
            match self.encoded(image, area.as_size()) {
                Ok(protocol) => {
                    self.shown = Some(Shown {
                        hash,
                        area,
                        protocol,
                    });
                }
                Err(error) => log::warn!("no picture: {error}"),
            }
        }
        if let Some(shown) = &self.shown {
            frame.render_widget(Image::new(&shown.protocol), area);
        }
        waits
    }

    /// Nothing is shown in pixels any more.
    pub(super) fn forget(&mut self) {
        self.shown = None;
    }

    /// A frame of so many bytes went out.
    pub(super) fn sent(&mut self, now: Instant, bytes: u64) {
        let pause = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second);
        self.next_at = self.next_at.max(now + pause);
    }

    /// Two numbers in turn: the cells change with each picture, and a terminal keeps two at most.
    fn encoded(&mut self, image: RgbaImage, size: Size) -> Result<Protocol, Errors> {
        let image = DynamicImage::from(image);
        self.number ^= 1;
        let (number, is_tmux) = (self.number, self.is_tmux);
        Ok(match self.protocol {
            ProtocolType::Sixel => Protocol::Sixel(Sixel::new(image, size, is_tmux)?),
            ProtocolType::Iterm2 => Protocol::ITerm2(Iterm2::new(image, size, is_tmux)?),
            ProtocolType::Kitty | ProtocolType::Halfblocks => {
                let kitty = Kitty::new(image, size, number, is_tmux, self.compresses)?;
                Protocol::Kitty(kitty)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RICH: (ColorDepth, Glyphs) = (ColorDepth::True, Glyphs::Unicode);

    fn environment<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        move |name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn terminals_inside_terminals_are_asked_only_on_demand() {
        use GraphicsChoice::{Auto, Braille, Pixels};
        let kitty = [("TERM", "xterm-kitty")];
        let tmux = [("TERM", "tmux-256color"), ("TMUX", "/tmp/x")];
        assert!(is_worth_asking(Auto, RICH, environment(&kitty)));
        let plain = [("TERM", "xterm-256color")];
        assert!(!is_worth_asking(Auto, RICH, environment(&plain)));
        let iterm2 = [("TERM", "xterm-256color"), ("LC_TERMINAL", "iTerm2")];
        assert!(is_worth_asking(Auto, RICH, environment(&iterm2)));
        assert!(is_worth_asking(Pixels, RICH, environment(&plain)));
        assert!(!is_worth_asking(Auto, RICH, environment(&tmux)));
        assert!(is_worth_asking(Pixels, RICH, environment(&tmux)));
        assert!(!is_worth_asking(Braille, RICH, environment(&kitty)));
        let no_color = (ColorDepth::None, Glyphs::Unicode);
        assert!(!is_worth_asking(Auto, no_color, environment(&kitty)));
        let vt = [("TERM", "vt100")];
        assert!(!is_worth_asking(Auto, RICH, environment(&vt)));
    }

    #[test]
    fn a_terminal_gets_what_it_is_known_to_show() {
        use ProtocolType::{Halfblocks, Iterm2, Kitty, Sixel};
        for (said, has_sixel, is_asked_for, pairs, wanted) in [
            (Kitty, false, false, &[("TERM", "xterm-kitty")], Some(Kitty)),
            (
                Kitty,
                true,
                false,
                &[("TERM", "xterm-256color")],
                Some(Sixel),
            ),
            (Kitty, false, false, &[("TERM", "xterm-256color")], None),
            (
                Kitty,
                false,
                true,
                &[("TERM", "xterm-256color")],
                Some(Kitty),
            ),
            (Sixel, true, false, &[("TERM", "foot")], Some(Sixel)),
            (
                Sixel,
                true,
                false,
                &[("LC_TERMINAL", "iTerm2")],
                Some(Iterm2),
            ),
            (Iterm2, false, false, &[("TERM_PROGRAM", "vscode")], None),
            (Halfblocks, false, true, &[("TERM", "xterm")], None),
        ] {
            let found = trusted(said, has_sixel, is_asked_for, environment(pairs));
            assert_eq!(found, wanted, "{said:?} {pairs:?}");
        }
    }
}
