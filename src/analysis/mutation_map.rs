//! The 20 × L map of single substitutions: one result type, whatever the method.

use crate::numeric::Matrix;
use crate::protein::{AminoAcid, Protein, Substitution};

/// How substitutions are scored. The sign of each method is in [`ScanMethod::direction`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScanMethod {
    /// ΔΔG in kcal/mol from the structure, positive = destabilising. Id `stability`.
    Stability,
    /// log p(mutant) − log p(wild type) of the residue network, given the backbone. Id `structure`.
    Structure,
    /// Percentile of a combination of several scores within the chain, see [`super::combined`]. Id `combined`.
    Combined,
    /// Log odds ratio of the wild type and the mutant in an alignment, positive = damaging. Id `lor`.
    Lor,
    /// The same times the part of the residue that the solvent does not reach. Id `rsalor`.
    RsaLor,
    /// log p(mutant) − log p(wild type) of ESM-2, nothing masked. Id `wt-marginals`.
    WildTypeMarginals,
    /// The same with the position masked. Id `masked-marginals`.
    MaskedMarginals,
    /// Relative change of the dynamics that ESMDance predicts, larger = more change. Id `esmdance`.
    EsmDance,
    /// The same with SeqDance. Id `seqdance`.
    SeqDance,
}

/// What a larger score means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Larger = better tolerated.
    HigherIsTolerated,
    /// Larger = more damaging.
    HigherIsDamaging,
}

impl Direction {
    /// What the name of a column of scores says; `None` where it may be either.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let plain = name.chars().filter(|c| c.is_alphanumeric());
        let plain: String = plain.flat_map(char::to_lowercase).collect();
        let is = |words: &[&str]| words.iter().any(|word| plain.contains(word));
        if is(&[
            "ddg",
            "δδg",
            "deltadelta",
            "pathogenic",
            "damag",
            "polyphen",
            "cadd",
            "revel",
        ]) {
            return Some(Self::HigherIsDamaging);
        }
        let tolerated = [
            "score",
            "fitness",
            "functional",
            "fc",
            "foldchange",
            "enrich",
            "activity",
            "abundance",
            "binding",
            "growth",
            "llr",
            "effect",
            "deltag",
            "δg",
        ];
        (is(&tolerated) || plain.starts_with("dg")).then_some(Self::HigherIsTolerated)
    }
}

impl ScanMethod {
    /// Every method, those that need no download first.
    pub const ALL: [Self; 9] = [
        Self::Stability,
        Self::Structure,
        Self::Combined,
        Self::Lor,
        Self::RsaLor,
        Self::WildTypeMarginals,
        Self::MaskedMarginals,
        Self::EsmDance,
        Self::SeqDance,
    ];

    /// The name in options and files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Stability => "stability",
            Self::Structure => "structure",
            Self::Combined => "combined",
            Self::Lor => "lor",
            Self::RsaLor => "rsalor",
            Self::WildTypeMarginals => "wt-marginals",
            Self::MaskedMarginals => "masked-marginals",
            Self::EsmDance => "esmdance",
            Self::SeqDance => "seqdance",
        }
    }

    /// The method of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.id() == id)
    }

    /// The unit of the score, as written beside it.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Stability => "kcal/mol",
            Self::Combined => "percentile",
            Self::Structure
            | Self::Lor
            | Self::RsaLor
            | Self::WildTypeMarginals
            | Self::MaskedMarginals => "nat",
            Self::EsmDance | Self::SeqDance => "relative change",
        }
    }

    /// What a larger score means.
    #[must_use]
    pub fn direction(self) -> Direction {
        match self {
            Self::Structure | Self::WildTypeMarginals | Self::MaskedMarginals => {
                Direction::HigherIsTolerated
            }
            Self::Stability
            | Self::Combined
            | Self::Lor
            | Self::RsaLor
            | Self::EsmDance
            | Self::SeqDance => Direction::HigherIsDamaging,
        }
    }

    /// Why a variant has no score, or not all of its numbers.
    #[must_use]
    pub fn why_unscored(self, protein: &Protein, variant: &[Substitution]) -> String {
        let residues = || variant.iter().map(|s| &protein.residues[s.index]);
        if self.needs_structure() {
            let incomplete = residues().find_map(|residue| {
                let lacks = |atom: &&str| residue.atom(atom).is_none();
                let lacking: Vec<&str> = ["N", "CA", "C"].into_iter().filter(lacks).collect();
                match (lacking.is_empty(), residue.atoms.is_empty()) {
                    (true, _) => None,
                    (_, true) => Some(format!("the structure lacks residue {}", residue.id)),
                    _ => Some(format!(
                        "residue {} lacks {}",
                        residue.id,
                        lacking.join(", ")
                    )),
                }
            });
            let reason = || match self {
                Self::RsaLor => without_column(protein, variant),
                _ => format!("{} gives no number here", self.id()),
            };
            return incomplete.unwrap_or_else(reason);
        }
        if self == Self::Lor {
            return without_column(protein, variant);
        }
        let mut chains = residues().map(|r| &r.id.chain);
        let first = chains.next();
        let predicts = matches!(self, Self::EsmDance | Self::SeqDance);
        if predicts && chains.any(|chain| Some(chain) != first) {
            return format!(
                "{} scores no substitutions in several chains at once",
                self.id()
            );
        }
        "NaN from the weights".to_owned()
    }

    /// Whether the method reads a structure rather than a sequence.
    #[must_use]
    pub fn needs_structure(self) -> bool {
        matches!(
            self,
            Self::Stability | Self::Structure | Self::Combined | Self::RsaLor
        )
    }

    /// Whether the method cannot do without an alignment.
    #[must_use]
    pub fn needs_alignment(self) -> bool {
        matches!(self, Self::Lor | Self::RsaLor)
    }

    /// Whether an alignment that is given changes the score.
    #[must_use]
    pub fn reads_alignment(self) -> bool {
        self.needs_alignment() || self == Self::Combined
    }

    /// Whether the score of several substitutions is the sum of those of the single ones, by definition.
    #[must_use]
    pub fn is_additive(self) -> bool {
        self.needs_structure() || self.needs_alignment()
    }
}

