//! This program's half of `language.py` and `structures.py`: reads commands from standard input, one a
//! line, runs each once, and answers with milliseconds and a check value. Arguments: device and number
//! type. What it loads stays loaded, so all but a first call are warm.
//!
//! `esm2 DIR`, `dance DIR` load; `logits LETTERS`, `masked LETTERS COUNT`, `scan LETTERS COUNT` and
//! `pairs LETTERS` run. `open FILE` reads all chains of a structure; `dynamics SOURCE`,
//! `sample SOURCE COUNT` and `map METHOD` run on it, from coordinates to the finished report; a
//! folder of weights may follow a source.
//! `gemm M K N` multiplies by the same library and answers with GFLOP/s.

use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use candle_core::{DType, Device, Tensor};
use dynascope::analysis::mutation_scan::{Changes, DynamicsScoring, ScanOptions};
use dynascope::analysis::{ScanMethod, Source};
use dynascope::engine::worker::Run as _;
use dynascope::engine::{Engine, EngineOptions, Report, Request};
use dynascope::models::dance::{Dance, DynamicsModel};
use dynascope::models::device::{Compute, DeviceChoice};
use dynascope::models::esm2::{Esm2, LanguageModel, Query};
use dynascope::models::tokenizer::{MASK, tokenize};
use dynascope::models::weights::WeightsFile;
use dynascope::protein::{AminoAcid, ChainChoice, Protein, Structure, Substitution, Variant, read};
use dynascope::study::{Combining, DynamicsRequest, SampleRequest, ScanRequest, Weights};

type Failure = Box<dyn std::error::Error>;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Loaded {
    compute: Compute,
    device: DeviceChoice,
    esm2: Option<Esm2>,
    dance: Option<Dance>,
    engine: Engine,
    opened: Option<(Arc<Structure>, Arc<Protein>)>,
}

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = |at: usize| words.get(at).map_or("auto", String::as_str);
    let device: DeviceChoice = word(0).parse()?;
    let dtype = word(1).parse()?;
    let mut loaded = Loaded {
        compute: Compute::choose(device, dtype)?,
        device,
        esm2: None,
        dance: None,
        engine: Engine::new(EngineOptions {
            device,
            dtype,
            ..EngineOptions::default()
        }),
        opened: None,
    };
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
    let compute = loaded.compute.clone();
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
        ["logits", letters] => {
            let model = loaded.esm2.as_ref().ok_or("no model")?;
            let tokens = tokenize(letters);
            let query = Query {
                positions: (0..tokens.len()).collect(),
                tokens,
            };
            Ok(sum(&model.log_probabilities(&[query], &())?.concat()))
        }
        ["masked", letters, count] => {
            let model = loaded.esm2.as_ref().ok_or("no model")?;
            let queries = masked(letters, count.parse()?);
            let most = model.batch_size(letters.len() + 2);
            let mut total = 0.0;
            for some in queries.chunks(most) {
                for row in model.log_probabilities(some, &())? {
                    total += sum(&row[4..24]);
                }
            }
            Ok(total)
        }
        ["scan", letters, count] => {
            let model = loaded.dance.as_ref().ok_or("no model")?;
            let variants = variants(letters, count.parse()?);
            let scoring = DynamicsScoring::default();
            let options = ScanOptions::default();
            let properties = scoring.properties();
            let mut changes = Changes::new(model, letters, properties, &options, variants.len());
            Ok(scoring.scores(&changes.of(&variants, &())?)[0])
        }
        ["pairs", letters] => {
            let model = loaded.dance.as_ref().ok_or("no model")?;
            let prediction = model.predict(&tokenize(letters), &())?;
            Ok(f64::from(prediction.pairs[0]))
        }
        ["open", file] => {
            let (structure, _) = read::read_bytes(file, &std::fs::read(file)?)?;
            let protein = structure.protein(0, &ChainChoice::All)?;
            let residues = protein.len() as f64;
            loaded.opened = Some((Arc::new(structure), Arc::new(protein)));
            Ok(residues)
        }
        ["dynamics" | "sample" | "map", ..] => {
            let request = request(loaded, words)?;
            Ok(check(&loaded.engine.run(&request, &())?))
        }
        ["gemm", m, k, n] => gigaflops(loaded, m.parse()?, k.parse()?, n.parse()?),
        _ => Err("unknown command".into()),
    }
}

/// What is asked about the structure that is open.
fn request(loaded: &Loaded, words: &[&str]) -> Result<Request, Failure> {
    let (structure, protein) = loaded.opened.as_ref().ok_or("no structure")?;
    let dynamics = |source: &str, weights: &[&str]| -> Result<DynamicsRequest, Failure> {
        let mut sources = Source::ALL.into_iter();
        Ok(DynamicsRequest {
            protein: Arc::clone(protein),
            structure: Arc::clone(structure),
            source: Some(sources.find(|s| s.id() == source).ok_or("unknown source")?),
            weights: weights
                .first()
                .map_or(Weights::Installed, |path| Weights::Path(path.into())),
            run: None,
        })
    };
    Ok(match words {
        ["dynamics", source, weights @ ..] => Request::Dynamics(dynamics(source, weights)?),
        ["sample", source, count, weights @ ..] => Request::Sample(SampleRequest {
            dynamics: dynamics(source, weights)?,
            count: count.parse()?,
            seed: 1,
        }),
        ["map", method] => Request::Scan(ScanRequest {
            protein: Arc::clone(protein),
            method: ScanMethod::from_id(method).ok_or("unknown method")?,
            weights: Weights::Installed,
            alignment: None,
            properties: Vec::new(),
            combining: Combining::default(),
            first: 0..0,
        }),
        _ => return Err("unknown command".into()),
    })
}

/// One number that every part of a report goes into.
fn check(report: &Report) -> f64 {
    match report {
        Report::Dynamics(report) => mean(&report.rmsf_angstrom),
        Report::Sample(report) => report.ensemble.samples.len() as f64,
        Report::Scan(report) => {
            let rows = 0..report.map.score.rows();
            mean(
                &rows
                    .flat_map(|i| report.map.score.row(i).to_vec())
                    .collect::<Vec<_>>(),
            )
        }
        _ => 0.0,
    }
}

/// The mean of what is known.
fn mean(values: &[f64]) -> f64 {
    let known: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    known.iter().sum::<f64>() / known.len().max(1) as f64
}

fn sum(values: &[f32]) -> f64 {
    values.iter().map(|&v| f64::from(v)).sum()
}

/// The best of a few products (m, k) · (k, n).
fn gigaflops(loaded: &Loaded, m: usize, k: usize, n: usize) -> Result<f64, Failure> {
    let device = match loaded.device {
        DeviceChoice::Cuda(ordinal) => Device::new_cuda(ordinal)?,
        _ => Device::Cpu,
    };
    let dtype = match loaded.compute.dtype_name() {
        "bf16" => DType::BF16,
        "f16" => DType::F16,
        _ => DType::F32,
    };
    let a = Tensor::ones((m, k), dtype, &device)?;
    let b = Tensor::ones((k, n), dtype, &device)?;
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        #[expect(
            clippy::disallowed_methods,
            reason = "the plain product is what is measured"
        )]
        let product = a.matmul(&b)?;
        device.synchronize()?;
        best = best.min(start.elapsed().as_secs_f64());
        drop(product);
    }
    Ok(2.0 * (m * k * n) as f64 / best / 1e9)
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
