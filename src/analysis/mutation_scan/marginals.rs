//! The L × 20 map from a language model: nothing masked, or each position masked in its turn.

use super::batches::in_batches;
use super::windows::Windows;
use super::{ScanOptions, log_ratios, set, wild_types};
use crate::analysis::{MutationMap, ScanMethod};
use crate::models::error::ModelError;
use crate::models::esm2::{LanguageModel, Query};
use crate::models::tokenizer::{MASK, VOCABULARY, token_of};
use crate::progress::Checkpoint;
use crate::protein::AminoAcid;

/// Name of the (L, 20) natural log-probabilities among the properties of a map of this module.
pub const LOG_PROBABILITY: &str = "log_probability";

/// Receives a finished position: its index, its 20 scores and its 20 natural log-probabilities.
pub type LanguageSink<'a> = &'a mut dyn FnMut(usize, &[f64], &[f64]);

/// A map by masked marginals, and how well the model knows the sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct MaskedScan {
    /// The map, with [`LOG_PROBABILITY`] among its properties.
    pub map: MutationMap,
    /// exp(−mean masked log-likelihood) over all standard residues; `None` after a resumed scan
    /// whose first rows came without their log-probabilities, and without a standard residue.
    pub pseudo_perplexity: Option<f64>,
}

/// Scores every substitution as log p(mutant) − log p(wild type), one pass over the sequence as it is.
///
/// # Errors
/// [`ModelError::Cancelled`], or what the model fails with.
pub fn wild_type_marginals(
    model: &dyn LanguageModel,
    letters: &str,
    options: &ScanOptions<'_>,
    checkpoint: &dyn Checkpoint,
    finished: LanguageSink<'_>,
) -> Result<MutationMap, ModelError> {
    let windows = Windows::new(letters.len(), options.longest, model.longest());
    let mut map = unscored(ScanMethod::WildTypeMarginals, letters, &windows);
    let owned = positions_of_windows(&windows, &options.order(letters.len()), &map);
    let items: Vec<(usize, Vec<usize>)> = owned;
    in_batches(
        &items,
        |(window, _)| model.batch_size(windows.range(*window).len() + 2),
        checkpoint,
        |batch, checkpoint| {
            let queries: Vec<Query> = batch
                .iter()
                .map(|(window, positions)| Query {
                    tokens: windows.tokens(*window, letters),
                    positions: positions
                        .iter()
                        .map(|p| p - windows.range(*window).start + 1)
                        .collect(),
                })
                .collect();
            model.log_probabilities(&queries, checkpoint)
        },
        |first, results| {
            for ((_, positions), rows) in items[first..].iter().zip(results) {
                for (&position, row) in positions.iter().zip(rows.chunks_exact(VOCABULARY)) {
                    fill(&mut map, position, row, finished);
                }
            }
        },
    )?;
    Ok(map)
}

/// Scores every substitution with its position masked: one pass a position.
///
/// # Errors
/// [`ModelError::Cancelled`], or what the model fails with.
pub fn masked_marginals(
    model: &dyn LanguageModel,
    letters: &str,
    options: &ScanOptions<'_>,
    checkpoint: &dyn Checkpoint,
    finished: LanguageSink<'_>,
) -> Result<MaskedScan, ModelError> {
    let windows = Windows::new(letters.len(), options.longest, model.longest());
    let mut map = unscored(ScanMethod::MaskedMarginals, letters, &windows);
    let mut order = options.order(letters.len());
    order.retain(|&position| {
        if options.is_scored(position) {
            copy_row(&mut map, options, position);
        }
        map.wild_type[position].is_some() && !options.is_scored(position)
    });
    in_batches(
        &order,
        |&position| model.batch_size(windows.range(windows.of(position)).len() + 2),
        checkpoint,
        |batch, checkpoint| {
            let queries: Vec<Query> = batch
                .iter()
                .map(|&position| masked(&windows, letters, position))
                .collect();
            model.log_probabilities(&queries, checkpoint)
        },
        |first, results| {
            for (&position, row) in order[first..].iter().zip(results) {
                fill(&mut map, position, &row, finished);
            }
        },
    )?;
    Ok(MaskedScan {
        pseudo_perplexity: perplexity_of(&map),
        map,
    })
}

/// exp(−mean log-likelihood of the wild type) from the log-probabilities of a map; `None` where one is
/// missing or there is no standard residue.
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

/// exp(−mean masked log-likelihood) over all standard residues; NaN when there are none.
///
/// # Errors
/// As [`masked_marginals`].
pub fn pseudo_perplexity(
    model: &dyn LanguageModel,
    letters: &str,
    checkpoint: &dyn Checkpoint,
) -> Result<f64, ModelError> {
    let options = ScanOptions::default();
    let scan = masked_marginals(model, letters, &options, checkpoint, &mut |_, _, _| ())?;
    Ok(scan.pseudo_perplexity.unwrap_or(f64::NAN))
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

fn unscored(method: ScanMethod, letters: &str, windows: &Windows) -> MutationMap {
    let map = MutationMap::unscored(method, wild_types(letters));
    MutationMap {
        seams: windows.seams(),
        properties: vec![(LOG_PROBABILITY.to_owned(), map.score.clone())],
        ..map
    }
}

/// Windows in the order in which their positions are wanted, each with the positions it scores.
fn positions_of_windows(
    windows: &Windows,
    order: &[usize],
    map: &MutationMap,
) -> Vec<(usize, Vec<usize>)> {
    let mut owned: Vec<(usize, Vec<usize>)> = Vec::new();
    for &position in order.iter().filter(|&&p| map.wild_type[p].is_some()) {
        let window = windows.of(position);
        match owned.iter_mut().find(|(w, _)| *w == window) {
            Some((_, positions)) => positions.push(position),
            None => owned.push((window, vec![position])),
        }
    }
    owned
}

fn fill(map: &mut MutationMap, position: usize, row: &[f32], finished: LanguageSink<'_>) {
    if let Some(wild_type) = map.wild_type[position] {
        let scores = log_ratios(row, wild_type);
        let log_p = AminoAcid::ALL.map(|a| f64::from(row[usize::from(token_of(a))]));
        map.score.row_mut(position).copy_from_slice(&scores);
        map.properties[0]
            .1
            .row_mut(position)
            .copy_from_slice(&log_p);
        finished(position, &scores, &log_p);
    }
}

fn copy_row(map: &mut MutationMap, options: &ScanOptions<'_>, position: usize) {
    if let Some(known) = options.resume {
        map.score
            .row_mut(position)
            .copy_from_slice(known.score.row(position));
        let known = known.properties.iter().find(|(n, _)| n == LOG_PROBABILITY);
        if let Some((_, log_p)) = known {
            let row = map.properties[0].1.row_mut(position);
            row.copy_from_slice(log_p.row(position));
        }
    }
}
