//! Whole screens as text files, colours and all: what a change alters is seen in the difference.
//! `DYNASCOPE_WRITE_SCREENS=1` writes them anew.

use std::fmt::Write as _;
use std::path::Path;

use ratatui::buffer::Cell;

use super::*;

/// The characters, then a letter a style for each, then what the letters mean.
fn text(buf: &Buffer) -> String {
    let width = usize::from(buf.area.width);
    let mut styles: Vec<String> = Vec::new();
    let (mut out, mut below) = (String::new(), String::new());
    for row in buf.content().chunks(width) {
        let symbols: String = row.iter().map(Cell::symbol).collect();
        let _ = writeln!(out, "{}", symbols.trim_end());
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for cell in row {
            let style = format!("{} on {} {:?}", cell.fg, cell.bg, cell.modifier);
            let at = styles
                .iter()
                .position(|s| *s == style)
                .unwrap_or(styles.len());
            if at == styles.len() {
                styles.push(style);
            }
            match runs.last_mut() {
                Some((last, count)) if *last == at => *count += 1,
                _ => runs.push((at, 1)),
            }
        }
        let runs: Vec<String> = runs.iter().map(|(at, n)| format!("{n}×{at}")).collect();
        let _ = writeln!(below, "{}", runs.join(" "));
    }
    for (at, style) in styles.iter().enumerate() {
        let _ = writeln!(below, "{at} {style}");
    }
    format!("{out}\n{below}")
}

#[test]
fn eight_screens_are_as_they_were() {
    let light = Theme::builtin("light", ColorDepth::Indexed256, Glyphs::Unicode).unwrap();
    let screens: [(&str, &str, &Theme, (u16, u16)); 7] = [
        ("overview", "5lljm2", &theme(), (120, 40)),
        ("coupling", "3jjjjjje", &theme(), (80, 24)),
        ("structure", "4:graphics halfblock\ne", &theme(), (80, 24)),
        ("mutations", "5lllljme", &light, (80, 24)),
        (
            "triage",
            "6fresi 5-9 and ddg < 0\nmjmMlid\ne",
            &theme(),
            (80, 24),
        ),
        ("palette", "?stab", &light, (80, 24)),
        ("messages", ":chain\n:theme none\nm!", &plain(), (60, 20)),
    ];
    for (name, keys, theme, (columns, rows)) in screens {
        let mut state = samples::ready(60);
        press(&mut state, keys);
        check(name, &screen(&mut state, theme, columns, rows));
    }
    check("welcome", &screen(&mut State::default(), &theme(), 80, 24));
}

// The layer itself touches no files.
#[cfg(test)]
fn check(name: &str, buf: &Buffer) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/screens");
    let path = folder.join(format!("{name}.txt"));
    let now = text(buf);
    if std::env::var_os("DYNASCOPE_WRITE_SCREENS").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&path, &now).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let line = kept.lines().zip(now.lines()).position(|(a, b)| a != b);
    assert!(
        kept == now,
        "{name} differs from line {:?} on; DYNASCOPE_WRITE_SCREENS=1 writes it anew\n{now}",
        line.map(|l| l + 1)
    );
}
