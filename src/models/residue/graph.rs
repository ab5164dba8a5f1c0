//! The graph of a chain that the residue network reads: invariant features on plain numbers.
//!
//! A residue that lacks one of N, CA, C, O is left out. Every feature is unchanged by rotation and
//! translation; a real CB is never read, so the backbone alone decides.

use crate::numeric::Vec3;
use crate::protein::{AminoAcid, Protein, backbone::PEPTIDE_BOND_LIMIT};

/// N, CA, C, O of one residue in Å.
pub type Backbone = [Vec3; 4];

/// The residue type of anything that is not a standard residue, and of a masked one.
pub const UNKNOWN: u8 = 20;
/// Numbers a residue.
pub const NODE: usize = 19;
/// Numbers an edge: 6 distances in Å, then the neighbour's N CA C O CB in the own frame, the own CA
/// in the neighbour's frame (both Å / 10), and the rotation between the frames.
pub const EDGE: usize = 33;
/// Distances at the start of an edge.
pub const DISTANCES: usize = 6;
/// Largest distance along the chain that is told apart.
pub const REACH: i64 = 32;
/// A missing neighbour.
const PAD: u32 = u32::MAX;
/// Å beyond which a residue changes no contact number.
const CONTACT_LIMIT: f64 = 25.0;
/// Å within which most residues have all the neighbours that are asked for: the others are not sorted.
const USUAL_REACH: f64 = 20.0;

const N: usize = 0;
const CA: usize = 1;
const C: usize = 2;
const O: usize = 3;
const CB: usize = 4;
/// Own atom, neighbour's atom.
const ATOM_PAIRS: [(usize, usize); DISTANCES] =
    [(CA, CA), (CB, CB), (N, O), (O, N), (CA, CB), (CB, CA)];
/// Radius in Å and scale of the counts of CA atoms, then of CB atoms.
const CA_SHELLS: [(f64, f64); 4] = [(8.0, 8.0), (10.0, 16.0), (12.0, 25.0), (16.0, 50.0)];
const CB_SHELLS: [(f64, f64); 4] = [(6.0, 4.0), (8.0, 8.0), (10.0, 16.0), (14.0, 35.0)];
const CONTACTS: usize = 11;

/// The backbone of each residue, `None` where an atom is missing.
#[must_use]
pub fn backbones(protein: &Protein) -> Vec<Option<Backbone>> {
    let atoms = |r: &crate::protein::Residue| {
        let at = |name| r.position(name);
        Some([at("N")?, at("CA")?, at("C")?, at("O")?])
    };
    protein.residues.iter().map(atoms).collect()
}

/// The number of a residue type, [`UNKNOWN`] for none.
#[must_use]
pub fn code(residue: Option<AminoAcid>) -> u8 {
    residue.map_or(UNKNOWN, |a| a.index() as u8)
}

/// The numbers of a protein's residue types.
#[must_use]
pub fn codes(protein: &Protein) -> Vec<u8> {
    let residues = protein.residues.iter();
    residues.map(|r| code(r.amino_acid)).collect()
}

/// What noise on the coordinates does not change, and the coordinates.
#[derive(Debug, Clone)]
pub struct ResidueGraph {
    /// Indices of the residues that stay, in the list given.
    pub kept: Vec<usize>,
    /// Their backbones.
    pub backbone: Vec<Backbone>,
    /// Their types, 0 to 20.
    pub residue: Vec<u8>,
    /// Whether residue i is bonded to i + 1.
    pub joined: Vec<bool>,
    /// Nearest by CA, K a residue, ascending; `u32::MAX` where there are no more.
    neighbours: Vec<u32>,
    count: usize,
    position: Vec<i64>,
    /// Numbers of the chains.
    chain: Vec<u32>,
    contacts: Vec<[f32; CONTACTS]>,
}

impl ResidueGraph {
    /// The graph of a protein's complete residues, with `count` neighbours each.
    #[must_use]
    pub fn of(protein: &Protein, count: usize) -> Self {
        let mut graph = Self::new(&backbones(protein), &codes(protein), count);
        let chains = protein.chain_numbers();
        graph.chain = graph.kept.iter().map(|&i| chains[i]).collect();
        graph
    }

