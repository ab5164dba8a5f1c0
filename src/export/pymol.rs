//! A PyMOL script: putty by RMSF, one ellipsoid a residue, and the marked residues.

use std::io::{self, Write};

use super::plot::scale::{Rgb, motion};
use crate::engine::report::{DynamicsReport, Provenance};
use crate::numeric::Covariance3;
use crate::protein::Protein;

/// Standard deviations of the ellipsoid that holds a Gaussian point with 50 % probability, as in ORTEP.
pub const HALF_PROBABILITY: f64 = 1.538_17;

/// A marked residue: its position in the protein, and what is written beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// 0-based position.
    pub index: usize,
    /// `A:G42P`, or a note.
    pub label: String,
}

/// Writes the script. `file` is where PyMOL finds the structure.
///
/// # Errors
/// When `out` cannot be written.
pub fn dynamics(
    report: &DynamicsReport,
    file: &str,
    marked: &[Marked],
    mut out: impl Write,
) -> io::Result<()> {
    for (name, value) in report.provenance.pairs() {
        writeln!(out, "# {name}: {value}")?;
    }
    let object = object_name(&report.protein.name);
    writeln!(
        out,
        "load {file}, {object}\n\npython\nfrom pymol import cmd\nfrom pymol.cgo import COLOR, ELLIPSOID\n"
    )?;
    write_rmsf(report, &object, &mut out)?;
    write_ellipsoids(report, &object, &mut out)?;
    writeln!(out, "python end\n")?;
    let (low, high) = super::plot::color_range(&report.rmsf_angstrom);
    writeln!(
        out,
        "# RMSF in the B column; thick and red = mobile, thin and blue = rigid"
    )?;
    writeln!(out, "hide everything, {object}\nshow cartoon, {object}")?;
    writeln!(
        out,
        "color grey70, {object}\nselect predicted, {object} and b > -0.5"
    )?;
    writeln!(out, "cartoon putty, predicted")?;
    writeln!(
        out,
        "spectrum b, blue_white_red, predicted, minimum={low:.3}, maximum={high:.3}"
    )?;
    writeln!(
        out,
        "# ellipsoids: 50 % probability; shown by `enable {object}_ellipsoids`"
    )?;
    writeln!(out, "disable {object}_ellipsoids")?;
    write_marked(&report.protein, &object, marked, &mut out)?;
    writeln!(out, "deselect\norient {object}")
}

/// Writes a script that shows marked residues alone; `file` is where PyMOL finds the structure.
///
/// # Errors
/// When `out` cannot be written.
pub fn mutants(
    protein: &Protein,
    file: &str,
    marked: &[Marked],
    provenance: &[Provenance],
    mut out: impl Write,
) -> io::Result<()> {
    for (name, value) in provenance.iter().flat_map(Provenance::pairs) {
        writeln!(out, "# {name}: {value}")?;
    }
    let object = object_name(&protein.name);
    writeln!(out, "load {file}, {object}")?;
    writeln!(
        out,
        "hide everything, {object}\nshow cartoon, {object}\ncolor grey70, {object}"
    )?;
    write_marked(protein, &object, marked, &mut out)?;
    writeln!(out, "deselect\norient {object}")
}

fn write_rmsf(report: &DynamicsReport, object: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "rmsf = {{")?;
    for (residue, value) in report.protein.residues.iter().zip(&report.rmsf_angstrom) {
        if value.is_finite() {
            let id = &residue.id;
            writeln!(
                out,
                "    ({}, {}): {value:.4},",
                quoted(&id.chain),
                quoted(&id.place())
            )?;
        }
    }
    writeln!(out, "}}")?;
    writeln!(
        out,
        "cmd.alter({}, 'b = rmsf.get((chain, resi), -1.0)', space={{'rmsf': rmsf}})",
        quoted(object)
    )?;
    writeln!(out, "cmd.rebuild()\n")
}

fn write_ellipsoids(report: &DynamicsReport, object: &str, out: &mut impl Write) -> io::Result<()> {
    let (low, high) = super::plot::color_range(&report.rmsf_angstrom);
    writeln!(out, "ellipsoids = []")?;
    for (index, residue) in report.protein.residues.iter().enumerate() {
        let (Some(center), Some(covariance)) =
            (residue.position("CA"), report.dynamics.marginals[index])
        else {
            continue;
        };
        let (radius, axes) = ellipsoid(&covariance);
        let Rgb(r, g, b) = motion((report.rmsf_angstrom[index] - low) / (high - low));
        let unit = |c: u8| f64::from(c) / 255.0;
        write!(
            out,
            "ellipsoids += [COLOR, {:.3}, {:.3}, {:.3}, ",
            unit(r),
            unit(g),
            unit(b)
        )?;
        write!(
            out,
            "ELLIPSOID, {:.3}, {:.3}, {:.3}, {radius:.4}",
            center.x, center.y, center.z
        )?;
        for axis in axes {
            write!(out, ", {:.4}, {:.4}, {:.4}", axis[0], axis[1], axis[2])?;
        }
        writeln!(out, "]")?;
    }
    writeln!(
        out,
        "cmd.load_cgo(ellipsoids, {})",
        quoted(&format!("{object}_ellipsoids"))
    )
}

