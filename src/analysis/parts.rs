//! The parts of a protein that touch: each moves as it would alone, whatever else is loaded.

use crate::numeric::Vec3;
use crate::protein::Protein;

/// Å between Cα atoms up to which residues touch: the longest spring of the anisotropic network.
pub const TOUCH_ANGSTROM: f64 = 15.0;

/// The connected parts of these points, each sorted, in the order of their first point.
#[must_use]
pub fn touching(positions: &[Vec3]) -> Vec<Vec<usize>> {
    let limit = TOUCH_ANGSTROM * TOUCH_ANGSTROM;
    pieces(positions.len(), |i, j| {
        (positions[i] - positions[j]).norm_squared() <= limit
    })
}

/// The connected pieces of `n` points, each sorted.
pub(crate) fn pieces(n: usize, are_bound: impl Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let mut left: Vec<usize> = (0..n).collect();
    let mut pieces = Vec::new();
    while let Some(first) = left.first().copied() {
        let mut piece = vec![first];
        left.swap_remove(0);
        let mut next = 0;
        while let Some(&i) = piece.get(next) {
            let (near, far): (Vec<usize>, Vec<usize>) =
                left.into_iter().partition(|&j| are_bound(i, j));
            piece.extend(near);
            left = far;
            next += 1;
        }
        piece.sort_unstable();
        pieces.push(piece);
        left.sort_unstable();
    }
    pieces
}

/// The residues with a Cα by the parts that touch. Within a part chains come by their names, so that
/// the order of a file's chains changes nothing.
#[must_use]
pub fn parts(protein: &Protein) -> Vec<Vec<usize>> {
    let (residues, positions): (Vec<usize>, Vec<Vec3>) = (0..)
        .zip(protein.alpha_carbons())
        .filter_map(|(i, p)| Some((i, p?)))
        .unzip();
    let mut parts = touching(&positions);
    for part in &mut parts {
        for i in part.iter_mut() {
            *i = residues[*i];
        }
        part.sort_by_key(|&i| &protein.residues[i].id.chain);
    }
    parts
}

/// These residues alone.
#[must_use]
pub fn alone(protein: &Protein, residues: &[usize]) -> Protein {
    Protein {
        name: protein.name.clone(),
        model: protein.model,
        residues: residues
            .iter()
            .map(|&i| protein.residues[i].clone())
            .collect(),
        b_column: protein.b_column,
        seqres: [].into(),
        context: std::sync::Arc::default(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::analysis::elastic_network::tests::protein_of;

    #[test]
    fn parts_are_what_touches_and_chains_come_by_name() {
        let far = Vec3::x() * 100.0;
        let at = |i: usize| Vec3::x() * 3.8 * i as f64;
        let ca = [at(0), far + at(0), at(1), far + at(1), far + at(5)];
        let mut protein = protein_of(&ca.map(Some));
        protein.residues[1].id.chain = "B".into();
        let parts = parts(&protein);
        assert_eq!(parts, [vec![0, 2], vec![3, 1], vec![4]]);
        assert_eq!(alone(&protein, &parts[1]).residues[1].id.chain, "B");
        assert_eq!(protein.chain_numbers(), [0, 1, 2, 2, 2]);
    }
}
