//! Building the stiffness of a network: springs, pieces, rigid motions.

use rayon::prelude::*;

use crate::analysis::parts::{pieces, touching};
use crate::numeric::Vec3;
use crate::numeric::factor::Symmetric;
use crate::numeric::sparse::Entry;
use crate::progress::{Cancelled, Checkpoint};

/// Å at which springs without a cut-off end in a network that is too large to be solved whole: with
/// springs 1/d⁸ all those beyond are together less than a hundredth of those within.
pub const FARTHEST_ANGSTROM: f64 = 12.0;

/// Å below which two Cα atoms count as this far apart, in springs that fall with the distance.
const SHORTEST_ANGSTROM: f64 = 2.0;

/// Atoms whose springs are built between two checkpoints.
const STRIP: usize = 256;

/// The spring between two Cα atoms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spring {
    /// 1 up to that distance in Å, 0 beyond.
    Cutoff(f64),
    /// 1/dⁿ, d in Å and at least 2 Å; no cut-off.
    Power(u32),
    /// 1/d⁸, a hundred times that between neighbours along the chain and five times between next
    /// neighbours.
    Chain,
}

impl Spring {
    /// Stiffness of the spring between atoms `i` and `j` (numbered along the chain) at `d` Å.
    #[must_use]
    pub fn stiffness(self, d: f64, separation: usize) -> f64 {
        let power = |n: i32| d.max(SHORTEST_ANGSTROM).powi(-n);
        match self {
            Self::Cutoff(limit) => f64::from(u8::from(d <= limit)),
            Self::Power(n) => power(n.cast_signed()),
            Self::Chain => {
                power(8)
                    * match separation {
                        1 => 100.0,
                        2 => 5.0,
                        _ => 1.0,
                    }
            }
        }
    }

    /// Whether distant atoms have no spring at all.
    #[must_use]
    pub fn has_cutoff(self) -> bool {
        matches!(self, Self::Cutoff(_))
    }
}

/// Cα atoms, where they are in the chain, and the springs between them.
#[derive(Debug, Clone, Copy)]
pub struct Network<'a> {
    /// Cα positions in Å.
    pub positions: &'a [Vec3],
    /// Place of each atom along the chain, so that neighbours differ by one.
    pub places: &'a [usize],
    /// The springs.
    pub spring: Spring,
    /// So many of the atoms, the last ones, follow the others; what moves are the others.
    pub followers: usize,
}

