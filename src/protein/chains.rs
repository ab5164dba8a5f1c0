//! The choice of model and chains, and finding residues by what the author called them.

use std::sync::Arc;

use super::assembly::AssemblyError;
use super::backbone::{ALPHA_CARBON_LIMIT, PEPTIDE_BOND_LIMIT};
use super::names::parse_residue;
use super::{Protein, Residue, ResidueId, Structure};

/// Which chains of a model are studied.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum ChainChoice {
    /// The first protein chain of the file.
    #[default]
    First,
    /// Every protein chain, in file order.
    All,
    /// These, in the order given.
    Named(Vec<String>),
}

impl std::str::FromStr for ChainChoice {
    type Err = ChainError;

    /// `A`, `A,B` or `all`.
    fn from_str(text: &str) -> Result<Self, ChainError> {
        if text.eq_ignore_ascii_case("all") {
            return Ok(Self::All);
        }
        let names: Vec<String> = text
            .split(',')
            .map(|n| n.trim().to_owned())
            .filter(|n| !n.is_empty())
            .collect();
        if names.is_empty() {
            return Err(ChainError::NoName);
        }
        Ok(Self::Named(names))
    }
}

impl std::fmt::Display for ChainChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::First => write!(f, "first"),
            Self::All => write!(f, "all"),
            Self::Named(names) => write!(f, "{}", names.join(",")),
        }
    }
}

/// Why a choice of model and chains gives no protein.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The structure has fewer models.
    #[error("there is no model {asked}; {name} has {models}")]
    NoModel {
        /// Counted from 1.
        asked: usize,
        /// Models there are.
        models: usize,
        /// Name of the structure.
        name: String,
    },
    /// No protein chain of that name.
    #[error("there is no protein chain '{asked}'; {name} has {}", .chains.join(", "))]
    NoChain {
        /// The name.
        asked: String,
        /// The chains there are.
        chains: Vec<String>,
        /// Name of the structure.
        name: String,
    },
    /// They are not in the assembly that was chosen.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// An empty choice.
    #[error("no chain is named; write one, several as A,B or 'all'")]
    NoName,
}

impl Structure {
    /// Names of the protein chains of a model (0-based), in file order.
    #[must_use]
    pub fn chain_names(&self, model: usize) -> Vec<&str> {
        self.models.get(model).map_or_else(Vec::new, |m| {
            m.chains.iter().map(|c| c.id.as_str()).collect()
        })
    }

    /// The residues of the chosen chains of a model (0-based) as one list.
    ///
    /// # Errors
    /// [`ChainError`] naming the models or chains there are, or that the assembly lacks them.
    pub fn protein(&self, model: usize, chains: &ChainChoice) -> Result<Protein, ChainError> {
        let chosen = self.models.get(model).ok_or_else(|| ChainError::NoModel {
            asked: model + 1,
            models: self.models.len(),
            name: self.name.clone(),
        })?;
        // A bare sequence has no name to be chosen by.
        let is_nameless = chosen.chains.iter().all(|c| c.id.is_empty());
        let residues: Vec<Residue> = match chains {
            _ if is_nameless => chosen
                .chains
                .iter()
                .flat_map(|c| c.residues.clone())
                .collect(),
            ChainChoice::First => chosen
                .chains
                .first()
                .map_or_else(Vec::new, |c| c.residues.clone()),
            ChainChoice::All => chosen
                .chains
                .iter()
                .flat_map(|c| c.residues.clone())
                .collect(),
            ChainChoice::Named(names) => {
                let mut residues = Vec::new();
                for (at, name) in names.iter().enumerate() {
                    let chain = chosen.chains.iter().find(|c| c.id == *name);
                    let chain = chain.ok_or_else(|| ChainError::NoChain {
                        asked: name.clone(),
                        chains: self
                            .chain_names(model)
                            .into_iter()
                            .map(str::to_owned)
                            .collect(),
                        name: self.name.clone(),
                    })?;
                    if !names[..at].contains(name) {
                        residues.extend(chain.residues.clone());
                    }
                }
                residues
            }
        };
        let mut taken: Vec<&str> = residues.iter().map(|r| r.id.chain.as_str()).collect();
        taken.dedup();
        let context = Arc::new(self.context(chosen, &taken)?);
        Ok(Protein {
            context,
            seqres: Arc::clone(&chosen.seqres),
            name: self.name.clone(),
            model: chosen.number,
            residues,
            b_column: self.b_column,
        })
    }
}

