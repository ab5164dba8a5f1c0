//! What the motion network reads of six elastic networks: each solved by one Cholesky factor and its
//! triangular inverse; the whole pseudo-inverse is never formed.

use faer::linalg::cholesky::llt::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::{Mat, Par, Side};
use rayon::prelude::*;

use crate::numeric::{Covariance3, Vec3};
use crate::progress::{Cancelled, Checkpoint};

/// Eigenvalues below this are taken for this in a logarithm.
const FLOOR: f64 = 1e-6;
/// Networks of this many residues or more use every core on one solve; smaller ones run side by side.
const LARGE: usize = 500;

/// What is read of the networks; all of it independent of how the molecule lies once the shapes
/// are seen from the local frames.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Elastic {
    /// Log mean square fluctuation of GNM 10 Å, GNM 7.5 Å and GNM 1/d², as they come.
    pub gnm: [Vec<f64>; 3],
    /// Log amplitude of ANM 15 Å, 1/d⁴ and 1/d⁸, as they come.
    pub amplitude: [Vec<f64>; 3],
    /// Traceless log shape of the same three, world frame.
    pub shape: [Vec<Covariance3>; 3],
    /// Correlation with every listed neighbour by GNM 10 Å, (N × K).
    pub gnm_correlation: Vec<f64>,
    /// Correlation with every listed neighbour by ANM 1/d⁸, (N × K).
    pub anm_correlation: Vec<f64>,
}

/// How stiff two residues are tied.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Spring {
    /// 1 within the distance in Å, else 0.
    Cutoff(f64),
    /// 1 / distance to this power, the distance at least 2 Å.
    Power(i32),
}

impl Spring {
    fn constant(self, distance: f64) -> f64 {
        match self {
            Self::Cutoff(limit) => f64::from(u8::from(distance < limit)),
            Self::Power(n) => distance.max(2.0).powi(n).recip(),
        }
    }
}

const GNM: [Spring; 3] = [Spring::Cutoff(10.0), Spring::Cutoff(7.5), Spring::Power(2)];
const ANM: [Spring; 3] = [Spring::Cutoff(15.0), Spring::Power(4), Spring::Power(8)];

