//! Given variants, single or multiple: their scores, and their predicted dynamics in full.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use super::gapless::whole_for;
use super::provenance::{provenance, segments};
use super::scan;
use super::{Ask, Engine, EngineError, Observer};
use crate::analysis::ScanMethod;
use crate::analysis::mutation_scan::{Changes, Marginals, ScanOptions, score_variants};
use crate::models::dance::{DynamicsModel, Prediction, Property, RESIDUE_CHANNELS};
use crate::models::tokenizer::tokenize;
use crate::numeric::Matrix;
use crate::protein::gapless::Gapless;
use crate::protein::{Protein, Substitution, Variant};
use crate::study::{
    Combining, MutantDynamics, PredictedDynamics, Provenance, ScanRequest, ScoreReport,
    ScoreRequest, VariantScore, WhatIfReport, WhatIfRequest,
};

impl Ask for ScoreRequest {
    fn answer(
        &self,
        engine: &mut Engine,
        observer: &dyn Observer,
    ) -> Result<ScoreReport, EngineError> {
        let begun = Instant::now();
        let mut report = match whole_for(self.method, &self.protein) {
            Some(whole) => of_whole(engine, self, whole, observer)?,
            None => by_method(engine, self, observer)?,
        };
        report.provenance.elapsed = begun.elapsed();
        for score in &mut report.scores {
            let numbers = score
                .properties
                .iter()
                .chain([&score.score, &score.additive]);
            if !numbers.into_iter().all(|n| n.is_finite()) {
                score.note = Some(self.method.why_unscored(&self.protein, &score.variant));
            }
        }
        Ok(report)
    }
}

fn of_whole(
    engine: &mut Engine,
    request: &ScoreRequest,
    whole: Gapless,
    observer: &dyn Observer,
) -> Result<ScoreReport, EngineError> {
    let wide = ScoreRequest {
        variants: whole.variants(&request.variants),
        protein: Arc::new(whole.protein.clone()),
        ..request.clone()
    };
    let mut report = by_method(engine, &wide, observer)?;
    for (score, variant) in report.scores.iter_mut().zip(&request.variants) {
        score.variant.clone_from(variant);
    }
    report.protein = Arc::clone(&request.protein);
    report.warnings.extend(whole.remarks);
    Ok(report)
}

fn by_method(
    engine: &mut Engine,
    request: &ScoreRequest,
    observer: &dyn Observer,
) -> Result<ScoreReport, EngineError> {
    match request.method {
        ScanMethod::Stability
        | ScanMethod::Structure
        | ScanMethod::Combined
        | ScanMethod::Lor
        | ScanMethod::RsaLor => of_map(engine, request, observer),
        ScanMethod::WildTypeMarginals | ScanMethod::MaskedMarginals => {
            of_language(engine, request, observer)
        }
        ScanMethod::EsmDance | ScanMethod::SeqDance => of_dynamics(engine, request, observer),
    }
}

/// Methods that score single substitutions only: several add up, which is said.
fn of_map(
    engine: &mut Engine,
    request: &ScoreRequest,
    observer: &dyn Observer,
) -> Result<ScoreReport, EngineError> {
    let scan = engine.ask(
        &ScanRequest {
            protein: Arc::clone(&request.protein),
            method: request.method,
            weights: request.weights.clone(),
            alignment: request.alignment.clone(),
            properties: Vec::new(),
            combining: Combining::default(),
            first: 0..0,
        },
        observer,
    )?;
    let sum = |variant: &Variant| -> f64 {
        let changed = variant.iter().filter(|s| s.wild_type != s.mutant);
        // Beginning with 0.0, as the sum of nothing is −0.
        changed.fold(0.0, |sum, s| sum + scan.map.score_of(s.index, s.mutant))
    };
    let (mut provenance, mut warnings) = (scan.provenance.clone(), Vec::new());
    if request.variants.iter().any(|v| v.len() > 1) {
        let how = "sum of the single substitutions";
        provenance
            .settings
            .push(("multiple_mutants".to_owned(), how.to_owned()));
        warnings.push(format!(
            "method {} scores single substitutions: those of a multiple mutant are summed",
            request.method.id()
        ));
    }
    if request.method.reads_alignment() {
        warnings.extend(scan.warnings.iter().cloned());
    }
    Ok(ScoreReport {
        protein: Arc::clone(&request.protein),
        method: request.method,
        properties: Vec::new(),
        scores: request
            .variants
            .iter()
            .map(|variant| VariantScore {
                variant: variant.clone(),
                score: sum(variant),
                additive: sum(variant),
                properties: Vec::new(),
                note: None,
            })
            .collect(),
        provenance,
        warnings,
    })
}

