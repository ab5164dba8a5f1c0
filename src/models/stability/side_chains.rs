//! How buried, packed and bonded each side chain is, from all heavy atoms of the structure.

use std::collections::HashMap;

use nalgebra::Matrix3;
use rayon::prelude::*;

use crate::numeric::Vec3;
use crate::progress::{Cancelled, Checkpoint};
use crate::protein::{Protein, Residue};

/// Numbers a residue: accessible area of the residue and of its side chain, both as shares of the
/// full area; contacts of the side chain within 4.5 Å / 20; those between non-polar atoms / 20; polar
/// contacts within 3.5 Å / 2; heavy atoms within 10 Å of CB (CA without one) / 100.
pub const SIDE_CHAIN: usize = 6;

/// Å; every other element is ignored.
const RADII: [(char, f64); 4] = [('C', 1.70), ('N', 1.55), ('O', 1.52), ('S', 1.80)];
const LARGEST_RADIUS: f64 = 1.80;
const PROBE: f64 = 1.4;
const BACKBONE: [&str; 5] = ["N", "CA", "C", "O", "OXT"];
/// Å² of a residue X in Gly-X-Gly, in alphabetical order of the letters; 200 for others.
const FULL_AREA: [f64; 20] = [
    129.0, 167.0, 193.0, 223.0, 240.0, 104.0, 224.0, 197.0, 236.0, 201.0, 224.0, 195.0, 159.0,
    225.0, 274.0, 155.0, 172.0, 174.0, 285.0, 263.0,
];
const CONTACT: f64 = 4.5;
const BOND: f64 = 3.5;
const PACKING: f64 = 10.0;
const SPHERE_POINTS: usize = 96;

/// Whether most residues that have a side chain beyond CB show it.
#[must_use]
pub fn are_present(protein: &Protein) -> bool {
    use crate::protein::AminoAcid::{Ala, Gly};
    let (mut shown, mut expected) = (0, 0);
    for residue in &protein.residues {
        if !matches!(residue.amino_acid, None | Some(Ala | Gly)) {
            expected += 1;
            let beyond = |name: &str| !BACKBONE.contains(&name) && name != "CB";
            shown += usize::from(
                residue
                    .atoms
                    .iter()
                    .any(|a| radius(&a.name).is_some() && beyond(&a.name)),
            );
        }
    }
    2 * shown > expected
}

/// The van der Waals radius by the first letter of the atom's name.
fn radius(name: &str) -> Option<f64> {
    let first = name.chars().next()?;
    RADII.iter().find(|(e, _)| *e == first).map(|(_, r)| *r)
}

struct HeavyAtom {
    position: Vec3,
    /// With the probe.
    radius: f64,
    owner: usize,
    backbone: bool,
    polar: bool,
}

