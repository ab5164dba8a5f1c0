//! Names of chains and residues that have no room in their columns, and what they are written as.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::numbered;
use crate::protein::{AminoAcid, Protein, Residue};

/// Names that one column has room for.
const CHAINS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Columns of a residue's name. The fourth is a blank in the Protein Data Bank; simulation programs write there.
const WIDTH: usize = 4;

/// One letter for every chain, its own where it has one letter; names of residues up to four letters.
#[derive(Debug, Clone, PartialEq)]
pub struct Names {
    chains: BTreeMap<String, char>,
    residues: BTreeMap<String, String>,
}

impl Names {
    /// Letters for the chains of a protein.
    ///
    /// # Errors
    /// When there are more chains than letters.
    pub fn of(protein: &Protein) -> io::Result<Self> {
        let mut letters = BTreeMap::new();
        let names: Vec<&String> = protein.residues.iter().map(|r| &r.id.chain).collect();
        for name in &names {
            let mut characters = name.chars();
            match (characters.next(), characters.next()) {
                (Some(one), None) if one.is_ascii_graphic() => {
                    letters.insert((*name).clone(), one);
                }
                (None, _) => {
                    letters.insert((*name).clone(), ' ');
                }
                _ => {}
            }
        }
        for name in names {
            if letters.contains_key(name) {
                continue;
            }
            let free = CHAINS.chars().find(|c| !letters.values().any(|l| l == c));
            let letter = free.ok_or_else(|| {
                io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "a PDB file has room for 62 chains; choose some with --chain, or use --npz",
                )
            })?;
            letters.insert(name.clone(), letter);
        }
        let mut residues = BTreeMap::new();
        for name in protein.residues.iter().map(|r| &r.name) {
            if name.len() > WIDTH && !residues.contains_key(name) {
                residues.insert(name.clone(), format!("~{:02}", residues.len() % 100));
            }
        }
        Ok(Self {
            chains: letters,
            residues,
        })
    }

    /// The letter of a chain.
    #[must_use]
    pub fn chain(&self, name: &str) -> char {
        self.chains.get(name).copied().unwrap_or(' ')
    }

    /// Columns 18 to 21.
    pub(super) fn residue(&self, residue: &Residue) -> String {
        let name = self.short(residue);
        if name.len() < WIDTH {
            format!("{name:>3} ")
        } else {
            name.to_owned()
        }
    }

    fn short<'a>(&'a self, residue: &'a Residue) -> &'a str {
        let replaced = self.residues.get(&residue.name);
        replaced.map_or(&residue.name, String::as_str)
    }

    pub(super) fn remarks(&self) -> Vec<String> {
        let long = |(name, _): &(&String, &char)| name.chars().count() > 1;
        let chains = self.chains.iter().filter(long);
        let chains = chains.map(|(name, letter)| format!("CHAIN {name} IS WRITTEN AS {letter}"));
        let residues = self.residues.iter();
        let residues =
            residues.map(|(name, short)| format!("RESIDUE {name} IS WRITTEN AS {short}"));
        chains.chain(residues).collect()
    }

    /// `MODRES`: the amino acid behind each residue whose name does not say it.
    pub(super) fn parents(&self, protein: &Protein, out: &mut impl Write) -> io::Result<()> {
        for residue in &protein.residues {
            let Some(parent) = residue.amino_acid else {
                continue;
            };
            let name = self.short(residue);
            if AminoAcid::from_three_letters(name).is_none() && name.len() < WIDTH {
                writeln!(
                    out,
                    "MODRES      {name:>3} {} {} {}",
                    self.chain(&residue.id.chain),
                    numbered(residue)?,
                    parent.three_letters()
                )?;
            }
        }
        Ok(())
    }
}
