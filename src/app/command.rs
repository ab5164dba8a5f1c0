//! The `:` line: what can be said there, and how it is completed.

pub mod change;

use super::actions::{ACTIONS, Action};
use super::panel::{ColorBy, Graphics};
use super::results::method_name;
use super::state::State;
use crate::analysis::gaussian::Environment;
use crate::analysis::{ScanMethod, Source};
use crate::export::product::Family;
pub use change::Change;

/// One command.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Leave.
    Quit,
    /// Go to what the text names, as `/` does.
    Goto(String),
    /// Who predicts the motion.
    Source(Source),
    /// What the mutation map shows.
    Scan(ScanMethod),
    /// Chains by name; empty = all.
    Chain(Vec<String>),
    /// Model by its place in the file, from 1.
    Model(usize),
    /// What colours the structure.
    Color(ColorBy),
    /// Theme by name.
    Theme(String),
    /// Residues to show apart; empty = none.
    Select(String),
    /// Open a file.
    Open(String),
    /// Write a file; `true` replaces an old one. Without a family the focused panel decides.
    Export(Option<Family>, String, bool),
    /// FASTA file that completes the structure; empty = none.
    Sequence(String),
    /// Stop the jobs.
    Cancel,
    /// Weights of scoring methods: a file, a folder, or a model's name.
    Weights(String),
    /// The user's own table of scored mutants; empty = none.
    Data(String),
    /// Mouse on or off.
    Mouse(bool),
    /// The palette.
    Help,
    /// Something that the user makes of the screen.
    Change(Change),
    /// Lay a second source over the first; `None` = none.
    Compare(Option<Source>),
    /// Swing along a mode, counted from 0; `None` = stand still.
    Mode(Option<usize>),
    /// How far modes swing, in standard deviations.
    Amplitude(f64),
    /// What the structure is drawn with.
    Graphics(Graphics),
    /// Any action, by the name that the keymap file gives it.
    Act(Action),
}

/// Names of the commands with what follows them, for completion and help.
pub const COMMANDS: &[(&str, &str)] = &[
    ("amplitude", "STANDARD DEVIATIONS that modes swing by"),
    ("cancel", ""),
    ("chain", "A | A,B | all"),
    ("color", "rmsf | b | coupling | score | secondary | chain"),
    ("compare", "a second SOURCE | none"),
    ("data", "FILE.csv of mutant,score | none"),
    (
        "export",
        "[scores|table|marks|report|…] FILE.csv .html .pdb .png …",
    ),
    ("export!", "FILE, replacing an old one"),
    ("graphics", "pixels | halfblock | braille"),
    ("help", ""),
    ("mode", "NUMBER | none"),
    ("model", "NUMBER"),
    ("mouse", "on | off"),
    ("open", "FILE"),
    ("q", ""),
    ("scan", "METHOD"),
    ("select", "resi 20-60 and chain A | none"),
    ("sequence", "FILE.fasta of the whole construct | none"),
    ("source", "learned | crystal | dynaprot | pfanm | anm | gnm"),
    ("theme", "NAME"),
    ("weights", "PATH of safetensors weights, or a model's name"),
];

/// Names of the sources.
pub const SOURCES: &[(&str, Source)] = &[
    ("learned", Source::Learned(Environment::Solution)),
    ("crystal", Source::Learned(Environment::Crystal)),
    ("dynaprot", Source::DynaProt),
    ("pfanm", Source::ParameterFree),
    ("anm", Source::Anm),
    ("gnm", Source::Gnm),
];

/// Names of the colours.
pub const COLORS: &[(&str, ColorBy)] = &[
    ("rmsf", ColorBy::Rmsf),
    ("b", ColorBy::BColumn),
    ("coupling", ColorBy::Coupling),
    ("score", ColorBy::Score),
    ("secondary", ColorBy::Secondary),
    ("chain", ColorBy::Chain),
    ("domain", ColorBy::Domain),
];

