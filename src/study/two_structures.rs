//! The answer about two structures.

use std::sync::Arc;

use super::DynamicsReport;
use crate::analysis::two_structures::{Displacement, Hinge};
use crate::numeric::{Matrix, Profile};

/// What differs between two structures: the second less the first. Profiles and the map have one entry a
/// residue of the first, NaN where it has no partner.
#[derive(Debug, Clone)]
pub struct TwoStructuresReport {
    pub first: Arc<DynamicsReport>,
    pub second: Arc<DynamicsReport>,
    /// Pairs, superposition, distances.
    pub displacement: Displacement,
    /// RMSF in Å.
    pub rmsf_change_angstrom: Profile,
    /// Neighbours within 10 Å of the Cβ.
    pub burial_change: Profile,
    /// (N, N) of the correlations.
    pub correlation_change: Matrix,
    /// Of the modes of the first with the way to the second, and of those of the second with the way back:
    /// 0 to 1, the largest mode first; empty where a source has no directions.
    pub overlaps: [Vec<f64>; 2],
    /// Where the chain turned.
    pub hinges: Vec<Hinge>,
    /// Partial trouble, in words.
    pub warnings: Vec<String>,
}

impl TwoStructuresReport {
    /// The best single overlap: of which structure (0 or 1), which mode (0-based), how much.
    #[must_use]
    pub fn best_overlap(&self) -> Option<(usize, usize, f64)> {
        let of = |k: usize| {
            let modes = self.overlaps[k].iter().enumerate();
            modes.map(move |(mode, o)| (k, mode, *o))
        };
        let known = of(0).chain(of(1)).filter(|(.., o)| o.is_finite());
        known.max_by(|a, b| a.2.total_cmp(&b.2))
    }

    /// What the second is called beside the first: its name, or its part where both are of one file.
    #[must_use]
    pub fn names(&self) -> [String; 2] {
        let (a, b) = (&self.first.protein, &self.second.protein);
        if a.name != b.name {
            return [a.name.clone(), b.name.clone()];
        }
        [a, b].map(|p| {
            let chains: Vec<&str> = p.chains().into_iter().map(|(name, _)| name).collect();
            if a.model == b.model {
                format!("{}:{}", p.name, chains.join(","))
            } else {
                format!("{} model {}", p.name, p.model)
            }
        })
    }

    /// What was found, in a sentence or two.
    #[must_use]
    pub fn summary(&self) -> String {
        let displacement = &self.displacement;
        let mut parts = vec![
            format!(
                "{} residues paired by {}, {} of them equal",
                displacement.pairs(),
                displacement.pairing.by.name(),
                displacement.pairing.identical
            ),
            format!(
                "RMSD {:.2} Å over a core of {}, {:.2} Å over all",
                displacement.rmsd_core_angstrom,
                displacement.core_size(),
                displacement.rmsd_angstrom
            ),
        ];
        if let Some((of, mode, overlap)) = self.best_overlap() {
            let name = &self.names()[of];
            parts.push(format!(
                "mode {} of {name} goes the way to the other: overlap {overlap:.2}",
                mode + 1
            ));
        }
        parts.join(" · ")
    }
}
