//! The map of predicted changes of the dynamics, in chunks that survive an interruption.

use crate::models::dance::DynamicsModel as _;

use super::{
    AminoAcid, Cache, Cancelled, Changes, Checkpoint, Combination, Combining, Dance,
    DynamicsScoring, Engine, EngineError, Keeper, Key, Loaded, ModelError, MutationMap, Observer,
    Property, Provenance, Range, ScanMethod, ScanOptions, ScanReport, ScanRequest, Substitution,
    Variant, Whole, is_scored, provenance, scans, segments, shifted, show_row, show_rows, singles,
    wild_types,
};

/// Positions whose rows are shown and kept together, at most.
const MOST_POSITIONS: usize = 8;

pub(super) fn of_dynamics(
    engine: &mut Engine,
    request: &ScanRequest,
    observer: &dyn Observer,
) -> Result<ScanReport, EngineError> {
    let loaded =
        engine
            .networks
            .dance(&engine.options, &request.weights, request.method, observer)?;
    let scoring = scoring(&request.properties, &request.combining)?;
    let names: Vec<&str> = scoring.properties().iter().map(|p| p.id()).collect();
    observer.phase(request.method.id());
    let mut whole = Whole::new(request);
    for segment in segments(&request.protein) {
        let letters = whole.letters[segment.clone()].to_owned();
        let key = Key::new(
            request.method,
            &loaded.hash,
            [loaded.compute.device_name(), loaded.model.dtype_name()],
            &letters,
            &names,
        );
        let first = shifted(&request.first, &segment);
        let scan = DynamicsSegment {
            loaded: &loaded,
            method: request.method,
            scoring: &scoring,
            letters: &letters,
            start: segment.start,
        };
        let map = scan.run(&engine.cache, &key, first, observer)?;
        whole.put(&segment, &map);
    }
    let settings = scoring_settings(&scoring);
    let provenance = Provenance {
        dtype: loaded.model.dtype_name().to_owned(),
        ..provenance(request.method, &request.protein, &loaded, settings)
    };
    Ok(whole.report(request, provenance))
}

/// The properties of a request: names, `all`, or the robust ones when it names none.
pub(in crate::engine) fn scoring(
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
                "no dynamic property is called '{name}'; there are all, {}",
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
pub(in crate::engine) fn scoring_settings(scoring: &DynamicsScoring) -> Vec<(String, String)> {
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

/// The dynamics scan of one chain, in chunks of positions that survive an interruption.
struct DynamicsSegment<'a> {
    loaded: &'a Loaded<Dance>,
    method: ScanMethod,
    scoring: &'a DynamicsScoring,
    letters: &'a str,
    start: usize,
}

impl DynamicsSegment<'_> {
    fn run(
        &self,
        cache: &Cache,
        key: &Key,
        first: Range<usize>,
        observer: &dyn Observer,
    ) -> Result<MutationMap, EngineError> {
        let mut empty = MutationMap::unscored(self.method, wild_types(self.letters));
        empty.properties = self
            .scoring
            .properties()
            .iter()
            .map(|p| (format!("d_{p}"), empty.score.clone()))
            .collect();
        let mut known = cache.read(key, &empty).unwrap_or(empty);
        self.combine(&mut known);
        show_rows(&known, self.start, observer);
        let mut kept = Keeper::new(cache, key, known);
        let outcome = self.fill(&mut kept, first, observer);
        kept.finish(None);
        outcome?;
        let known = kept.map;
        // Everything is known: this only combines, and finds the seams.
        let options = ScanOptions {
            resume: Some(&known),
            ..ScanOptions::default()
        };
        let model = &self.loaded.model;
        let letters = self.letters;
        Ok(scans::dynamics_scan(
            model,
            self.method,
            letters,
            self.scoring,
            &options,
            observer,
            &mut |_, _| (),
        )?)
    }

    /// Rows of an earlier scan hold the same changes, perhaps combined in another way.
    fn combine(&self, known: &mut MutationMap) {
        for position in 0..known.score.rows() {
            if is_scored(known, position) {
                let rows = known
                    .properties
                    .iter()
                    .map(|(_, m)| m.row(position).to_vec());
                let scores = self.scoring.scores(&rows.collect::<Vec<_>>());
                known.score.row_mut(position).copy_from_slice(&scores);
                let wild_type = known.wild_type[position];
                if let Some(wild_type) = wild_type {
                    known.score[(position, wild_type.index())] = 0.0;
                }
            }
        }
    }

    fn fill(
        &self,
        kept: &mut Keeper<'_>,
        first: Range<usize>,
        observer: &dyn Observer,
    ) -> Result<(), ModelError> {
        let known = &kept.map;
        let length = self.letters.len();
        let order = first.clone().chain(first.end..length).chain(0..first.start);
        let is_open = |i: &usize| known.wild_type[*i].is_some() && !is_scored(known, *i);
        let open: Vec<usize> = order.filter(is_open).collect();
        let positions = self.positions_at_once();
        let options = ScanOptions::default();
        // Of the whole chain, so that a scan that goes on computes as one that was never interrupted.
        let expected = known.wild_type.iter().flatten().count() * (AminoAcid::ALL.len() - 1);
        let mut changes = Changes::new(
            &self.loaded.model,
            self.letters,
            self.scoring.properties(),
            &options,
            expected,
        );
        for (at, chunk) in open.chunks(positions).enumerate() {
            let steps = Steps {
                observer,
                done: at * positions,
                now: chunk.len(),
                total: open.len(),
            };
            self.fill_chunk(&mut kept.map, &mut changes, chunk, &steps)?;
            for &position in chunk {
                show_row(
                    self.start + position,
                    kept.map.score.row(position),
                    observer,
                );
            }
            kept.now_and_then();
        }
        Ok(())
    }

    /// Two batches at least, so that the wild type's pass counts little; not many more, so that rows
    /// are seen and kept soon.
    fn positions_at_once(&self) -> usize {
        let batch = self.loaded.model.batch_size(self.letters.len() + 2);
        (2 * batch)
            .div_ceil(AminoAcid::ALL.len() - 1)
            .clamp(1, MOST_POSITIONS)
    }

    fn fill_chunk(
        &self,
        known: &mut MutationMap,
        changes: &mut Changes<'_>,
        chunk: &[usize],
        steps: &Steps<'_>,
    ) -> Result<(), ModelError> {
        let variants: Vec<Variant> = chunk
            .iter()
            .filter_map(|&index| Some((index, known.wild_type[index]?)))
            .flat_map(|(index, wild_type)| singles(index, wild_type))
            .map(|s| vec![s])
            .collect();
        let changes = changes.of(&variants, steps)?;
        let scores = self.scoring.scores(&changes);
        for (k, variant) in variants.iter().enumerate() {
            let Substitution {
                index,
                wild_type,
                mutant,
            } = variant[0];
            known.score[(index, mutant.index())] = scores[k];
            known.score[(index, wild_type.index())] = 0.0;
            for ((_, matrix), change) in known.properties.iter_mut().zip(&changes) {
                matrix[(index, mutant.index())] = change[k];
                matrix[(index, wild_type.index())] = 0.0;
            }
        }
        Ok(())
    }
}

/// Progress of a chunk as progress of the whole scan.
struct Steps<'a> {
    observer: &'a dyn Observer,
    done: usize,
    now: usize,
    total: usize,
}

impl Checkpoint for Steps<'_> {
    fn reached(&self, done: usize, total: usize) -> Result<(), Cancelled> {
        let part = self.now * done / total.max(1);
        self.observer.reached(self.done + part, self.total)
    }
}
