//! The map of how much every substitution changes the dynamics that a model predicts from the sequence.

use super::changes::Changes;
use super::combine::{Combination, CombineError, Normalisation};
use super::{RowSink, ScanOptions, wild_types};
use crate::analysis::{MutationMap, ScanMethod};
use crate::models::dance::{DynamicsModel, Property};
use crate::models::error::ModelError;
use crate::numeric::Matrix;
use crate::progress::Checkpoint;
use crate::protein::{Substitution, Variant};

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

    /// Scores from the changes of each property, as [`Changes::of`] gives them.
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

/// A map of that method without a score, with the properties of a scoring.
#[must_use]
pub fn unscored_by_dynamics(
    method: ScanMethod,
    letters: &str,
    scoring: &DynamicsScoring,
) -> MutationMap {
    let properties = scoring.properties().iter().map(|p| format!("d_{p}"));
    MutationMap::unscored_with(method, wild_types(letters), properties)
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
    let mut map = unscored_by_dynamics(method, letters, scoring);
    options.resume(&mut map, &mut |_, _| ());
    let known: Vec<usize> = map.scored().collect();
    for &position in &known {
        combine_row(&mut map, position, scoring);
    }
    if !known.is_empty() {
        finished(&map, &known);
    }
    let open = options.order(letters.len()).into_iter();
    let open = open.filter(|&position| !map.is_scored(position));
    let variants: Vec<Variant> = open
        .filter_map(|index| Some(Substitution::all_at(index, map.wild_type[index]?)))
        .flatten()
        .map(|substitution| vec![substitution])
        .collect();
    // Of the whole map, so that a scan that goes on computes as one that was never interrupted.
    let expected = map.substitutions().count();
    let mut changes = Changes::new(model, letters, scoring.properties(), options, expected);
    changes.each(&variants, checkpoint, &mut |first, changes| {
        let mut rows = Vec::new();
        for (variant, changes) in variants[first..].iter().zip(changes) {
            let index = variant[0].index;
            put(&mut map, variant[0], changes);
            // The first of the properties was all NaN before.
            if map.properties[0].1.row(index).iter().all(|v| !v.is_nan()) {
                combine_row(&mut map, index, scoring);
                rows.push(index);
            }
        }
        if !rows.is_empty() {
            finished(&map, &rows);
        }
    })?;
    map.seams = changes.seams();
    combine_all(&mut map, scoring);
    Ok(map)
}

fn put(map: &mut MutationMap, substitution: Substitution, changes: &[f64]) {
    let Substitution {
        index,
        wild_type,
        mutant,
    } = substitution;
    for ((_, matrix), change) in map.properties.iter_mut().zip(changes) {
        matrix[(index, mutant.index())] = *change;
        matrix[(index, wild_type.index())] = 0.0;
    }
}

/// The scores of a position from its changes, not normalised.
fn combine_row(map: &mut MutationMap, position: usize, scoring: &DynamicsScoring) {
    let rows = map.properties.iter().map(|(_, m)| m.row(position).to_vec());
    let scores = scoring.with(Normalisation::Raw, &rows.collect::<Vec<_>>());
    map.score.row_mut(position).copy_from_slice(&scores);
    if let Some(wild_type) = map.wild_type[position] {
        map.score[(position, wild_type.index())] = 0.0;
    }
}

/// Combines the changes of all mutants at once: a normalisation sees the whole set.
fn combine_all(map: &mut MutationMap, scoring: &DynamicsScoring) {
    let cells: Vec<(usize, usize)> = map
        .substitutions()
        .map(|s| (s.index, s.mutant.index()))
        .collect();
    let of_mutants = |(_, matrix): &(String, Matrix)| cells.iter().map(|&c| matrix[c]).collect();
    let changes: Vec<Vec<f64>> = map.properties.iter().map(of_mutants).collect();
    for (cell, score) in cells.into_iter().zip(scoring.scores(&changes)) {
        map.score[cell] = score;
    }
}
