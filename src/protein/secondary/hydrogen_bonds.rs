//! Backbone hydrogen bonds by their electrostatic energy.

use crate::numeric::{Cells, Vec3};
use crate::protein::{AminoAcid, Protein};

/// Å between Cα beyond which no bond is looked for.
const REACH: f64 = 9.0;
/// kcal/mol below which two groups are bonded.
const BONDED: f64 = -0.5;
/// kcal/mol, what a bond is worth at most.
const STRONGEST: f64 = -9.9;
/// kcal Å/mol: the partial charges times the conversion, 0.42 e × 0.20 e × 332.
const COUPLING: f64 = 27.888;

/// A residue with a complete backbone.
#[derive(Debug, Clone)]
pub(super) struct Backbone {
    pub n: Vec3,
    pub ca: Vec3,
    pub c: Vec3,
    pub o: Vec3,
    /// Where the amide hydrogen is thought to be; none for proline and after a break.
    pub h: Option<Vec3>,
    /// Whether the residue before it is bonded to it.
    pub joined: bool,
}

/// The bonds that each NH gives, at most its two best.
#[derive(Debug)]
pub(super) struct Bonds {
    given: Vec<[(usize, f64); 2]>,
}

const NONE: (usize, f64) = (usize::MAX, 0.0);

impl Bonds {
    /// Whether the NH of `donor` is bonded to the CO of `acceptor`.
    pub fn has(&self, donor: usize, acceptor: usize) -> bool {
        self.given[donor]
            .iter()
            .any(|&(a, energy)| a == acceptor && energy < BONDED)
    }

    /// Every bond: donor and acceptor.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize)> {
        self.given.iter().enumerate().flat_map(|(donor, given)| {
            given
                .iter()
                .filter(|(_, energy)| *energy < BONDED)
                .map(move |&(acceptor, _)| (donor, acceptor))
        })
    }

    fn offer(&mut self, donor: usize, acceptor: usize, energy: f64) {
        let [best, second] = &mut self.given[donor];
        if energy < best.1 {
            *second = *best;
            *best = (acceptor, energy);
        } else if energy < second.1 {
            *second = (acceptor, energy);
        }
    }
}

/// The backbone of each residue, `None` where an atom is missing.
pub(super) fn backbones(protein: &Protein) -> Vec<Option<Backbone>> {
    let bonded = protein.bonded();
    let mut found: Vec<Option<Backbone>> = Vec::with_capacity(protein.len());
    for (i, residue) in protein.residues.iter().enumerate() {
        let carbonyl = ["O", "OT1", "O1", "OXT"]
            .iter()
            .find_map(|name| residue.position(name));
        let backbone = (|| {
            Some(Backbone {
                n: residue.position("N")?,
                ca: residue.position("CA")?,
                c: residue.position("C")?,
                o: carbonyl?,
                h: None,
                joined: false,
            })
        })();
        let before = i
            .checked_sub(1)
            .filter(|&p| bonded[p])
            .and_then(|p| found[p].as_ref());
        let proline = residue.amino_acid == Some(AminoAcid::Pro);
        let joined = backbone.map(|mut b| {
            if let Some(before) = before {
                b.joined = true;
                let direction = (before.c - before.o).try_normalize(1e-6);
                b.h = direction.filter(|_| !proline).map(|d| b.n + d);
            }
            b
        });
        found.push(joined);
    }
    found
}

/// All bonds, by a grid of cells, so that the work grows with the number of residues.
pub(super) fn find(residues: &[Option<Backbone>]) -> Bonds {
    let mut bonds = Bonds {
        given: vec![[NONE; 2]; residues.len()],
    };
    let present = residues.iter().enumerate();
    let present = present.filter_map(|(i, r)| Some((i, r.as_ref()?)));
    let present: Vec<(usize, &Backbone)> = present.collect();
    let cells = Cells::new(present.iter().map(|(_, r)| r.ca), REACH);
    for (donor, residue) in residues.iter().enumerate() {
        let Some((r, h)) = residue.as_ref().and_then(|r| r.h.map(|h| (r, h))) else {
            continue;
        };
        for (acceptor, other) in cells.around(r.ca).map(|k| present[k]) {
            let own = acceptor == donor || acceptor + 1 == donor;
            if !own && (other.ca - r.ca).norm() < REACH {
                bonds.offer(donor, acceptor, energy(r.n, h, other.c, other.o));
            }
        }
    }
    bonds
}

/// kcal/mol, to a thousandth as DSSP has it.
fn energy(n: Vec3, h: Vec3, c: Vec3, o: Vec3) -> f64 {
    let distances = [
        (o - n).norm(),
        (c - h).norm(),
        (o - h).norm(),
        (c - n).norm(),
    ];
    if distances.iter().any(|d| *d < 0.5) {
        return STRONGEST;
    }
    let [on, ch, oh, cn] = distances;
    let energy = COUPLING * (1.0 / on + 1.0 / ch - 1.0 / oh - 1.0 / cn);
    ((energy * 1000.0).round() / 1000.0).max(STRONGEST)
}