impl Network<'_> {
    /// Number of atoms that move of themselves.
    #[must_use]
    pub fn own(&self) -> usize {
        self.positions.len() - self.followers
    }

    fn spring(&self, i: usize, j: usize) -> (Vec3, f64, f64) {
        let delta = self.positions[j] - self.positions[i];
        let distance = delta.norm();
        let separation = self.places[i].abs_diff(self.places[j]);
        (delta, distance, self.spring.stiffness(distance, separation))
    }

    /// For every atom the number of its part: springs without a cut-off hold together what touches.
    fn parts(&self) -> Vec<usize> {
        let mut part = vec![0; self.positions.len()];
        if !self.spring.has_cutoff() {
            for (number, atoms) in touching(self.positions).iter().enumerate() {
                for &i in atoms {
                    part[i] = number;
                }
            }
        }
        part
    }

    /// The Kirchhoff matrix (N, N).
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn kirchhoff(&self, checkpoint: &dyn Checkpoint) -> Result<Symmetric, Cancelled> {
        let n = self.positions.len();
        let part = self.parts();
        let values = self.by_atoms(n, checkpoint, |j, column| {
            let mut sum = 0.0;
            for i in (0..n).filter(|&i| i != j && part[i] == part[j]) {
                let (_, _, stiffness) = self.spring(i, j);
                sum += stiffness;
                if i > j {
                    column[i] = -stiffness;
                }
            }
            column[j] = sum;
        })?;
        Ok(Symmetric::from_columns(n, values).unwrap_or_else(Symmetric::empty))
    }

    /// The Hessian (3N, 3N) of the energy ½ Σ k (d − d₀)².
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn hessian(&self, checkpoint: &dyn Checkpoint) -> Result<Symmetric, Cancelled> {
        let n = self.positions.len();
        let part = self.parts();
        let values = self.by_atoms(9 * n, checkpoint, |j, columns| {
            self.hessian_columns(j, &part, columns);
        })?;
        Ok(Symmetric::from_columns(3 * n, values).unwrap_or_else(Symmetric::empty))
    }

    /// The columns of every atom, `length` numbers an atom.
    fn by_atoms(
        &self,
        length: usize,
        checkpoint: &dyn Checkpoint,
        fill: impl Fn(usize, &mut [f64]) + Sync,
    ) -> Result<Vec<f64>, Cancelled> {
        let n = self.positions.len();
        let mut values = vec![0.0; length * n];
        for (strip, columns) in values.chunks_mut((length * STRIP).max(1)).enumerate() {
            checkpoint.reached(0, n)?;
            let atoms = columns.par_chunks_mut(length).enumerate();
            atoms.for_each(|(j, columns)| fill(strip * STRIP + j, columns));
        }
        Ok(values)
    }

    fn hessian_columns(&self, j: usize, part: &[usize], columns: &mut [f64]) {
        let n = self.positions.len();
        let mut own = nalgebra::Matrix3::zeros();
        for i in (0..n).filter(|&i| i != j && part[i] == part[j]) {
            let (delta, distance, stiffness) = self.spring(i, j);
            if stiffness == 0.0 {
                continue;
            }
            let unit = delta / distance.max(1e-3);
            let block = unit * unit.transpose() * stiffness;
            own += block;
            if i > j {
                for b in 0..3 {
                    for a in 0..3 {
                        columns[3 * n * b + 3 * i + a] = -block[(a, b)];
                    }
                }
            }
        }
        for b in 0..3 {
            for a in b..3 {
                columns[3 * n * b + 3 * j + a] = own[(a, b)];
            }
        }
    }

    /// The entries of the Kirchhoff matrix's lower half that are not zero; springs that fall with the
    /// distance end at `FARTHEST_ANGSTROM`.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn sparse_kirchhoff(&self, checkpoint: &dyn Checkpoint) -> Result<Vec<Entry>, Cancelled> {
        let mut own = vec![0.0; self.positions.len()];
        let mut entries = Vec::new();
        self.for_each_near_pair(checkpoint, |i, j, _, stiffness| {
            own[i] += stiffness;
            own[j] += stiffness;
            entries.push(Entry::new(i, j, -stiffness));
        })?;
        entries.extend(own.iter().enumerate().map(|(i, k)| Entry::new(i, i, *k)));
        Ok(entries)
    }

    /// The entries of the Hessian's lower half that are not zero, as in [`Self::sparse_kirchhoff`].
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn sparse_hessian(&self, checkpoint: &dyn Checkpoint) -> Result<Vec<Entry>, Cancelled> {
        let mut own = vec![nalgebra::Matrix3::zeros(); self.positions.len()];
        let mut entries = Vec::new();
        self.for_each_near_pair(checkpoint, |i, j, unit, stiffness| {
            let block = unit * unit.transpose() * stiffness;
            own[i] += block;
            own[j] += block;
            for a in 0..3 {
                for b in 0..3 {
                    entries.push(Entry::new(3 * i + a, 3 * j + b, -block[(a, b)]));
                }
            }
        })?;
        for (i, block) in own.iter().enumerate() {
            for a in 0..3 {
                for b in 0..=a {
                    entries.push(Entry::new(3 * i + a, 3 * i + b, block[(a, b)]));
                }
            }
        }
        Ok(entries)
    }

    /// Pairs i > j, the direction between them, the spring.
    fn for_each_near_pair(
        &self,
        checkpoint: &dyn Checkpoint,
        mut visit: impl FnMut(usize, usize, Vec3, f64),
    ) -> Result<(), Cancelled> {
        for i in 0..self.positions.len() {
            checkpoint.reached(0, self.positions.len())?;
            for j in 0..i {
                let (delta, distance, stiffness) = self.spring(i, j);
                if stiffness > 0.0 && (self.spring.has_cutoff() || distance <= FARTHEST_ANGSTROM) {
                    visit(i, j, delta / distance.max(1e-3), stiffness);
                }
            }
        }
        Ok(())
    }

    /// The connected pieces, each a list of atoms; springs without a cut-off hold together what touches.
    #[must_use]
    pub fn pieces(&self) -> Vec<Vec<usize>> {
        if self.spring.has_cutoff() {
            pieces(self.positions.len(), |i, j| self.spring(i, j).2 > 0.0)
        } else {
            touching(self.positions)
        }
    }

    /// The same of those atoms that move of themselves: through others they may hold together.
    #[must_use]
    pub fn own_pieces(&self) -> Vec<Vec<usize>> {
        let own = self.own();
        let mut pieces = self.pieces();
        for piece in &mut pieces {
            piece.retain(|i| *i < own);
        }
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }

    /// One constant vector of length 1 a piece: the null space of the Kirchhoff matrix.
    #[must_use]
    pub fn constants(&self, pieces: &[Vec<usize>]) -> Vec<Vec<f64>> {
        let n = self.own();
        let constant = |piece: &Vec<usize>| {
            let mut v = vec![0.0; n];
            for &i in piece {
                v[i] = (piece.len() as f64).sqrt().recip();
            }
            v
        };
        pieces.iter().map(constant).collect()
    }

    /// Orthonormal translations and rotations of each piece: six, or fewer where the atoms lie on one
    /// line.
    #[must_use]
    pub fn rigid_motions(&self, pieces: &[Vec<usize>]) -> Vec<Vec<f64>> {
        pieces
            .iter()
            .flat_map(|p| self.rigid_motions_of(p))
            .collect()
    }

    fn rigid_motions_of(&self, piece: &[usize]) -> Vec<Vec<f64>> {
        let n = self.own();
        let centre: Vec3 =
            piece.iter().map(|&i| self.positions[i]).sum::<Vec3>() / piece.len() as f64;
        let mut basis: Vec<Vec<f64>> = Vec::with_capacity(6);
        for k in 0..6 {
            let mut v = vec![0.0; 3 * n];
            for &i in piece {
                let axis = Vec3::ith(k % 3, 1.0);
                let moved = if k < 3 {
                    axis
                } else {
                    axis.cross(&(self.positions[i] - centre))
                };
                v[3 * i..3 * i + 3].copy_from_slice(moved.as_slice());
            }
            add_orthonormal(&mut basis, v);
        }
        basis
    }
}

/// Gram–Schmidt, twice; a vector that depends on the others is dropped.
fn add_orthonormal(basis: &mut Vec<Vec<f64>>, mut v: Vec<f64>) {
    let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let before = norm(&v);
    for _ in 0..2 {
        for b in basis.iter() {
            let along: f64 = v.iter().zip(b).map(|(x, y)| x * y).sum();
            for (x, y) in v.iter_mut().zip(b) {
                *x -= along * y;
            }
        }
    }
    let after = norm(&v);
    if after > 1e-6 * before.max(1e-6) {
        for x in &mut v {
            *x /= after;
        }
        basis.push(v);
    }
}
