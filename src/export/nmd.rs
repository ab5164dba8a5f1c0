//! Collective motions as NMD, which `NMWiz` in VMD and `ProDy` read.

use std::io::{self, Write};

use crate::analysis::flexibility::ModeShape;
use crate::numeric::Vec3;
use crate::protein::{Protein, Residue};
use crate::study::Provenance;

/// Writes the Cα atoms and the modes; each is scaled to one standard deviation in Å. Residues without Cα are
/// left out, and those without a displacement stand still.
///
/// # Errors
/// When `out` cannot be written, or no residue has a Cα.
pub fn modes(
    protein: &Protein,
    modes: &[ModeShape],
    provenance: &Provenance,
    mut out: impl Write,
) -> io::Result<()> {
    let atoms: Vec<(usize, &Residue, Vec3)> = protein
        .residues
        .iter()
        .enumerate()
        .filter_map(|(i, r)| Some((i, r, r.position("CA")?)))
        .collect();
    if atoms.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "no residue has a CA atom, so there is nothing to move",
        ));
    }
    let facts: Vec<String> = provenance
        .pairs()
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    // Readers take the first word of an unknown line as a field they skip.
    writeln!(out, "comment {}", facts.join(", "))?;
    writeln!(
        out,
        "name {}",
        protein.name.replace(char::is_whitespace, "_")
    )?;
    line(&mut out, "atomnames", atoms.iter().map(|_| "CA".to_owned()))?;
    line(
        &mut out,
        "resnames",
        atoms.iter().map(|(_, r, _)| r.name.clone()),
    )?;
    line(
        &mut out,
        "resids",
        atoms.iter().map(|(_, r, _)| r.id.number.to_string()),
    )?;
    line(
        &mut out,
        "chainids",
        atoms.iter().map(|(_, r, _)| r.id.chain.clone()),
    )?;
    let b_factor = |r: &Residue| r.atom("CA").map_or(0.0, |a| a.b_factor);
    line(
        &mut out,
        "bfactors",
        atoms.iter().map(|(_, r, _)| format!("{:.2}", b_factor(r))),
    )?;
    line(
        &mut out,
        "coordinates",
        atoms.iter().flat_map(|(_, _, p)| numbers(*p, 3)),
    )?;
    for (index, mode) in modes.iter().enumerate() {
        let scale = mode.variance_angstrom2.max(0.0).sqrt();
        let displaced = |i: usize| {
            mode.displacement
                .get(i)
                .copied()
                .flatten()
                .unwrap_or_default()
        };
        let head = format!("mode {} {scale:.4}", index + 1);
        line(
            &mut out,
            &head,
            atoms.iter().flat_map(|(i, _, _)| numbers(displaced(*i), 5)),
        )?;
    }
    Ok(())
}

fn numbers(v: Vec3, decimals: usize) -> [String; 3] {
    [v.x, v.y, v.z].map(|x| format!("{x:.decimals$}"))
}

fn line(out: &mut impl Write, head: &str, values: impl Iterator<Item = String>) -> io::Result<()> {
    write!(out, "{head}")?;
    for value in values {
        write!(out, " {value}")?;
    }
    writeln!(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::export::samples;

    #[test]
    fn what_is_written_is_read_back() {
        let report = samples::ubiquitin();
        let shapes = samples::modes(3);
        let mut bytes = Vec::new();
        modes(&report.protein, &shapes, &report.provenance, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let field = |name: &str| -> Vec<String> {
            let found = text
                .lines()
                .find(|l| l.split(' ').next() == Some(name))
                .unwrap();
            found
                .split_whitespace()
                .skip(1)
                .map(str::to_owned)
                .collect()
        };
        assert_eq!(field("name"), ["1ubi"]);
        assert_eq!(field("resids").len(), 76);
        assert_eq!(field("resnames")[0], "MET");
        let coordinates: Vec<f64> = field("coordinates")
            .iter()
            .map(|v| v.parse().unwrap())
            .collect();
        assert_eq!(coordinates.len(), 3 * 76);
        let first = report.protein.residues[0].position("CA").unwrap();
        assert!((coordinates[0] - first.x).abs() < 1e-3);
        let read: Vec<Vec<f64>> = text
            .lines()
            .filter(|l| l.starts_with("mode "))
            .map(|l| l.split(' ').skip(1).map(|v| v.parse().unwrap()).collect())
            .collect();
        assert_eq!(read.len(), 3);
        for (mode, shape) in read.iter().zip(&shapes) {
            assert!((mode[1] - shape.variance_angstrom2.sqrt()).abs() < 1e-3);
            let length: f64 = mode[2..].iter().map(|x| x * x).sum();
            assert!((length - 1.0).abs() < 1e-3, "{length}");
        }
        assert!(read[0][1] >= read[1][1]);
    }
}
