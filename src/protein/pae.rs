//! The predicted aligned error (PAE) of a predicted model: how far off in Å residue j is expected to be when
//! the model is laid on the truth by residue i.

mod arrays;
mod json;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;

use std::collections::HashMap;
use std::io::{self, BufRead};

use super::{Protein, Structure};
use crate::numeric::Matrix;

/// Rows and columns that are read at most: 16 bytes a pair are held while they are.
pub const MOST_TOKENS: usize = 12_000;

/// Why a PAE cannot be read, or is not of this protein.
#[derive(Debug, thiserror::Error)]
pub enum PaeError {
    /// Not JSON or npz, cut short, or stopped.
    #[error("{file}: {what}")]
    Malformed { file: String, what: String },
    /// A file without a PAE.
    #[error(
        "{0}: there is no PAE in it; known are predicted_aligned_error or residue1, residue2 and distance (AlphaFold DB), pae (ColabFold, AlphaFold 3) in JSON, and pae in npz or npy (Boltz, Chai)"
    )]
    Foreign(String),
    /// The residues are others.
    #[error("{file}: the PAE is of {tokens} residues; {loaded}: give that of this model")]
    OtherLength {
        file: String,
        tokens: usize,
        loaded: String,
    },
    /// A residue that is loaded is not in it.
    #[error("{file}: the PAE has no residue {residue}: give that of this model")]
    NoResidue { file: String, residue: String },
}

/// A chain's name and a residue's number in it.
type Token = (String, i32);

/// A PAE as a file has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pae {
    file: String,
    /// Row by row: the row is what is laid on, the column what is off.
    error_angstrom: Vec<f32>,
    tokens: usize,
    /// What the rows are; empty where the file does not say.
    names: Vec<Token>,
}

impl Pae {
    /// Reads a file of any known form; `name` is said in errors and tells arrays from JSON.
    ///
    /// # Errors
    /// [`PaeError`]; what `from` answers is said in words.
    pub fn read(name: &str, mut from: impl BufRead) -> Result<Self, PaeError> {
        let malformed = |e: io::Error| PaeError::Malformed {
            file: name.to_owned(),
            what: e.to_string(),
        };
        let start = from.fill_buf().map_err(malformed)?;
        let content = if start.starts_with(b"PK") {
            arrays::npz(from).map_err(malformed)?
        } else if start.starts_with(b"\x93NUMPY") {
            Some(arrays::npy(from).map_err(malformed)?)
        } else {
            json::read(from).map_err(malformed)?
        };
        let content = content.ok_or_else(|| PaeError::Foreign(name.to_owned()))?;
        let Content {
            values,
            columns,
            names,
        } = content;
        let fault = if columns == 0 || columns * columns != values.len() {
            Some(format!(
                "the PAE is not square: {} values in rows of {columns}",
                values.len()
            ))
        } else if let Some(at) = values.iter().position(|v| !v.is_finite() || *v < 0.0) {
            let (row, column) = (at / columns + 1, at % columns + 1);
            Some(format!(
                "row {row}, column {column} of the PAE is {}, no distance",
                values[at]
            ))
        } else if !names.is_empty() && names.len() != columns {
            let named = names.len();
            Some(format!("{named} tokens are named, the PAE is of {columns}"))
        } else {
            None
        };
        match fault {
            Some(what) => Err(PaeError::Malformed {
                file: name.to_owned(),
                what,
            }),
            None => Ok(Self {
                file: name.to_owned(),
                error_angstrom: values,
                tokens: columns,
                names,
            }),
        }
    }

    /// Its rows.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// The rows of the loaded residues, and how they were found.
    ///
    /// # Errors
    /// When it is the PAE of something else.
    pub fn rows(
        &self,
        structure: &Structure,
        protein: &Protein,
    ) -> Result<(Vec<usize>, &'static str), PaeError> {
        if !self.names.is_empty() {
            return Ok((self.named(protein)?, "by chain and number"));
        }
        if self.tokens == protein.len() {
            return Ok(((0..self.tokens).collect(), "by position"));
        }
        let model = structure.models.iter().find(|m| m.number == protein.model);
        let chains = model.map_or(&[][..], |m| &m.chains);
        let whole: Vec<_> = chains
            .iter()
            .flat_map(|c| c.residues.iter().map(|r| &r.id))
            .collect();
        if self.tokens == whole.len() {
            let place: HashMap<_, _> = whole.iter().enumerate().map(|(i, id)| (*id, i)).collect();
            let row = |id| place.get(id).copied();
            let rows: Option<Vec<usize>> = protein.residues.iter().map(|r| row(&r.id)).collect();
            if let Some(rows) = rows {
                return Ok((rows, "by position in the whole model"));
            }
        }
        // A model of which a part was cut out keeps the numbers of its sequence.
        let numbered = |r: &super::Residue| {
            let number = usize::try_from(r.id.number).ok()?;
            let is_one = (1..=self.tokens).contains(&number) && r.id.insertion_code.is_none();
            is_one.then(|| number - 1)
        };
        let rows: Option<Vec<usize>> = protein.residues.iter().map(numbered).collect();
        if let Some(rows) = rows.filter(|_| protein.chains().len() == 1 && chains.len() <= 1) {
            return Ok((rows, "by number"));
        }
        let loaded = if whole.len() == protein.len() || whole.is_empty() {
            format!("{} are loaded", protein.len())
        } else {
            format!("{} are loaded, of {}", protein.len(), whole.len())
        };
        Err(PaeError::OtherLength {
            file: self.file.clone(),
            tokens: self.tokens,
            loaded,
        })
    }

    fn named(&self, protein: &Protein) -> Result<Vec<usize>, PaeError> {
        let mut place: HashMap<(&str, i32), usize> = HashMap::new();
        for (row, (chain, number)) in self.names.iter().enumerate() {
            // A modified residue has a token an atom.
            place.entry((chain, *number)).or_insert(row);
        }
        let found = |r: &super::Residue| {
            let row = place.get(&(r.id.chain.as_str(), r.id.number)).copied();
            row.ok_or_else(|| PaeError::NoResidue {
                file: self.file.clone(),
                residue: r.id.to_string(),
            })
        };
        protein.residues.iter().map(found).collect()
    }

    /// The errors between those rows, in Å.
    #[must_use]
    pub fn between(&self, rows: &[usize]) -> Matrix {
        let at = |i: usize, j: usize| self.error_angstrom[rows[i] * self.tokens + rows[j]];
        Matrix::from_fn(rows.len(), rows.len(), |i, j| f64::from(at(i, j)))
    }
}

/// What a reader found, unchecked.
#[derive(Debug, Default)]
struct Content {
    values: Vec<f32>,
    columns: usize,
    names: Vec<Token>,
}