    /// The graph of the complete residues of one chain, with `count` neighbours each.
    #[must_use]
    pub fn new(backbone: &[Option<Backbone>], residue: &[u8], count: usize) -> Self {
        let kept: Vec<usize> = (0..backbone.len())
            .filter(|&i| backbone[i].is_some())
            .collect();
        let atoms: Vec<Backbone> = backbone.iter().flatten().copied().collect();
        let joined: Vec<bool> = atoms
            .windows(2)
            .map(|w| (w[1][N] - w[0][C]).norm() <= PEPTIDE_BOND_LIMIT)
            .collect();
        let mut breaks = 0;
        let position = (0..atoms.len())
            .map(|i| {
                breaks += i64::from(i > 0 && !joined[i - 1]);
                i as i64 + (REACH + 1) * breaks
            })
            .collect();
        Self {
            neighbours: nearest(&atoms, count),
            contacts: contacts(&atoms),
            residue: kept.iter().map(|&i| residue[i]).collect(),
            backbone: atoms,
            joined,
            position,
            chain: vec![0; kept.len()],
            kept,
            count,
        }
    }

    /// Number of residues.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "emptiness is asked of `kept`")]
    pub fn len(&self) -> usize {
        self.backbone.len()
    }

    /// Neighbours of each residue.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// (N, 19) with these coordinates: sin and cos of phi, psi, omega; contact numbers; first of a
    /// segment, last of a segment. A dihedral that would cross a break is (0, 0).
    #[must_use]
    pub fn nodes(&self, backbone: &[Backbone]) -> Vec<f32> {
        let n = backbone.len();
        let mut out = vec![0f32; n * NODE];
        for i in 0..n {
            let row = &mut out[i * NODE..(i + 1) * NODE];
            row[6..17].copy_from_slice(&self.contacts[i]);
            row[17] = f32::from(u8::from(i == 0 || !self.joined[i - 1]));
            row[18] = f32::from(u8::from(i + 1 == n || !self.joined[i]));
            if i > 0 && self.joined[i - 1] {
                let (a, b) = (&backbone[i - 1], &backbone[i]);
                row[..2].copy_from_slice(&dihedral(a[C], b[N], b[CA], b[C]));
                row[4..6].copy_from_slice(&dihedral(a[CA], a[C], b[N], b[CA]));
            }
            if i + 1 < n && self.joined[i] {
                let (a, b) = (&backbone[i], &backbone[i + 1]);
                row[2..4].copy_from_slice(&dihedral(a[N], a[CA], a[C], b[N]));
            }
        }
        out
    }

    /// (N, K, 33) with these coordinates; see [`EDGE`].
    #[must_use]
    pub fn edges(&self, backbone: &[Backbone]) -> Vec<f32> {
        let atoms: Vec<[Vec3; 5]> = backbone.iter().map(with_ideal_cb).collect();
        let frames: Vec<[Vec3; 3]> = backbone.iter().map(frame).collect();
        let mut out = Vec::with_capacity(self.neighbours.len() * EDGE);
        for (edge, &j) in self.neighbours.iter().enumerate() {
            let i = edge / self.count;
            let j = if j == PAD { i } else { j as usize };
            for (own, theirs) in ATOM_PAIRS {
                let squared = (atoms[j][theirs] - atoms[i][own]).norm_squared();
                out.push((squared + 1e-6).sqrt() as f32);
            }
            for atom in &atoms[j] {
                let offset = (atom - atoms[i][CA]) / 10.0;
                out.extend(frames[i].iter().map(|axis| offset.dot(axis) as f32));
            }
            let back = (atoms[i][CA] - atoms[j][CA]) / 10.0;
            out.extend(frames[j].iter().map(|axis| back.dot(axis) as f32));
            for own in &frames[i] {
                out.extend(frames[j].iter().map(|theirs| own.dot(theirs) as f32));
            }
        }
        out
    }

    /// (N, K): 0..=64, the distance along the chain clipped to ±32, plus 32; 64 from one chain to
    /// another, whichever comes first.
    #[must_use]
    pub fn relative_positions(&self) -> Vec<u32> {
        self.edges_by_index()
            .map(|(i, j, _)| {
                let same_chain = self.chain[i] == self.chain[j];
                let d = self.position[j] - self.position[i];
                let d = if same_chain { d } else { REACH };
                (d.clamp(-REACH, REACH) + REACH) as u32
            })
            .collect()
    }

    /// Residue, neighbour (itself where there is none), and whether there is one.
    pub fn edges_by_index(&self) -> impl Iterator<Item = (usize, usize, bool)> + '_ {
        self.neighbours.iter().enumerate().map(|(edge, &j)| {
            let i = edge / self.count;
            if j == PAD {
                (i, i, false)
            } else {
                (i, j as usize, true)
            }
        })
    }
}