/// The longest half axis in Å, and the three half axes in units of it.
fn ellipsoid(covariance: &Covariance3) -> (f64, [[f64; 3]; 3]) {
    let eigen = covariance.symmetric_eigen();
    let lengths = eigen
        .eigenvalues
        .map(|v| HALF_PROBABILITY * v.max(0.0).sqrt());
    let radius = lengths.max().max(1e-6);
    let axis = |i: usize| {
        let v = eigen.eigenvectors.column(i) * (lengths[i] / radius);
        [v[0], v[1], v[2]]
    };
    (radius, [axis(0), axis(1), axis(2)])
}

fn write_marked(
    protein: &Protein,
    object: &str,
    marked: &[Marked],
    out: &mut impl Write,
) -> io::Result<()> {
    for mark in marked {
        let residue = protein.residues.get(mark.index);
        let Some(residue) = residue.filter(|r| r.id.is_seen()) else {
            continue;
        };
        let number = residue.id.place().replace('-', "\\-");
        let selection = format!(
            "{object} and chain {} and resi {number}",
            quoted(&residue.id.chain)
        );
        writeln!(out, "show sticks, {selection}")?;
        writeln!(
            out,
            "label {selection} and name CA, {}",
            quoted(&mark.label)
        )?;
    }
    Ok(())
}

/// A Python string.
fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .flat_map(|c| {
            if c == '\\' || c == '\'' {
                vec!['\\', c]
            } else {
                vec![c]
            }
        })
        .collect();
    format!("'{}'", escaped.replace('\n', " "))
}

/// A name that PyMOL takes.
fn object_name(name: &str) -> String {
    let clean: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if clean.is_empty() {
        "protein".to_owned()
    } else {
        clean
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::export::samples;

    fn written() -> String {
        let report = samples::ubiquitin();
        let marked = [Marked {
            index: 41,
            label: "A:R42'P".to_owned(),
        }];
        let mut bytes = Vec::new();
        dynamics(&report, "1ubi.pdb", &marked, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn every_residue_has_its_rmsf() {
        let text = written();
        let report = samples::ubiquitin();
        let values: Vec<f64> = text
            .lines()
            .filter(|l| l.starts_with("    ('A', '"))
            .map(|l| {
                l.rsplit(": ")
                    .next()
                    .unwrap()
                    .trim_end_matches(',')
                    .parse()
                    .unwrap()
            })
            .collect();
        assert_eq!(values.len(), 76);
        for (read, value) in values.iter().zip(&report.rmsf_angstrom) {
            assert!((read - value).abs() < 1e-4);
        }
    }

    #[test]
    fn ellipsoids_have_the_volume_of_the_covariance() {
        let text = written();
        let report = samples::ubiquitin();
        let lines: Vec<&str> = text
            .lines()
            .filter(|l| l.starts_with("ellipsoids += "))
            .collect();
        assert_eq!(lines.len(), 76);
        let (_, after) = lines[10].split_once("ELLIPSOID, ").unwrap();
        let numbers: Vec<f64> = after
            .trim_end_matches(']')
            .split(", ")
            .map(|v| v.parse().unwrap())
            .collect();
        assert_eq!(numbers.len(), 13);
        let axes = nalgebra::Matrix3::from_row_slice(&numbers[4..]) * numbers[3];
        let expected =
            report.dynamics.marginals[10].unwrap().determinant().sqrt() * HALF_PROBABILITY.powi(3);
        assert!((axes.determinant().abs() - expected).abs() < 1e-2 * expected);
    }

    #[test]
    fn marks_are_labelled_and_quotes_escaped() {
        let text = written();
        assert!(
            text.contains("show sticks, 1ubi and chain 'A' and resi 42"),
            "{text}"
        );
        assert!(text.contains(r"label 1ubi and chain 'A' and resi 42 and name CA, 'A:R42\'P'"));
        assert!(text.starts_with("# program: dynascope"));
        assert_eq!(object_name("my protein-1"), "my_protein_1");
    }
}
