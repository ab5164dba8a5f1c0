//! The map of how much every substitution changes the dynamics that a model predicts from the sequence.

use super::changes::Changes;
use super::combine::{Combination, CombineError, Normalisation};
use super::{RowSink, ScanOptions, wild_types};
use crate::analysis::{MutationMap, ScanMethod};
use crate::models::dance::{DynamicsModel, Property};
use crate::models::error::ModelError;
use crate::numeric::Matrix;
use crate::progress::Checkpoint;
use crate::protein::{AminoAcid, Substitution, Variant};

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
    // Of the whole map, so that a scan that goes on computes as one that was never interrupted.
    let expected = rows.map.wild_type.iter().flatten().count() * (AminoAcid::ALL.len() - 1);
    let mut changes = Changes::new(model, letters, properties, options, expected);
    changes.each(&variants, checkpoint, &mut |first, changes| {
        for (variant, changes) in variants[first..].iter().zip(changes) {
            rows.add(variant[0], changes, finished);
        }
    })?;
    Ok(rows.finish(changes.seams()))
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
