//! PDB files with the prediction in them: RMSF in the B column, and ensembles as models.

mod names;

use std::io::{self, Write};

use crate::numeric::{Covariance3, Vec3};
use crate::protein::{AminoAcid, Atom, Protein, Residue};
use crate::study::{DynamicsReport, Provenance, SampleReport, TwoStructuresReport};

pub use names::Names;

/// What the columns of occupancy and B have room for.
const LARGEST: f64 = 999.99;

/// Writes all atoms of the residues under study with the RMSF of their residue in Å as B-factor;
/// 0.00 where it is not known, which a remark counts.
///
/// # Errors
/// When `out` cannot be written, or the structure does not fit the format.
pub fn dynamics(report: &DynamicsReport, mut out: impl Write) -> io::Result<()> {
    let values = &report.rmsf_angstrom;
    let unknown = values.iter().filter(|v| !v.is_finite()).count();
    let mut remarks = vec!["B COLUMN: RMSF OF THE RESIDUE IN ANGSTROM".to_owned()];
    if unknown > 0 {
        remarks.push(format!("{unknown} RESIDUES WITHOUT A VALUE HAVE 0.00"));
    }
    b_column(
        &report.protein,
        values,
        &report.provenance,
        remarks,
        &mut out,
    )
}

/// Writes all atoms with one value a residue in the B column.
///
/// # Errors
/// When `out` cannot be written, or the structure does not fit the format.
pub fn b_column(
    protein: &Protein,
    values: &[f64],
    provenance: &Provenance,
    mut remarks: Vec<String>,
    mut out: impl Write,
) -> io::Result<()> {
    let names = Names::of(protein)?;
    remarks.extend(names.remarks());
    head(provenance, &remarks, &mut out)?;
    names.parents(protein, &mut out)?;
    let atoms = protein
        .residues
        .iter()
        .zip(values)
        .flat_map(|(residue, value)| {
            let b = if value.is_finite() { *value } else { 0.0 };
            residue.atoms.iter().map(move |atom| (residue, atom, b))
        });
    let mut serial = 0;
    write_atoms(&names, atoms, &mut serial, &mut out)?;
    writeln!(out, "END")?;
    out.flush()
}

/// Writes the Cα atoms with the predicted 3 × 3 covariances as ANISOU records and the isotropic B they
/// amount to; residues without a prediction are left out, which a remark counts.
///
/// # Errors
/// When `out` cannot be written, or the structure does not fit the format.
pub fn tensors(report: &DynamicsReport, mut out: impl Write) -> io::Result<()> {
    let protein = &report.protein;
    let names = Names::of(protein)?;
    let atoms: Vec<(&Residue, Atom, f64)> = protein
        .residues
        .iter()
        .zip(&report.dynamics.marginals)
        .filter_map(|(residue, marginal)| {
            let tensor = (*marginal)?;
            let atom = Atom {
                anisou: Some(tensor),
                ..alpha_carbon(residue.position("CA")?)
            };
            let b = 8.0 * std::f64::consts::PI.powi(2) * tensor.trace() / 3.0;
            Some((residue, atom, b))
        })
        .collect();
    let mut remarks = vec![
        "CA ATOMS; ANISOU: PREDICTED COVARIANCE IN 1E-4 ANGSTROM**2".to_owned(),
        "B COLUMN: 8 PI**2 / 3 OF ITS TRACE IN ANGSTROM**2".to_owned(),
    ];
    let left_out = protein.len() - atoms.len();
    if left_out > 0 {
        remarks.push(format!("{left_out} RESIDUES WITHOUT A VALUE ARE LEFT OUT"));
    }
    remarks.extend(names.remarks());
    head(&report.provenance, &remarks, &mut out)?;
    names.parents(protein, &mut out)?;
    let borrowed = atoms.iter().map(|(residue, atom, b)| (*residue, atom, *b));
    write_records(&names, borrowed, &mut 0, true, &mut out)?;
    writeln!(out, "END")?;
    out.flush()
}

