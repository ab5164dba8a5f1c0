//! The cheap part of the motion features: geometry of the backbone, neighbours, edges.

use super::elastic::Elastic;
use crate::models::motion::{EDGE_FEATURES, MotionInput, NEIGHBOURS, PLAIN_NODE_FEATURES};
use crate::numeric::{Covariance3, Frame, Vec3};
use crate::progress::{Cancelled, Checkpoint};

/// Upper triangle of a symmetric 3 × 3 as six numbers: xx yy zz xy xz yz.
const SIX: [(usize, usize); 6] = [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)];
const CA_SHELLS: [(f64, f64); 7] = [
    (6.0, 4.0),
    (8.0, 7.0),
    (10.0, 13.0),
    (12.0, 22.0),
    (14.0, 33.0),
    (16.0, 45.0),
    (20.0, 75.0),
];
const CB_SHELLS: [(f64, f64); 5] = [
    (6.0, 4.0),
    (8.0, 8.0),
    (10.0, 13.0),
    (12.0, 21.0),
    (14.0, 31.0),
];
/// Å between C and the next N above which the chain is broken.
const BREAK: f64 = 2.5;

/// N, CA, C of the residues that have all three, and who they are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Backbone {
    /// Å.
    pub n: Vec<Vec3>,
    /// Å.
    pub ca: Vec<Vec3>,
    /// Å.
    pub c: Vec<Vec3>,
    /// Index into `ARNDCQEGHILKMFPSTWYV`, 20 = anything else.
    pub residue: Vec<u32>,
    /// Number of the chain: where it changes a chain ends.
    pub chain: Vec<u32>,
}

/// The K nearest residues of every residue, itself first; (N × K) and K.
///
/// # Errors
/// [`Cancelled`].
pub(crate) fn neighbours(
    ca: &[Vec3],
    checkpoint: &dyn Checkpoint,
) -> Result<(Vec<u32>, usize), Cancelled> {
    let k = NEIGHBOURS.min(ca.len());
    let mut all = Vec::with_capacity(ca.len() * k);
    let mut order: Vec<(f64, u32)> = Vec::with_capacity(ca.len());
    for (i, x) in ca.iter().enumerate() {
        checkpoint.reached(i, ca.len())?;
        order.clear();
        order.extend(ca.iter().zip(0u32..).map(|(y, j)| ((x - y).norm(), j)));
        let nearer = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if k < order.len() {
            order.select_nth_unstable_by(k - 1, nearer);
        }
        order[..k].sort_unstable_by(nearer);
        all.extend(order[..k].iter().map(|&(_, j)| j));
    }
    Ok((all, k))
}

impl Backbone {
    /// The local frames; collinear atoms, which no real residue has, give the world's axes.
    pub(crate) fn frames(&self) -> Vec<Frame> {
        (0..self.ca.len())
            .map(|i| {
                Frame::from_backbone(self.n[i], self.ca[i], self.c[i]).unwrap_or(Frame {
                    rotation: nalgebra::Matrix3::identity(),
                    origin: self.ca[i],
                })
            })
            .collect()
    }

    /// Cβ at its ideal place, for glycine too; a real Cβ is never read.
    fn ideal_cb(&self) -> Vec<Vec3> {
        (0..self.ca.len())
            .map(|i| {
                let b = self.ca[i] - self.n[i];
                let c = self.c[i] - self.ca[i];
                self.ca[i] - 0.582_734_31 * b.cross(&c) + 0.568_028_27 * b - 0.540_674_66 * c
            })
            .collect()
    }

