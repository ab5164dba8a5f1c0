//! mmCIF files with a value of each residue in the B column.

use std::io::{self, Write};

use crate::protein::{AminoAcid, Atom, Protein, Residue};
use crate::study::{DynamicsReport, Provenance};

const COLUMNS: [&str; 18] = [
    "group_PDB",
    "id",
    "type_symbol",
    "label_atom_id",
    "label_alt_id",
    "label_comp_id",
    "label_asym_id",
    "label_entity_id",
    "label_seq_id",
    "pdbx_PDB_ins_code",
    "Cartn_x",
    "Cartn_y",
    "Cartn_z",
    "occupancy",
    "B_iso_or_equiv",
    "auth_seq_id",
    "auth_asym_id",
    "pdbx_PDB_model_num",
];

/// Writes all atoms of the residues under study with the RMSF of their residue in Å as B-factor;
/// unknown (`?`) where there is none.
///
/// # Errors
/// When `out` cannot be written.
pub fn dynamics(report: &DynamicsReport, out: impl Write) -> io::Result<()> {
    let about = "RMSF of the residue in Angstrom";
    b_column(
        &report.protein,
        &report.rmsf_angstrom,
        &report.provenance,
        about,
        out,
    )
}

/// Writes all atoms with one value a residue in the B column; `about` says what it is.
///
/// # Errors
/// When `out` cannot be written.
pub fn b_column(
    protein: &Protein,
    values: &[f64],
    provenance: &Provenance,
    about: &str,
    mut out: impl Write,
) -> io::Result<()> {
    let name: String = protein
        .name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    writeln!(
        out,
        "data_{}",
        if name.is_empty() { "model" } else { &name }
    )?;
    writeln!(
        out,
        "#\nloop_\n_dynascope_provenance.name\n_dynascope_provenance.value"
    )?;
    for (name, value) in provenance.pairs() {
        writeln!(out, "{} {}", quoted(&name), quoted(&value))?;
    }
    writeln!(out, "b_column {}", quoted(about))?;
    writeln!(out, "#\nloop_")?;
    for column in COLUMNS {
        writeln!(out, "_atom_site.{column}")?;
    }
    let mut chain = Chain::default();
    let mut serial = 0;
    for (residue, value) in protein.residues.iter().zip(values) {
        chain.enter(residue);
        for atom in &residue.atoms {
            serial += 1;
            write_atom(residue, atom, serial, &chain, *value, &mut out)?;
        }
    }
    writeln!(out, "#")?;
    out.flush()
}

/// Where in the chains a residue stands.
#[derive(Default)]
struct Chain<'a> {
    name: Option<&'a str>,
    /// From 1.
    entity: usize,
    /// From 1.
    position: usize,
}

impl<'a> Chain<'a> {
    fn enter(&mut self, residue: &'a Residue) {
        if self.name != Some(&residue.id.chain) {
            self.name = Some(&residue.id.chain);
            self.entity += 1;
            self.position = 0;
        }
        self.position += 1;
    }
}

fn write_atom(
    residue: &Residue,
    atom: &Atom,
    serial: usize,
    chain: &Chain<'_>,
    value: f64,
    out: &mut impl Write,
) -> io::Result<()> {
    let standard = AminoAcid::from_three_letters(&residue.name).is_some();
    let p = atom.position;
    let b = if value.is_finite() {
        format!("{value:.4}")
    } else {
        "?".to_owned()
    };
    let code = residue
        .id
        .insertion_code
        .map_or("?".to_owned(), String::from);
    writeln!(
        out,
        "{} {serial} {} {} . {} {} {} {} {code} {:.3} {:.3} {:.3} {:.2} {b} {} {} 1",
        if standard { "ATOM" } else { "HETATM" },
        quoted(&atom.element),
        quoted(&atom.name),
        quoted(&residue.name),
        quoted(&residue.id.chain),
        chain.entity,
        chain.position,
        p.x,
        p.y,
        p.z,
        atom.occupancy,
        residue.id.number,
        quoted(&residue.id.chain),
    )
}

/// A value as CIF takes it.
fn quoted(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-+*/=:,()".contains(c);
    let starts = text
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphanumeric());
    let reserved = ["data_", "loop_", "save_", "stop_", "global_"];
    let is_reserved = reserved
        .iter()
        .any(|r| text.to_ascii_lowercase().starts_with(r));
    if starts && text.chars().all(plain) && !is_reserved {
        text
    } else if !text.contains('\'') {
        format!("'{text}'")
    } else if !text.contains('"') {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\'', ""))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::export::samples;
    use crate::protein::b_column::Other;
    use crate::protein::{BColumn, ChainChoice, read};

    #[test]
    fn the_file_is_read_back_with_its_values() {
        let report = samples::ubiquitin();
        let mut bytes = Vec::new();
        dynamics(&report, &mut bytes).unwrap();
        let (structure, warnings) = read::read_bytes("out.cif", &bytes).unwrap();
        let own = BColumn::Other(Other::OwnRmsf);
        assert_eq!(warnings, [read::Warning::BColumn(own)]);
        let protein = structure.protein(0, &ChainChoice::All).unwrap();
        assert_eq!(protein.len(), report.protein.len());
        for (i, (ours, theirs)) in report
            .protein
            .residues
            .iter()
            .zip(&protein.residues)
            .enumerate()
        {
            assert_eq!(ours.id, theirs.id);
            assert_eq!(ours.atoms.len(), theirs.atoms.len());
            let atom = theirs.atom("CA").unwrap();
            assert!((atom.b_factor - report.rmsf_angstrom[i]).abs() < 1e-4);
            assert!((atom.position - ours.position("CA").unwrap()).norm() < 2e-3);
        }
    }

    #[test]
    fn values_with_spaces_and_quotes_are_quoted() {
        assert_eq!(quoted("CA"), "CA");
        assert_eq!(quoted("O5'"), "\"O5'\"");
        assert_eq!(quoted("two words"), "'two words'");
        assert_eq!(quoted("data_x"), "'data_x'");
        assert_eq!(quoted(""), "''");
    }
}
