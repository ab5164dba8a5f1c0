//! A file and the part of it that is meant: `1ake.pdb`, `4hhb.cif:B`, `2k39.pdb#3`, `4hhb.cif:A,B#1`.

use std::path::Path;
use std::sync::Arc;

use super::open::{EXAMPLE, open};
use crate::protein::{Around, ChainChoice, Opened, Protein, Structure};

/// As written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPart {
    /// What is opened; empty where the part is of a file that is open already: `:B`, `#3`.
    pub what: String,
    pub chains: ChainChoice,
    /// From 0.
    pub model: usize,
}

impl NamedPart {
    /// Reads it; a whole text that is a file is the file.
    ///
    /// # Errors
    /// A number of a model that is none, or no chain after the colon.
    pub fn parse(text: &str) -> Result<Self, String> {
        let whole = Self {
            what: text.to_owned(),
            chains: ChainChoice::First,
            model: 0,
        };
        if Path::new(text).exists() {
            return Ok(whole);
        }
        let (rest, model) = match text.rsplit_once('#') {
            Some((rest, number)) => {
                let number = number.parse().ok().filter(|n: &usize| *n > 0);
                let number = number.ok_or_else(|| {
                    format!("{text}: after # comes the place of a model, from 1: 2k39.pdb#3")
                })?;
                (rest, number - 1)
            }
            None => (text, 0),
        };
        let is_example = |what: &str| what == EXAMPLE.trim_end_matches(':');
        let split = rest.rsplit_once(':').filter(|(what, chains)| {
            !is_example(what) && !chains.contains(['/', '\\']) && !Path::new(rest).exists()
        });
        let (what, chains) = match split {
            Some((what, chains)) => {
                let chains = chains.parse().map_err(|e| format!("{text}: {e}"))?;
                (what, chains)
            }
            None => (rest, ChainChoice::First),
        };
        Ok(Self {
            what: what.to_owned(),
            chains,
            model,
        })
    }

    /// Opens the file, which must hold one structure, and takes the part with its neighbours; of `base` where no
    /// file is named.
    ///
    /// # Errors
    /// In words.
    pub fn take(&self, base: Option<&Arc<Structure>>, around: &Around) -> Result<Taken, String> {
        let (structure, warnings) = match base {
            Some(base) if self.what.is_empty() => (Arc::clone(base), Vec::new()),
            _ => self.opened()?,
        };
        let structure = structure.with_around(around.clone());
        let structure = structure.map_err(|e| e.to_string())?;
        let protein = structure.protein(self.model, &self.chains);
        let protein = protein.map_err(|e| format!("{}: {e}", structure.name))?;
        Ok(Taken {
            structure,
            protein: Arc::new(protein),
            warnings,
        })
    }

    fn opened(&self) -> Result<(Arc<Structure>, Vec<String>), String> {
        let opened: Opened = open(Path::new(&self.what), None).map_err(|e| e.to_string())?;
        match (opened.len(), opened.structure(0)) {
            (1, Some(structure)) => Ok((structure, opened.warnings)),
            (n, _) => Err(format!(
                "{}: {n} sequences; one structure is needed",
                self.what
            )),
        }
    }
}

/// A part that was opened.
#[derive(Debug, Clone)]
pub struct Taken {
    pub structure: Arc<Structure>,
    pub protein: Arc<Protein>,
    /// What the reader had to say.
    pub warnings: Vec<String>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_read_from_its_name() {
        let named =
            |names: &[&str]| ChainChoice::Named(names.iter().map(|n| (*n).to_owned()).collect());
        for (text, what, chains, model) in [
            ("none.pdb", "none.pdb", ChainChoice::First, 0),
            ("none.pdb:B", "none.pdb", named(&["B"]), 0),
            ("none.pdb:A,B#2", "none.pdb", named(&["A", "B"]), 1),
            (
                "example:1ake.pdb",
                "example:1ake.pdb",
                ChainChoice::First,
                0,
            ),
            (
                "example:1ake.pdb:all",
                "example:1ake.pdb",
                ChainChoice::All,
                0,
            ),
            (":B", "", named(&["B"]), 0),
            ("#3", "", ChainChoice::First, 2),
        ] {
            let part = NamedPart::parse(text).unwrap();
            assert_eq!(
                (part.what.as_str(), part.chains, part.model),
                (what, chains, model)
            );
        }
        for text in ["x.pdb#0", "x.pdb#a", "x.pdb:"] {
            assert!(
                NamedPart::parse(text).unwrap_err().starts_with(text),
                "{text}"
            );
        }
    }
}
