//! How a line after `:` can go on.

use super::command::argument::Values;
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
    let values = TABLE
        .iter()
        .find(called)
        .map_or_else(Vec::new, |e| values(e, state));
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

fn values(entry: &Entry, state: &State) -> Vec<(String, String)> {
    let plain = |names: Vec<String>| names.into_iter().map(|n| (n, String::new())).collect();
    match entry.values {
        Values::Free | Values::Files => Vec::new(),
        Values::Named(names) => {
            let owned = |(name, about): (&str, &str)| (name.to_owned(), about.to_owned());
            names().into_iter().map(owned).collect()
        }
        Values::Families => {
            let endings = |f: Family| f.endings().collect::<Vec<_>>().join(" ");
            Family::ALL
                .map(|f| (format!("{} ", f.id()), endings(f)))
                .to_vec()
        }
        Values::Themes => plain(state.themes.clone()),
        Values::Chains => {
            let mut names = state
                .subject
                .as_ref()
                .map_or_else(Vec::new, |s| s.all_chains());
            names.push("all".to_owned());
            plain(names)
        }
        Values::Models => {
            let count = state.subject.as_ref().map_or(0, |s| s.model_count());
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