/// (N, 6) of all residues of the list; see [`SIDE_CHAIN`]. The points on the atoms' spheres turn with
/// the frame of the residue, so that the areas do not depend on how the structure lies.
///
/// # Errors
/// Cancelled.
pub fn features(
    protein: &Protein,
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<[f32; SIDE_CHAIN]>, Cancelled> {
    let rotations: Vec<Matrix3<f64>> = protein
        .frames()
        .iter()
        .map(|frame| frame.map_or_else(Matrix3::identity, |f| f.rotation))
        .collect();
    features_on(protein, &rotations, checkpoint)
}

/// The same with given rotations of the spheres.
pub(crate) fn features_on(
    protein: &Protein,
    rotations: &[Matrix3<f64>],
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<[f32; SIDE_CHAIN]>, Cancelled> {
    let atoms: Vec<HeavyAtom> = protein
        .residues
        .iter()
        .enumerate()
        .flat_map(|(i, residue)| heavy_atoms(i, residue))
        .collect();
    let grid = Grid::new(&atoms);
    let mut sums = vec![[0f64; SIDE_CHAIN]; protein.len()];
    let of_atoms: Vec<[f64; 5]> = (0..atoms.len())
        .into_par_iter()
        .map(|i| {
            checkpoint.reached(0, 1)?;
            Ok(of_atom(i, &atoms, &grid, &rotations[atoms[i].owner]))
        })
        .collect::<Result<_, Cancelled>>()?;
    for (atom, of_atom) in atoms.iter().zip(of_atoms) {
        for (sum, x) in sums[atom.owner].iter_mut().zip(of_atom) {
            *sum += x;
        }
    }
    for (residue, sums) in protein.residues.iter().zip(&mut sums) {
        let full = residue.amino_acid.map_or(200.0, |a| FULL_AREA[a.index()]);
        let centre = residue.position("CB").or_else(|| residue.position("CA"));
        sums[5] = centre.map_or(0.0, |c| grid.near(c, PACKING, &atoms).count() as f64);
        for (sum, scale) in sums.iter_mut().zip([full, full, 20.0, 20.0, 2.0, 100.0]) {
            *sum /= scale;
        }
    }
    Ok(sums.iter().map(|row| row.map(|x| x as f32)).collect())
}

fn heavy_atoms(owner: usize, residue: &Residue) -> impl Iterator<Item = HeavyAtom> + '_ {
    residue.atoms.iter().filter_map(move |a| {
        Some(HeavyAtom {
            position: a.position,
            radius: radius(&a.name)? + PROBE,
            owner,
            backbone: BACKBONE.contains(&a.name.as_str()),
            polar: a.name.starts_with(['N', 'O']),
        })
    })
}

/// Area, area if of a side chain, contacts, non-polar contacts, polar contacts of one atom.
fn of_atom(i: usize, atoms: &[HeavyAtom], grid: &Grid, rotation: &Matrix3<f64>) -> [f64; 5] {
    let own = &atoms[i];
    let reach = own.radius + LARGEST_RADIUS + PROBE;
    let near: Vec<(usize, f64)> = grid
        .near(own.position, reach, atoms)
        .filter(|&(j, _)| j != i)
        .collect();
    let area = accessible_area(own, &near, atoms, rotation);
    let mut out = [area, 0.0, 0.0, 0.0, 0.0];
    if own.backbone {
        return out;
    }
    out[1] = area;
    for &(j, squared) in &near {
        let other = &atoms[j];
        let adjacent = own.owner.abs_diff(other.owner) < 2;
        if squared > CONTACT * CONTACT || other.owner == own.owner || (other.backbone && adjacent) {
            continue;
        }
        out[2] += 1.0;
        out[3] += f64::from(u8::from(!own.polar && !other.polar));
        let bonded = own.polar && other.polar && squared < BOND * BOND;
        out[4] += f64::from(u8::from(bonded));
    }
    out
}

/// Shrake–Rupley: the area in Å² of the atom's sphere that lies within no other.
fn accessible_area(
    own: &HeavyAtom,
    near: &[(usize, f64)],
    atoms: &[HeavyAtom],
    rotation: &Matrix3<f64>,
) -> f64 {
    let mut near: Vec<(Vec3, f64, f64)> = near
        .iter()
        .map(|&(j, squared)| {
            let other = &atoms[j];
            (
                other.position - own.position,
                other.radius * other.radius,
                squared,
            )
        })
        .collect();
    near.sort_unstable_by(|a, b| a.2.total_cmp(&b.2));
    let mut last = 0;
    let free = (0..SPHERE_POINTS)
        .filter(|&i| {
            let point = rotation * sphere_point(i) * own.radius;
            let hides = |k: usize| (point - near[k].0).norm_squared() < near[k].1;
            if last < near.len() && hides(last) {
                return false; // what hid one point often hides the next
            }
            match (0..near.len()).find(|&k| hides(k)) {
                Some(k) => {
                    last = k;
                    false
                }
                None => true,
            }
        })
        .count();
    4.0 * std::f64::consts::PI * own.radius * own.radius * free as f64 / SPHERE_POINTS as f64
}

/// Points of the unit sphere on a golden spiral.
fn sphere_point(i: usize) -> Vec3 {
    let i = i as f64 + 0.5;
    let polar = (1.0 - 2.0 * i / SPHERE_POINTS as f64).acos();
    let azimuth = std::f64::consts::PI * (1.0 + 5f64.sqrt()) * i;
    let ring = polar.sin();
    Vec3::new(azimuth.cos() * ring, azimuth.sin() * ring, polar.cos())
}

/// Atoms by cubes of space.
struct Grid {
    cells: HashMap<[i32; 3], Vec<u32>>,
}

/// Å.
const CELL: f64 = 5.0;

impl Grid {
    fn new(atoms: &[HeavyAtom]) -> Self {
        let mut cells: HashMap<[i32; 3], Vec<u32>> = HashMap::new();
        for (i, atom) in atoms.iter().enumerate() {
            cells.entry(cell(atom.position)).or_default().push(i as u32);
        }
        Self { cells }
    }

    /// Atoms within `reach` Å of a point, with the squared distance.
    fn near<'a>(
        &'a self,
        point: Vec3,
        reach: f64,
        atoms: &'a [HeavyAtom],
    ) -> impl Iterator<Item = (usize, f64)> + 'a {
        let around = Vec3::repeat(reach);
        let (low, high) = (cell(point - around), cell(point + around));
        (low[0]..=high[0])
            .flat_map(move |x| (low[1]..=high[1]).map(move |y| (x, y)))
            .flat_map(move |(x, y)| (low[2]..=high[2]).map(move |z| [x, y, z]))
            .filter_map(|key| self.cells.get(&key))
            .flatten()
            .map(move |&j| {
                (
                    j as usize,
                    (atoms[j as usize].position - point).norm_squared(),
                )
            })
            .filter(move |&(_, squared)| squared <= reach * reach)
    }
}

fn cell(point: Vec3) -> [i32; 3] {
    [point.x, point.y, point.z].map(|x| (x / CELL).floor() as i32)
}