    /// What the network reads, from this backbone and what the elastic networks said of it (or of
    /// a backbone that differs by a little noise). `neighbours` holds K indices a residue.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub(crate) fn features(
        &self,
        elastic: &Elastic,
        neighbours: &[u32],
        checkpoint: &dyn Checkpoint,
    ) -> Result<MotionInput, Cancelled> {
        let (frames, cb) = (self.frames(), self.ideal_cb());
        let shapes = elastic.shape.each_ref().map(|shape| {
            frames
                .iter()
                .zip(shape)
                .map(|(f, t)| six(&f.to_local(t)))
                .collect::<Vec<[f32; 6]>>()
        });
        let k = neighbours.len() / self.ca.len();
        Ok(MotionInput {
            residues: self.ca.len(),
            node: self.node(&cb, elastic, &shapes, checkpoint)?,
            edge: self.edge(&frames, &cb, elastic, (neighbours, k), checkpoint)?,
            relative_position: self.relative_positions(neighbours, k),
            neighbours: neighbours.to_vec(),
            shape_prior: shapes[2].clone(),
            trunk: Vec::new(),
        })
    }

    fn node(
        &self,
        cb: &[Vec3],
        elastic: &Elastic,
        shapes: &[Vec<[f32; 6]>; 3],
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<f32>, Cancelled> {
        let n = self.ca.len();
        let contacts = [
            negative_log_contacts(&self.ca, checkpoint)?,
            negative_log_contacts(cb, checkpoint)?,
        ];
        let z_columns: Vec<Vec<f64>> = elastic
            .gnm
            .iter()
            .chain(&elastic.amplitude)
            .cloned()
            .chain(contacts)
            .map(standardised)
            .collect();
        let centre = self.ca.iter().sum::<Vec3>() / n as f64;
        let from_centre: Vec<f64> = self.ca.iter().map(|x| (x - centre).norm()).collect();
        let square = from_centre.iter().map(|r| r * r).sum::<f64>() / n as f64;
        let gyration = square.sqrt().max(1e-3);
        let angles = self.dihedrals();
        let from_ends = self.distances_from_ends();
        let mut node = Vec::with_capacity(n * PLAIN_NODE_FEATURES);
        let size = [
            (n as f64).ln() / 2.0 - 2.5,
            gyration / (n as f64).powf(0.38) / 2.2 - 1.0,
        ];
        for i in 0..n {
            checkpoint.reached(i, n)?;
            node.extend((0..21).map(|a| f32::from(u8::from(self.residue[i] == a))));
            node.extend(angles[i].iter().map(|&x| x as f32));
            node.extend(z_columns.iter().map(|z| z[i] as f32));
            node.push((from_centre[i] / gyration - 1.0) as f32);
            node.extend(shells(&self.ca, i, &CA_SHELLS));
            node.extend(shells(cb, i, &CB_SHELLS));
            node.extend(self.half_spheres(cb, i));
            let (first, last) = from_ends[i];
            node.extend(
                [first / 5.0, last / 5.0, first / 20.0, last / 20.0].map(|x| (-x).exp() as f32),
            );
            node.extend(size.map(|x| x as f32));
            for shape in shapes {
                node.extend(shape[i]);
            }
        }
        Ok(node)
    }

    /// Residues to the first and to the last of the own chain.
    fn distances_from_ends(&self) -> Vec<(f64, f64)> {
        let chains = self.chain.chunk_by(|a, b| a == b);
        chains
            .flat_map(|chain| {
                let n = chain.len();
                (0..n).map(move |i| (i as f64, (n - 1 - i) as f64))
            })
            .collect()
    }

    /// Residues from each to its neighbours, 0 to 32 for −16 to 16; 32 from one chain to another,
    /// whichever comes first.
    fn relative_positions(&self, neighbours: &[u32], k: usize) -> Vec<u32> {
        let shift = |(at, &j): (usize, &u32)| {
            let (i, j) = (at / k, j as usize);
            if self.chain[i] != self.chain[j] {
                return 32;
            }
            ((j as i64 - i as i64).clamp(-16, 16) + 16) as u32
        };
        neighbours.iter().enumerate().map(shift).collect()
    }

    /// sin and cos of φ, ψ, ω; whether the chain starts here, whether it ends here.
    fn dihedrals(&self) -> Vec<[f64; 8]> {
        let count = self.ca.len();
        let (n, ca, c) = (&self.n, &self.ca, &self.c);
        let other = |i: usize| self.chain[i] != self.chain[i + 1];
        let broken = |i: usize| other(i) || (n[i + 1] - c[i]).norm() > BREAK;
        (0..count)
            .map(|i| {
                let (mut phi, mut psi, mut omega) = (0.0, 0.0, 0.0);
                if i > 0 && !other(i - 1) {
                    phi = dihedral(c[i - 1], n[i], ca[i], c[i]);
                    omega = dihedral(ca[i - 1], c[i - 1], n[i], ca[i]);
                }
                if i + 1 < count && !other(i) {
                    psi = dihedral(n[i], ca[i], c[i], n[i + 1]);
                }
                let first = i == 0 || broken(i - 1);
                let last = i + 1 == count || broken(i);
                [
                    phi.sin(),
                    phi.cos(),
                    psi.sin(),
                    psi.cos(),
                    omega.sin(),
                    omega.cos(),
                    f64::from(u8::from(first)),
                    f64::from(u8::from(last)),
                ]
            })
            .collect()
    }

    /// Half-sphere exposure: Cα within 13 Å on the side chain's side and on the other.
    fn half_spheres(&self, cb: &[Vec3], i: usize) -> [f32; 2] {
        let direction = (cb[i] - self.ca[i]).normalize();
        let (mut up, mut down) = (0.0_f32, 0.0_f32);
        for x in &self.ca {
            let d = x - self.ca[i];
            let distance = d.norm();
            if distance > 0.0 && distance < 13.0 {
                if d.dot(&direction) > 0.0 {
                    up += 1.0;
                } else {
                    down += 1.0;
                }
            }
        }
        [up / 14.0 - 1.0, down / 14.0 - 1.0]
    }

    fn edge(
        &self,
        frames: &[Frame],
        cb: &[Vec3],
        elastic: &Elastic,
        (neighbours, k): (&[u32], usize),
        checkpoint: &dyn Checkpoint,
    ) -> Result<Vec<f32>, Cancelled> {
        let mut edge = Vec::with_capacity(neighbours.len() * EDGE_FEATURES);
        for (at, &j) in neighbours.iter().enumerate() {
            let (i, j) = (at / k, j as usize);
            if at % k == 0 {
                checkpoint.reached(i, self.ca.len())?;
            }
            let into = frames[i].rotation.transpose();
            edge.extend(radial((self.ca[j] - self.ca[i]).norm()));
            edge.extend(radial((cb[j] - cb[i]).norm()));
            for place in [self.ca[j] - self.ca[i], cb[j] - cb[i]] {
                edge.extend((into * place / 10.0).iter().map(|&x| x as f32));
            }
            let turn = into * frames[j].rotation;
            edge.extend((0..9).map(|x| turn[(x / 3, x % 3)] as f32));
            edge.push(elastic.gnm_correlation[at] as f32);
            edge.push(elastic.anm_correlation[at] as f32);
        }
        Ok(edge)
    }
}