/// Why text names no residue of a protein.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResidueError {
    /// Not of the form `42`, `42A`, `A:42`, `A:42A`.
    #[error("'{0}' is not a residue; write 42, 42A (insertion code A), A:42 or A:42A")]
    Unreadable(String),
    /// No such residue.
    #[error("there is no residue {0}")]
    Absent(String),
    /// Several chains have it.
    #[error("residue {asked} is in several chains; write one of {}", .places.join(", "))]
    Ambiguous {
        /// As asked for.
        asked: String,
        /// With their chains.
        places: Vec<String>,
    },
}

impl Protein {
    /// The position of a residue by the author's numbering; the first where the id repeats.
    #[must_use]
    pub fn index_of(&self, id: &ResidueId) -> Option<usize> {
        self.residues.iter().position(|r| r.id == *id)
    }

    /// The position of a residue as people write it: `A:42A`, or `42` where one chain has it.
    ///
    /// # Errors
    /// [`ResidueError`] saying what to write instead.
    pub fn find(&self, text: &str) -> Result<usize, ResidueError> {
        let text = text.trim();
        let written =
            parse_residue(text).ok_or_else(|| ResidueError::Unreadable(text.to_owned()))?;
        let mut found: Vec<usize> = (0..self.len())
            .filter(|&i| {
                let residue = &self.residues[i];
                let (id, asked) = (&residue.id, &written.id);
                (id.number, id.insertion_code) == (asked.number, asked.insertion_code)
                    && (asked.chain.is_empty() || id.chain == asked.chain)
                    && (written.wild_type.is_none() || written.wild_type == residue.amino_acid)
            })
            .collect();
        found.dedup_by_key(|i| &self.residues[*i].id);
        match found[..] {
            [] => Err(ResidueError::Absent(text.to_owned())),
            [only] => Ok(only),
            _ => Err(ResidueError::Ambiguous {
                asked: text.to_owned(),
                places: found
                    .iter()
                    .map(|&i| self.residues[i].id.to_string())
                    .collect(),
            }),
        }
    }

    /// The chains as runs of the residue list: name and range, in order.
    #[must_use]
    pub fn chains(&self) -> Vec<(&str, std::ops::Range<usize>)> {
        let mut start = 0;
        self.residues
            .chunk_by(|a, b| a.id.chain == b.id.chain)
            .map(|run| {
                let range = start..start + run.len();
                start = range.end;
                (run[0].id.chain.as_str(), range)
            })
            .collect()
    }

    /// For every residue the number of its chain.
    #[must_use]
    pub fn chain_numbers(&self) -> Vec<u32> {
        let chains = self.chains().into_iter().zip(0..);
        chains
            .flat_map(|((_, range), number)| std::iter::repeat_n(number, range.len()))
            .collect()
    }

    /// For each neighbouring pair whether the residues are bonded (length N − 1): C–N within
    /// [`PEPTIDE_BOND_LIMIT`], or Cα–Cα within [`ALPHA_CARBON_LIMIT`] where N or C is missing. A bare
    /// sequence is taken as whole.
    #[must_use]
    pub fn bonded(&self) -> Vec<bool> {
        if !self.has_coordinates() {
            return vec![true; self.len().saturating_sub(1)];
        }
        self.residues
            .windows(2)
            .map(|pair| bonded(&pair[0], &pair[1]))
            .collect()
    }
}

