//! How a line after `:` can go on.

use std::path::PathBuf;

use super::command::argument::{Values, sources};
use super::command::{Entry, TABLE};
use super::state::State;
use crate::export::product::Family;

/// The whole line then, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    pub line: String,
    pub about: String,
}

#[must_use]
pub fn complete(text: &str, state: &State) -> Vec<Completion> {
    let Some((name, typed)) = text.split_once(' ') else {
        return names(text);
    };
    let typed = typed.trim_start();
    let called = |e: &&Entry| e.takes_argument() && e.is_called(name);
    let entry = TABLE.iter().find(called);
    let values = entry.map_or_else(Vec::new, |e| values(e, state, typed));
    let fitting = values
        .into_iter()
        .filter(|(value, _)| value.starts_with(typed));
    fitting
        .map(|(value, about)| Completion {
            line: format!("{name} {value}"),
            about,
        })
        .collect()
}

/// The folder whose names must be known to complete a line, where it ends in a path.
#[must_use]
pub fn folder_of(text: &str, state: &State) -> Option<PathBuf> {
    let (name, typed) = text.split_once(' ')?;
    let takes_file =
        |e: &Entry| matches!(e.values, Values::Files | Values::Compared) && e.is_called(name);
    let is_path = TABLE.iter().any(|e| e.takes_argument() && takes_file(e));
    let (folder, _) = split(typed.trim_start());
    is_path.then(|| state.program.folder.join(folder))
}

/// A path as the folder with its slash, and the beginning of a name.
fn split(path: &str) -> (&str, &str) {
    path.split_at(path.rfind('/').map_or(0, |at| at + 1))
}

fn paths(state: &State, typed: &str) -> Vec<String> {
    let (folder, start) = split(typed);
    let (known, names) = &state.program.names;
    if *known != state.program.folder.join(folder) {
        return Vec::new();
    }
    // Hidden ones only where they are asked for.
    let fitting = names
        .iter()
        .filter(|n| !n.starts_with('.') || start.starts_with('.'));
    fitting.map(|name| format!("{folder}{name}")).collect()
}

/// The commands of that beginning; those that say nothing more only once something is typed, since most
/// of them are keys.
fn names(text: &str) -> Vec<Completion> {
    let mut found: Vec<Completion> = TABLE
        .iter()
        .filter(|e| e.name.starts_with(text) && (e.takes_argument() || !text.is_empty()))
        .map(|e| Completion {
            line: format!("{}{}", e.name, if e.takes_argument() { " " } else { "" }),
            about: if e.takes_argument() { e.form } else { e.help }.to_owned(),
        })
        .collect();
    found.sort_by(|a, b| a.line.cmp(&b.line));
    found
}

fn owned(names: Vec<(&str, &str)>) -> Vec<(String, String)> {
    let owned = |(name, about): (&str, &str)| (name.to_owned(), about.to_owned());
    names.into_iter().map(owned).collect()
}

fn values(entry: &Entry, state: &State, typed: &str) -> Vec<(String, String)> {
    let plain = |names: Vec<String>| -> Vec<(String, String)> {
        names.into_iter().map(|n| (n, String::new())).collect()
    };
    match entry.values {
        Values::Free => Vec::new(),
        Values::Files => plain(paths(state, typed)),
        Values::Named(names) => owned(names()),
        Values::Compared => {
            let chains = state.desk.subject.as_ref().map(|s| s.all_chains());
            let mut all = owned(sources());
            all.extend(plain(chains.unwrap_or_default()));
            all.extend(plain(paths(state, typed)));
            all
        }
        Values::Families => {
            let endings = |f: Family| f.endings().collect::<Vec<_>>().join(" ");
            Family::ALL
                .map(|f| (format!("{} ", f.id()), endings(f)))
                .to_vec()
        }
        Values::Themes => plain(state.program.themes.clone()),
        Values::Chains => {
            let mut names = state
                .desk
                .subject
                .as_ref()
                .map_or_else(Vec::new, |s| s.all_chains());
            names.push("all".to_owned());
            plain(names)
        }
        Values::Models => {
            let count = state.desk.subject.as_ref().map_or(0, |s| s.model_count());
            plain((1..=count).map(|n| n.to_string()).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::command::Command;

    #[test]
    fn names_and_arguments_are_completed() {
        let state = State::default();
        let first = |text: &str| complete(text, &state)[0].line.clone();
        assert_eq!(first("sou"), "source ");
        assert_eq!(first("source p"), "source pfanm");
        assert_eq!(first("colour sec"), "colour secondary");
        assert_eq!(first("chain "), "chain all");
        assert_eq!(first("undo"), "undo");
        for completion in complete("n", &state) {
            let about = Command::parse(&completion.line);
            assert!(about.is_ok() || completion.line.ends_with(' '), "{about:?}");
        }
    }
}