/// Sixteen bells from 2 to 22 Å.
fn radial(distance: f64) -> impl Iterator<Item = f32> {
    (0..16).map(move |m| {
        let mu = 2.0 + 20.0 * f64::from(m) / 15.0;
        (-((distance - mu) / 1.33).powi(2)).exp() as f32
    })
}

/// Residues within each radius, scaled to about −1 … 1.
fn shells<'a>(at: &'a [Vec3], i: usize, radii: &'a [(f64, f64)]) -> impl Iterator<Item = f32> + 'a {
    let mut counts = [-1.0_f64; 8]; // less the residue itself
    for x in at {
        let distance = (x - at[i]).norm();
        for (count, (radius, _)) in counts.iter_mut().zip(radii) {
            if distance < *radius {
                *count += 1.0;
            }
        }
    }
    radii
        .iter()
        .zip(counts)
        .map(|((_, scale), count)| (count / scale - 1.0) as f32)
}

/// −log of the weighted contact number Σ 1 / max(d, 2 Å)².
fn negative_log_contacts(at: &[Vec3], checkpoint: &dyn Checkpoint) -> Result<Vec<f64>, Cancelled> {
    at.iter()
        .enumerate()
        .map(|(i, x)| {
            checkpoint.reached(i, at.len())?;
            let sum: f64 = at
                .iter()
                .enumerate()
                .filter(|&(j, _)| j != i)
                .map(|(_, y)| (x - y).norm().max(2.0).powi(-2))
                .sum();
            Ok(-(sum + 1e-18).ln())
        })
        .collect()
}

fn standardised(x: Vec<f64>) -> Vec<f64> {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let deviation = (x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    x.into_iter()
        .map(|v| (v - mean) / (deviation + 1e-6))
        .collect()
}

fn dihedral(a: Vec3, b: Vec3, c: Vec3, d: Vec3) -> f64 {
    let (b0, b1, b2) = (a - b, c - b, d - c);
    let b1 = b1 / (b1.norm() + 1e-9);
    let v = b0 - b1 * b0.dot(&b1);
    let w = b2 - b1 * b2.dot(&b1);
    b1.cross(&v).dot(&w).atan2(v.dot(&w))
}

/// A symmetric 3 × 3 as xx yy zz xy xz yz.
pub(crate) fn six(m: &Covariance3) -> [f32; 6] {
    SIX.map(|at| m[at] as f32)
}
