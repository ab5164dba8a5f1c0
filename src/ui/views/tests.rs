//! Whole screens, with their colours, and what no key, click or size may do.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;

use crate::app::message::{Gesture, Message, Place, Pointer};
use crate::app::panel::Panel;
use crate::app::samples;
use crate::app::state::State;
use crate::app::update;
use crate::ui::theme::{ColorDepth, Glyphs, Role, Theme};
use crate::ui::{paint, place_at};

mod golden;
mod random;

fn theme() -> Theme {
    Theme::builtin("dark", ColorDepth::True, Glyphs::Unicode).unwrap()
}

fn plain() -> Theme {
    Theme::builtin("dark", ColorDepth::None, Glyphs::Ascii).unwrap()
}

fn screen(state: &mut State, theme: &Theme, columns: u16, rows: u16) -> Buffer {
    state.program.size = (columns, rows);
    let area = Rect::new(0, 0, columns, rows);
    let mut buf = Buffer::empty(area);
    paint(state, theme, area, &mut buf);
    buf
}

fn lines(buf: &Buffer) -> Vec<String> {
    let width = usize::from(buf.area.width);
    buf.content()
        .chunks(width)
        .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect())
        .collect()
}

fn press(state: &mut State, keys: &str) {
    for c in keys.chars() {
        let code = match c {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            '\x1b' => KeyCode::Esc,
            c => KeyCode::Char(c),
        };
        update(state, Message::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }
}

/// Where a panel is and what a cell of it stands for, found as the mouse finds it.
fn find(state: &State, theme: &Theme, wanted: impl Fn(Place) -> bool) -> Option<(u16, u16)> {
    let cells =
        (0..state.program.size.1).flat_map(|y| (0..state.program.size.0).map(move |x| (x, y)));
    cells
        .into_iter()
        .find(|(x, y)| wanted(place_at(state, theme, *x, *y)))
}

#[test]
fn every_panel_is_there_at_every_size() {
    let mut state = samples::ready(60);
    for (columns, rows) in [(40, 12), (80, 24), (120, 40), (160, 50), (200, 60)] {
        for panel in Panel::ALL {
            press(&mut state, &panel.digit().to_string());
            for theme in [theme(), plain()] {
                let text = lines(&screen(&mut state, &theme, columns, rows)).join("\n");
                let title = format!("{} {}", panel.digit(), panel.title());
                assert!(text.contains(&title), "{columns} × {rows} {title}\n{text}");
            }
        }
    }
}

#[test]
fn the_wide_screen_shows_the_panels_and_the_residue() {
    let mut state = samples::ready(60);
    let text = lines(&screen(&mut state, &theme(), 200, 60)).join("\n");
    // The other tables stand in the place of this one.
    for panel in &Panel::ALL[..6] {
        assert!(text.contains(panel.title()), "{}", panel.title());
    }
    for word in [
        "A:1 MET",
        "B-factors r 0.72",
        "pfANM",
        "cpu f64",
        "diffraction 1.8 Å",
    ] {
        assert!(text.contains(word), "{word}\n{text}");
    }
}

#[test]
fn values_without_room_are_left_out_whole() {
    let mut state = samples::ready(60);
    let text = lines(&screen(&mut state, &theme(), 40, 24));
    let line = text.iter().find(|l| l.starts_with(" RMSF ")).unwrap();
    assert!(line.contains(" of 60") && !line.contains("anis"), "{line}");
}

#[test]
fn one_cursor_runs_through_every_panel() {
    let theme = theme();
    let mut state = samples::ready(60);
    press(&mut state, "5/33\n");
    let buf = screen(&mut state, &theme, 200, 60);
    let cursor = theme.style(Role::Cursor).bg;
    for panel in [Panel::Sequence, Panel::Flexibility] {
        let at = find(&state, &theme, |p| p == Place::Residue(panel, 32)).unwrap();
        let column = (0..60)
            .filter(|y| buf[(at.0, *y)].bg == cursor.unwrap())
            .count();
        assert!(column > 0, "{panel:?}");
    }
    let at = find(&state, &theme, |p| p == Place::Pair(32, 32)).unwrap();
    assert!(buf[at].bg != Color::Reset || buf[at].fg != Color::Reset);
    let text = lines(&buf).join("\n");
    assert!(
        text.contains("A:33 × A:33") && text.contains(" A:33 "),
        "{text}"
    );
}

#[test]
fn a_click_goes_where_it_points() {
    let theme = theme();
    let mut state = samples::ready(60);
    press(&mut state, "5");
    screen(&mut state, &theme, 200, 60);
    for wanted in [
        Place::Residue(Panel::Sequence, 17),
        Place::Residue(Panel::Flexibility, 17),
        Place::Pair(17, 5),
        Place::Substitution(17, crate::protein::AminoAcid::Trp),
    ] {
        state.desk.cursor = crate::app::desk::Cursor::default();
        let at = find(&state, &theme, |p| p == wanted);
        assert!(at.is_some(), "{wanted:?}");
        let (x, y) = at.unwrap();
        let place = place_at(&state, &theme, x, y);
        let gesture = Gesture::Press;
        update(&mut state, Message::Pointer(Pointer { gesture, place }));
        assert_eq!(state.desk.cursor.residue, 17, "{wanted:?}");
    }
}

#[test]
fn without_unicode_and_without_colour_everything_is_still_said() {
    let colored = Theme::builtin("dark", ColorDepth::Indexed256, Glyphs::Ascii).unwrap();
    for theme in [plain(), colored] {
        let mut state = samples::ready(60);
        for keys in ["", "6", "?", "\x1b:", "\x1b5e", "e4"] {
            press(&mut state, keys);
            for (columns, rows) in [(40, 12), (80, 24), (160, 50)] {
                let buf = screen(&mut state, &theme, columns, rows);
                for cell in buf.content() {
                    assert!(
                        cell.symbol().is_ascii(),
                        "'{}' after {keys:?}",
                        cell.symbol()
                    );
                    let bare = cell.fg == Color::Reset && cell.bg == Color::Reset;
                    assert!(bare || theme.has_color());
                }
            }
        }
    }
}

/// Every view alone and with what lies over it, at three sizes: colours where there are some, and a cursor
/// that is seen without any.
#[test]
fn every_view_has_its_colours_and_reads_without() {
    let mono = Theme::builtin("dark", ColorDepth::None, Glyphs::Unicode).unwrap();
    let themes = [
        theme(),
        Theme::builtin("light", ColorDepth::Indexed256, Glyphs::Unicode).unwrap(),
        Theme::builtin("dark", ColorDepth::Ansi16, Glyphs::Unicode).unwrap(),
    ];
    for keys in ["1", "2", "2v", "2p", "3", "4", "4g", "5", "6"] {
        let mut state = samples::ready(60);
        press(&mut state, "m");
        press(&mut state, keys);
        press(&mut state, "e");
        for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
            for theme in &themes {
                let buf = screen(&mut state, theme, columns, rows);
                let mut colors: Vec<Color> = Vec::new();
                for cell in buf.content() {
                    for color in [cell.fg, cell.bg] {
                        if !colors.contains(&color) {
                            colors.push(color);
                        }
                    }
                }
                let least = if theme.is_rich() { 6 } else { 5 };
                assert!(colors.len() >= least, "{keys} {columns}: {colors:?}");
                let cursor = theme.style(Role::Cursor).bg.unwrap();
                assert!(colors.contains(&cursor), "{keys} at {columns} × {rows}");
            }
            let buf = screen(&mut state, &mono, columns, rows);
            let reversed = buf.content().iter().skip(usize::from(columns)).filter(|c| {
                assert!(c.fg == Color::Reset && c.bg == Color::Reset);
                c.modifier.contains(ratatui::style::Modifier::REVERSED)
            });
            assert!(reversed.count() > 0, "{keys} at {columns} × {rows}");
        }
    }
}