impl Elastic {
    /// Solves the six networks of these Cα (Å). `neighbours` holds K indices a residue.
    pub(crate) fn solve(
        ca: &[Vec3],
        neighbours: &[u32],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Self, Cancelled> {
        let parts = 6;
        let run = |part: usize| -> Result<Part, Cancelled> {
            checkpoint.reached(part, parts)?;
            let par = if ca.len() >= LARGE {
                Par::rayon(0)
            } else {
                Par::Seq
            };
            Ok(if part < 3 {
                solve_gnm(ca, GNM[part], (part == 0).then_some(neighbours), par)
            } else {
                solve_anm(ca, ANM[part - 3], (part == 5).then_some(neighbours), par)
            })
        };
        // The large ones first, so that the small ones fill the gaps.
        let mut solved: Vec<Part> = if ca.len() >= LARGE {
            (0..parts).map(run).collect::<Result<_, _>>()?
        } else {
            (0..parts)
                .into_par_iter()
                .rev()
                .map(run)
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .rev()
                .collect()
        };
        let mut take = |i: usize| std::mem::take(&mut solved[i]);
        let (g10, g7, gp, a15, a4, a8) = (take(0), take(1), take(2), take(3), take(4), take(5));
        Ok(Self {
            gnm: [g10.amplitude, g7.amplitude, gp.amplitude],
            amplitude: [a15.amplitude, a4.amplitude, a8.amplitude],
            shape: [a15.shape, a4.shape, a8.shape],
            gnm_correlation: g10.correlation,
            anm_correlation: a8.correlation,
        })
    }
}

/// Log amplitudes (N) and correlations (N × N) of all pairs by ANM 1/d⁸.
#[cfg(feature = "train")]
pub(crate) fn parameter_free_map(ca: &[Vec3]) -> (Vec<f64>, Vec<f64>) {
    let n = ca.len() as u32;
    let every: Vec<u32> = (0..n).flat_map(|_| 0..n).collect();
    let part = solve_anm(ca, Spring::Power(8), Some(&every), Par::Seq);
    (part.amplitude, part.correlation)
}

/// What one network gives.
#[derive(Debug, Default)]
struct Part {
    amplitude: Vec<f64>,
    shape: Vec<Covariance3>,
    correlation: Vec<f64>,
}

fn solve_gnm(ca: &[Vec3], spring: Spring, neighbours: Option<&[u32]>, par: Par) -> Part {
    let n = ca.len();
    let constant = (n as f64).recip();
    let mut kirchhoff = Mat::<f64>::zeros(n, n);
    for j in 0..n {
        for i in 0..j {
            let g = spring.constant((ca[i] - ca[j]).norm());
            kirchhoff[(i, j)] = -g;
            kirchhoff[(j, i)] = -g;
            kirchhoff[(i, i)] += g;
            kirchhoff[(j, j)] += g;
        }
    }
    let rigid = Mat::<f64>::from_fn(n, 1, |_, _| constant.sqrt());
    let inverse = Inverse::of(&kirchhoff, &rigid, 1e-9, 1e-15, par);
    let diagonal: Vec<f64> = (0..n).map(|i| inverse.entry(i, i)).collect();
    let correlation = neighbours.map_or_else(Vec::new, |nb| {
        correlations(nb, n, |i, j| {
            inverse.entry(i, j) / (diagonal[i] * diagonal[j]).sqrt()
        })
    });
    Part {
        amplitude: diagonal.iter().map(|d| d.max(FLOOR).ln()).collect(),
        shape: Vec::new(),
        correlation,
    }
}

fn solve_anm(ca: &[Vec3], spring: Spring, neighbours: Option<&[u32]>, par: Par) -> Part {
    let n = ca.len();
    let inverse = Inverse::of(&hessian(ca, spring), &rigid_motions(ca), 1e-8, 1e-6, par);
    let block =
        |i: usize, j: usize| Covariance3::from_fn(|a, b| inverse.entry(3 * i + a, 3 * j + b));
    let trace = |i: usize, j: usize| {
        (0..3)
            .map(|a| inverse.entry(3 * i + a, 3 * j + a))
            .sum::<f64>()
            / 3.0
    };
    let (amplitude, shape) = (0..n).map(|i| amplitude_and_shape(&block(i, i))).unzip();
    let correlation = neighbours.map_or_else(Vec::new, |nb| {
        let diagonal: Vec<f64> = (0..n).map(|i| trace(i, i)).collect();
        correlations(nb, n, |i, j| {
            trace(i, j) / (diagonal[i] * diagonal[j] + 1e-9).sqrt()
        })
    });
    Part {
        amplitude,
        shape,
        correlation,
    }
}

/// `entry(i, j)` for the K listed neighbours j of every residue i; 0 where it is not finite.
fn correlations(
    neighbours: &[u32],
    residues: usize,
    entry: impl Fn(usize, usize) -> f64 + Sync,
) -> Vec<f64> {
    let k = neighbours.len() / residues;
    neighbours
        .par_iter()
        .enumerate()
        .map(|(at, &j)| Some(entry(at / k, j as usize)).filter(|c| c.is_finite()))
        .map(Option::unwrap_or_default)
        .collect()
}

/// log(tr/3) and the traceless part of the logarithm: how far, and which way.
pub(crate) fn amplitude_and_shape(covariance: &Covariance3) -> (f64, Covariance3) {
    let eigen = covariance.symmetric_eigen();
    let values = eigen.eigenvalues.map(|w| w.max(FLOOR));
    let log = values.map(f64::ln);
    let centred = log.add_scalar(-log.mean());
    let v = eigen.eigenvectors;
    (
        values.mean().ln(),
        v * Covariance3::from_diagonal(&centred) * v.transpose(),
    )
}

fn hessian(ca: &[Vec3], spring: Spring) -> Mat<f64> {
    let n = ca.len();
    let mut h = Mat::<f64>::zeros(3 * n, 3 * n);
    let mut own = vec![Covariance3::zeros(); n];
    for j in 0..n {
        for i in 0..j {
            let d = ca[j] - ca[i];
            let distance = d.norm();
            let g = spring.constant(distance);
            if g == 0.0 {
                continue;
            }
            let block = d * d.transpose() * (g / distance.max(1e-3).powi(2));
            own[i] += block;
            own[j] += block;
            for b in 0..3 {
                for a in 0..3 {
                    h[(3 * j + a, 3 * i + b)] = -block[(a, b)]; // the lower triangle is all that is read
                }
            }
        }
    }
    for (i, block) in own.iter().enumerate() {
        for b in 0..3 {
            for a in 0..3 {
                h[(3 * i + a, 3 * i + b)] = block[(a, b)];
            }
        }
    }
    h
}

/// An orthonormal basis of the rigid motions: three translations, three rotations, fewer where the
/// residues do not span the space.
fn rigid_motions(ca: &[Vec3]) -> Mat<f64> {
    let n = ca.len();
    let centre = ca.iter().sum::<Vec3>() / n as f64;
    let axes = [Vec3::x(), Vec3::y(), Vec3::z()];
    let translations = axes.iter().map(|axis| vec![*axis; n]);
    let rotations = axes
        .iter()
        .map(|axis| ca.iter().map(|x| axis.cross(&(x - centre))).collect());
    let dot = |a: &[Vec3], b: &[Vec3]| a.iter().zip(b).map(|(x, y)| x.dot(y)).sum::<f64>();
    let mut basis: Vec<Vec<Vec3>> = Vec::with_capacity(6);
    for mut motion in translations.chain(rotations) {
        let size = dot(&motion, &motion).sqrt();
        for _ in 0..2 {
            for other in &basis {
                let share = dot(&motion, other);
                for (x, y) in motion.iter_mut().zip(other) {
                    *x -= y * share;
                }
            }
        }
        let left = dot(&motion, &motion).sqrt();
        if left > 1e-6 * size.max(1e-6) {
            for x in &mut motion {
                *x /= left;
            }
            basis.push(motion);
        }
    }
    Mat::from_fn(3 * n, basis.len(), |row, column| {
        basis[column][row / 3][row % 3]
    })
}

/// A pseudo-inverse whose entries are computed one by one.
enum Inverse {
    /// M⁻¹ = L⁻ᵀ L⁻¹ less the projector on the rigid motions; L⁻¹, and the motions transposed.
    Factored(Mat<f64>, Mat<f64>),
    /// By eigenvectors, where the network falls apart: eigenvectors / √eigenvalue, transposed.
    Decomposed(Mat<f64>),
}

impl Inverse {
    /// (M + Q Qᵀ + jitter)⁻¹ − Q Qᵀ; only the lower triangle of M is read.
    fn of(matrix: &Mat<f64>, rigid: &Mat<f64>, jitter: f64, cutoff: f64, par: Par) -> Self {
        let n = matrix.nrows();
        let mut factor = rigid * rigid.transpose();
        for j in 0..n {
            for i in j..n {
                factor[(i, j)] += matrix[(i, j)];
            }
            factor[(j, j)] += jitter;
        }
        let mut memory = faer::dyn_stack::MemBuffer::new(cholesky_in_place_scratch::<f64>(
            n,
            par,
            faer::prelude::default(),
        ));
        let factored = cholesky_in_place(
            factor.as_mut(),
            faer::prelude::default(),
            par,
            faer::dyn_stack::MemStack::new(&mut memory),
            faer::prelude::default(),
        );
        if factored.is_err() {
            return Self::decompose(matrix, cutoff);
        }
        let mut inverse = Mat::zeros(n, n);
        invert_lower_triangular(inverse.as_mut(), factor.as_ref(), par);
        Self::Factored(inverse, rigid.transpose().to_owned())
    }

