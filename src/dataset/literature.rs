//! Substitutions measured one by one over decades: `stability/literature.{csv.gz,fasta,safetensors}`. The
//! chains are backbones only.

use std::path::Path;

use super::DatasetError;
use super::chains::protein;
use super::dynamics::{ChainRow, Collection};
use super::stability::{Measured, MeasuredProtein, rows, unpacked};
use crate::protein::AminoAcid;

/// The chains with their measured ΔΔG, in the order of the FASTA file.
///
/// # Errors
/// [`DatasetError`] naming file and row.
pub fn literature(data: &Path) -> Result<Vec<MeasuredProtein>, DatasetError> {
    let of = |ending: &str| data.join(format!("stability/literature.{ending}"));
    let fasta = super::read(&of("fasta"))?;
    let chains = Collection::of(
        of("safetensors"),
        of_fasta(&String::from_utf8_lossy(&fasta)),
    )?;
    let table = of("csv.gz");
    let columns = ["chain", "index", "wild_type", "mutant", "DDG"];
    let measured = rows(&table, &unpacked(&table)?, columns)?;
    let backbones = chains.backbones()?;
    let of_chain = |(row, atoms): (&ChainRow, &Vec<_>)| {
        let protein = protein(row, atoms);
        let own = measured.iter().filter(|r| r[0] == row.id);
        let substitutions = own.map(|[_, index, wild_type, mutant, value]| {
            let site: usize = index.parse().ok()?;
            let letter = |text: &str| AminoAcid::from_letter(text.chars().next()?);
            let wild_type = letter(wild_type)?;
            let there = protein.residues.get(site)?.amino_acid;
            (there == Some(wild_type)).then_some(Measured {
                site,
                wild_type,
                mutant: letter(mutant)?,
                value: value.parse().ok()?,
                published: None,
            })
        });
        let substitutions: Option<Vec<Measured>> = substitutions.collect();
        let substitutions = substitutions.ok_or_else(|| {
            let problem = format!("a row of {} does not fit its sequence", row.id);
            DatasetError::malformed(&table, problem)
        })?;
        Ok(MeasuredProtein {
            name: row.id.clone(),
            protein,
            substitutions,
        })
    };
    chains.rows.iter().zip(&backbones).map(of_chain).collect()
}

fn of_fasta(text: &str) -> Vec<ChainRow> {
    let records = text.split('>').skip(1);
    let row = |record: &str| {
        let (header, sequence) = record.split_once('\n').unwrap_or((record, ""));
        ChainRow {
            set: "literature".to_owned(),
            split: "train".to_owned(),
            id: header.split_whitespace().next().unwrap_or("").to_owned(),
            resolution: None,
            tls: false,
            contact_correlation: None,
            sequence: sequence.split_whitespace().collect(),
        }
    };
    records.map(row).collect()
}
