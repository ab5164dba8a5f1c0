//! How much of each residue the solvent reaches, by Shrake and Rupley (1973).

use crate::numeric::{Cells, Profile, Vec3};
use crate::progress::{Cancelled, Checkpoint};
use crate::protein::{AminoAcid, Protein};

/// Å: a molecule of water.
const PROBE: f64 = 1.4;

/// Points on the sphere of each atom.
const POINTS: usize = 100;

/// Å²: the largest surface of a residue X in Gly-X-Gly, by theory (Tien et al. 2013), in the order of
/// [`AminoAcid::ALL`], as RSALOR was published with: it has 155 for Thr (Tien et al. 172) and the values of
/// Gln and Glu in each other's place.
const LARGEST: [f64; 20] = [
    129.0, 167.0, 193.0, 225.0, 240.0, 104.0, 224.0, 197.0, 236.0, 201.0, 224.0, 195.0, 159.0,
    223.0, 274.0, 155.0, 155.0, 174.0, 285.0, 263.0,
];

/// An atom with the radius at which the centre of the probe rolls over it, Å.
struct Sphere {
    residue: usize,
    center: Vec3,
    radius: f64,
}

/// The part of each residue's surface that the solvent reaches, in % of the largest of its type; may pass
/// 100. NaN without atoms or a standard type. Hydrogens are left out; what is no part of `protein` hides
/// nothing, unless it is a neighbour that counts.
///
/// # Errors
/// [`Cancelled`].
pub fn relative_accessibility(
    protein: &Protein,
    checkpoint: &dyn Checkpoint,
) -> Result<Profile, Cancelled> {
    let area = accessible_area(protein, checkpoint)?;
    let relative = |(residue, area): (&crate::protein::Residue, f64)| {
        let largest = residue.amino_acid.map(|a: AminoAcid| LARGEST[a.index()]);
        largest.map_or(f64::NAN, |largest| 100.0 * area / largest)
    };
    Ok(protein.residues.iter().zip(area).map(relative).collect())
}

/// Å² of each residue; NaN without atoms.
fn accessible_area(protein: &Protein, checkpoint: &dyn Checkpoint) -> Result<Profile, Cancelled> {
    let spheres = spheres(protein);
    let mut area: Profile = protein
        .residues
        .iter()
        .map(|r| if r.atoms.is_empty() { f64::NAN } else { 0.0 })
        .collect();
    let farthest = 2.0 * spheres.iter().map(|s| s.radius).fold(0.0, f64::max);
    let own = spheres
        .iter()
        .take_while(|s| s.residue < protein.len())
        .count();
    let cells = Cells::new(spheres.iter().map(|s| s.center), farthest.max(1.0));
    let directions = directions();
    let mut near: Vec<&Sphere> = Vec::new();
    for (at, sphere) in spheres[..own].iter().enumerate() {
        if at % 256 == 0 {
            checkpoint.reached(at, own)?;
        }
        near.clear();
        near.extend(
            cells
                .around(sphere.center)
                .map(|i| &spheres[i])
                .filter(|other| {
                    let reach = sphere.radius + other.radius;
                    let apart = (other.center - sphere.center).norm_squared();
                    !std::ptr::eq(*other, sphere) && apart < reach * reach
                }),
        );
        let is_free = |direction: &&Vec3| {
            let point = sphere.center + sphere.radius * **direction;
            let hides = |o: &&Sphere| (point - o.center).norm_squared() < o.radius * o.radius;
            !near.iter().any(hides)
        };
        let free = directions.iter().filter(is_free).count() as f64 / POINTS as f64;
        area[sphere.residue] += 4.0 * std::f64::consts::PI * sphere.radius.powi(2) * free;
    }
    Ok(area)
}

/// Those of the protein, then those of the neighbours that count, of residues beyond its last.
fn spheres(protein: &Protein) -> Vec<Sphere> {
    let around = protein.context.counted().iter().map(|n| &n.residue);
    let residues = protein.residues.iter().chain(around).enumerate();
    let atoms = residues.flat_map(|(i, r)| r.heavy_atoms().map(move |atom| (i, atom)));
    atoms
        .map(|(residue, atom)| Sphere {
            residue,
            center: atom.position,
            radius: PROBE + radius(&atom.element),
        })
        .collect()
}

/// Å, after Bondi (1964).
fn radius(element: &str) -> f64 {
    match element {
        "N" => 1.55,
        "O" => 1.52,
        "S" | "P" => 1.8,
        "SE" => 1.9,
        _ => 1.7,
    }
}

/// Directions that are spread evenly, along a spiral of golden angles from pole to pole.
fn directions() -> Vec<Vec3> {
    let turn = std::f64::consts::PI * (3.0 - 5_f64.sqrt());
    (0..POINTS)
        .map(|k| {
            let z = 1.0 - (2 * k + 1) as f64 / POINTS as f64;
            let (sine, cosine) = (k as f64 * turn).sin_cos();
            let across = (1.0 - z * z).sqrt();
            Vec3::new(cosine * across, sine * across, z)
        })
        .collect()
}