/// Writes the samples as models of Cα atoms, with the predicted RMSF in the B column.
///
/// # Errors
/// When `out` cannot be written, or the structure does not fit the format.
pub fn ensemble(report: &SampleReport, mut out: impl Write) -> io::Result<()> {
    let protein = &report.dynamics.protein;
    let names = Names::of(protein)?;
    let mut remarks = vec![
        format!(
            "{} SAMPLES, {} WITH WHOLE BONDS AND WITHOUT CLASHES",
            report.ensemble.samples.len(),
            report.ensemble.kept()
        ),
        "CA ATOMS; B COLUMN: PREDICTED RMSF IN ANGSTROM".to_owned(),
    ];
    remarks.extend(names.remarks());
    head(&report.provenance, &remarks, &mut out)?;
    names.parents(protein, &mut out)?;
    for (number, sample) in report.ensemble.samples.iter().enumerate() {
        writeln!(out, "MODEL     {:>4}", number + 1)?;
        let moved: Vec<(&Residue, Atom, f64)> = protein
            .residues
            .iter()
            .zip(&sample.alpha_carbons)
            .zip(&report.dynamics.rmsf_angstrom)
            .filter_map(|((residue, position), rmsf)| {
                Some((residue, alpha_carbon((*position)?), *rmsf))
            })
            .collect();
        let atoms = moved.iter().map(|(residue, atom, rmsf)| {
            (*residue, atom, if rmsf.is_finite() { *rmsf } else { 0.0 })
        });
        write_atoms(&names, atoms, &mut 0, &mut out)?;
        writeln!(out, "ENDMDL")?;
    }
    writeln!(out, "END")?;
    out.flush()
}

/// Writes two structures as two models, the second laid over the first, the RMSF in the B column.
///
/// # Errors
/// When `out` cannot be written, or a structure does not fit the format.
pub fn superposed(report: &TwoStructuresReport, mut out: impl Write) -> io::Result<()> {
    let names = report.names();
    let remarks = vec![
        format!("MODEL 1: {}; MODEL 2: {}", names[0], names[1]),
        "SUPERPOSED ON THE CORE; B COLUMN: RMSF IN ANGSTROM".to_owned(),
    ];
    head(&report.first.provenance, &remarks, &mut out)?;
    let of = [&report.first, &report.second];
    for (k, dynamics) in of.into_iter().enumerate() {
        writeln!(out, "MODEL     {:>4}", k + 1)?;
        let mut protein = (*dynamics.protein).clone();
        if k == 1 {
            for atom in protein.residues.iter_mut().flat_map(|r| &mut r.atoms) {
                atom.position = report.displacement.superposition.moved(atom.position);
            }
        }
        let letters = Names::of(&protein)?;
        let values = dynamics.rmsf_angstrom.iter();
        let atoms = protein
            .residues
            .iter()
            .zip(values)
            .flat_map(|(residue, v)| {
                let b = if v.is_finite() { *v } else { 0.0 };
                residue.atoms.iter().map(move |atom| (residue, atom, b))
            });
        write_atoms(&letters, atoms, &mut 0, &mut out)?;
        writeln!(out, "ENDMDL")?;
    }
    writeln!(out, "END")?;
    out.flush()
}

fn alpha_carbon(position: Vec3) -> Atom {
    Atom {
        name: "CA".to_owned(),
        element: "C".to_owned(),
        position,
        b_factor: 0.0,
        occupancy: 1.0,
        anisou: None,
    }
}

fn head(provenance: &Provenance, remarks: &[String], out: &mut impl Write) -> io::Result<()> {
    let pairs = provenance.pairs().into_iter();
    let lines = pairs.map(|(name, value)| format!("{}: {value}", name.to_uppercase()));
    for line in lines.chain(remarks.iter().cloned()) {
        for part in wrapped(&line, 68) {
            writeln!(out, "REMARK 999 {part}")?;
        }
    }
    Ok(())
}

