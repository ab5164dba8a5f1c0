//! A ChimeraX script: worms and colours by RMSF, and the marked residues.

use std::io::{self, Write};

use super::plot::color_range;
use super::pymol::{Marked, StructureFile};
use crate::engine::report::DynamicsReport;
use crate::protein::ResidueId;

/// Writes the commands. The structure must become model #1.
///
/// # Errors
/// When `out` cannot be written.
pub fn dynamics(
    report: &DynamicsReport,
    file: &StructureFile,
    marked: &[Marked],
    mut out: impl Write,
) -> io::Result<()> {
    for (name, value) in report.provenance.pairs() {
        writeln!(out, "# {name}: {value}")?;
    }
    writeln!(out, "open {}", quoted(&file.path))?;
    writeln!(out, "# RMSF of each residue in Å")?;
    for (residue, value) in report.protein.residues.iter().zip(&report.rmsf_angstrom) {
        if value.is_finite() {
            writeln!(
                out,
                "setattr {} residues rmsf {value:.4} type float create true",
                residue_spec(file, &residue.id)
            )?;
        }
    }
    let (low, high) = color_range(&report.rmsf_angstrom);
    writeln!(out, "# thick and red = mobile, thin and blue = rigid")?;
    writeln!(out, "hide #1 atoms\nshow #1 cartoons")?;
    writeln!(
        out,
        "color byattribute r:rmsf #1 palette blue:white:red range {low:.3},{high:.3} noValueColor gray"
    )?;
    writeln!(out, "cartoon byattribute r:rmsf #1")?;
    for mark in marked {
        let Some(residue) = report.protein.residues.get(mark.index) else {
            continue;
        };
        let spec = residue_spec(file, &residue.id);
        writeln!(out, "show {spec} atoms\nstyle {spec} stick")?;
        writeln!(
            out,
            "label {spec} residues text {}",
            quoted(&mark.label)
        )?;
    }
    writeln!(out, "view")
}

fn residue_spec(file: &StructureFile, id: &ResidueId) -> String {
    format!("#1/{}:{}", file.chain(&id.chain), id.place())
}

/// A word of a command: in the quotes that it does not hold itself, else with those it holds escaped.
fn quoted(text: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    let text: String = text.chars().map(shown).collect();
    if text.contains('\'') && !text.contains('"') && !text.contains('\\') {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::export::samples;

    #[test]
    fn every_residue_has_its_attribute() {
        let report = samples::ubiquitin();
        let marked = [
            Marked {
                index: 0,
                label: "A:M1\"K".to_owned(),
            },
            Marked {
                index: 999,
                label: String::new(),
            },
        ];
        let mut bytes = Vec::new();
        dynamics(&report, "1ubi.pdb", &marked, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let values: Vec<(String, f64)> = text
            .lines()
            .filter_map(|l| l.strip_prefix("setattr "))
            .map(|l| {
                let words: Vec<&str> = l.split(' ').collect();
                (words[0].to_owned(), words[3].parse().unwrap())
            })
            .collect();
        assert_eq!(values.len(), 76);
        assert_eq!(values[41].0, "#1/A:42");
        assert!((values[41].1 - report.rmsf_angstrom[41]).abs() < 1e-4);
        assert!(text.contains("open \"1ubi.pdb\""));
        assert!(text.contains("label #1/A:1 residues text \"A:M1'K\""));
        assert_eq!(text.matches("stick").count(), 1);
    }
}