fn of_language(
    engine: &mut Engine,
    request: &ScoreRequest,
    observer: &dyn Observer,
) -> Result<ScoreReport, EngineError> {
    let loaded =
        engine
            .networks
            .esm2(&engine.options, &request.weights, request.method, observer)?;
    observer.phase(request.method.id());
    let marginals = match request.method {
        ScanMethod::MaskedMarginals => Marginals::Masked(request.fill),
        _ => Marginals::WildType,
    };
    let letters = request.protein.letters();
    let (all, singles) = with_singles(&request.variants);
    // Chains are sequences of their own: a variant's score is the sum over them.
    let mut scores = vec![0.0; all.len()];
    for segment in segments(&request.protein) {
        let parts: Vec<Variant> = all.iter().map(|v| part_in(v, &segment)).collect();
        let here = score_variants(
            &loaded.model,
            &letters[segment],
            &parts,
            marginals,
            &ScanOptions::default(),
            observer,
        )?;
        for (total, score) in scores.iter_mut().zip(here) {
            *total += score;
        }
    }
    let settings = match request.method {
        ScanMethod::MaskedMarginals => vec![("fill".to_owned(), request.fill.id().to_owned())],
        _ => Vec::new(),
    };
    Ok(ScoreReport {
        protein: Arc::clone(&request.protein),
        method: request.method,
        properties: Vec::new(),
        scores: request
            .variants
            .iter()
            .enumerate()
            .map(|(i, variant)| VariantScore {
                variant: variant.clone(),
                score: scores[i],
                additive: variant.iter().map(|s| scores[singles[s]]).sum(),
                properties: Vec::new(),
                note: None,
            })
            .collect(),
        provenance: provenance(request.method, &request.protein, &loaded, settings),
        warnings: Vec::new(),
    })
}

fn of_dynamics(
    engine: &mut Engine,
    request: &ScoreRequest,
    observer: &dyn Observer,
) -> Result<ScoreReport, EngineError> {
    let method = request.method;
    let loaded = engine
        .networks
        .dance(&engine.options, &request.weights, method, observer)?;
    let scoring = scan::scoring(&request.properties, &request.combining)?;
    observer.phase(method.id());
    let letters = request.protein.letters();
    let (all, singles) = with_singles(&request.variants);
    let count = scoring.properties().len();
    // The wild type changes nothing.
    let unknown = |v: &Variant| if v.is_empty() { 0.0 } else { f64::NAN };
    let mut changes = vec![all.iter().map(unknown).collect::<Vec<f64>>(); count];
    for segment in segments(&request.protein) {
        let within = |v: &Variant| !v.is_empty() && v.iter().all(|s| segment.contains(&s.index));
        let places: Vec<usize> = (0..all.len()).filter(|&i| within(&all[i])).collect();
        let parts: Vec<Variant> = places.iter().map(|&i| part_in(&all[i], &segment)).collect();
        let options = ScanOptions::default();
        let (model, properties) = (&loaded.model, scoring.properties());
        let here = Changes::new(model, &letters[segment], properties, &options, parts.len())
            .of(&parts, observer)?;
        for (list, values) in changes.iter_mut().zip(here) {
            for (&place, value) in places.iter().zip(values) {
                list[place] = value;
            }
        }
    }
    let scores = scoring.scores(&changes);
    let names: Vec<&str> = scoring.properties().iter().map(|p| p.id()).collect();
    let settings = scan::scoring_settings(&scoring);
    Ok(ScoreReport {
        protein: Arc::clone(&request.protein),
        method,
        properties: names.iter().map(|n| format!("d_{n}")).collect(),
        scores: request
            .variants
            .iter()
            .enumerate()
            .map(|(i, variant)| VariantScore {
                variant: variant.clone(),
                score: scores[i],
                additive: variant.iter().map(|s| scores[singles[s]]).sum(),
                properties: changes.iter().map(|list| list[i]).collect(),
                note: None,
            })
            .collect(),
        provenance: Provenance {
            dtype: loaded.model.dtype_name().to_owned(),
            ..provenance(method, &request.protein, &loaded, settings)
        },
        warnings: Vec::new(),
    })
}

/// The variants, followed by every single substitution in them that is no variant itself, and where
/// each single one stands.
fn with_singles(variants: &[Variant]) -> (Vec<Variant>, HashMap<Substitution, usize>) {
    let mut all = variants.to_vec();
    let mut places = HashMap::new();
    for (i, variant) in variants.iter().enumerate() {
        if let [single] = variant[..] {
            places.entry(single).or_insert(i);
        }
    }
    for substitution in variants.iter().flatten() {
        places.entry(*substitution).or_insert_with(|| {
            all.push(vec![*substitution]);
            all.len() - 1
        });
    }
    (all, places)
}

/// What of a variant lies in a chain, counted from its beginning.
fn part_in(variant: &Variant, segment: &Range<usize>) -> Variant {
    let inside = variant.iter().filter(|s| segment.contains(&s.index));
    inside
        .map(|s| Substitution {
            index: s.index - segment.start,
            ..*s
        })
        .collect()
}