fn wrapped(line: &str, width: usize) -> Vec<String> {
    let letters: Vec<char> = line.chars().filter(char::is_ascii).collect();
    letters.chunks(width).map(|c| c.iter().collect()).collect()
}

fn write_atoms<'a>(
    names: &Names,
    atoms: impl Iterator<Item = (&'a Residue, &'a Atom, f64)>,
    serial: &mut usize,
    out: &mut impl Write,
) -> io::Result<()> {
    write_records(names, atoms, serial, false, out)
}

fn write_records<'a>(
    names: &Names,
    atoms: impl Iterator<Item = (&'a Residue, &'a Atom, f64)>,
    serial: &mut usize,
    with_tensors: bool,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut last: Option<&Residue> = None;
    for (residue, atom, b) in atoms {
        if let Some(before) = last.filter(|r| r.id.chain != residue.id.chain) {
            *serial += 1;
            terminate(names, before, *serial, out)?;
        }
        *serial += 1;
        write_atom(names, residue, atom, *serial, b, out)?;
        if let Some(tensor) = atom.anisou.filter(|_| with_tensors) {
            write_tensor(names, residue, atom, *serial, &tensor, out)?;
        }
        last = Some(residue);
    }
    if let Some(before) = last {
        *serial += 1;
        terminate(names, before, *serial, out)?;
    }
    Ok(())
}

fn write_atom(
    names: &Names,
    residue: &Residue,
    atom: &Atom,
    serial: usize,
    b: f64,
    out: &mut impl Write,
) -> io::Result<()> {
    let p = atom.position;
    if [p.x, p.y, p.z]
        .iter()
        .any(|v| !(-999.9995..9999.9995).contains(v))
    {
        return Err(unfit(residue, "coordinates do not fit the columns"));
    }
    let standard = AminoAcid::from_three_letters(&residue.name).is_some();
    let kind = if standard { "ATOM  " } else { "HETATM" };
    writeln!(
        out,
        "{kind}{:>5} {} {}{}{}   {:8.3}{:8.3}{:8.3}{:6.2}{:6.2}          {:>2}",
        hybrid_36(serial, 5).ok_or_else(|| unfit(residue, "too many atoms"))?,
        padded_name(atom),
        names.residue(residue),
        names.chain(&residue.id.chain),
        numbered(residue)?,
        p.x,
        p.y,
        p.z,
        atom.occupancy.clamp(-99.99, LARGEST),
        b.clamp(-99.99, LARGEST),
        atom.element,
    )
}

fn write_tensor(
    names: &Names,
    residue: &Residue,
    atom: &Atom,
    serial: usize,
    tensor: &Covariance3,
    out: &mut impl Write,
) -> io::Result<()> {
    let entries = [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)];
    let numbers = entries.map(|at| {
        let whole = (tensor[at] * 1e4).clamp(-999_999.0, 9_999_999.0);
        format!("{whole:>7.0}")
    });
    let numbers = numbers.concat();
    writeln!(
        out,
        "ANISOU{:>5} {} {}{}{} {numbers}      {:>2}",
        hybrid_36(serial, 5).ok_or_else(|| unfit(residue, "too many atoms"))?,
        padded_name(atom),
        names.residue(residue),
        names.chain(&residue.id.chain),
        numbered(residue)?,
        atom.element,
    )
}

fn terminate(
    names: &Names,
    residue: &Residue,
    serial: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(
        out,
        "TER   {:>5}      {}{}{}",
        hybrid_36(serial, 5).ok_or_else(|| unfit(residue, "too many atoms"))?,
        names.residue(residue),
        names.chain(&residue.id.chain),
        numbered(residue)?.trim_end(),
    )
}

