//! The map of all single substitutions, by every method.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cache::{Cache, Decides, Key};
use super::gapless::{Shifted, whole_for};
use super::provenance::{provenance, segments};
use super::{Ask, Engine, EngineError, Observer, Partial, ScanRow};
use crate::analysis::mutation_scan::{
    self as scans, Combination, DynamicsScoring, Fill, LOG_PROBABILITY, Marginals, RowSink,
    ScanOptions,
};
use crate::analysis::{MutationMap, ScanMethod};
use crate::models::dance::{DynamicsModel as _, Property};
use crate::models::error::ModelError;
use crate::models::esm2::LanguageModel as _;
use crate::numeric::Matrix;
use crate::protein::AminoAcid;
use crate::protein::gapless::Gapless;
use crate::study::{Combining, Provenance, ScanReport, ScanRequest};

/// What has been scored is written to the cache about this often.
const KEEP_EVERY: Duration = Duration::from_secs(1);

impl Ask for ScanRequest {
    fn answer(
        &self,
        engine: &mut Engine,
        observer: &dyn Observer,
    ) -> Result<ScanReport, EngineError> {
        let begun = Instant::now();
        let mut report = match whole_for(self.method, &self.protein) {
            Some(whole) => of_whole(engine, self, whole, observer)?,
            None => by_method(engine, self, observer)?,
        };
        report.provenance.elapsed = begun.elapsed();
        report.warnings.extend(unscored(&report));
        Ok(report)
    }
}

fn of_whole(
    engine: &mut Engine,
    request: &ScanRequest,
    whole: Gapless,
    observer: &dyn Observer,
) -> Result<ScanReport, EngineError> {
    let wide = ScanRequest {
        protein: Arc::new(whole.protein.clone()),
        first: whole.range(&request.first),
        ..request.clone()
    };
    let shifted = Shifted {
        observer,
        whole: &whole,
    };
    let report = by_method(engine, &wide, &shifted)?;
    let mut report = whole.narrowed(report, &request.protein);
    report.warnings.extend(whole.remarks);
    Ok(report)
}

fn by_method(
    engine: &mut Engine,
    request: &ScanRequest,
    observer: &dyn Observer,
) -> Result<ScanReport, EngineError> {
    match request.method {
        ScanMethod::Stability | ScanMethod::Structure => of_structure(engine, request, observer),
        ScanMethod::Combined => super::combined::scan(engine, request, observer),
        ScanMethod::Lor | ScanMethod::RsaLor => super::alignment::scan(engine, request, observer),
        ScanMethod::WildTypeMarginals | ScanMethod::MaskedMarginals => {
            of_language(engine, request, observer)
        }
        ScanMethod::EsmDance | ScanMethod::SeqDance => of_dynamics(engine, request, observer),
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
        map.score = loaded.model.ddg(protein, observer)?;
        provenance(request.method, &request.protein, &loaded, Vec::new())
    } else {
        let loaded = engine
            .networks
            .residue(&engine.options, &request.weights, observer)?;
        observer.phase("structure");
        let log_p = loaded.model.log_probabilities(protein, observer)?;
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
    let loaded =
        engine
            .networks
            .esm2(&engine.options, &request.weights, request.method, observer)?;
    observer.phase(request.method.id());
    let marginals = match request.method {
        ScanMethod::MaskedMarginals => Marginals::Masked(Fill::default()),
        _ => Marginals::WildType,
    };
    let decides = Decides {
        weights_sha256: &loaded.sha256,
        config: loaded.model.config(),
        device: loaded.compute.device_name(),
        dtype: loaded.compute.dtype_name(),
        longest: loaded.model.longest(),
    };
    let whole = Whole::of_chains(request, observer, |chain| {
        let letters = chain.letters;
        let key = Key::new(request.method, &decides, letters, &[]);
        let empty = scans::unscored_by_language(request.method, letters);
        chain.scan(&engine.cache, &key, empty, |options, finished| {
            scans::marginals_scan(
                &loaded.model,
                marginals,
                letters,
                options,
                observer,
                finished,
            )
        })
    })?;
    let provenance = provenance(request.method, &request.protein, &loaded, Vec::new());
    Ok(whole.report(request, provenance))
}

fn of_dynamics(
    engine: &mut Engine,
    request: &ScanRequest,
    observer: &dyn Observer,
) -> Result<ScanReport, EngineError> {
    let method = request.method;
    let loaded = engine
        .networks
        .dance(&engine.options, &request.weights, method, observer)?;
    let scoring = scoring(&request.properties, &request.combining)?;
    let names: Vec<&str> = scoring.properties().iter().map(|p| p.id()).collect();
    observer.phase(method.id());
    let model = &loaded.model;
    let decides = Decides {
        weights_sha256: &loaded.sha256,
        config: model.config(),
        device: loaded.compute.device_name(),
        dtype: model.dtype_name(),
        longest: model.longest(),
    };
    let whole = Whole::of_chains(request, observer, |chain| {
        let letters = chain.letters;
        let key = Key::new(method, &decides, letters, &names);
        let empty = scans::unscored_by_dynamics(method, letters, &scoring);
        chain.scan(&engine.cache, &key, empty, |options, finished| {
            scans::dynamics_scan(
                model, method, letters, &scoring, options, observer, finished,
            )
        })
    })?;
    let settings = scoring_settings(&scoring);
    let provenance = Provenance {
        dtype: loaded.model.dtype_name().to_owned(),
        ..provenance(method, &request.protein, &loaded, settings)
    };
    Ok(whole.report(request, provenance))
}

/// A chain that is scanned as a sequence of its own.
struct Chain<'a> {
    letters: &'a str,
    /// Its first position in the protein.
    start: usize,
    /// Positions to score first.
    first: Range<usize>,
    observer: &'a dyn Observer,
}

