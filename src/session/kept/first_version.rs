//! Sessions as the releases up to 0.1 kept them: a table of texts, most under the name of their command.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::app::kept::{Kept, NamedMark};

#[derive(Deserialize)]
struct File {
    work: Work,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Work {
    file: String,
    record: usize,
    chains: String,
    first_chain: bool,
    model: usize,
    weights: Vec<String>,
    marks: Vec<NamedMark>,
    shelf: BTreeMap<String, Vec<NamedMark>>,
    #[serde(flatten)]
    others: toml::Table,
}

/// Texts with the command that each was an argument of, in the order in which they are said.
const SETTINGS: [(&str, &str); 18] = [
    ("data", "data"),
    ("source", "source"),
    ("method", "scan"),
    ("panel", "panel"),
    ("expand", "expand"),
    ("color", "color"),
    ("curve", "curve"),
    ("compare", "compare"),
    ("graphics", "graphics"),
    ("threshold", "threshold"),
    ("order", "order"),
    ("turn", "turn"),
    ("zoom", "zoom"),
    ("theme", "theme"),
    ("select", "select"),
    ("filter", "filter"),
    ("sort", "sort"),
    ("at", "at"),
];

pub(super) fn read(table: toml::Table) -> Result<Kept, String> {
    let file: Result<File, toml::de::Error> = table.try_into();
    let work = file.map_err(|e| e.message().to_owned())?.work;
    let mut commands: Vec<String> = work
        .weights
        .iter()
        .map(|w| format!("weights {w}"))
        .collect();
    let text = |key: &str| {
        work.others
            .get(key)
            .and_then(toml::Value::as_str)
            .unwrap_or("")
    };
    let mut say = |command: &str, argument: &str| {
        if !argument.is_empty() {
            commands.push(format!("{command} {argument}"));
        }
    };
    say("sequence", text("sequence"));
    say("open", &work.file);
    if work.record > 0 {
        say("record", &work.record.to_string());
    } else {
        say("chain", if work.first_chain { "" } else { &work.chains });
        if work.model > 1 {
            say("model", &work.model.to_string());
        }
    }
    for (key, command) in SETTINGS {
        say(command, text(key));
    }
    let mut marks: BTreeMap<String, Vec<NamedMark>> = work
        .shelf
        .into_iter()
        .map(|(key, marks)| (part_of(&key), marks))
        .collect();
    if work.record > 0 {
        // Which sequence they belong to was not written down.
        commands.extend(work.marks.iter().map(command_of));
    } else {
        marks.insert(format!("{}|{}", work.file, work.chains), work.marks);
    }
    Ok(Kept {
        file: work.file,
        commands,
        marks,
    })
}

/// `file|name|chains` as `file|chains`, or without chains as `file|name`.
fn part_of(key: &str) -> String {
    let parts = key
        .split_once('|')
        .and_then(|(file, rest)| Some((file, rest.rsplit_once('|')?)));
    match parts {
        Some((file, (name, ""))) => format!("{file}|{name}"),
        Some((file, (_, chains))) => format!("{file}|{chains}"),
        None => key.to_owned(),
    }
}

fn command_of(mark: &NamedMark) -> String {
    match mark.note.as_str() {
        "" => format!("mark {}", mark.name),
        note => format!("note {} {note}", mark.name),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::app::Command;

    #[test]
    fn a_session_of_the_first_version_is_taken_up() {
        let text = r#"
            version = 1
            program = "dynascope 0.1.0"
            [work]
            file = "/d/1ake.pdb"
            record = 0
            sequence = ""
            chains = "A"
            first_chain = true
            model = 1
            weights = ["esm"]
            source = "pfanm"
            method = "stability"
            sort = "ddg ascending"
            at = "A:Q42W with A:57"
            ensemble = "3"
            [[work.marks]]
            name = "A:Q42W"
            note = "lid"
            [work.shelf]
            "/d/x.fa|sp|P1|X|" = [{ name = "M1A" }]
        "#;
        let kept = read(toml::from_str(text).unwrap()).unwrap();
        for line in &kept.commands {
            assert_eq!(Command::parse(line).unwrap().to_line(), *line);
        }
        assert!(kept.commands.contains(&"scan stability".to_owned()));
        assert_eq!(kept.commands[..2], ["weights esm", "open /d/1ake.pdb"]);
        let keys: Vec<&String> = kept.marks.keys().collect();
        assert_eq!(keys, ["/d/1ake.pdb|A", "/d/x.fa|sp|P1|X"]);
        assert!(kept.has_marks_in("/d/1ake.pdb") && !kept.has_marks_in("/d"));
    }
}
