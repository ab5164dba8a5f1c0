//! The rules of the house, read off the source text.

use std::fs;
use std::path::{Path, PathBuf};

/// What a module may not name, by the top-level module its path begins with.
/// The table of `docs/architecture.md`.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "progress",
        &[
            "candle",
            "ratatui",
            "crossterm",
            "tokio",
            "anyhow",
            "crate::models",
            "crate::analysis",
            "crate::engine",
            "crate::export",
            "crate::app",
            "crate::ui",
            "crate::tui",
            "crate::cli",
        ],
    ),
    (
        "numeric",
        &[
            "candle",
            "ratatui",
            "crossterm",
            "tokio",
            "anyhow",
            "crate::models",
            "crate::analysis",
            "crate::engine",
            "crate::export",
            "crate::app",
            "crate::ui",
            "crate::tui",
            "crate::cli",
        ],
    ),
    (
        "protein",
        &[
            "candle",
            "ratatui",
            "crossterm",
            "tokio",
            "anyhow",
            "crate::models",
            "crate::analysis",
            "crate::engine",
            "crate::export",
            "crate::app",
            "crate::ui",
            "crate::tui",
            "crate::cli",
        ],
    ),
    (
        "models",
        &[
            "ratatui",
            "crossterm",
            "tokio",
            "anyhow",
            "std::thread",
            "crate::analysis",
            "crate::engine",
            "crate::export",
            "crate::app",
            "crate::ui",
            "crate::tui",
            "crate::cli",
        ],
    ),
    (
        "analysis",
        &[
            "candle",
            "ratatui",
            "crossterm",
            "tokio",
            "anyhow",
            "std::fs",
            "std::thread",
            "Instant::now",
            "crate::engine",
            "crate::export",
            "crate::app",
            "crate::ui",
            "crate::tui",
            "crate::cli",
        ],
    ),
    (
        "engine",
        &[
            "candle",
            "ratatui",
            "crossterm",
            "tokio",
            "anyhow",
            "crate::app",
            "crate::ui",
            "crate::tui",
            "crate::cli",
        ],
    ),
    (
        "export",
        &[
            "candle",
            "ratatui",
            "crossterm",
            "tokio",
            "anyhow",
            "crate::models",
            "crate::engine::worker",
            "crate::app",
            "crate::ui",
            "crate::tui",
            "crate::cli",
        ],
    ),
    (
        "app",
        &[
            "candle",
            "tokio",
            "anyhow",
            "std::fs",
            "std::thread",
            "Instant::now",
            "crate::models",
            "crate::engine::worker",
            "crate::ui",
            "crate::tui",
            "crate::cli",
        ],
    ),
    (
        "ui",
        &[
            "candle",
            "tokio",
            "anyhow",
            "std::fs",
            "std::thread",
            "Instant::now",
            "crate::models",
            "crate::engine::worker",
            "crate::tui",
            "crate::cli",
        ],
    ),
    (
        "cli",
        &["candle", "ratatui", "crossterm", "crate::app", "crate::ui"],
    ),
    ("tui", &["candle", "crate::models"]),
];

/// Words that no source file may hold.
const BANNED: &[&str] = &["todo!(", "dbg!(", "#[ignore", "unimplemented!("];

/// Lines a source file may have at most.
const HARD_CAP: usize = 600;

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files
        .into_iter()
        .map(|path| {
            let name = path
                .strip_prefix(&root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            (name, fs::read_to_string(&path).unwrap_or_default())
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

fn top_module(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or_default()
}

/// The code of a file: without comment lines and without its test module.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn modules_use_lower_layers_only() {
    let mut faults = Vec::new();
    for (file, text) in sources() {
        let Some((_, words)) = FORBIDDEN
            .iter()
            .find(|(module, _)| *module == top_module(&file))
        else {
            continue;
        };
        for (number, line) in code(&text) {
            for word in words.iter().filter(|w| line.contains(**w)) {
                faults.push(format!("src/{file}:{} names {word}", number + 1));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn only_one_file_names_the_structure_parser_and_the_runtime() {
    let mut faults = Vec::new();
    for (file, text) in sources() {
        for (word, home) in [("pdbtbx", "structure/read"), ("tokio", "tui")] {
            if !file.starts_with(home) && code(&text).any(|(_, line)| line.contains(word)) {
                faults.push(format!("src/{file} names {word}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn files_open_with_their_purpose_and_stay_short() {
    let mut faults = Vec::new();
    for (file, text) in sources() {
        if !text.starts_with("//! ") {
            faults.push(format!("src/{file} does not open with //!"));
        }
        let length = text.lines().count();
        if length > HARD_CAP {
            faults.push(format!(
                "src/{file} has {length} lines, more than {HARD_CAP}"
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn nothing_unfinished_is_left() {
    let mut faults = Vec::new();
    for (file, text) in sources() {
        for word in BANNED.iter().filter(|w| text.contains(**w)) {
            faults.push(format!("src/{file} holds {word}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
