//! Many inputs: shards for job arrays, resuming, and going on after one that is refused.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::Outcome;
use super::console::Console;
use super::output::{Output, check_places};
use crate::engine::{Ask, Engine, open};
use crate::export::content::Content;
use crate::export::product::Product;
use crate::protein::{Opened, Protein, Structure};

/// Arguments of commands that take many inputs.
#[derive(Debug, Clone, Args)]
pub struct Inputs {
    /// PDB, mmCIF or FASTA files (plain or gzip), bare sequences, example:1ake.pdb; - for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub list: Vec<String>,
    /// Only part I of N of the inputs, counted from 1: for job arrays
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Overwrite files that exist; without it, finished ones of many inputs are skipped
    #[arg(long, short)]
    pub force: bool,
}

/// Part `index` (from 0) of `count`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match numbers {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self {
                index: index - 1,
                count,
            }),
            _ => Err("write I/N with I from 1 to N, as in 2/8".to_owned()),
        }
    }
}

impl Inputs {
    /// Whether results go into folders, one file per input.
    pub fn many(&self) -> bool {
        self.list.len() > 1 || self.shard.is_some()
    }

    /// Runs `work` on every input of the shard whose results are not yet in `places`. One that fails is
    /// reported, and the rest goes on; a single input's failure is the command's.
    pub fn each(
        &self,
        places: &[(Product, PathBuf)],
        console: &Console,
        mut work: impl FnMut(&Task<'_>) -> anyhow::Result<Outcome>,
    ) -> anyhow::Result<Outcome> {
        check_places(places, self.many())?;
        let mut work = |input: &Arc<Structure>, many: bool, text: &str, siblings: &Opened| {
            let task = Task {
                input,
                siblings,
                file: open::file_of(Path::new(text)),
                output: Output::plan(places, many, &input.name, self.force)?,
                console,
            };
            if task.output.is_finished() {
                console.note(&format!("{}: done before, skipped", input.name));
                return Ok(Outcome::Done);
            }
            work(&task)
        };
        let mut tally = Tally::default();
        let mut names = HashSet::new();
        for (at, text) in self.list.iter().enumerate() {
            if self.shard.is_some_and(|s| at % s.count != s.index) {
                continue;
            }
            let opened = match console.open(text) {
                Ok(opened) => opened,
                Err(error) => {
                    tally.refuse(error, console)?;
                    continue;
                }
            };
            for error in &opened.refused {
                tally.refuse(error.clone().into(), console)?;
            }
            let many = self.many() || opened.len() > 1;
            for one in opened.structures() {
                let result = if many && !names.insert(one.name.clone()) {
                    Err(anyhow::anyhow!(
                        "{text}: a second input is named {}; rename one, their files would be the same",
                        one.name
                    ))
                } else {
                    work(&one, many, text, &opened).map_err(|e| named(e, text))
                };
                match result {
                    Ok(outcome) => tally.add(outcome),
                    Err(error) => tally.refuse(error, console)?,
                }
            }
        }
        Ok(tally.outcome())
    }
}

/// One input, and where its results go.
#[derive(Debug)]
pub struct Task<'a> {
    /// The input.
    pub input: &'a Arc<Structure>,
    /// Every record of the same file, this one among them.
    pub siblings: &'a Opened,
    /// Where another program finds it.
    pub file: Option<PathBuf>,
    /// Where its results go.
    pub output: Output,
    pub console: &'a Console,
}

impl Task<'_> {
    /// The engine's answer, below the warnings of the input.
    pub fn ask<Q: Ask>(&self, engine: &mut Engine, question: &Q) -> anyhow::Result<Q::Answer> {
        self.warn(&self.siblings.warnings);
        self.say_loaded(question.about());
        let report = engine.ask(question, self.console);
        self.console.finish();
        Ok(report?)
    }

    /// What its files are made of, before there are results.
    pub fn content(&self) -> Content {
        Content {
            name: self.input.name.clone(),
            ..Content::default()
        }
    }

    /// Where another program finds the protein as it is here; nothing where it does not.
    pub fn file_of(&self, protein: &Protein) -> Option<String> {
        let file = self
            .file
            .as_ref()
            .filter(|_| self.input.is_shown_by_file(protein));
        file.map(|path| path.display().to_string())
    }

    /// What of the structure is studied.
    fn say_loaded(&self, protein: Option<&Protein>) {
        let protein = protein.filter(|p| p.has_coordinates());
        for line in protein.map_or_else(Vec::new, |p| self.input.loaded(p)) {
            self.console.note(&format!("{}: {line}", self.input.name));
        }
    }

    /// Shows warnings, with the input's name.
    pub fn warn(&self, warnings: &[String]) {
        for warning in warnings {
            self.console
                .warn(&format!("{}: {warning}", self.input.name));
        }
    }
}

/// Puts the input's name before an error that does not have it.
fn named(error: anyhow::Error, input: &str) -> anyhow::Error {
    if format!("{error:#}").contains(input) {
        error
    } else {
        let shown = if input.len() > 60 && !Path::new(input).exists() {
            "sequence"
        } else {
            input
        };
        error.context(shown.to_owned())
    }
}

#[derive(Debug, Default)]
struct Tally {
    done: usize,
    partly: usize,
    refused: usize,
}

impl Tally {
    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Done => self.done += 1,
            Outcome::Partly => self.partly += 1,
            Outcome::Nothing => self.refused += 1,
        }
    }

    fn refuse(&mut self, error: anyhow::Error, console: &Console) -> anyhow::Result<()> {
        if super::is_closed_pipe(&error) {
            return Err(error);
        }
        console.error(&format!("{error:#}"));
        self.refused += 1;
        Ok(())
    }

    fn outcome(&self) -> Outcome {
        match (self.done, self.partly, self.refused) {
            (_, 0, 0) => Outcome::Done,
            (0, 0, _) => Outcome::Nothing,
            _ => Outcome::Partly,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn shards_count_from_one() {
        assert_eq!("2/8".parse(), Ok(Shard { index: 1, count: 8 }));
        for wrong in ["0/8", "9/8", "1", "a/b", "1/0"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
