//! The map of all single substitutions, by every method.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cache::{Cache, Key};
use super::loaded::Loaded;
use super::report::{Provenance, ScanReport};
use super::request::{Combining, ScanRequest};
use super::{Engine, EngineError, Observer, Partial, ScanRow};
use crate::analysis::mutation_scan::{
    self as scans, Changes, Combination, DynamicsScoring, LOG_PROBABILITY, ScanOptions,
};
use crate::analysis::{MutationMap, ScanMethod};
use crate::models::dance::{Dance, Property};
use crate::models::error::ModelError;
use crate::models::esm2::Esm2;
use crate::numeric::Matrix;
use crate::progress::{Cancelled, Checkpoint};
use crate::protein::{AminoAcid, Protein, Substitution, Variant};

mod dynamics;

use dynamics::of_dynamics;
pub(super) use dynamics::{scoring, scoring_settings};

/// What has been scored is written to the cache about this often.
const KEEP_EVERY: Duration = Duration::from_secs(1);

pub(super) fn run(
    engine: &mut Engine,
    request: &ScanRequest,
    observer: &dyn Observer,
) -> Result<ScanReport, EngineError> {
    let begun = Instant::now();
    let mut report = match request.method {
        ScanMethod::Stability | ScanMethod::Structure => of_structure(engine, request, observer)?,
        ScanMethod::WildTypeMarginals | ScanMethod::MaskedMarginals => {
            of_language(engine, request, observer)?
        }
        ScanMethod::EsmDance | ScanMethod::SeqDance => of_dynamics(engine, request, observer)?,
    };
    report.provenance.elapsed = begun.elapsed();
    report.warnings.extend(unscored(&report.map));
    Ok(report)
}

/// Where each chain begins and ends.
pub(super) fn segments(protein: &Protein) -> Vec<Range<usize>> {
    protein.chains().into_iter().map(|(_, r)| r).collect()
}

pub(super) fn provenance<M>(
    method: ScanMethod,
    protein: &Protein,
    loaded: &Loaded<M>,
    settings: Vec<(String, String)>,
) -> Provenance {
    let mut all = vec![("target".to_owned(), protein.name.clone())];
    all.extend([
        ("unit".to_owned(), method.unit().to_owned()),
        ("direction".to_owned(), direction(method).to_owned()),
    ]);
    let seen = protein.residues.iter().filter(|r| r.id.is_seen()).count();
    if seen < protein.len() {
        let part = format!("{seen} of {}", protein.len());
        all.push(("residues_in_structure".to_owned(), part));
    }
    all.extend(settings);
    Provenance {
        version: env!("CARGO_PKG_VERSION"),
        source: method.id().to_owned(),
        model: loaded.id.clone(),
        weights_hash: loaded.hash.clone(),
        device: loaded.compute.device_name().to_owned(),
        dtype: loaded.compute.dtype_name().to_owned(),
        settings: all,
        elapsed: std::time::Duration::ZERO,
    }
}

fn direction(method: ScanMethod) -> &'static str {
    use crate::analysis::mutation_map::Direction;
    match method.direction() {
        Direction::HigherIsTolerated => "higher = better tolerated",
        Direction::HigherIsDamaging => "higher = more damaging",
    }
}

fn of_structure(
    engine: &mut Engine,
    request: &ScanRequest,
    observer: &dyn Observer,
) -> Result<ScanReport, EngineError> {
    let protein = &request.protein;
    protein.require_coordinates(format!("method {}", request.method.id()))?;
    let wild_type = protein.amino_acids();
    let mut map = MutationMap::unscored(request.method, wild_type);
    let mut log_probabilities = None;
    let provenance = if request.method == ScanMethod::Stability {
        let loaded = engine
            .networks
            .stability(&engine.options, &request.weights, observer)?;
        observer.phase("stability");
        map.score = loaded.model.ddg(protein)?;
        provenance(request.method, &request.protein, &loaded, Vec::new())
    } else {
        let loaded = engine
            .networks
            .residue(&engine.options, &request.weights, observer)?;
        observer.phase("structure");
        let log_p = loaded.model.log_probabilities(protein)?;
        map.score = ratios(&log_p, &map.wild_type);
        log_probabilities = Some(log_p);
        provenance(request.method, &request.protein, &loaded, Vec::new())
    };
    Ok(ScanReport {
        protein: Arc::clone(&request.protein),
        map,
        log_probabilities,
        pseudo_perplexity: None,
        provenance,
        warnings: Vec::new(),
    })
}

