//! How much variants change the dynamic properties that a model predicts.
//!
//! For each property: the mean over all positions (and pairs), `<cls>` and `<eos>` included, of
//! |mutant − wild type| / (|wild type| + 0.01), the authors' score. Properties of the residue head
//! need no attention map and no pair map, and their mutants run in batches.
//!
//! Where many variants of a sequence come, they are computed beside its [`Trace`], which is faster; but
//! first two of them are computed both ways, and where their changes differ by more than [`CLOSE`], none
//! is. In half precision they are always computed beside the wild type, so that rounding cancels.

use super::ScanOptions;
use super::batches::in_batches;
use super::set;
use super::windows::Windows;
use crate::models::dance::{DynamicsModel, PAIR_CHANNELS, Property, RESIDUE_CHANNELS, Trace};
use crate::models::error::ModelError;
use crate::models::tokenizer::{Token, token_of};
use crate::progress::Checkpoint;
use crate::protein::{AminoAcid, Variant};

/// Added to the wild type's magnitude, so that a change of almost nothing is not infinite.
const EPSILON: f64 = 0.01;
/// Variants from which on a trace pays: it costs as much as three of them.
const MANY: usize = 64;
/// How far the changes beside a trace may be from those without.
const CLOSE: f64 = 1e-4;

/// The changes by variants of one sequence; what is known of the wild type is kept between calls.
pub struct Changes<'a> {
    comparison: Comparison<'a>,
    references: Vec<Option<Reference>>,
}

impl<'a> Changes<'a> {
    /// Nothing is computed yet; `expected` variants will come in all.
    #[must_use]
    pub fn new(
        model: &'a dyn DynamicsModel,
        letters: &'a str,
        properties: &'a [Property],
        options: &ScanOptions<'_>,
        expected: usize,
    ) -> Self {
        let comparison = Comparison {
            model,
            letters,
            properties,
            windows: Windows::new(letters.len(), options.longest, model.longest()),
            with_pairs: properties.iter().any(|p| p.is_pair()),
            many: expected >= MANY,
        };
        Self {
            references: (0..comparison.windows.count()).map(|_| None).collect(),
            comparison,
        }
    }

    /// The change of each property by each variant: one list a property, in the order of the variants.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], or what the model fails with.
    pub fn of(
        &mut self,
        variants: &[Variant],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f64>>, ModelError> {
        let properties = self.comparison.properties.len();
        let mut by_property = vec![Vec::with_capacity(variants.len()); properties];
        self.each(variants, checkpoint, &mut |_, changes| {
            for changes in changes {
                for (list, change) in by_property.iter_mut().zip(changes) {
                    list.push(*change);
                }
            }
        })?;
        Ok(by_property)
    }

    /// Hands over the changes of all variants in order, batch by batch: index of the first, then one
    /// list of changes a variant.
    ///
    /// # Errors
    /// As [`Changes::of`].
    pub fn each(
        &mut self,
        variants: &[Variant],
        checkpoint: &dyn Checkpoint,
        finished: &mut dyn FnMut(usize, &[Vec<f64>]),
    ) -> Result<(), ModelError> {
        let Self {
            comparison,
            references,
        } = self;
        in_batches(
            variants,
            |variant| comparison.batch_size(variant),
            checkpoint,
            |batch, checkpoint| {
                for window in batch.iter().flat_map(|v| comparison.windows_of(v)) {
                    if references[window].is_none() {
                        references[window] = Some(comparison.reference(window, checkpoint)?);
                    }
                }
                comparison.compare(batch, references, checkpoint)
            },
            |first, changes| finished(first, &changes),
        )
    }

    /// Positions at which the windows of a long sequence change over.
    #[must_use]
    pub fn seams(&self) -> Vec<usize> {
        self.comparison.windows.seams()
    }
}

/// What is known of the wild type in one window.
struct Reference {
    residues: Vec<f32>,
    pairs: Vec<f32>,
    trace: Option<Trace>,
}

struct Comparison<'a> {
    model: &'a dyn DynamicsModel,
    letters: &'a str,
    properties: &'a [Property],
    windows: Windows,
    with_pairs: bool,
    many: bool,
}

