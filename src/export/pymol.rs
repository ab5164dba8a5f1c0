//! A PyMOL script: putty by RMSF, one ellipsoid a residue, and the marked residues.

use std::io::{self, Write};

use super::pdb::Names;
use super::plot::scale::motion;
use crate::color::Rgb;
use crate::numeric::Covariance3;
use crate::protein::Protein;
use crate::study::{DynamicsReport, Provenance};

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

/// Where another program finds the structure, and what its chains are called there.
#[derive(Debug, Clone, PartialEq)]
pub struct StructureFile {
    pub path: String,
    /// `None`: as here.
    pub letters: Option<Names>,
}

impl StructureFile {
    pub(super) fn chain(&self, name: &str) -> String {
        let letters = self.letters.as_ref();
        letters.map_or_else(|| name.to_owned(), |l| l.chain(name).to_string())
    }
}

/// Writes the script.
///
/// All of it is Python: PyMOL's own commands end at a `;` and part at a `,`, in names and remarks as well.
///
/// # Errors
/// When `out` cannot be written.
pub fn dynamics(
    report: &DynamicsReport,
    file: &StructureFile,
    marked: &[Marked],
    mut out: impl Write,
) -> io::Result<()> {
    begin(&report.protein, file, &[&report.provenance], &mut out)?;
    write_rmsf(report, file, &mut out)?;
    write_ellipsoids(report, &mut out)?;
    let (low, high) = super::plot::color_range(&report.rmsf_angstrom);
    writeln!(
        out,
        "# RMSF in the B column; thick and red = mobile, thin and blue = rigid\n\
         show_cartoon()\n\
         cmd.select('predicted', shown + ' and b > -0.5')\n\
         cmd.cartoon('putty', 'predicted')"
    )?;
    let mut names = Vec::new();
    for (i, Rgb(r, g, b)) in super::plot::motion_palette().into_iter().enumerate() {
        writeln!(out, "cmd.set_color('motion{i}', [{r}, {g}, {b}])")?;
        names.push(format!("motion{i}"));
    }
    writeln!(
        out,
        "cmd.spectrum('b', '{}', 'predicted', minimum={low:.3}, maximum={high:.3})",
        names.join(" ")
    )?;
    writeln!(
        out,
        "# ellipsoids: 50 % probability; hidden until they are enabled\n\
         cmd.disable(protein + '_ellipsoids')"
    )?;
    write_marked(&report.protein, file, marked, &mut out)?;
    end(&mut out)
}

/// Writes a script that shows marked residues alone.
///
/// # Errors
/// When `out` cannot be written.
pub fn mutants(
    protein: &Protein,
    file: &StructureFile,
    marked: &[Marked],
    provenance: &[Provenance],
    mut out: impl Write,
) -> io::Result<()> {
    let provenance: Vec<&Provenance> = provenance.iter().collect();
    begin(protein, file, &provenance, &mut out)?;
    writeln!(out, "show_cartoon()")?;
    write_marked(protein, file, marked, &mut out)?;
    end(&mut out)
}

/// Loads the structure as `protein`, under a name that is free and no word of PyMOL's selections.
fn begin(
    protein: &Protein,
    file: &StructureFile,
    provenance: &[&Provenance],
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "python")?;
    for (name, value) in provenance.iter().flat_map(|p| p.pairs()) {
        writeln!(out, "# {name}: {}", one_line(&value))?;
    }
    let name = object_name(&protein.name);
    // Words of selections have no digits; a number makes a name of them.
    let numbered = u8::from(!name.contains(|c: char| c.is_ascii_digit()));
    writeln!(
        out,
        "from pymol import cmd\nfrom pymol.cgo import COLOR, ELLIPSOID\n\n\
         protein = cmd.get_unused_name({}, {numbered})\n\
         cmd.load({}, protein)\n\
         shown = '%' + protein\n",
        quoted(&name),
        quoted(&file.path)
    )?;
    writeln!(
        out,
        "def show_cartoon():\n    \
             cmd.hide('everything', shown)\n    \
             cmd.show('cartoon', shown)\n    \
             cmd.color('grey70', shown)\n"
    )
}

fn end(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "cmd.deselect()\ncmd.orient(shown)\npython end")
}

fn write_rmsf(
    report: &DynamicsReport,
    file: &StructureFile,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "rmsf = {{")?;
    for (residue, value) in report.protein.residues.iter().zip(&report.rmsf_angstrom) {
        if value.is_finite() {
            let id = &residue.id;
            writeln!(
                out,
                "    ({}, {}): {value:.4},",
                quoted(&file.chain(&id.chain)),
                quoted(&id.place())
            )?;
        }
    }
    writeln!(
        out,
        "}}\n\
         cmd.alter(shown, 'b = rmsf.get((chain, resi), -1.0)', space={{'rmsf': rmsf}})\n\
         cmd.rebuild()\n"
    )
}

fn write_ellipsoids(report: &DynamicsReport, out: &mut impl Write) -> io::Result<()> {
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
    writeln!(out, "cmd.load_cgo(ellipsoids, protein + '_ellipsoids')\n")
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

/// Sticks and labels.
fn write_marked(
    protein: &Protein,
    file: &StructureFile,
    marked: &[Marked],
    out: &mut impl Write,
) -> io::Result<()> {
    for mark in marked {
        let residue = protein.residues.get(mark.index);
        let Some(residue) = residue.filter(|r| r.id.is_seen()) else {
            continue;
        };
        let number = residue.id.place().replace('-', "\\-");
        let chain = quoted(&file.chain(&residue.id.chain));
        let place = format!(" and chain {chain} and resi {number}");
        writeln!(
            out,
            "here = shown + {}\ncmd.show('sticks', here)\ncmd.label(here + ' and name CA', repr({}))",
            quoted(&place),
            quoted(&mark.label)
        )?;
    }
    Ok(())
}

/// A Python string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in one_line(text).chars() {
        if matches!(c, '\\' | '\'') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted + "'"
}

fn one_line(text: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(shown).collect()
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
        let file = StructureFile {
            path: "it's, \"1ubi\";.pdb".to_owned(),
            letters: None,
        };
        let mut bytes = Vec::new();
        dynamics(&report, &file, &marked, &mut bytes).unwrap();
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
    fn names_are_strings_whatever_they_hold() {
        let text = written();
        for line in [
            r#"cmd.load('it\'s, "1ubi";.pdb', protein)"#,
            r"here = shown + ' and chain \'A\' and resi 42'",
            r"cmd.label(here + ' and name CA', repr('A:R42\'P'))",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\n{text}");
        }
        assert!(text.starts_with("python\n# program: dynascope"));
        assert!(text.ends_with("python end\n"));
        assert_eq!(object_name("my protein-1"), "my_protein_1");
    }
}