/// Predicts the dynamics of variants and of the wild type.
impl Ask for WhatIfRequest {
    fn answer(
        &self,
        engine: &mut Engine,
        observer: &dyn Observer,
    ) -> Result<WhatIfReport, EngineError> {
        let begun = Instant::now();
        let method = self.method;
        if !matches!(method, ScanMethod::EsmDance | ScanMethod::SeqDance) {
            return Err(EngineError::Unsupported(format!(
                "method {} does not predict dynamics; esmdance and seqdance do",
                method.id()
            )));
        }
        let loaded = engine
            .networks
            .dance(&engine.options, &self.weights, method, observer)?;
        observer.phase(method.id());
        let segment = shared_segment(&self.protein, &self.variants)?;
        let whole = whole_for(method, &self.protein);
        let protein = whole.as_ref().map_or(&*self.protein, |w| &w.protein);
        let variants = whole.as_ref().map(|w| w.variants(&self.variants));
        let variants = variants.as_ref().unwrap_or(&self.variants);
        let read = shared_segment(protein, variants)?;
        let letters = protein.letters()[read.clone()].to_owned();
        let shown = |prediction: &Prediction| match &whole {
            Some(whole) => whole.seen(&plain(prediction), &segment, read.start),
            None => plain(prediction),
        };
        let predict = |letters: &str| loaded.model.predict(&tokenize(letters), observer);
        let wild_type = predict(&letters)?;
        let mut mutants = Vec::with_capacity(self.variants.len());
        for (variant, asked) in variants.iter().zip(&self.variants) {
            let prediction = predict(&mutated(&letters, &part_in(variant, &read)))?;
            mutants.push(MutantDynamics {
                variant: asked.clone(),
                relative_change: change(&wild_type, &prediction),
                dynamics: shown(&prediction),
            });
        }
        let settings = vec![(
            "residues".to_owned(),
            format!("{}-{}", segment.start + 1, segment.end),
        )];
        let mut provenance = provenance(method, &self.protein, &loaded, settings);
        provenance.elapsed = begun.elapsed();
        Ok(WhatIfReport {
            protein: Arc::clone(&self.protein),
            segment: segment.clone(),
            channels: channels(false),
            pair_channels: channels(true),
            wild_type: shown(&wild_type),
            mutants,
            provenance,
            warnings: whole.map(|w| w.remarks).unwrap_or_default(),
        })
    }
}

/// The chain in which all variants lie.
fn shared_segment(protein: &Protein, variants: &[Variant]) -> Result<Range<usize>, EngineError> {
    let holds = |segment: &Range<usize>| {
        let mut sites = variants.iter().flatten();
        sites.all(|s| segment.contains(&s.index))
    };
    segments(protein).into_iter().find(holds).ok_or_else(|| {
        EngineError::Unsupported(
            "the substitutions are in several chains; give those of one chain".into(),
        )
    })
}

fn mutated(letters: &str, variant: &Variant) -> String {
    let mut letters: Vec<char> = letters.chars().collect();
    for substitution in variant {
        letters[substitution.index] = substitution.mutant.letter();
    }
    letters.into_iter().collect()
}

/// Names of the channels of one head: the property's, numbered where it has several.
fn channels(pairs: bool) -> Vec<String> {
    let properties = Property::ALL.into_iter().filter(|p| p.is_pair() == pairs);
    properties
        .flat_map(|p| {
            let count = p.channels().len();
            (0..count).map(move |k| match count {
                1 => p.id().to_owned(),
                _ => format!("{}_{}", p.id(), k + 1),
            })
        })
        .collect()
}

fn plain(prediction: &Prediction) -> PredictedDynamics {
    let residues = prediction.tokens.saturating_sub(2);
    PredictedDynamics {
        profiles: Matrix::from_fn(residues, RESIDUE_CHANNELS, |i, j| {
            f64::from(prediction.residues[(i + 1) * RESIDUE_CHANNELS + j])
        }),
        pairs: (0..channels(true).len())
            .map(|k| prediction.pair_map(k))
            .collect(),
    }
}

/// Mean over all entries of |mutant − wild type| / (|wild type| + 0.01), a property each.
fn change(wild_type: &Prediction, mutant: &Prediction) -> Vec<(String, f64)> {
    use crate::models::dance::PAIR_CHANNELS;
    let of = |p: Property| {
        let (before, after, width) = if p.is_pair() {
            (&wild_type.pairs, &mutant.pairs, PAIR_CHANNELS)
        } else {
            (&wild_type.residues, &mutant.residues, RESIDUE_CHANNELS)
        };
        let rows = before.chunks_exact(width).zip(after.chunks_exact(width));
        let (sum, n) = rows
            .flat_map(|(w, m)| {
                p.channels()
                    .map(move |k| (f64::from(w[k]), f64::from(m[k])))
            })
            .fold((0.0, 0_usize), |(sum, n), (w, m)| {
                (sum + (m - w).abs() / (w.abs() + 0.01), n + 1)
            });
        sum / n.max(1) as f64
    };
    Property::ALL
        .into_iter()
        .map(|p| (p.id().to_owned(), of(p)))
        .collect()
}
