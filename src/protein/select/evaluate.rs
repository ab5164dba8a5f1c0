//! Which residues, or rows of a table of residues, a selection means.

use super::{Comparison, INTERFACE, Term, is_one_of};
use crate::numeric::Vec3;
use crate::protein::{AminoAcid, Neighbour, NeighbourKind, Protein, Residue, SecondaryStructure};

/// What the columns of a table hold, beside what the protein itself has.
pub trait Facts {
    /// The value of a field (lower case) at a row; `None` where it is not known, and then no comparison
    /// with it holds.
    fn number(&self, field: &str, row: usize) -> Option<f64>;

    /// The amino acid in a column (lower case) at a row.
    fn amino_acid(&self, _field: &str, _row: usize) -> Option<AminoAcid> {
        None
    }
}

impl Facts for () {
    fn number(&self, _field: &str, _row: usize) -> Option<f64> {
        None
    }
}

/// Rows to choose among, each about one residue: mutations of a table, or the residues themselves.
/// The residues of a bare sequence have no atoms, and nothing is near them.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// The protein.
    pub protein: &'a Protein,
    /// The class of each of its residues.
    pub secondary: &'a [SecondaryStructure],
    /// The residue (0-based position in the protein) that each row is about.
    pub residues: &'a [usize],
    /// Numbers by row.
    pub facts: &'a dyn Facts,
}

/// For each row whether the term holds.
pub(super) fn rows(term: &Term, rows: &Rows<'_>) -> Vec<bool> {
    match term {
        Term::Not(inner) => self::rows(inner, rows).into_iter().map(|m| !m).collect(),
        Term::And(a, b) => combine(a, b, rows, |x, y| x && y),
        Term::Or(a, b) => combine(a, b, rows, |x, y| x || y),
        Term::Interface => interface(rows).into_iter().map(|n| n > 0.0).collect(),
        Term::Compare(field, comparison, value) if field == INTERFACE => {
            let held = |n: f64| n.is_finite() && holds(n, *comparison, *value);
            interface(rows).into_iter().map(held).collect()
        }
        Term::Compare(field, comparison, value) => (0..rows.residues.len())
            .map(|row| number(field, row, rows).is_some_and(|n| holds(n, *comparison, *value)))
            .collect(),
        Term::OneOf(field, list) => (0..rows.residues.len())
            .map(|row| {
                let here = rows.facts.amino_acid(field, row);
                here.is_some_and(|a| list.contains(&a))
            })
            .collect(),
        Term::Within(distance, inner) => {
            let near = within(*distance, inner, rows);
            rows.residues
                .iter()
                .map(|&r| near.get(r) == Some(&true))
                .collect()
        }
        simple => rows
            .residues
            .iter()
            .map(|&r| {
                let residue = rows.protein.residues.get(r);
                residue.is_some_and(|residue| of_residue(simple, residue, r, rows.secondary))
            })
            .collect(),
    }
}

/// For each row how many residues of other chains its residue touches.
fn interface(rows: &Rows<'_>) -> Vec<f64> {
    let counts = rows.protein.interface();
    let counts = counts.unwrap_or_else(|| vec![0.0; rows.protein.len()]);
    let of = |r: &usize| counts.get(*r).copied().unwrap_or(f64::NAN);
    rows.residues.iter().map(of).collect()
}

/// Whether a neighbour is meant. Numbers and names alone are of the protein's own residues.
fn of_neighbour(term: &Term, neighbour: &Neighbour, is_named: bool) -> bool {
    let residue = &neighbour.residue;
    let is_small = matches!(neighbour.kind, NeighbourKind::Ligand | NeighbourKind::Metal);
    let of = |term| of_neighbour(term, neighbour, is_named);
    match term {
        Term::Neighbours(kind) => neighbour.kind == *kind,
        // As everywhere here, a chain is its polymer.
        Term::Chain(names) => !is_small && names.contains(&residue.id.chain),
        Term::ResidueName(names) => (is_small || is_named) && names.contains(&residue.name),
        Term::Number(ranges) => {
            let here = residue.id.number;
            is_named && ranges.iter().any(|r| (r.first..=r.last).contains(&here))
        }
        Term::AtomName(names) => is_named && names.iter().any(|n| residue.atom(n).is_some()),
        Term::All => is_named,
        Term::Not(inner) => is_named && !of(inner),
        Term::And(a, b) => of(a) && of(b),
        Term::Or(a, b) => of(a) || of(b),
        _ => false,
    }
}

/// Whether a term says of itself that neighbours are meant.
fn names_neighbours(term: &Term) -> bool {
    match term {
        Term::Neighbours(_) | Term::Chain(_) => true,
        Term::Not(inner) => names_neighbours(inner),
        Term::And(a, b) | Term::Or(a, b) => names_neighbours(a) || names_neighbours(b),
        _ => false,
    }
}

fn combine(a: &Term, b: &Term, rows: &Rows<'_>, join: fn(bool, bool) -> bool) -> Vec<bool> {
    let right = self::rows(b, rows);
    let left = self::rows(a, rows).into_iter();
    left.zip(right).map(|(x, y)| join(x, y)).collect()
}

