//! Language models read a chain whole: a request about a structure with gaps is asked of the protein without
//! them, and the answer is brought back to the residues that the structure has.

use std::ops::Range;
use std::sync::Arc;

use super::{Observer, Partial};
use crate::analysis::{MutationMap, ScanMethod};
use crate::numeric::Matrix;
use crate::progress::{Cancelled, Checkpoint};
use crate::protein::gapless::Gapless;
use crate::protein::{Protein, Substitution, Variant};
use crate::study::{PredictedDynamics, ScanReport};

/// The protein without its gaps, where it has some and the method reads chains whole.
pub(super) fn whole_for(method: ScanMethod, protein: &Protein) -> Option<Gapless> {
    if method.needs_structure() {
        return None;
    }
    protein.whole()
}

impl Gapless {
    /// The variants at their places in the protein without gaps.
    pub(super) fn variants(&self, variants: &[Variant]) -> Vec<Variant> {
        let moved = |s: &Substitution| Substitution {
            index: self.places[s.index],
            ..*s
        };
        let one = |variant: &Variant| variant.iter().map(moved).collect();
        variants.iter().map(one).collect()
    }

    /// A range of residues of the structure.
    pub(super) fn range(&self, range: &Range<usize>) -> Range<usize> {
        let place = |i: usize| self.places.get(i).copied();
        let end = range.end.checked_sub(1).and_then(place);
        end.map_or(0..0, |last| place(range.start).unwrap_or(0)..last + 1)
    }

    /// A scan of the protein without gaps, as one of the structure's residues.
    pub(super) fn narrowed(&self, report: ScanReport, protein: &Arc<Protein>) -> ScanReport {
        let rows = |matrix: &Matrix| {
            let of = |i: usize, j: usize| matrix[(self.places[i], j)];
            Matrix::from_fn(self.places.len(), matrix.columns(), of)
        };
        let map = MutationMap {
            wild_type: protein.amino_acids(),
            score: rows(&report.map.score),
            properties: report
                .map
                .properties
                .iter()
                .map(|(name, matrix)| (name.clone(), rows(matrix)))
                .collect(),
            seams: report
                .map
                .seams
                .iter()
                .map(|&seam| self.places.partition_point(|&p| p < seam))
                .collect(),
            method: report.map.method,
        };
        ScanReport {
            protein: Arc::clone(protein),
            log_probabilities: report.log_probabilities.as_ref().map(rows),
            map,
            ..report
        }
    }

    /// Predicted dynamics of a chain of the protein without gaps that begins at `start`, for the residues
    /// that the structure has of it.
    pub(super) fn seen(
        &self,
        dynamics: &PredictedDynamics,
        chain: &Range<usize>,
        start: usize,
    ) -> PredictedDynamics {
        let places = &self.places[chain.clone()];
        let kept: Vec<usize> = places.iter().map(|place| place - start).collect();
        let profiles = &dynamics.profiles;
        let pair = |pair: &Matrix| {
            Matrix::from_fn(kept.len(), kept.len(), |i, j| pair[(kept[i], kept[j])])
        };
        PredictedDynamics {
            profiles: Matrix::from_fn(kept.len(), profiles.columns(), |i, j| {
                profiles[(kept[i], j)]
            }),
            pairs: dynamics.pairs.iter().map(pair).collect(),
        }
    }
}

/// Shows the rows of a scan of the protein without gaps at their places in the structure.
pub(super) struct Shifted<'a> {
    pub(super) observer: &'a dyn Observer,
    pub(super) whole: &'a Gapless,
}

impl Checkpoint for Shifted<'_> {
    fn reached(&self, done: usize, total: usize) -> Result<(), Cancelled> {
        self.observer.reached(done, total)
    }
}

impl Observer for Shifted<'_> {
    fn phase(&self, name: &'static str) {
        self.observer.phase(name);
    }

    fn partial(&self, Partial::ScanRows(mut rows): Partial) {
        rows.retain_mut(|row| {
            let found = self.whole.places.binary_search(&row.index);
            row.index = found.unwrap_or(row.index);
            found.is_ok()
        });
        if !rows.is_empty() {
            self.observer.partial(Partial::ScanRows(rows));
        }
    }
}