impl Comparison<'_> {
    /// The windows that see a variant: those in which its sites are most central.
    fn windows_of(&self, variant: &Variant) -> Vec<usize> {
        let mut windows: Vec<usize> = variant.iter().map(|s| self.windows.of(s.index)).collect();
        windows.dedup();
        windows
    }

    fn batch_size(&self, variant: &Variant) -> usize {
        if self.with_pairs {
            return 1;
        }
        let window = variant.first().map_or(0, |s| self.windows.of(s.index));
        self.model.batch_size(self.windows.range(window).len() + 2)
    }

    fn reference(
        &self,
        window: usize,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Reference, ModelError> {
        let tokens = self.windows.tokens(window, self.letters);
        if self.with_pairs {
            let prediction = self.model.predict(&tokens, checkpoint)?;
            return Ok(Reference {
                residues: prediction.residues,
                pairs: prediction.pairs,
                trace: None,
            });
        }
        let trace = self.trace(&tokens, checkpoint)?;
        let residues = match &trace {
            Some(trace) => trace.residues().to_vec(),
            None => (self.model.residues(&[tokens], checkpoint)?).concat(),
        };
        Ok(Reference {
            residues,
            pairs: Vec::new(),
            trace,
        })
    }

    /// A trace beside which two variants change as they do without.
    fn trace(
        &self,
        tokens: &[Token],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Option<Trace>, ModelError> {
        let Some(trace) = self.model.trace(tokens, self.many, checkpoint)? else {
            return Ok(None);
        };
        if !trace.is_rounded() {
            return Ok(Some(trace));
        }
        let two = [1, 2].map(|third| substituted(tokens, third * tokens.len() / 3));
        let plain = self.model.residues(&two, checkpoint)?;
        let beside = self.model.residues_beside(&trace, &two, checkpoint)?;
        let pairs = plain.iter().zip(&beside);
        let apart = pairs.flat_map(|(a, b)| differences(a, b, trace.residues()));
        let apart = apart.max_by(f64::total_cmp).unwrap_or(f64::NAN);
        log::debug!("two variants beside a trace: changes at most {apart:.1e} off");
        Ok((apart <= CLOSE).then_some(trace))
    }

    fn compare(
        &self,
        variants: &[Variant],
        references: &[Option<Reference>],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<Vec<f64>>, ModelError> {
        let mut owners = Vec::new();
        let mut sequences = Vec::new();
        for (i, variant) in variants.iter().enumerate() {
            for window in self.windows_of(variant) {
                owners.push((i, window));
                sequences.push(self.mutated(variant, window));
            }
        }
        let of_windows = if self.with_pairs {
            let pairs = owners.iter().zip(&sequences).filter_map(|(owner, tokens)| {
                let reference = references[owner.1].as_ref()?;
                Some(self.with_pair_head(tokens, reference, checkpoint))
            });
            pairs.collect::<Result<Vec<_>, _>>()?
        } else {
            let mut all = Vec::with_capacity(owners.len());
            let mut rest = &sequences[..];
            for owners in owners.chunk_by(|a, b| a.1 == b.1) {
                let here = rest.split_off(..owners.len()).unwrap_or_default();
                let Some(reference) = references[owners[0].1].as_ref() else {
                    continue;
                };
                let residues = match &reference.trace {
                    Some(trace) => self.model.residues_beside(trace, here, checkpoint)?,
                    None => self.model.residues(here, checkpoint)?,
                };
                all.extend(
                    residues
                        .iter()
                        .map(|rows| self.residue_changes(rows, reference)),
                );
            }
            all
        };
        // The mean over the windows of a variant; one that changes nothing sees none.
        let mut changes = vec![vec![0.0; self.properties.len()]; variants.len()];
        for ((owner, _), of_window) in owners.iter().zip(of_windows) {
            let share = 1.0 / self.windows_of(&variants[*owner]).len() as f64;
            for (sum, change) in changes[*owner].iter_mut().zip(of_window) {
                *sum += change * share;
            }
        }
        Ok(changes)
    }

    fn mutated(&self, variant: &Variant, window: usize) -> Vec<Token> {
        let range = self.windows.range(window);
        let mut tokens = self.windows.tokens(window, self.letters);
        for site in variant.iter().filter(|s| range.contains(&s.index)) {
            set(&mut tokens, range.start, site.index, token_of(site.mutant));
        }
        tokens
    }

    /// Changes of the residue properties; 0 stands for the pair properties.
    fn residue_changes(&self, mutant: &[f32], reference: &Reference) -> Vec<f64> {
        let positions = mutant.len() / RESIDUE_CHANNELS;
        self.properties
            .iter()
            .map(|property| {
                if property.is_pair() {
                    return 0.0;
                }
                let channels = property.channels();
                let entries = positions * channels.len();
                let rows = mutant
                    .chunks_exact(RESIDUE_CHANNELS)
                    .zip(reference.residues.chunks_exact(RESIDUE_CHANNELS));
                let sum: f64 = rows
                    .map(|(m, w)| change_sum(&m[channels.clone()], &w[channels.clone()]))
                    .sum();
                sum / entries as f64
            })
            .collect()
    }

    fn with_pair_head(
        &self,
        tokens: &[Token],
        reference: &Reference,
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<f64>, ModelError> {
        let mut sums = [0.0; PAIR_CHANNELS];
        let mut done = 0;
        let residues = self
            .model
            .residues_and_pairs(tokens, checkpoint, &mut |_, values| {
                let wild_type = &reference.pairs[done..done + values.len()];
                done += values.len();
                for (mutant, wild_type) in values
                    .chunks_exact(PAIR_CHANNELS)
                    .zip(wild_type.chunks_exact(PAIR_CHANNELS))
                {
                    for (sum, (m, w)) in sums.iter_mut().zip(mutant.iter().zip(wild_type)) {
                        *sum += relative_change(*m, *w);
                    }
                }
            })?;
        let pairs = (tokens.len() * tokens.len()) as f64;
        let mut changes = self.residue_changes(&residues, reference);
        for (change, property) in changes.iter_mut().zip(self.properties) {
            if property.is_pair() {
                *change = sums[property.channels().start] / pairs;
            }
        }
        Ok(changes)
    }
}

fn change_sum(mutant: &[f32], wild_type: &[f32]) -> f64 {
    let both = mutant.iter().zip(wild_type);
    both.map(|(&m, &w)| relative_change(m, w)).sum()
}

fn relative_change(mutant: f32, wild_type: f32) -> f64 {
    let (mutant, wild_type) = (f64::from(mutant), f64::from(wild_type));
    (mutant - wild_type).abs() / (wild_type.abs() + EPSILON)
}

/// The sequence with another residue at a position.
fn substituted(tokens: &[Token], at: usize) -> Vec<Token> {
    let tryptophan = token_of(AminoAcid::Trp);
    let mut tokens = tokens.to_vec();
    tokens[at] = if tokens[at] == tryptophan {
        token_of(AminoAcid::Ala)
    } else {
        tryptophan
    };
    tokens
}

/// How far apart two predictions may put the change of each channel, at most.
fn differences(a: &[f32], b: &[f32], wild_type: &[f32]) -> [f64; RESIDUE_CHANNELS] {
    let mut sums = [0.0; RESIDUE_CHANNELS];
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        let apart = f64::from((a - b).abs());
        sums[i % RESIDUE_CHANNELS] += apart / (f64::from(wild_type[i].abs()) + EPSILON);
    }
    let rows = (a.len() / RESIDUE_CHANNELS) as f64;
    sums.map(|sum| sum / rows)
}