/// log p(mutant) − log p(wild type); NaN where there is no wild type.
fn ratios(log_p: &Matrix, wild_type: &[Option<AminoAcid>]) -> Matrix {
    Matrix::from_fn(log_p.rows(), AminoAcid::ALL.len(), |i, j| {
        wild_type[i].map_or(f64::NAN, |w| log_p[(i, j)] - log_p[(i, w.index())])
    })
}

fn of_language(
    engine: &mut Engine,
    request: &ScanRequest,
    observer: &dyn Observer,
) -> Result<ScanReport, EngineError> {
    let loaded = engine
        .networks
        .esm2(&engine.options, &request.weights, observer)?;
    observer.phase(request.method.id());
    let mut whole = Whole::new(request);
    for segment in segments(&request.protein) {
        let letters = &whole.letters[segment.clone()].to_owned();
        let numbers = [loaded.compute.device_name(), loaded.compute.dtype_name()];
        let key = Key::new(request.method, &loaded.hash, numbers, letters, &[]);
        let map = language_segment(
            &engine.cache,
            &loaded,
            request,
            &segment,
            letters,
            &key,
            observer,
        )?;
        whole.put(&segment, &map);
    }
    let provenance = provenance(request.method, &request.protein, &loaded, Vec::new());
    Ok(whole.report(request, provenance))
}

fn language_segment(
    cache: &Cache,
    loaded: &Loaded<Esm2>,
    request: &ScanRequest,
    segment: &Range<usize>,
    letters: &str,
    key: &Key,
    observer: &dyn Observer,
) -> Result<MutationMap, EngineError> {
    let mut empty = MutationMap::unscored(request.method, wild_types(letters));
    empty.properties = vec![(LOG_PROBABILITY.to_owned(), empty.score.clone())];
    let known = cache.read(key, &empty).unwrap_or(empty);
    show_rows(&known, segment.start, observer);
    let is_masked = request.method == ScanMethod::MaskedMarginals;
    if !is_masked && scored_rows(&known) == standard(&known) && standard(&known) > 0 {
        return Ok(known);
    }
    let resume = known.clone();
    let options = ScanOptions {
        first: shifted(&request.first, segment),
        longest: None,
        resume: Some(&resume),
    };
    let mut kept = Keeper::new(cache, key, known);
    let mut finished = |position: usize, scores: &[f64], log_p: &[f64]| {
        kept.map.score.row_mut(position).copy_from_slice(scores);
        let (_, matrix) = &mut kept.map.properties[0];
        matrix.row_mut(position).copy_from_slice(log_p);
        show_row(segment.start + position, scores, observer);
        if is_masked {
            kept.now_and_then();
        }
    };
    let model = &loaded.model;
    let result = if is_masked {
        scans::masked_marginals(model, letters, &options, observer, &mut finished).map(|s| s.map)
    } else {
        scans::wild_type_marginals(model, letters, &options, observer, &mut finished)
    };
    kept.finish(result.as_ref().ok());
    Ok(result?)
}

/// A map while it fills, written to the cache so often that a killed scan loses little.
struct Keeper<'a> {
    cache: &'a Cache,
    key: &'a Key,
    map: MutationMap,
    before: usize,
    written: Instant,
    pause: Duration,
}

impl<'a> Keeper<'a> {
    fn new(cache: &'a Cache, key: &'a Key, map: MutationMap) -> Self {
        Self {
            cache,
            key,
            before: scored_rows(&map),
            map,
            written: Instant::now(),
            pause: KEEP_EVERY,
        }
    }

    /// Writes what there is if the last time is long ago, measured by what writing takes.
    fn now_and_then(&mut self) {
        let begun = Instant::now();
        if begun.duration_since(self.written) >= self.pause {
            self.cache.write(self.key, &self.map);
            self.written = Instant::now();
            self.pause = KEEP_EVERY.max(20 * begun.elapsed());
        }
    }

    /// Writes the complete map, or what there is of it.
    fn finish(&self, complete: Option<&MutationMap>) {
        let map = complete.unwrap_or(&self.map);
        if scored_rows(map) > self.before {
            self.cache.write(self.key, map);
        }
    }
}