/// Reads a command.
///
/// # Errors
/// What is wrong and what could be said instead.
pub fn parse(text: &str) -> Result<Command, String> {
    let text = text.trim();
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    if let Some(change) = change::parse(name, rest) {
        return change.map(Command::Change);
    }
    match name {
        "q" | "quit" | "q!" => Ok(Command::Quit),
        "source" => pick(SOURCES, rest, "source").map(Command::Source),
        "color" | "colour" => pick(COLORS, rest, "colour").map(Command::Color),
        "scan" | "score" | "method" => ScanMethod::from_id(rest)
            .map(Command::Scan)
            .ok_or_else(|| format!("no method '{rest}': {}", methods().join(", "))),
        "chain" => chain(rest),
        "model" => rest
            .parse()
            .ok()
            .filter(|n| *n > 0)
            .map(Command::Model)
            .ok_or_else(|| "which model? `:model 2`".to_owned()),
        "theme" => needed(rest, "which theme? Tab lists them").map(Command::Theme),
        "select" => Ok(Command::Select(
            if rest == "none" { "" } else { rest }.to_owned(),
        )),
        "export" | "w" => export(rest, false),
        "export!" | "w!" => export(rest, true),
        "sequence" => needed(rest, "which file? `:sequence construct.fasta`")
            .map(|f| Command::Sequence(if f == "none" { String::new() } else { f })),
        "weights" => {
            needed(rest, "which weights? `:weights FOLDER` or a model's name").map(Command::Weights)
        }
        "data" => needed(rest, "which table? `:data scores.csv`")
            .map(|f| Command::Data(if f == "none" { String::new() } else { f })),
        "open" | "e" | "edit" => needed(rest, "which file? `:open 1ake.pdb`").map(Command::Open),
        "cancel" => Ok(Command::Cancel),
        "mouse" => match rest {
            "on" => Ok(Command::Mouse(true)),
            "off" => Ok(Command::Mouse(false)),
            _ => Err("`:mouse on` or `:mouse off`".to_owned()),
        },
        "help" | "h" => Ok(Command::Help),
        "compare" if rest == "none" => Ok(Command::Compare(None)),
        "compare" if !rest.is_empty() => {
            pick(SOURCES, rest, "source").map(|s| Command::Compare(Some(s)))
        }
        "graphics" if !rest.is_empty() => {
            pick(&Graphics::ALL.map(|g| (g.id(), g)), rest, "graphics").map(Command::Graphics)
        }
        "mode" if rest == "none" => Ok(Command::Mode(None)),
        "mode" => number(rest, "which mode? `:mode 1`", |n| n >= 1.0)
            .map(|n| Command::Mode(Some(n as usize - 1))),
        "amplitude" => number(rest, "how far? `:amplitude 3`", |n| n > 0.0).map(Command::Amplitude),
        _ if text.contains(|c: char| c.is_ascii_digit()) => Ok(Command::Goto(text.to_owned())),
        _ => Action::from_id(name)
            .filter(|_| rest.is_empty())
            .map(Command::Act)
            .ok_or_else(|| format!("no command '{name}'; Tab lists them")),
    }
}

fn needed(rest: &str, otherwise: &str) -> Result<String, String> {
    if rest.is_empty() {
        Err(otherwise.to_owned())
    } else {
        Ok(rest.to_owned())
    }
}

/// `[FAMILY] FILE`.
fn export(rest: &str, overwrite: bool) -> Result<Command, String> {
    let rest = needed(
        rest,
        "to which file? `:export scores.csv`, or `x` for all there are",
    )?;
    let (family, path) = match rest.split_once(' ') {
        Some((word, path)) => match Family::ALL.into_iter().find(|f| f.id() == word) {
            Some(family) => (Some(family), path.trim().to_owned()),
            None => (None, rest),
        },
        None => (None, rest),
    };
    Ok(Command::Export(family, path, overwrite))
}

fn pick<T: Copy>(table: &[(&str, T)], name: &str, what: &str) -> Result<T, String> {
    table
        .iter()
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            let names: Vec<&str> = table.iter().map(|(n, _)| *n).collect();
            format!("no {what} '{name}': {}", names.join(", "))
        })
}

fn number(rest: &str, otherwise: &str, fits: impl Fn(f64) -> bool) -> Result<f64, String> {
    rest.parse()
        .ok()
        .filter(|n| fits(*n))
        .ok_or_else(|| otherwise.to_owned())
}

fn chain(rest: &str) -> Result<Command, String> {
    match rest {
        "" => Err("which chain? `:chain B`, `:chain A,B` or `:chain all`".to_owned()),
        "all" => Ok(Command::Chain(Vec::new())),
        names => Ok(Command::Chain(
            names
                .split([',', ' '])
                .filter(|n| !n.is_empty())
                .map(str::to_owned)
                .collect(),
        )),
    }
}

fn methods() -> Vec<&'static str> {
    ScanMethod::ALL.into_iter().map(ScanMethod::id).collect()
}

/// One way to go on with the line: the whole line then, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The line.
    pub line: String,
    /// A word about it.
    pub about: String,
}

/// How the line could go on.
#[must_use]
pub fn complete(text: &str, state: &State) -> Vec<Completion> {
    let Some((name, rest)) = text.split_once(' ') else {
        return names(text);
    };
    arguments(name, state)
        .into_iter()
        .filter(|(value, _)| value.starts_with(rest.trim_start()))
        .map(|(value, about)| Completion {
            line: format!("{name} {value}"),
            about,
        })
        .collect()
}

