//! How much a mutation changes the dynamics that a model predicts from the sequence.
//!
//! For each property: the mean over all positions (and pairs), `<cls>` and `<eos>` included, of
//! |mutant − wild type| / (|wild type| + 0.01), the authors' score. Properties of the residue head
//! need no attention map and no pair map, and their mutants run in batches.

use super::batches::in_batches;
use super::combine::{Combination, CombineError, Normalisation};
use super::windows::Windows;
use super::{RowSink, ScanOptions, set, wild_types};
use crate::analysis::{MutationMap, ScanMethod};
use crate::models::dance::{DynamicsModel, PAIR_CHANNELS, Property, RESIDUE_CHANNELS};
use crate::models::error::ModelError;
use crate::models::tokenizer::{Token, token_of};
use crate::numeric::Matrix;
use crate::progress::Checkpoint;
use crate::sequence::{AminoAcid, Substitution, Variant};

/// Added to the wild type's magnitude, so that a change of almost nothing is not infinite.
const EPSILON: f64 = 0.01;

/// Which properties are compared, and how their changes make one score.
#[derive(Debug, Clone, PartialEq)]
pub struct DynamicsScoring {
    properties: Vec<Property>,
    combination: Combination,
    normalisation: Normalisation,
}

impl Default for DynamicsScoring {
    /// The mean change of the robust properties.
    fn default() -> Self {
        Self {
            properties: Property::ROBUST.to_vec(),
            combination: Combination::Mean,
            normalisation: Normalisation::Raw,
        }
    }
}

impl DynamicsScoring {
    /// A scoring by given properties; none = the robust ones.
    ///
    /// # Errors
    /// [`CombineError`] when weights and properties do not match.
    pub fn new(
        properties: &[Property],
        combination: Combination,
        normalisation: Normalisation,
    ) -> Result<Self, CombineError> {
        let properties = match properties {
            [] => Property::ROBUST.to_vec(),
            some => some.to_vec(),
        };
        combination.scores(&vec![Vec::new(); properties.len()], normalisation)?;
        Ok(Self {
            properties,
            combination,
            normalisation,
        })
    }

    /// The properties compared.
    #[must_use]
    pub fn properties(&self) -> &[Property] {
        &self.properties
    }

    /// How their changes are combined.
    #[must_use]
    pub fn combination(&self) -> &Combination {
        &self.combination
    }

    /// What happens to the changes before.
    #[must_use]
    pub fn normalisation(&self) -> Normalisation {
        self.normalisation
    }

    /// Scores from the changes of each property, as [`relative_changes`] gives them.
    #[must_use]
    pub fn scores(&self, changes: &[Vec<f64>]) -> Vec<f64> {
        self.with(self.normalisation, changes)
    }

    fn with(&self, normalisation: Normalisation, changes: &[Vec<f64>]) -> Vec<f64> {
        // The weights were checked when the scoring was made.
        self.combination
            .scores(changes, normalisation)
            .unwrap_or_default()
    }
}

/// Scores all 19 substitutions of every standard residue. The rows handed over on the way are not yet
/// normalised; those of the map are.
///
/// # Errors
/// [`ModelError::Cancelled`], or what the model fails with.
pub fn dynamics_scan(
    model: &dyn DynamicsModel,
    method: ScanMethod,
    letters: &str,
    scoring: &DynamicsScoring,
    options: &ScanOptions<'_>,
    checkpoint: &dyn Checkpoint,
    finished: RowSink<'_>,
) -> Result<MutationMap, ModelError> {
    let mut rows = Rows::start(method, letters, scoring, options);
    let order: Vec<usize> = options
        .order(letters.len())
        .into_iter()
        .filter(|&position| !rows.is_known(position))
        .collect();
    let variants: Vec<Variant> = order
        .iter()
        .filter_map(|&index| rows.map.wild_type[index].map(|wild_type| (index, wild_type)))
        .flat_map(|(index, wild_type)| substitutions(index, wild_type))
        .map(|substitution| vec![substitution])
        .collect();
    let properties = scoring.properties();
    let seams = changes_of(
        model,
        letters,
        &variants,
        properties,
        options,
        checkpoint,
        &mut |first, changes| {
            for (variant, changes) in variants[first..].iter().zip(changes) {
                rows.add(variant[0], changes, finished);
            }
        },
    )?;
    Ok(rows.finish(seams))
}

/// The change of each property by each variant: one list a property, in the order of the variants.
///
/// # Errors
/// [`ModelError::Cancelled`], or what the model fails with.
pub fn relative_changes(
    model: &dyn DynamicsModel,
    letters: &str,
    variants: &[Variant],
    properties: &[Property],
    options: &ScanOptions<'_>,
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<Vec<f64>>, ModelError> {
    let mut by_property = vec![Vec::with_capacity(variants.len()); properties.len()];
    changes_of(
        model,
        letters,
        variants,
        properties,
        options,
        checkpoint,
        &mut |_, changes| {
            for changes in changes {
                for (list, change) in by_property.iter_mut().zip(changes) {
                    list.push(*change);
                }
            }
        },
    )?;
    Ok(by_property)
}

fn substitutions(index: usize, wild_type: AminoAcid) -> impl Iterator<Item = Substitution> {
    AminoAcid::ALL
        .into_iter()
        .filter(move |&mutant| mutant != wild_type)
        .map(move |mutant| Substitution {
            index,
            wild_type,
            mutant,
        })
}

/// The map while it fills.
struct Rows<'a> {
    scoring: &'a DynamicsScoring,
    map: MutationMap,
    missing: Vec<usize>,
}

