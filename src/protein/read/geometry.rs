//! Coordinates that are not what they seem: in nm, or of a chain that a periodic box tore apart.

use super::rows::RawFile;
use crate::numeric::stats::median;
use crate::protein::{Model, Residue, ResidueId};

/// nm to Å.
const NANOMETRE: f64 = 10.0;
/// Å between neighbouring Cα of consecutive numbers above which something is wrong, cell or not.
const TORN: f64 = 25.0;
/// Å of a shift by an edge of the box that a bond and rounding leave over.
const SLACK: f64 = 8.0;
/// Å from a residue's Cα beyond which no atom of it lies.
const REACH: f64 = 15.0;

/// Multiplies coordinates by ten where the bonds N–Cα are as long as they are in nm.
pub(super) fn to_angstrom(file: &mut RawFile<'_>) {
    let Some(first) = file.models.first() else {
        return;
    };
    let near = |name: &'static str| {
        first
            .rows
            .windows(2)
            .filter(move |p| (p[0].name, p[1].name) == (name, "CA") && p[0].chain == p[1].chain)
    };
    let lengths = |name| -> Vec<f64> {
        let pairs = near(name);
        pairs
            .map(|p| (p[0].position - p[1].position).norm())
            .collect()
    };
    let (bonds, steps) = (median(&lengths("N")), median(&lengths("CA")));
    let is_nm = (0.12..0.18).contains(&bonds) || (bonds.is_nan() && (0.33..0.43).contains(&steps));
    if !is_nm {
        return;
    }
    file.header.scaled = Some(NANOMETRE);
    for row in file.models.iter_mut().flat_map(|m| &mut m.rows) {
        row.position *= NANOMETRE;
    }
}

/// The first place where a chain is torn: neighbours an edge of the box apart, atoms far from their residue.
/// Both residues, and how many Å lie between.
pub(super) fn torn(model: &Model, cell: Option<[f64; 3]>) -> Option<(&ResidueId, &ResidueId, f64)> {
    model.chains.iter().find_map(|chain| {
        let within = chain
            .residues
            .iter()
            .find_map(|r| scattered(r).map(|d| (&r.id, &r.id, d)));
        within.or_else(|| {
            let mut pairs = chain.residues.windows(2);
            pairs.find_map(|p| Some((&p[0].id, &p[1].id, apart(&p[0], &p[1], cell)?)))
        })
    })
}

fn scattered(residue: &Residue) -> Option<f64> {
    let alpha = residue.position("CA")?;
    let distances = residue.atoms.iter().map(|a| (a.position - alpha).norm());
    let farthest = distances.fold(0.0, f64::max);
    (farthest > REACH).then_some(farthest)
}

fn apart(a: &Residue, b: &Residue, cell: Option<[f64; 3]>) -> Option<f64> {
    let step = b.position("CA")? - a.position("CA")?;
    let consecutive = b.id.number.checked_sub(a.id.number) == Some(1);
    let an_edge = cell.is_some_and(|edges| {
        let over = |(axis, edge): (usize, &f64)| (step[axis].abs() - edge).abs() < SLACK;
        edges
            .iter()
            .enumerate()
            .filter(|(_, e)| **e > 2.0 * SLACK)
            .any(over)
    });
    let distance = step.norm();
    let torn = distance > TORN || (an_edge && distance > 2.0 * SLACK);
    (consecutive && torn).then_some(distance)
}