fn number(field: &str, row: usize, rows: &Rows<'_>) -> Option<f64> {
    let own = || {
        let residue = rows.protein.residues.get(*rows.residues.get(row)?)?;
        Some(residue.atom("CA")?.b_factor)
    };
    let known = rows.facts.number(field, row);
    known.or_else(|| if field == "b" { own() } else { None })
}

fn holds(number: f64, comparison: Comparison, value: f64) -> bool {
    match comparison {
        Comparison::Less => number < value,
        Comparison::LessEqual => number <= value,
        Comparison::Greater => number > value,
        Comparison::GreaterEqual => number >= value,
        Comparison::Equal => (number - value).abs() < 1e-9,
        Comparison::NotEqual => (number - value).abs() >= 1e-9,
    }
}

fn of_residue(
    term: &Term,
    residue: &Residue,
    index: usize,
    secondary: &[SecondaryStructure],
) -> bool {
    match term {
        Term::All => true,
        Term::Chain(names) => names.contains(&residue.id.chain),
        Term::Number(ranges) => ranges.iter().any(|r| {
            (r.first..=r.last).contains(&residue.id.number)
                && (r.code == residue.id.insertion_code
                    || (r.code.is_none() && residue.id.is_seen()))
        }),
        Term::Index(ranges) => {
            let ordinal = i32::try_from(index + 1).unwrap_or(i32::MAX);
            ranges
                .iter()
                .any(|(first, last)| (*first..=*last).contains(&ordinal))
        }
        Term::ResidueName(names) => names.iter().any(|n| {
            *n == residue.name
                || residue.amino_acid.is_some_and(|a| {
                    n == a.three_letters() || n.chars().eq(std::iter::once(a.letter()))
                })
        }),
        Term::AminoAcid(letters) => is_one_of(letters, residue.amino_acid),
        Term::AtomName(names) => names.iter().any(|n| residue.atom(n).is_some()),
        Term::Secondary(classes) => {
            classes.contains(&secondary.get(index).copied().unwrap_or_default())
        }
        Term::None
        | Term::Interface
        | Term::Neighbours(_)
        | Term::Compare(..)
        | Term::OneOf(..)
        | Term::Within(..)
        | Term::Not(_)
        | Term::And(..)
        | Term::Or(..) => false,
    }
}

/// The residues with any atom within a distance of any atom of the inner selection, itself included.
fn within(distance: f64, inner: &Term, rows: &Rows<'_>) -> Vec<bool> {
    let everyone: Vec<usize> = (0..rows.protein.len()).collect();
    // About residues alone, the inner selection means residues, whether or not they have a row.
    let chosen: Vec<usize> = if compares(inner) {
        let held = self::rows(inner, rows);
        let residues = rows.residues.iter().zip(held);
        residues
            .filter(|(_, held)| *held)
            .map(|(r, _)| *r)
            .collect()
    } else {
        let all = Rows {
            residues: &everyone,
            ..*rows
        };
        let held = self::rows(inner, &all);
        everyone.iter().copied().filter(|&r| held[r]).collect()
    };
    let mut near = vec![false; rows.protein.len()];
    let residues = &rows.protein.residues;
    let spheres: Vec<Option<(Vec3, f64)>> = residues.iter().map(sphere).collect();
    let is_named = names_neighbours(inner);
    let neighbours = rows.protein.context.neighbours.iter();
    for neighbour in neighbours.filter(|n| of_neighbour(inner, n, is_named)) {
        let Some((place, radius)) = sphere(&neighbour.residue) else {
            continue;
        };
        for (other, sphere) in spheres.iter().enumerate().filter(|_| distance >= 0.0) {
            let Some((q, r)) = sphere.filter(|_| !near[other]) else {
                continue;
            };
            if (q - place).norm() <= distance + radius + r {
                near[other] = touches(&neighbour.residue, &residues[other], distance);
            }
        }
    }
    let mut seen = vec![false; residues.len()];
    for centre in chosen {
        let Some((place, radius)) = spheres.get(centre).copied().flatten() else {
            continue;
        };
        if std::mem::replace(&mut seen[centre], true) {
            continue;
        }
        near[centre] = true;
        for (other, sphere) in spheres.iter().enumerate().filter(|_| distance >= 0.0) {
            let Some((q, r)) = sphere.filter(|_| !near[other]) else {
                continue;
            };
            if (q - place).norm() <= distance + radius + r {
                near[other] = touches(&residues[centre], &residues[other], distance);
            }
        }
    }
    near
}

fn compares(term: &Term) -> bool {
    match term {
        Term::Compare(..) | Term::OneOf(..) => true,
        Term::Within(_, a) | Term::Not(a) => compares(a),
        Term::And(a, b) | Term::Or(a, b) => compares(a) || compares(b),
        _ => false,
    }
}

/// A sphere around all atoms.
fn sphere(residue: &Residue) -> Option<(Vec3, f64)> {
    let centre = residue.atoms.first()?.position;
    let reach = |a: &crate::protein::Atom| (a.position - centre).norm();
    Some((centre, residue.atoms.iter().map(reach).fold(0.0, f64::max)))
}

fn touches(a: &Residue, b: &Residue, distance: f64) -> bool {
    let limit = distance * distance;
    a.atoms.iter().any(|p| {
        b.atoms
            .iter()
            .any(|q| (p.position - q.position).norm_squared() <= limit)
    })
}
