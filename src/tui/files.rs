//! The user's own files: keymap, themes, and the list of files opened before.

use std::path::{Path, PathBuf};

use crate::app::keymap::Keymap;
use crate::app::welcome::Entry;
use crate::engine::files;
use crate::session::folders;
use crate::ui::theme::{Background, ColorDepth, Glyphs, Theme};

const RECENT: usize = 8;

/// The default keys with the user's changes, and what is wrong with them.
pub(super) fn keymap() -> (Keymap, Option<String>) {
    let mut keymap = Keymap::default();
    let file = folders::configuration().map(|f| f.join("keymap.toml"));
    let Some(file) = file.filter(|f| f.exists()) else {
        return (keymap, None);
    };
    let merged = std::fs::read_to_string(&file)
        .map_err(|e| e.to_string())
        .and_then(|text| keymap.merge(&text).map_err(|e| e.to_string()));
    let fault = merged.err().map(|e| format!("{}: {e}", file.display()));
    (keymap, fault)
}

/// Every theme of this terminal, built in and the user's, and what is wrong with the user's.
pub(super) fn themes(
    background: Background,
    depth: ColorDepth,
    glyphs: Glyphs,
) -> (Vec<Theme>, Option<String>) {
    let mut themes = vec![Theme::for_background(background, depth, glyphs)];
    for name in Theme::BUILTIN {
        if let Some(theme) =
            Theme::builtin(name, depth, glyphs).filter(|t| t.name != themes[0].name)
        {
            themes.push(theme.on(background));
        }
    }
    let mut fault = None;
    for file in theme_files() {
        let read = std::fs::read_to_string(&file)
            .map_err(|e| e.to_string())
            .and_then(|text| Theme::from_toml(&text, depth, glyphs).map_err(|e| e.to_string()));
        match read {
            Ok(theme) => themes.push(theme.on(background)),
            Err(error) => {
                fault = Some(format!("{}: {error}", file.display()));
            }
        }
    }
    (themes, fault)
}

fn theme_files() -> Vec<PathBuf> {
    let folder = folders::configuration().map(|f| f.join("themes"));
    let mut files: Vec<PathBuf> = folder
        .and_then(|f| std::fs::read_dir(f).ok())
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    files
}

fn recent_file() -> PathBuf {
    folders::state().join("recent")
}

/// Files opened before that are still there, newest first.
pub(super) fn recent() -> Vec<Entry> {
    let text = std::fs::read_to_string(recent_file()).unwrap_or_default();
    text.lines()
        .map(PathBuf::from)
        .filter(|path| path.is_file())
        .take(RECENT)
        .map(|path| Entry {
            is_folder: false,
            name: path.display().to_string(),
            path,
        })
        .collect()
}

/// Remembers an opened file. A list that cannot be written is no reason to stop.
pub(super) fn remember(path: &Path) {
    let Ok(path) = path.canonicalize() else {
        return;
    };
    let newest = path.display().to_string();
    let older = recent()
        .into_iter()
        .map(|e| e.name)
        .filter(|n| *n != newest);
    let mut lines: Vec<String> = std::iter::once(newest.clone()).chain(older).collect();
    lines.truncate(RECENT);
    let kept = files::keep(&recent_file(), lines.join("\n").as_bytes());
    if let Err(error) = kept {
        log::info!("recent files are not remembered: {error}");
    }
}