/// The map of the whole target, put together from its chains.
struct Whole {
    letters: String,
    map: MutationMap,
}

impl Whole {
    fn new(request: &ScanRequest) -> Self {
        let letters = request.protein.letters();
        let map = MutationMap::unscored(request.method, wild_types(&letters));
        Self { letters, map }
    }

    fn put(&mut self, segment: &Range<usize>, part: &MutationMap) {
        let columns = AminoAcid::ALL.len();
        let rows = segment.start * columns..segment.end * columns;
        self.map.score.values_mut()[rows.clone()].copy_from_slice(part.score.values());
        for (k, (name, matrix)) in part.properties.iter().enumerate() {
            if self.map.properties.len() == k {
                let empty = Matrix::filled(self.letters.len(), columns, f64::NAN);
                self.map.properties.push((name.clone(), empty));
            }
            self.map.properties[k].1.values_mut()[rows.clone()].copy_from_slice(matrix.values());
        }
        let seams = part.seams.iter().map(|s| s + segment.start);
        self.map.seams.extend(seams);
    }

    fn report(mut self, request: &ScanRequest, mut provenance: Provenance) -> ScanReport {
        if !self.map.seams.is_empty() {
            let seams: Vec<String> = self.map.seams.iter().map(|i| (i + 1).to_string()).collect();
            let setting = ("seams".to_owned(), seams.join(","));
            provenance.settings.push(setting);
        }
        let warnings = match self.map.seams.len() {
            0 => Vec::new(),
            n => vec![format!(
                "scored in {} overlapping windows; positions at the seams are marked",
                n + 1
            )],
        };
        let masked = request.method == ScanMethod::MaskedMarginals;
        let pseudo_perplexity = scans::perplexity_of(&self.map).filter(|_| masked);
        let mut properties = std::mem::take(&mut self.map.properties);
        let place = properties.iter().position(|(n, _)| n == LOG_PROBABILITY);
        let log_probabilities = place.map(|k| properties.remove(k).1);
        self.map.properties = properties;
        ScanReport {
            protein: Arc::clone(&request.protein),
            map: self.map,
            log_probabilities,
            pseudo_perplexity,
            provenance,
            warnings,
        }
    }
}

/// The 19 substitutions of a position.
pub(super) fn singles(index: usize, wild_type: AminoAcid) -> impl Iterator<Item = Substitution> {
    let others = AminoAcid::ALL.into_iter().filter(move |&a| a != wild_type);
    others.map(move |mutant| Substitution {
        index,
        wild_type,
        mutant,
    })
}

fn wild_types(letters: &str) -> Vec<Option<AminoAcid>> {
    letters.chars().map(AminoAcid::from_letter).collect()
}

fn shifted(range: &Range<usize>, segment: &Range<usize>) -> Range<usize> {
    let within = |i: usize| i.clamp(segment.start, segment.end) - segment.start;
    let start = within(range.start);
    start..within(range.end).max(start)
}

fn is_scored(map: &MutationMap, position: usize) -> bool {
    map.score.row(position).iter().all(|s| s.is_finite())
}

fn scored_rows(map: &MutationMap) -> usize {
    (0..map.score.rows()).filter(|&i| is_scored(map, i)).count()
}

fn standard(map: &MutationMap) -> usize {
    map.wild_type.iter().flatten().count()
}

fn show_row(index: usize, scores: &[f64], observer: &dyn Observer) {
    if let Ok(scores) = scores.try_into() {
        observer.partial(Partial::ScanRows(vec![ScanRow { index, scores }]));
    }
}

/// Rows that an earlier scan left, all at once.
fn show_rows(map: &MutationMap, start: usize, observer: &dyn Observer) {
    let known = (0..map.score.rows()).filter(|&i| is_scored(map, i));
    let rows: Vec<ScanRow> = known
        .filter_map(|i| {
            Some(ScanRow {
                index: start + i,
                scores: map.score.row(i).try_into().ok()?,
            })
        })
        .collect();
    if !rows.is_empty() {
        observer.partial(Partial::ScanRows(rows));
    }
}

fn unscored(map: &MutationMap) -> Option<String> {
    let missing = map.wild_type.len() - scored_rows(map);
    (missing > 0).then(|| {
        format!(
            "{missing} of {} positions could not be scored: no standard residue, or atoms are missing",
            map.wild_type.len()
        )
    })
}