impl Chain<'_> {
    /// Scans it from the rows that the cache has; new ones go there and to the observer.
    fn scan(
        &self,
        cache: &Cache,
        key: &Key,
        empty: MutationMap,
        scan: impl FnOnce(&ScanOptions<'_>, RowSink<'_>) -> Result<MutationMap, ModelError>,
    ) -> Result<MutationMap, EngineError> {
        let known = cache.read(key, &empty);
        let mut kept = Keeper::new(cache, key, known.clone().unwrap_or(empty));
        let options = ScanOptions {
            first: self.first.clone(),
            longest: None,
            resume: known.as_ref(),
        };
        let result = scan(&options, &mut |map, rows| {
            kept.map.take_rows(map, rows);
            self.show(map, rows);
            kept.now_and_then();
        });
        kept.finish(result.as_ref().ok());
        Ok(result?)
    }

    fn show(&self, map: &MutationMap, rows: &[usize]) {
        let row = |&i: &usize| {
            Some(ScanRow {
                index: self.start + i,
                scores: map.score.row(i).try_into().ok()?,
            })
        };
        let rows = rows.iter().filter_map(row).collect();
        self.observer.partial(Partial::ScanRows(rows));
    }
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
            before: map.scored().count(),
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
        if map.scored().count() > self.before {
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
    fn of_chains(
        request: &ScanRequest,
        observer: &dyn Observer,
        mut scan: impl FnMut(&Chain<'_>) -> Result<MutationMap, EngineError>,
    ) -> Result<Self, EngineError> {
        let letters = request.protein.letters();
        let map = MutationMap::unscored(request.method, request.protein.amino_acids());
        let mut whole = Self { letters, map };
        for segment in segments(&request.protein) {
            let letters = whole.letters[segment.clone()].to_owned();
            let part = scan(&Chain {
                letters: &letters,
                start: segment.start,
                first: shifted(&request.first, &segment),
                observer,
            })?;
            whole.put(&segment, &part);
        }
        Ok(whole)
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

fn shifted(range: &Range<usize>, segment: &Range<usize>) -> Range<usize> {
    let within = |i: usize| i.clamp(segment.start, segment.end) - segment.start;
    let start = within(range.start);
    start..within(range.end).max(start)
}

fn unscored(report: &ScanReport) -> Option<String> {
    let map = &report.map;
    let (all, scored) = (map.wild_type.len(), map.scored().count());
    let first = || map.substitutions().find_map(|s| report.note(s));
    (scored < all).then(|| {
        let why = first().unwrap_or_else(|| "no standard residue".to_owned());
        format!(
            "{} of {all} positions could not be scored: {why}",
            all - scored
        )
    })
}

/// The properties of a request: names, `all`, or the robust ones when it names none.
pub(super) fn scoring(
    names: &[String],
    combining: &Combining,
) -> Result<DynamicsScoring, EngineError> {
    let mut properties = Vec::new();
    for name in names {
        if name == "all" {
            properties.extend(Property::ALL);
            continue;
        }
        properties.push(Property::from_id(name).ok_or_else(|| {
            let known: Vec<&str> = Property::ALL.iter().map(|p| p.id()).collect();
            EngineError::Unsupported(format!(
                "there is no dynamic property '{name}'; choose all, or from {}",
                known.join(", ")
            ))
        })?);
    }
    DynamicsScoring::new(
        &properties,
        combining.combination.clone(),
        combining.normalisation,
    )
    .map_err(|e| EngineError::Unsupported(e.to_string()))
}

/// What decides a dynamics score, as files state it.
pub(super) fn scoring_settings(scoring: &DynamicsScoring) -> Vec<(String, String)> {
    let names: Vec<&str> = scoring.properties().iter().map(|p| p.id()).collect();
    let mut settings = vec![
        ("properties".to_owned(), names.join(",")),
        (
            "combination".to_owned(),
            scoring.combination().id().to_owned(),
        ),
        (
            "normalisation".to_owned(),
            scoring.normalisation().id().to_owned(),
        ),
    ];
    if let Combination::Weighted(weights) = scoring.combination() {
        let weights: Vec<String> = weights.iter().map(f64::to_string).collect();
        settings.push(("weights_of_properties".to_owned(), weights.join(",")));
    }
    settings
}