fn bonded(a: &Residue, b: &Residue) -> bool {
    let near = |p: Option<_>, q: Option<_>, limit: f64| -> Option<bool> {
        let (p, q): (crate::numeric::Vec3, crate::numeric::Vec3) = (p?, q?);
        Some((p - q).norm() <= limit)
    };
    a.id.chain == b.id.chain
        && near(a.position("C"), b.position("N"), PEPTIDE_BOND_LIMIT)
            .or_else(|| near(a.position("CA"), b.position("CA"), ALPHA_CARBON_LIMIT))
            .unwrap_or(false)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::protein::Sequence;
    use crate::protein::read::read_bytes;

    fn two_chains() -> Structure {
        let mut text = String::new();
        for (serial, (chain, number, x)) in [
            ('A', " -1 ", 0.0),
            ('A', "  5 ", 3.8),
            ('A', "  5A", 7.6),
            ('A', "  9 ", 20.0),
            ('B', "  5 ", 50.0),
        ]
        .iter()
        .enumerate()
        {
            use std::fmt::Write as _;
            writeln!(
                text,
                "ATOM  {serial:5}  CA  GLY {chain}{number:>5}   {x:8.3}{:8.3}{:8.3}  1.00  0.00",
                0.0, 0.0
            )
            .unwrap();
        }
        read_bytes("two.pdb", text.as_bytes()).unwrap().0
    }

    #[test]
    fn chains_are_chosen_by_name() {
        let s = two_chains();
        let count = |c: &str| s.protein(0, &c.parse().unwrap()).map(|p| p.len());
        assert_eq!(s.protein(0, &ChainChoice::First).unwrap().len(), 4);
        assert_eq!(count("all"), Ok(5));
        assert_eq!(count("B"), Ok(1));
        assert_eq!(count("B,A,B"), Ok(5));
        let error = count("Z").unwrap_err().to_string();
        assert_eq!(error, "there is no protein chain 'Z'; two has A, B");
        let error = s.protein(1, &ChainChoice::All).unwrap_err().to_string();
        assert_eq!(error, "there is no model 2; two has 1");
        let all = s.protein(0, &ChainChoice::All).unwrap();
        assert_eq!(all.chains(), [("A", 0..4), ("B", 4..5)]);
    }

    #[test]
    fn a_bare_sequence_is_a_protein_without_coordinates() {
        let sequence = Sequence::new("s", "MUXBAK").unwrap();
        let structure = Structure::of_sequence(&sequence);
        for choice in ["A", "A,B", "all"] {
            let protein = structure.protein(0, &choice.parse().unwrap()).unwrap();
            assert_eq!(protein, Protein::of_sequence(&sequence), "{choice}");
        }
        let protein = Protein::of_sequence(&sequence);
        assert_eq!(protein.letters(), sequence.letters());
        assert_eq!(protein.bonded(), [true; 5]);
        assert_eq!(protein.residues[4].id.to_string(), "5");
        assert_eq!(protein.find("A:5"), Err(ResidueError::Absent("A:5".into())));
        let refused = protein.require_coordinates("motion").unwrap_err();
        assert!(refused.to_string().starts_with("s is a sequence without"));
        let complex = two_chains().protein(0, &ChainChoice::All).unwrap();
        assert_eq!(complex.require_coordinates("motion"), Ok(()));
    }

    #[test]
    fn residues_are_found_as_people_write_them() {
        let p = two_chains().protein(0, &ChainChoice::All).unwrap();
        assert_eq!(p.find("-1"), Ok(0));
        assert_eq!(p.find("A:5"), Ok(1));
        assert_eq!(p.find("5A"), Ok(2));
        assert_eq!(p.find("B:5"), Ok(4));
        assert!(matches!(p.find("5"), Err(ResidueError::Ambiguous { .. })));
        assert!(matches!(p.find("A:7"), Err(ResidueError::Absent(_))));
        for bad in ["", "A", ":5", "5AB", "x:y"] {
            assert!(
                matches!(p.find(bad), Err(ResidueError::Unreadable(_))),
                "{bad}"
            );
        }
    }

    #[test]
    fn bonds_are_seen() {
        let p = two_chains().protein(0, &ChainChoice::All).unwrap();
        assert_eq!(p.bonded(), [true, true, false, false]);
    }
}