#[test]
fn dragging_along_the_sequence_selects_a_range() {
    let theme = theme();
    let mut state = samples::ready(60);
    screen(&mut state, &theme, 120, 40);
    let drag = Gesture::Drag {
        columns: 1,
        rows: 0,
    };
    for (gesture, residue) in [(Gesture::Press, 9), (drag, 8), (drag, 5)] {
        let place = Place::Residue(Panel::Sequence, residue);
        update(&mut state, Message::Pointer(Pointer { gesture, place }));
    }
    let chosen = state.desk.selection.as_ref().unwrap();
    let places: Vec<usize> = (0..60).filter(|i| chosen[*i]).collect();
    assert_eq!(places, [5, 6, 7, 8, 9]);
    let buf = screen(&mut state, &theme, 120, 40);
    let back = theme.style(Role::Selection).bg;
    let at = find(&state, &theme, |p| p == Place::Residue(Panel::Sequence, 7)).unwrap();
    let column = (0..40).any(|y| Some(buf[(at.0, y)].bg) == back);
    assert!(column);
    press(&mut state, "\x1b");
    assert!(state.desk.selection.is_none());
}

#[test]
fn an_empty_panel_says_what_it_needs_and_which_key_gets_it() {
    let mut state = State::default();
    let opened = Message::Opened(Box::new(Ok(samples::subject(30))));
    update(&mut state, opened);
    state.desk.jobs.clear();
    state.view.method = None;
    let text = lines(&screen(&mut state, &theme(), 200, 60)).join("\n");
    assert!(text.contains("s tries the next source"), "{text}");
    assert!(text.contains("S tries the next method"), "{text}");
}

#[test]
fn a_tiny_terminal_says_so() {
    let mut state = samples::ready(10);
    for (columns, rows) in [(1, 1), (3, 2), (19, 30), (100, 5)] {
        let text = lines(&screen(&mut state, &theme(), columns, rows)).join("");
        assert!("too small".starts_with(text.trim()), "{text}");
    }
}

#[test]
fn the_welcome_lists_what_can_be_opened() {
    let mut state = State::default();
    let entry = |name: &str, is_folder| crate::app::welcome::Entry {
        is_folder,
        name: name.into(),
        path: name.into(),
    };
    state.program.welcome.recent = vec![entry("/data/1ake.pdb", false)];
    let listed = Message::Listed {
        folder: "/data".into(),
        entries: vec![entry("more", true), entry("1ubi.pdb", false)],
    };
    update(&mut state, listed);
    for (columns, rows) in [(40, 12), (80, 24), (160, 50)] {
        let text = lines(&screen(&mut state, &theme(), columns, rows)).join("\n");
        for word in ["dynascope", "/data/1ake.pdb", "more/", "1ubi.pdb", "quit"] {
            assert!(text.contains(word), "{word}\n{text}");
        }
    }
    for _ in 0..2 {
        let down = KeyEvent::new(KeyCode::Down, KeyModifiers::NONE);
        update(&mut state, Message::Key(down));
    }
    assert_eq!(state.program.welcome.selected, 2);
    press(&mut state, "UBI");
    assert_eq!(state.program.welcome.lines().count(), 1);
    let effects = update(
        &mut state,
        Message::Key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)),
    );
    assert!(matches!(&effects[..], [crate::app::Effect::Open(p)] if p.ends_with("1ubi.pdb")));
}