fn without_column(protein: &Protein, variant: &[Substitution]) -> String {
    let residues = variant
        .iter()
        .map(|s| protein.residues[s.index].id.to_string());
    let residues: Vec<String> = residues.collect();
    format!("the alignment has no column for {}", residues.join(" or "))
}

/// Scores of the L × 20 single substitutions of a sequence or protein.
#[derive(Debug, Clone, PartialEq)]
pub struct MutationMap {
    /// How the scores were made.
    pub method: ScanMethod,
    /// The residue at each position, `None` where it is no standard one.
    pub wild_type: Vec<Option<AminoAcid>>,
    /// (L, 20), columns in the order of [`AminoAcid::ALL`]; 0 at the wild type, NaN where not (yet) scored.
    pub score: Matrix,
    /// One (L, 20) matrix a dynamic property (`d_sasa_mean`, …) for the dynamics methods.
    pub properties: Vec<(String, Matrix)>,
    /// Positions at which two windows of a long sequence meet.
    pub seams: Vec<usize>,
}

impl MutationMap {
    /// A map of that method with no score yet.
    #[must_use]
    pub fn unscored(method: ScanMethod, wild_type: Vec<Option<AminoAcid>>) -> Self {
        let score = Matrix::filled(wild_type.len(), AminoAcid::ALL.len(), f64::NAN);
        Self {
            method,
            wild_type,
            score,
            properties: Vec::new(),
            seams: Vec::new(),
        }
    }

    /// The same with a matrix of nothing for each of these properties.
    #[must_use]
    pub fn unscored_with(
        method: ScanMethod,
        wild_type: Vec<Option<AminoAcid>>,
        properties: impl IntoIterator<Item = String>,
    ) -> Self {
        let map = Self::unscored(method, wild_type);
        let empty = |name| (name, map.score.clone());
        Self {
            properties: properties.into_iter().map(empty).collect(),
            ..map
        }
    }

    /// Every single substitution of the standard residues, by position, then by the letter of the mutant.
    pub fn substitutions(&self) -> impl Iterator<Item = Substitution> + '_ {
        let standard = self.wild_type.iter().enumerate();
        standard.flat_map(|(index, wild_type)| {
            wild_type
                .iter()
                .flat_map(move |&wild_type| Substitution::all_at(index, wild_type))
        })
    }

    /// Whether every score of a position is there.
    #[must_use]
    pub fn is_scored(&self, position: usize) -> bool {
        self.score.row(position).iter().all(|s| s.is_finite())
    }

    /// The positions at which every score is there.
    pub fn scored(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.score.rows()).filter(|&position| self.is_scored(position))
    }

    /// Takes these positions' rows from a map with the same properties; nothing from another.
    pub fn take_rows(&mut self, from: &Self, positions: &[usize]) {
        let names = |map: &Self| {
            map.properties
                .iter()
                .map(|(n, _)| n.clone())
                .collect::<Vec<_>>()
        };
        if names(self) != names(from) || self.score.rows() != from.score.rows() {
            return;
        }
        let matrices = self.properties.iter_mut().zip(&from.properties);
        let matrices = matrices.map(|((_, to), (_, from))| (to, from));
        for (to, from) in std::iter::once((&mut self.score, &from.score)).chain(matrices) {
            for &position in positions {
                to.row_mut(position).copy_from_slice(from.row(position));
            }
        }
    }

    /// The score of a substitution; NaN where not scored.
    #[must_use]
    pub fn score_of(&self, index: usize, mutant: AminoAcid) -> f64 {
        self.score[(index, mutant.index())]
    }

    /// Mean score of the scored substitutions of each position, without the wild type; NaN where there is
    /// none.
    #[must_use]
    pub fn position_means(&self) -> Vec<f64> {
        let mean = |position: usize| {
            let scored: Vec<f64> = AminoAcid::ALL
                .into_iter()
                .filter(|a| self.wild_type[position] != Some(*a))
                .map(|a| self.score_of(position, a))
                .filter(|s| s.is_finite())
                .collect();
            scored.iter().sum::<f64>() / scored.len() as f64
        };
        (0..self.wild_type.len()).map(mean).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_leave_out_the_wild_type() {
        let score = Matrix::from_fn(1, 20, |_, j| if j == 0 { 0.0 } else { -2.0 });
        let map = MutationMap {
            score,
            ..MutationMap::unscored(ScanMethod::Stability, vec![Some(AminoAcid::Ala)])
        };
        assert_eq!(map.position_means(), [-2.0]);
    }
}