impl<'a> Rows<'a> {
    fn start(
        method: ScanMethod,
        letters: &str,
        scoring: &'a DynamicsScoring,
        options: &ScanOptions<'_>,
    ) -> Self {
        let mut map = MutationMap::unscored(method, wild_types(letters));
        map.properties = scoring
            .properties()
            .iter()
            .map(|property| (format!("d_{property}"), map.score.clone()))
            .collect();
        let mut rows = Self {
            scoring,
            missing: vec![AminoAcid::ALL.len() - 1; letters.len()],
            map,
        };
        for position in 0..letters.len() {
            if options.is_scored(position) {
                rows.copy(options, position);
            }
        }
        rows
    }

    /// Takes a row of an earlier scan, if that holds the same properties.
    fn copy(&mut self, options: &ScanOptions<'_>, position: usize) {
        let Some(known) = options.resume else {
            return;
        };
        let names = |map: &MutationMap| -> Vec<String> {
            map.properties.iter().map(|(n, _)| n.clone()).collect()
        };
        if names(known) != names(&self.map) {
            return;
        }
        for ((_, to), (_, from)) in self.map.properties.iter_mut().zip(&known.properties) {
            to.row_mut(position).copy_from_slice(from.row(position));
        }
        self.missing[position] = 0;
    }

    fn is_known(&self, position: usize) -> bool {
        self.missing[position] == 0
    }

    fn add(
        &mut self,
        substitution: Substitution,
        changes: &[f64],
        finished: &mut dyn FnMut(usize, &[f64]),
    ) {
        let Substitution {
            index,
            wild_type,
            mutant,
        } = substitution;
        for ((_, matrix), change) in self.map.properties.iter_mut().zip(changes) {
            matrix[(index, mutant.index())] = *change;
            matrix[(index, wild_type.index())] = 0.0;
        }
        self.missing[index] -= 1;
        if self.missing[index] == 0 {
            let changes: Vec<Vec<f64>> = self
                .map
                .properties
                .iter()
                .map(|(_, matrix)| matrix.row(index).to_vec())
                .collect();
            let mut scores = self.scoring.with(Normalisation::Raw, &changes);
            scores[wild_type.index()] = 0.0;
            finished(index, &scores);
        }
    }

    /// Combines the changes of all mutants at once: a normalisation sees the whole set.
    fn finish(mut self, seams: Vec<usize>) -> MutationMap {
        let wild_types = &self.map.wild_type;
        let mutants: Vec<(usize, usize)> = (0..wild_types.len())
            .flat_map(|i| AminoAcid::ALL.map(|a| (i, a)))
            .filter(|&(i, a)| wild_types[i].is_some_and(|w| w != a))
            .map(|(i, a)| (i, a.index()))
            .collect();
        let of_mutants = |matrix: &Matrix| mutants.iter().map(|&cell| matrix[cell]).collect();
        let changes: Vec<Vec<f64>> = self
            .map
            .properties
            .iter()
            .map(|(_, matrix)| of_mutants(matrix))
            .collect();
        for (&cell, score) in mutants.iter().zip(self.scoring.scores(&changes)) {
            self.map.score[cell] = score;
        }
        for (i, wild_type) in self.map.wild_type.iter().enumerate() {
            if let Some(wild_type) = wild_type {
                self.map.score[(i, wild_type.index())] = 0.0;
            }
        }
        self.map.seams = seams;
        self.map
    }
}

/// Hands over the changes of all variants in order, batch by batch: index of the first, then one list
/// of changes a variant. Gives back the seams.
fn changes_of(
    model: &dyn DynamicsModel,
    letters: &str,
    variants: &[Variant],
    properties: &[Property],
    options: &ScanOptions<'_>,
    checkpoint: &dyn Checkpoint,
    finished: &mut dyn FnMut(usize, &[Vec<f64>]),
) -> Result<Vec<usize>, ModelError> {
    let comparison = Comparison::new(model, letters, properties, options);
    let mut references: Vec<Option<Reference>> = Vec::new();
    references.resize_with(comparison.windows.count(), || None);
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
            comparison.compare(batch, &references, checkpoint)
        },
        |first, changes| finished(first, &changes),
    )?;
    Ok(comparison.windows.seams())
}

/// The wild type's prediction for one window.
struct Reference {
    residues: Vec<f32>,
    pairs: Vec<f32>,
}

struct Comparison<'a> {
    model: &'a dyn DynamicsModel,
    letters: &'a str,
    properties: &'a [Property],
    windows: Windows,
    with_pairs: bool,
}

impl<'a> Comparison<'a> {
    fn new(
        model: &'a dyn DynamicsModel,
        letters: &'a str,
        properties: &'a [Property],
        options: &ScanOptions<'_>,
    ) -> Self {
        Self {
            model,
            letters,
            properties,
            windows: Windows::new(letters.len(), options.longest, model.longest()),
            with_pairs: properties.iter().any(|p| p.is_pair()),
        }
    }

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
        if !self.with_pairs {
            let mut residues = self.model.residues(&[tokens], checkpoint)?;
            return Ok(Reference {
                residues: residues.pop().unwrap_or_default(),
                pairs: Vec::new(),
            });
        }
        let prediction = self.model.predict(&tokens, checkpoint)?;
        Ok(Reference {
            residues: prediction.residues,
            pairs: prediction.pairs,
        })
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
            let residues = self.model.residues(&sequences, checkpoint)?;
            let pairs = owners.iter().zip(&residues).filter_map(|(owner, rows)| {
                let reference = references[owner.1].as_ref()?;
                Some(self.residue_changes(rows, reference))
            });
            pairs.collect()
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
