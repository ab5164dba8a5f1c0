//! Given variants, single or multiple, by a language model.

use std::collections::BTreeMap;

use super::batches::in_batches;
use super::windows::Windows;
use super::{Fill, ScanOptions, set};
use crate::models::error::ModelError;
use crate::models::esm2::{LanguageModel, Query};
use crate::models::tokenizer::{MASK, Token, VOCABULARY, token_of};
use crate::progress::Checkpoint;
use crate::protein::{Substitution, Variant};

/// What the model sees while a site is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marginals {
    /// The wild-type sequence.
    WildType,
    /// The site masked, the other mutated sites as the fill says.
    Masked(Fill),
}

/// Scores variants: the sum over their sites of log p(mutant) − log p(wild type). A variant without
/// substitutions scores 0. Passes that several variants share are made once.
///
/// # Errors
/// [`ModelError::Cancelled`], or what the model fails with.
pub fn score_variants(
    model: &dyn LanguageModel,
    letters: &str,
    variants: &[Variant],
    marginals: Marginals,
    options: &ScanOptions<'_>,
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<f64>, ModelError> {
    let windows = Windows::new(letters.len(), options.longest, model.longest());
    let mut passes = Passes::default();
    let places: Vec<Vec<(usize, usize)>> = variants
        .iter()
        .map(|variant| {
            variant
                .iter()
                .map(|site| passes.place(&windows, letters, variant, site, marginals))
                .collect()
        })
        .collect();
    let mut answers: Vec<Vec<f32>> = Vec::with_capacity(passes.queries.len());
    in_batches(
        &passes.queries,
        |query| model.batch_size(query.tokens.len()),
        checkpoint,
        |batch, checkpoint| model.log_probabilities(batch, checkpoint),
        |_, results| answers.extend(results),
    )?;
    let score = |(variant, places): (&Variant, &Vec<(usize, usize)>)| {
        let sites = variant.iter().zip(places);
        sites
            .map(|(site, &(pass, row))| ratio(site, &answers[pass][row * VOCABULARY..]))
            .fold(0.0, |sum, ratio| sum + ratio)
    };
    Ok(variants.iter().zip(&places).map(score).collect())
}

fn ratio(site: &Substitution, log_probabilities: &[f32]) -> f64 {
    let [mutant, wild_type] = [site.mutant, site.wild_type]
        .map(|a| f64::from(log_probabilities[usize::from(token_of(a))]));
    mutant - wild_type
}

/// Different passes over the sequence, each asked at the positions that some variant needs.
#[derive(Default)]
struct Passes {
    queries: Vec<Query>,
    known: BTreeMap<Vec<Token>, usize>,
}

impl Passes {
    /// The pass that scores a site, and which of its rows.
    fn place(
        &mut self,
        windows: &Windows,
        letters: &str,
        variant: &Variant,
        site: &Substitution,
        marginals: Marginals,
    ) -> (usize, usize) {
        let window = windows.of(site.index);
        let range = windows.range(window);
        let mut tokens = windows.tokens(window, letters);
        if let Marginals::Masked(fill) = marginals {
            for other in variant.iter().filter(|s| range.contains(&s.index)) {
                let token = match fill {
                    _ if other.index == site.index => MASK,
                    Fill::WildType => continue,
                    Fill::Mask => MASK,
                    Fill::Mutant => token_of(other.mutant),
                };
                set(&mut tokens, range.start, other.index, token);
            }
        }
        // Windows of equal letters are one pass: only the tokens count.
        let position = site.index - range.start + 1;
        let queries = &mut self.queries;
        let pass = *self.known.entry(tokens).or_insert_with_key(|tokens| {
            queries.push(Query {
                tokens: tokens.clone(),
                positions: Vec::new(),
            });
            queries.len() - 1
        });
        let positions = &mut self.queries[pass].positions;
        let known = positions.iter().position(|&p| p == position);
        let row = known.unwrap_or_else(|| {
            positions.push(position);
            positions.len() - 1
        });
        (pass, row)
    }
}