    fn decompose(matrix: &Mat<f64>, cutoff: f64) -> Self {
        let n = matrix.nrows();
        let Ok(eigen) = matrix.self_adjoint_eigen(Side::Lower) else {
            return Self::Decomposed(Mat::zeros(0, n));
        };
        let values: Vec<f64> = (0..n).map(|i| eigen.S()[i]).collect();
        let largest = values.iter().fold(0.0_f64, |a, &b| a.max(b.abs()));
        let kept: Vec<usize> = (0..n).filter(|&i| values[i] > cutoff * largest).collect();
        Self::Decomposed(Mat::from_fn(kept.len(), n, |k, i| {
            eigen.U()[(i, kept[k])] / values[kept[k]].sqrt()
        }))
    }

    fn entry(&self, i: usize, j: usize) -> f64 {
        match self {
            Self::Factored(inverse, rigid) => {
                let from = i.max(j);
                column_product(inverse, i, j, from) - column_product(rigid, i, j, 0)
            }
            Self::Decomposed(scaled) => column_product(scaled, i, j, 0),
        }
    }
}

/// Product of two columns from row `from` on.
fn column_product(m: &Mat<f64>, i: usize, j: usize, from: usize) -> f64 {
    let a = &m.col_as_slice(i)[from..];
    let b = &m.col_as_slice(j)[from..];
    let mut sums = [0.0; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a4
        .remainder()
        .iter()
        .zip(b4.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in a4.zip(b4) {
        for k in 0..4 {
            sums[k] += x[k] * y[k];
        }
    }
    sums.iter().sum::<f64>() + rest
}
