//! The L × 20 map from a language model: nothing masked, or each position masked in its turn.

use super::batches::in_batches;
use super::windows::Windows;
use super::{Marginals, RowSink, ScanOptions, log_ratios, set, wild_types};
use crate::analysis::{MutationMap, ScanMethod};
use crate::models::error::ModelError;
use crate::models::esm2::{LanguageModel, Query};
use crate::models::tokenizer::{MASK, VOCABULARY, token_of};
use crate::progress::Checkpoint;
use crate::protein::AminoAcid;

/// Name of the (L, 20) natural log-probabilities among the properties of a map of this module.
pub const LOG_PROBABILITY: &str = "log_probability";

/// A map of either marginals without a score.
#[must_use]
pub fn unscored_by_language(method: ScanMethod, letters: &str) -> MutationMap {
    let properties = [LOG_PROBABILITY.to_owned()];
    MutationMap::unscored_with(method, wild_types(letters), properties)
}

/// Scores every substitution as log p(mutant) − log p(wild type): one pass over the sequence as it is, or
/// one a position with that masked.
///
/// # Errors
/// [`ModelError::Cancelled`], or what the model fails with.
pub fn marginals_scan(
    model: &dyn LanguageModel,
    marginals: Marginals,
    letters: &str,
    options: &ScanOptions<'_>,
    checkpoint: &dyn Checkpoint,
    finished: RowSink<'_>,
) -> Result<MutationMap, ModelError> {
    let windows = Windows::new(letters.len(), options.longest, model.longest());
    let method = match marginals {
        Marginals::WildType => ScanMethod::WildTypeMarginals,
        Marginals::Masked(_) => ScanMethod::MaskedMarginals,
    };
    let mut map = MutationMap {
        seams: windows.seams(),
        ..unscored_by_language(method, letters)
    };
    options.resume(&mut map, finished);
    let mut open = options.order(letters.len());
    open.retain(|&i| map.wild_type[i].is_some() && !map.is_scored(i));
    let passes: Vec<(usize, Vec<usize>)> = match marginals {
        Marginals::WildType => positions_of_windows(&windows, &open),
        Marginals::Masked(_) => open.iter().map(|&i| (windows.of(i), vec![i])).collect(),
    };
    in_batches(
        &passes,
        |(window, _)| model.batch_size(windows.range(*window).len() + 2),
        checkpoint,
        |batch, checkpoint| {
            let query = |(window, positions): &(usize, Vec<usize>)| match marginals {
                Marginals::WildType => unmasked(&windows, letters, *window, positions),
                Marginals::Masked(_) => masked(&windows, letters, positions[0]),
            };
            let queries: Vec<Query> = batch.iter().map(query).collect();
            model.log_probabilities(&queries, checkpoint)
        },
        |first, results| {
            let mut rows = Vec::new();
            for ((_, positions), values) in passes[first..].iter().zip(results) {
                for (&position, row) in positions.iter().zip(values.chunks_exact(VOCABULARY)) {
                    fill(&mut map, position, row);
                    rows.push(position);
                }
            }
            finished(&map, &rows);
        },
    )?;
    Ok(map)
}

/// exp(−mean log-likelihood of the wild type) from the log-probabilities of a map; `None` where one is
/// missing or there is not a standard residue.
#[must_use]
pub fn perplexity_of(map: &MutationMap) -> Option<f64> {
    let (_, log_p) = map.properties.iter().find(|(n, _)| n == LOG_PROBABILITY)?;
    let standard = map.wild_type.iter().enumerate();
    let likelihoods: Vec<f64> = standard
        .filter_map(|(i, wild_type)| Some(log_p[(i, (*wild_type)?.index())]))
        .collect();
    let mean = likelihoods.iter().sum::<f64>() / likelihoods.len() as f64;
    mean.is_finite().then(|| (-mean).exp())
}

fn unmasked(windows: &Windows, letters: &str, window: usize, positions: &[usize]) -> Query {
    let start = windows.range(window).start;
    Query {
        tokens: windows.tokens(window, letters),
        positions: positions.iter().map(|p| p - start + 1).collect(),
    }
}

fn masked(windows: &Windows, letters: &str, position: usize) -> Query {
    let window = windows.of(position);
    let start = windows.range(window).start;
    let mut tokens = windows.tokens(window, letters);
    set(&mut tokens, start, position, MASK);
    Query {
        tokens,
        positions: vec![position - start + 1],
    }
}

/// Windows in the order in which their positions are wanted, each with the positions it scores.
fn positions_of_windows(windows: &Windows, order: &[usize]) -> Vec<(usize, Vec<usize>)> {
    let mut owned: Vec<(usize, Vec<usize>)> = Vec::new();
    for &position in order {
        let window = windows.of(position);
        match owned.iter_mut().find(|(w, _)| *w == window) {
            Some((_, positions)) => positions.push(position),
            None => owned.push((window, vec![position])),
        }
    }
    owned
}

fn fill(map: &mut MutationMap, position: usize, row: &[f32]) {
    if let Some(wild_type) = map.wild_type[position] {
        let scores = log_ratios(row, wild_type);
        let log_p = AminoAcid::ALL.map(|a| f64::from(row[usize::from(token_of(a))]));
        map.score.row_mut(position).copy_from_slice(&scores);
        let (_, matrix) = &mut map.properties[0];
        matrix.row_mut(position).copy_from_slice(&log_p);
    }
}
