//! Helices and strands from Cα positions alone: distances to the second, third and fourth residue
//! and the torsion over four (after Labesse et al. 1997), strands only beside another chain stretch.

use super::SecondaryStructure as Class;
use crate::numeric::Vec3;
use crate::protein::Protein;

/// What a stretch of one class looks like: middle and tolerance of each measure.
struct Shape {
    class: Class,
    /// Å to the second, third and fourth residue on.
    distances: [(f64, f64); 3],
    /// Degrees at a Cα between its neighbours.
    angle: (f64, f64),
    /// Degrees over four Cα.
    torsion: (f64, f64),
    /// Residues of a window that must have the shape.
    window: usize,
}

/// Å between Cα of neighbouring strands at most.
const PARTNER: f64 = 5.6;

const SHAPES: [Shape; 2] = [
    Shape {
        class: Class::AlphaHelix,
        distances: [(5.5, 0.5), (5.3, 0.5), (6.4, 0.6)],
        angle: (89.0, 12.0),
        torsion: (50.0, 20.0),
        window: 6,
    },
    Shape {
        class: Class::Strand,
        distances: [(6.7, 0.6), (9.9, 0.9), (12.4, 1.1)],
        angle: (124.0, 14.0),
        torsion: (-170.0, 45.0),
        window: 4,
    },
];

pub(super) fn assign(protein: &Protein) -> Vec<Class> {
    let positions = protein.alpha_carbons();
    let bonded = protein.bonded();
    let mut classes = vec![Class::Coil; protein.len()];
    for shape in &SHAPES {
        // A window that has the shape marks all its residues.
        let mut marked = vec![false; classes.len()];
        for start in 0..=classes.len().saturating_sub(shape.window) {
            let window = start..(start + shape.window).min(classes.len());
            let whole = bonded[start..window.end.saturating_sub(1)]
                .iter()
                .all(|b| *b);
            let points: Option<Vec<Vec3>> = positions[window.clone()].iter().copied().collect();
            if let Some(points) = points.filter(|p| whole && p.len() == shape.window)
                && fits(shape, &points)
            {
                marked[window].fill(true);
            }
        }
        let mut at = 0;
        for run in marked.chunk_by(|a, b| a == b) {
            let range = at..at + run.len();
            at = range.end;
            for i in range.filter(|_| run[0]) {
                let sided = shape.class != Class::Strand || has_partner(&positions, i);
                if sided && classes[i] == Class::Coil {
                    classes[i] = shape.class;
                }
            }
        }
    }
    drop_short_strands(&mut classes);
    classes
}

fn drop_short_strands(classes: &mut [Class]) {
    for run in classes.chunk_by_mut(|a, b| a == b) {
        if run[0] == Class::Strand && run.len() < 3 {
            run.fill(Class::Coil);
        }
    }
}

/// Whether another strand may run beside: a Cα near that is not near in sequence.
fn has_partner(positions: &[Option<Vec3>], i: usize) -> bool {
    let Some(here) = positions[i] else {
        return false;
    };
    let far = positions
        .iter()
        .enumerate()
        .filter(|(j, _)| j.abs_diff(i) > 3);
    far.filter_map(|(_, p)| *p)
        .any(|p| (p - here).norm() < PARTNER)
}

/// By the distances, or by all angles and torsions of the window.
fn fits(shape: &Shape, p: &[Vec3]) -> bool {
    let near = |value: f64, (middle, tolerance): (f64, f64)| {
        let off = (value - middle + 540.0).rem_euclid(360.0) - 180.0;
        off.abs() <= tolerance
    };
    let angle = |w: &[Vec3]| (w[0] - w[1]).angle(&(w[2] - w[1])).to_degrees();
    let distances = (0..p.len() - 2).all(|k| {
        let mut ends = p[k + 2..].iter().zip(&shape.distances);
        ends.all(|(q, (middle, tolerance))| ((q - p[k]).norm() - middle).abs() <= *tolerance)
    });
    distances
        || (p.windows(3).all(|w| near(angle(w), shape.angle))
            && p.windows(4)
                .all(|w| near(torsion(w[0], w[1], w[2], w[3]), shape.torsion)))
}

/// Degrees.
fn torsion(a: Vec3, b: Vec3, c: Vec3, d: Vec3) -> f64 {
    let (u, v, w) = (b - a, c - b, d - c);
    let (left, right) = (u.cross(&v), v.cross(&w));
    (v.norm() * u.dot(&right))
        .atan2(left.dot(&right))
        .to_degrees()
}
