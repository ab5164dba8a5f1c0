//! The language-model side of `language.py`: reads commands from standard input, one a line, runs each
//! once, and answers with milliseconds and a check value.
//!
//! `esm2 DIR`, `dance DIR` load; `marginals LETTERS`, `masked LETTERS COUNT`, `scan LETTERS COUNT` and
//! `pairs LETTERS` run.

use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

use dynascope::analysis::mutation_scan::{
    DynamicsScoring, ScanOptions, relative_changes, wild_type_marginals,
};
use dynascope::models::dance::{Dance, DynamicsModel};
use dynascope::models::device::Compute;
use dynascope::models::esm2::{Esm2, LanguageModel, Query};
use dynascope::models::tokenizer::{MASK, tokenize};
use dynascope::models::weights::WeightsFile;
use dynascope::sequence::{AminoAcid, Substitution, Variant};

type Failure = Box<dyn std::error::Error>;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Default)]
struct Loaded {
    esm2: Option<Esm2>,
    dance: Option<Dance>,
}

fn main() -> Result<(), Failure> {
    let mut loaded = Loaded::default();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let start = Instant::now();
        let check = run(&mut loaded, &words)?;
        let milliseconds = start.elapsed().as_secs_f64() * 1e3;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{milliseconds:.3} {check:.9}")?;
        out.flush()?;
    }
    Ok(())
}

fn run(loaded: &mut Loaded, words: &[&str]) -> Result<f64, Failure> {
    let compute = Compute::cpu();
    match words {
        ["esm2", directory] => {
            let weights = WeightsFile::open(Path::new(directory))?;
            loaded.esm2 = Some(Esm2::load(&weights, &compute)?);
            Ok(0.0)
        }
        ["dance", directory] => {
            let weights = WeightsFile::open(Path::new(directory))?;
            loaded.dance = Some(Dance::load(&weights, &compute)?);
            Ok(0.0)
        }
        ["marginals", letters] => {
            let model = loaded.esm2.as_ref().ok_or("no model")?;
            let options = ScanOptions::default();
            let map = wild_type_marginals(model, letters, &options, &(), &mut |_, _, _| ())?;
            Ok(map.score.row(0)[0])
        }
        ["masked", letters, count] => {
            let model = loaded.esm2.as_ref().ok_or("no model")?;
            let rows = model.log_probabilities(&masked(letters, count.parse()?), &())?;
            Ok(f64::from(rows[0][4]))
        }
        ["scan", letters, count] => {
            let model = loaded.dance.as_ref().ok_or("no model")?;
            let variants = variants(letters, count.parse()?);
            let scoring = DynamicsScoring::default();
            let options = ScanOptions::default();
            let changes = relative_changes(
                model,
                letters,
                &variants,
                scoring.properties(),
                &options,
                &(),
            )?;
            Ok(scoring.scores(&changes)[0])
        }
        ["pairs", letters] => {
            let model = loaded.dance.as_ref().ok_or("no model")?;
            let prediction = model.predict(&tokenize(letters), &())?;
            Ok(f64::from(prediction.pairs[0]))
        }
        _ => Err("unknown command".into()),
    }
}

/// The sequence with its first, second, … residue masked.
fn masked(letters: &str, count: usize) -> Vec<Query> {
    (1..=count)
        .map(|position| {
            let mut tokens = tokenize(letters);
            tokens[position] = MASK;
            Query {
                tokens,
                positions: vec![position],
            }
        })
        .collect()
}

/// The first single substitutions of the sequence, by position, then by letter.
fn variants(letters: &str, count: usize) -> Vec<Variant> {
    let residues = letters
        .chars()
        .filter_map(AminoAcid::from_letter)
        .enumerate();
    residues
        .flat_map(|(index, wild_type)| {
            let mutants = AminoAcid::ALL.into_iter().filter(move |&m| m != wild_type);
            mutants.map(move |mutant| {
                vec![Substitution {
                    index,
                    wild_type,
                    mutant,
                }]
            })
        })
        .take(count)
        .collect()
}