/// The fifth atom is CB at its ideal place, for glycine too.
#[must_use]
pub fn with_ideal_cb(backbone: &Backbone) -> [Vec3; 5] {
    let [n, ca, c, o] = *backbone;
    let (b, c_) = (ca - n, c - ca);
    let a = b.cross(&c_);
    [
        n,
        ca,
        c,
        o,
        a * -0.582_734_31 + b * 0.568_028_27 - c_ * 0.540_674_66 + ca,
    ]
}

fn unit(v: Vec3) -> Vec3 {
    v / v.norm().max(1e-12)
}

/// Axes e1 along C − CA, e2 = N − CA made orthogonal to it, e3 = e1 × e2.
fn frame(backbone: &Backbone) -> [Vec3; 3] {
    let e1 = unit(backbone[C] - backbone[CA]);
    let v = backbone[N] - backbone[CA];
    let e2 = unit(v - e1 * v.dot(&e1));
    [e1, e2, e1.cross(&e2)]
}

/// Sine and cosine of the dihedral angle.
fn dihedral(a: Vec3, b: Vec3, c: Vec3, d: Vec3) -> [f32; 2] {
    let (b0, b1, b2) = (a - b, unit(c - b), d - c);
    let v = b0 - b1 * b0.dot(&b1);
    let w = b2 - b1 * b2.dot(&b1);
    let (x, y) = (v.dot(&w), b1.cross(&v).dot(&w));
    let r = (x * x + y * y + 1e-6).sqrt();
    [(y / r) as f32, (x / r) as f32]
}

/// The `count` nearest residues of each by CA, ascending, itself not among them.
fn nearest(atoms: &[Backbone], count: usize) -> Vec<u32> {
    let mut out = Vec::with_capacity(atoms.len() * count);
    let mut all: Vec<(f64, u32)> = Vec::with_capacity(atoms.len());
    let places: Vec<Vec3> = atoms.iter().map(|a| a[CA]).collect();
    for (i, own) in places.iter().enumerate() {
        let others = || {
            let others = places.iter().enumerate().filter(|&(j, _)| j != i);
            others.map(|(j, other)| ((other - own).norm_squared(), j as u32))
        };
        all.clear();
        all.extend(others().filter(|(squared, _)| *squared < USUAL_REACH * USUAL_REACH));
        if all.len() < count {
            all.clear();
            all.extend(others());
        }
        let order = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if all.len() > count && count > 0 {
            all.select_nth_unstable_by(count - 1, order);
            all.truncate(count);
        }
        all.sort_unstable_by(order);
        out.extend(all.iter().map(|&(_, j)| j).take(count));
        out.resize((i + 1) * count, PAD);
    }
    out
}

/// CA and CB contact numbers, CA atoms on either side of the plane through CA normal to CA–CB, and a
/// soft count in the cone around CA–CB.
fn contacts(backbone: &[Backbone]) -> Vec<[f32; CONTACTS]> {
    let atoms: Vec<[Vec3; 5]> = backbone.iter().map(with_ideal_cb).collect();
    let of = |i: usize| {
        let own = &atoms[i];
        let direction = unit(own[CB] - own[CA]);
        let mut counts = [0f64; CONTACTS];
        for (j, other) in atoms.iter().enumerate() {
            let offset = other[CA] - own[CA];
            let squared = offset.norm_squared();
            if j == i || squared > CONTACT_LIMIT * CONTACT_LIMIT {
                continue;
            }
            let (ca, cb) = (squared.sqrt(), (other[CB] - own[CB]).norm());
            for (k, (radius, scale)) in CA_SHELLS.iter().enumerate() {
                counts[k] += f64::from(u8::from(ca < *radius)) / scale;
            }
            for (k, (radius, scale)) in CB_SHELLS.iter().enumerate() {
                counts[4 + k] += f64::from(u8::from(cb < *radius)) / scale;
            }
            let along = offset.dot(&direction);
            if ca < 13.0 {
                counts[if along > 0.0 { 8 } else { 9 }] += 1.0 / 15.0;
            }
            let inside = ((along / ca.max(1e-3) + 0.5) / 1.5).max(0.0);
            counts[10] += inside * inside / (1.0 + (ca - 9.0).exp()) / 4.0;
        }
        counts.map(|x| x as f32)
    };
    (0..atoms.len()).map(of).collect()
}
