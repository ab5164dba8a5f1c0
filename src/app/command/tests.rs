//! Every command goes to its line and back, whatever its argument.

use std::collections::BTreeSet;

use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::analysis::triage::{Measure, Order};

fn words(random: &mut ChaCha8Rng) -> String {
    const WORDS: &[&str] = &[
        "A:42",
        "A:Q42W",
        "none",
        "with",
        "all",
        "A,B",
        "scores",
        "report",
        "a b.csv",
        "./x.html",
        "Å",
        "\u{1b}[31m",
        "rmsf < 1",
        "ascending",
        "ddg",
        "\t",
        "-",
        "on",
        ":",
        "!",
    ];
    let word = |random: &mut ChaCha8Rng| match random.random_range(0..4) {
        0 => random.random_range(-7..99_i32).to_string(),
        1 => (random.random::<f64>() * 10_f64.powi(random.random_range(-9..9))).to_string(),
        _ => (*WORDS.choose(random).unwrap()).to_owned(),
    };
    let count = random.random_range(0..5);
    let words: Vec<String> = (0..count).map(|_| word(random)).collect();
    words.join(" ")
}

fn arguments(entry: &Entry, random: &mut ChaCha8Rng) -> Vec<String> {
    let mut texts: Vec<String> = (0..2_000).map(|_| words(random)).collect();
    texts.extend(entry.form.split(" | ").map(str::to_owned));
    if let Values::Named(names) = entry.values {
        texts.extend(names().into_iter().map(|(name, _)| name.to_owned()));
    }
    texts
}

#[test]
fn every_command_goes_to_its_line_and_back() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    for entry in TABLE {
        let mut read = 0;
        for text in arguments(entry, &mut random) {
            let text = if entry.takes_argument() {
                text
            } else {
                String::new()
            };
            let Ok(command) = Command::parse(&format!("{} {text}", entry.name)) else {
                continue;
            };
            let line = command.to_line();
            assert_eq!(Command::parse(&line), Ok(command), "{line}");
            assert!(line.lines().count() == 1 && line.trim() == line, "{line:?}");
            read += usize::from(line.starts_with(entry.name));
        }
        assert!(read > 0, "{} is never read", entry.name);
    }
}

#[test]
fn every_choice_of_every_command_is_read() {
    for entry in TABLE {
        let Values::Named(names) = entry.values else {
            continue;
        };
        for (name, _) in names() {
            let line = format!("{} {name}", entry.name);
            let command = Command::parse(&line).unwrap();
            assert!(command.to_line().starts_with(&line), "{line}");
        }
    }
}

#[test]
fn no_name_is_taken_twice() {
    for takes_argument in [false, true] {
        let mut names = BTreeSet::new();
        let entries = || {
            TABLE
                .iter()
                .filter(|e| e.takes_argument() == takes_argument)
        };
        for entry in entries() {
            assert!(names.insert(entry.name), "{} twice", entry.name);
        }
        for entry in entries() {
            for synonym in entry.synonyms.split_whitespace() {
                assert!(!names.contains(synonym), "{synonym} is a command itself");
            }
        }
    }
}

#[test]
fn any_text_is_written_on_one_line_and_read_back() {
    let texts = [
        "a.pdb",
        " a b ",
        "a\x1b]0;title\x07\u{9b}31m.fasta",
        "one\ntwo\r\t",
        r"a\b\\x41\x1b\",
        r"\",
        "Å鎖\u{3000}x",
    ];
    for text in texts {
        let line = Text::new(text).unwrap().write();
        assert!(!line.contains(char::is_control), "{line:?}");
        assert_eq!(line.trim(), line);
        assert_eq!(Text::read(&line).unwrap().as_str(), text, "{line}");
    }
    assert_eq!(Text::read(r" a\b\ ").unwrap().as_str(), r"a\b\");
    assert_eq!(Text::new("\x1b").unwrap().write(), r"\x1b");
    assert!(Text::new(" \t").is_none());
}

#[test]
fn commands_are_read() {
    let read = Command::parse;
    assert_eq!(read("source anm"), Ok(Command::Source(Source::Anm)));
    assert_eq!(read(" q "), Ok(Command::Quit));
    let text = |text: &str| Text::new(text).unwrap();
    assert_eq!(read("42"), Ok(Command::Find(text("42"))));
    assert_eq!(read("A:-3"), Ok(Command::Find(text("A:-3"))));
    assert_eq!(read("chain all"), Ok(Command::Chain(Chains(None))));
    let both = Chains(Some(vec!["A".into(), "B".into()]));
    assert_eq!(read("chain A,B"), Ok(Command::Chain(both)));
    let (family, path) = (None, text("a b.csv"));
    assert_eq!(
        read("w! a b.csv"),
        Ok(Command::Replace(ExportTo { family, path }))
    );
    assert_eq!(read("compare none"), Ok(Command::Compare(None)));
    assert_eq!(read("compare"), Ok(Command::NextCompared));
    assert_eq!(read("mode 3"), Ok(Command::Mode(Some(Ordinal::of(2)))));
    assert_eq!(read("select none"), Ok(Command::Select(None)));
    assert_eq!(
        read("ΔΔG stability"),
        Ok(Command::Scan(ScanMethod::Stability))
    );
    assert_eq!(
        read("dms x.csv"),
        Ok(Command::Data(Some(FileName(text("x.csv")))))
    );
    let sort = SortBy {
        measure: Measure::Stability,
        order: Order::Ascending,
    };
    assert_eq!(read("sort ddg"), Ok(Command::Sort(sort)));
    for wrong in [
        "",
        "fly",
        "source x",
        "chain",
        "model 0",
        "model x",
        "scan",
        "mode 0",
        "amplitude x",
        "at",
        "unmark",
        "note A42G",
        "sort x",
        "panel x",
        "zoom 1 2",
        "turn 1 2 nan",
        "threshold 2",
        "record 0",
        "ensemble x",
        "quit now",
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
