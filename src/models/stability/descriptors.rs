//! Hand-made features of a site and of a pair of residues, for the small partner network.

use crate::models::residue::graph::{NODE, ResidueGraph, UNKNOWN, with_ideal_cb};

use super::side_chains::SIDE_CHAIN;

/// Numbers a site, without those of the substitution.
pub const SITE: usize = 40;
/// Numbers a substitution.
pub const SUBSTITUTION: usize = SITE + 3 * DESCRIPTORS + 1 + SIDE_CHAIN + 40;
/// Numbers a residue type.
const DESCRIPTORS: usize = 10;
/// Å beyond which the weight of a residue in the surroundings, below 10⁻¹⁷, changes no sum.
const FAR_ANGSTROM: f64 = 48.0;

/// Kyte and Doolittle.
const HYDROPATHY: [f64; 20] = [
    1.8, 2.5, -3.5, -3.5, 2.8, -0.4, -3.2, 4.5, -3.9, 3.8, 1.9, -3.5, -1.6, -3.5, -4.5, -0.8, -0.7,
    4.2, -0.9, -1.3,
];
/// Å³.
const VOLUME: [f64; 20] = [
    88.6, 108.5, 111.1, 138.4, 189.9, 60.1, 153.2, 166.7, 168.6, 166.7, 162.9, 114.1, 112.7, 143.8,
    173.4, 89.0, 116.1, 140.0, 227.8, 193.6,
];
/// kcal/mol against alanine in a helix, Pace and Scholtz.
const HELIX: [f64; 20] = [
    0.0, 0.68, 0.69, 0.40, 0.54, 1.0, 0.61, 0.41, 0.26, 0.21, 0.24, 0.65, 3.16, 0.39, 0.21, 0.50,
    0.66, 0.61, 0.49, 0.53,
];
/// Preference for strands, Chou and Fasman.
const STRAND: [f64; 20] = [
    0.83, 1.19, 0.54, 0.37, 1.38, 0.75, 0.87, 1.6, 0.74, 1.3, 1.05, 0.89, 0.55, 1.1, 0.93, 0.75,
    1.19, 1.7, 1.37, 1.47,
];
const LETTERS: &[u8; 20] = b"ACDEFGHIKLMNPQRSTVWY";
/// Aromatic, β-branched, proline, glycine, polar.
const GROUPS: [&str; 5] = ["FWYH", "VIT", "P", "G", "STNQHYWDEKR"];
const BLOSUM62: [[i8; 20]; 20] = [
    [
        4, 0, -2, -1, -2, 0, -2, -1, -1, -1, -1, -2, -1, -1, -1, 1, 0, 0, -3, -2,
    ],
    [
        0, 9, -3, -4, -2, -3, -3, -1, -3, -1, -1, -3, -3, -3, -3, -1, -1, -1, -2, -2,
    ],
    [
        -2, -3, 6, 2, -3, -1, -1, -3, -1, -4, -3, 1, -1, 0, -2, 0, -1, -3, -4, -3,
    ],
    [
        -1, -4, 2, 5, -3, -2, 0, -3, 1, -3, -2, 0, -1, 2, 0, 0, -1, -2, -3, -2,
    ],
    [
        -2, -2, -3, -3, 6, -3, -1, 0, -3, 0, 0, -3, -4, -3, -3, -2, -2, -1, 1, 3,
    ],
    [
        0, -3, -1, -2, -3, 6, -2, -4, -2, -4, -3, 0, -2, -2, -2, 0, -2, -3, -2, -3,
    ],
    [
        -2, -3, -1, 0, -1, -2, 8, -3, -1, -3, -2, 1, -2, 0, 0, -1, -2, -3, -2, 2,
    ],
    [
        -1, -1, -3, -3, 0, -4, -3, 4, -3, 2, 1, -3, -3, -3, -3, -2, -1, 3, -3, -1,
    ],
    [
        -1, -3, -1, 1, -3, -2, -1, -3, 5, -2, -1, 0, -1, 1, 2, 0, -1, -2, -3, -2,
    ],
    [
        -1, -1, -4, -3, 0, -4, -3, 2, -2, 4, 2, -3, -3, -2, -2, -2, -1, 1, -2, -1,
    ],
    [
        -1, -1, -3, -2, 0, -3, -2, 1, -1, 2, 5, -2, -2, 0, -1, -1, -1, 1, -1, -1,
    ],
    [
        -2, -3, 1, 0, -3, 0, 1, -3, 0, -3, -2, 6, -2, 0, 0, 1, 0, -3, -4, -2,
    ],
    [
        -1, -3, -1, -1, -4, -2, -2, -3, -1, -3, -2, -2, 7, -1, -2, -1, -1, -2, -4, -3,
    ],
    [
        -1, -3, 0, 2, -3, -2, 0, -3, 1, -2, 0, 0, -1, 5, 1, 0, -1, -2, -2, -1,
    ],
    [
        -1, -3, -2, 0, -3, -2, 0, -3, 2, -2, -1, 0, -2, 1, 5, -1, -1, -3, -3, -2,
    ],
    [
        1, -1, 0, 0, -2, 0, -1, -2, 0, -2, -1, 1, -1, 0, -1, 4, 1, -2, -3, -2,
    ],
    [
        0, -1, -1, -1, -2, -2, -2, -1, -1, -1, -1, 0, -1, -1, -1, 1, 5, 0, -2, -2,
    ],
    [
        0, -1, -3, -2, -1, -3, -3, 3, -2, 1, 1, -3, -2, -2, -3, -2, 0, 4, -3, -1,
    ],
    [
        -3, -2, -4, -3, 1, -2, -2, -3, -3, -2, -1, -4, -4, -2, -3, -3, -2, -3, 11, 2,
    ],
    [
        -2, -2, -3, -2, 3, -3, 2, -1, -2, -1, -1, -2, -3, -1, -2, -2, -2, -1, 2, 7,
    ],
];