/// The commands of that beginning, then, once something is typed, the actions.
fn names(text: &str) -> Vec<Completion> {
    let mut known: Vec<&(&str, &str)> = COMMANDS.iter().chain(change::CHANGES).collect();
    known.sort_unstable();
    let is_command = |id: &str| known.iter().any(|(name, _)| *name == id);
    let commands = known.iter().map(|(name, about)| Completion {
        line: if about.is_empty() {
            (*name).to_owned()
        } else {
            format!("{name} ")
        },
        about: (*about).to_owned(),
    });
    let actions = ACTIONS
        .iter()
        .filter(|a| !text.is_empty() && !is_command(a.id))
        .map(|a| Completion {
            line: a.id.to_owned(),
            about: a.help.to_owned(),
        });
    commands
        .chain(actions)
        .filter(|c| c.line.starts_with(text))
        .collect()
}

fn arguments(name: &str, state: &State) -> Vec<(String, String)> {
    let plain = |names: Vec<String>| names.into_iter().map(|n| (n, String::new())).collect();
    match name {
        "source" | "compare" => SOURCES
            .iter()
            .map(|(n, s)| ((*n).to_owned(), super::results::source_name(*s).to_owned()))
            .collect(),
        "color" | "colour" => COLORS
            .iter()
            .map(|(n, c)| ((*n).to_owned(), c.name().to_owned()))
            .collect(),
        "scan" | "score" | "method" => ScanMethod::ALL
            .into_iter()
            .map(|m| (m.id().to_owned(), method_name(m).to_owned()))
            .collect(),
        "export" | "export!" => Family::ALL
            .into_iter()
            .map(|f| {
                (
                    format!("{} ", f.id()),
                    f.endings().collect::<Vec<_>>().join(" "),
                )
            })
            .collect(),
        "theme" => plain(state.themes.clone()),
        "curve" => change::CURVES
            .iter()
            .map(|(n, c)| ((*n).to_owned(), c.name().to_owned()))
            .collect(),
        "graphics" => plain(Graphics::ALL.map(|g| g.id().to_owned()).to_vec()),
        "mouse" => plain(vec!["on".into(), "off".into()]),
        "chain" => {
            let mut names = state
                .subject
                .as_ref()
                .map_or_else(Vec::new, |s| s.all_chains());
            names.push("all".to_owned());
            plain(names)
        }
        "model" => {
            let count = state.subject.as_ref().map_or(0, |s| s.model_count());
            plain((1..=count).map(|n| n.to_string()).collect())
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        assert_eq!(parse("source anm"), Ok(Command::Source(Source::Anm)));
        assert_eq!(parse(" q "), Ok(Command::Quit));
        assert_eq!(parse("42"), Ok(Command::Goto("42".into())));
        assert_eq!(parse("A:-3"), Ok(Command::Goto("A:-3".into())));
        assert_eq!(parse("chain all"), Ok(Command::Chain(vec![])));
        assert_eq!(
            parse("chain A,B"),
            Ok(Command::Chain(vec!["A".into(), "B".into()]))
        );
        assert_eq!(
            parse("export! a b.csv"),
            Ok(Command::Export(None, "a b.csv".into(), true))
        );
        assert_eq!(
            parse("export scores a b.csv"),
            Ok(Command::Export(
                Some(Family::Scores),
                "a b.csv".into(),
                false
            ))
        );
        assert_eq!(
            parse("compare gnm"),
            Ok(Command::Compare(Some(Source::Gnm)))
        );
        assert_eq!(parse("mode 3"), Ok(Command::Mode(Some(2))));
        assert_eq!(parse("next-mode"), Ok(Command::Act(Action::NextMode)));
        assert_eq!(parse("select none"), Ok(Command::Select(String::new())));
        assert_eq!(
            parse("scan stability"),
            Ok(Command::Scan(ScanMethod::Stability))
        );
        for wrong in ["mode 0", "amplitude x", "push 4x y"] {
            assert!(!matches!(parse(wrong), Ok(Command::Act(_))), "{wrong}");
        }
        for wrong in ["", "fly", "source x", "chain", "model 0", "mouse", "scan"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_completion_of_a_name_is_a_command() {
        let state = State::default();
        assert_eq!(complete("sou", &state)[0].line, "source ");
        assert_eq!(complete("source p", &state)[0].line, "source pfanm");
        for (name, _) in COMMANDS.iter().chain(change::CHANGES) {
            let reply = parse(name);
            assert!(
                !matches!(&reply, Err(e) if e.starts_with("no command")),
                "{name}: {reply:?}"
            );
        }
    }
}