/// Residue number and insertion code: five columns.
fn numbered(residue: &Residue) -> io::Result<String> {
    let number = residue.id.number;
    let text = match usize::try_from(number) {
        Ok(n) => hybrid_36(n, 4),
        Err(_) if number > -1000 => Some(number.to_string()),
        Err(_) => None,
    };
    let text = text.ok_or_else(|| unfit(residue, "the residue number does not fit its columns"))?;
    Ok(format!(
        "{text:>4}{}",
        residue.id.insertion_code.unwrap_or(' ')
    ))
}

/// Element symbols of one letter leave the first column of the name free.
fn padded_name(atom: &Atom) -> String {
    // Hydrogens of ligands have longer names than there are columns.
    let name: String = atom.name.chars().take(4).collect();
    if atom.element.len() >= 2 || name.len() >= 4 {
        format!("{name:<4}")
    } else {
        format!(" {name:<3}")
    }
}

fn unfit(residue: &Residue, why: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!(
            "residue {}: {why} of a PDB file; use --npz or --json",
            residue.id
        ),
    )
}

/// Decimal as long as it fits, then the letters that other programs use (hybrid-36).
fn hybrid_36(value: usize, width: u32) -> Option<String> {
    let decimal = 10_usize.pow(width);
    if value < decimal {
        return Some(value.to_string());
    }
    let block = 26 * 36_usize.pow(width - 1);
    let above = value - decimal;
    let (digits, rest): (&[u8; 36], usize) = if above < block {
        (b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", above)
    } else if above < 2 * block {
        (b"0123456789abcdefghijklmnopqrstuvwxyz", above - block)
    } else {
        return None;
    };
    let mut left = rest + 10 * 36_usize.pow(width - 1);
    let mut text = Vec::new();
    while left > 0 {
        text.push(digits[left % 36] as char);
        left /= 36;
    }
    Some(text.into_iter().rev().collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::export::samples;
    use crate::protein::{ChainChoice, read};

    #[test]
    fn tensors_are_read_back() {
        let report = samples::ubiquitin();
        let mut bytes = Vec::new();
        tensors(&report, &mut bytes).unwrap();
        let (structure, _) = read::read_bytes("out.pdb", &bytes).unwrap();
        let protein = structure.protein(0, &ChainChoice::All).unwrap();
        assert_eq!(protein.len(), 76);
        for (residue, marginal) in protein.residues.iter().zip(&report.dynamics.marginals) {
            let atom = residue.atom("CA").unwrap();
            let (read, written) = (atom.anisou.unwrap(), marginal.unwrap());
            assert!((read - written).norm() < 2e-4, "{read} {written}");
            let b = 8.0 * std::f64::consts::PI.powi(2) * written.trace() / 3.0;
            assert!((atom.b_factor - b).abs() < 0.006);
        }
    }

    #[test]
    fn names_without_room_are_written_as_others_and_said() {
        let mut report = samples::ubiquitin();
        let protein = std::sync::Arc::make_mut(&mut report.protein);
        for residue in &mut protein.residues[..3] {
            "receptor".clone_into(&mut residue.id.chain);
        }
        protein.residues[1].name = "A1ABC".to_owned();
        protein.residues[5].name = "LYSH".to_owned();
        let mut bytes = Vec::new();
        dynamics(&report, &mut bytes).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains("RESIDUE A1ABC IS WRITTEN AS ~00"), "{text}");
        assert!(text.contains("CHAIN receptor IS WRITTEN AS B"), "{text}");
        let atoms = text
            .lines()
            .filter(|l| l.starts_with("ATOM") || l.starts_with("HETATM"));
        assert!(atoms.clone().all(|l| l.len() == 78 && &l[34..35] == "."));
        let (structure, _) = read::read_bytes("out.pdb", &bytes).unwrap();
        let read = structure.protein(0, &"B,A".parse().unwrap()).unwrap();
        assert_eq!(read.letters(), report.protein.letters());
    }
}