/// Hydropathy, volume / 50 Å³, helix, strand, charge and the five groups; zeros for an unknown type.
fn descriptors(residue: u8) -> [f64; DESCRIPTORS] {
    let mut out = [0.0; DESCRIPTORS];
    if residue == UNKNOWN {
        return out;
    }
    let i = residue as usize;
    let letter = LETTERS[i] as char;
    let charge = match letter {
        'D' | 'E' => -1.0,
        'K' | 'R' => 1.0,
        'H' => 0.1,
        _ => 0.0,
    };
    out[..5].copy_from_slice(&[HYDROPATHY[i], VOLUME[i] / 50.0, HELIX[i], STRAND[i], charge]);
    for (x, group) in out[5..].iter_mut().zip(GROUPS) {
        *x = f64::from(u8::from(group.contains(letter)));
    }
    out
}

/// (N, 40): the node features; phi and psi in radians, own, of the previous and of the next residue;
/// sums over the surroundings of hydropathy, volume, charge, aromatic, |charge|; hydropathy along the
/// chain at −4 … +4; residues to the nearer end, length.
#[must_use]
pub fn sites(graph: &ResidueGraph) -> Vec<[f64; SITE]> {
    let n = graph.len();
    let nodes = graph.nodes(&graph.backbone);
    let types: Vec<[f64; DESCRIPTORS]> = graph.residue.iter().map(|&r| descriptors(r)).collect();
    let beta: Vec<_> = graph.backbone.iter().map(|b| with_ideal_cb(b)[4]).collect();
    let torsion = |i: usize| {
        let row = &nodes[i * NODE..];
        [
            f64::from(row[0].atan2(row[1])),
            f64::from(row[2].atan2(row[3])),
        ]
    };
    let around = |i: usize| {
        let mut sums = [0f64; 5];
        for j in (0..n).filter(|&j| j != i) {
            let squared = (beta[j] - beta[i]).norm_squared();
            if squared > FAR_ANGSTROM * FAR_ANGSTROM {
                continue;
            }
            let weight = 1.0 / (1.0 + (squared.sqrt() - 8.0).exp());
            let t = &types[j];
            for (sum, x) in sums.iter_mut().zip([t[0], t[1], t[4], t[5], t[4].abs()]) {
                *sum += weight * x;
            }
        }
        sums
    };
    (0..n)
        .map(|i| {
            let mut row = [0f64; SITE];
            for (to, &from) in row.iter_mut().zip(&nodes[i * NODE..(i + 1) * NODE]) {
                *to = f64::from(from);
            }
            row[19..21].copy_from_slice(&torsion(i));
            row[21..23].copy_from_slice(&torsion(i.saturating_sub(1)));
            row[23..25].copy_from_slice(&torsion((i + 1).min(n - 1)));
            row[25..30].copy_from_slice(&around(i));
            for (to, step) in row[30..38]
                .iter_mut()
                .zip([-4isize, -3, -2, -1, 1, 2, 3, 4])
            {
                let at = i.checked_add_signed(step).and_then(|j| types.get(j));
                *to = at.map_or(0.0, |t| t[0]);
            }
            row[38] = i.min(n - 1 - i) as f64;
            row[39] = n as f64;
            row
        })
        .collect()
}

/// The inputs of one substitution; types in 0..20.
#[must_use]
pub fn substitution(
    site: &[f64; SITE],
    side_chain: &[f32; SIDE_CHAIN],
    wild_type: u8,
    mutant: u8,
) -> [f32; SUBSTITUTION] {
    let (a, b) = (descriptors(wild_type), descriptors(mutant));
    let (w, m) = (wild_type as usize, mutant as usize);
    let mut out = [0f32; SUBSTITUTION];
    let difference = a.iter().zip(&b).map(|(a, b)| b - a);
    let blosum = f64::from(BLOSUM62[w][m]);
    let numbers = site
        .iter()
        .copied()
        .chain(a)
        .chain(b)
        .chain(difference)
        .chain([blosum]);
    for (to, from) in out.iter_mut().zip(numbers) {
        *to = from as f32;
    }
    let start = SITE + 3 * DESCRIPTORS + 1;
    out[start..start + SIDE_CHAIN].copy_from_slice(side_chain);
    out[start + SIDE_CHAIN + w] = 1.0;
    out[start + SIDE_CHAIN + 20 + m] = 1.0;
    out
}
