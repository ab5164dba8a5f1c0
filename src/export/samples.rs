//! Reports for the tests of writers: a small real structure with the parameter-free network.

use std::sync::Arc;
use std::time::Duration;

use crate::analysis::elastic_network;
use crate::analysis::flexibility::{ModeShape, anisotropy, principal_components};
use crate::analysis::two_structures::Displacement;
use crate::analysis::{MutationMap, ScanMethod, Source};
use crate::engine::report::{Comparison, DynamicsReport, Experiment, Provenance, ScanReport};
use crate::numeric::Matrix;
use crate::protein::{ChainChoice, read, secondary};
use crate::study::TwoStructuresReport;

fn provenance(source: &str) -> Provenance {
    Provenance {
        version: "0.0.0",
        source: source.to_owned(),
        model: "-".to_owned(),
        weights_hash: "-".to_owned(),
        device: "cpu".to_owned(),
        dtype: "f64".to_owned(),
        settings: Vec::new(),
        elapsed: Duration::ZERO,
    }
}

/// Ubiquitin's motion.
pub(super) fn ubiquitin() -> DynamicsReport {
    let bytes = include_bytes!("../../tests/structures/1ubi.pdb");
    let (structure, _) = read::read_bytes("1ubi.pdb", bytes).unwrap();
    let protein = Arc::new(structure.protein(0, &ChainChoice::First).unwrap());
    let dynamics = elastic_network::gaussian(&protein, Source::ParameterFree, &()).unwrap();
    let b_factor: Vec<f64> = protein
        .residues
        .iter()
        .map(|r| r.atom("CA").map_or(f64::NAN, |a| a.b_factor))
        .collect();
    let observed = b_factor
        .iter()
        .map(|b| (b * 3.0 / (8.0 * std::f64::consts::PI.powi(2))).sqrt())
        .collect();
    DynamicsReport {
        secondary_structure: secondary::assign(&protein),
        rmsf_angstrom: dynamics.rmsf_angstrom(),
        anisotropy: dynamics
            .marginals
            .iter()
            .map(|m| m.as_ref().map_or(f64::NAN, anisotropy))
            .collect(),
        principal_axes: vec![None; protein.len()],
        b_factor,
        comparisons: vec![Comparison {
            with: Experiment::BFactors,
            observed_angstrom: observed,
            pearson: 0.7,
            spearman: 0.6,
            rmsd_angstrom: 0.1,
            n: protein.len(),
            excluded: Vec::new(),
        }],
        hinges: Vec::new(),
        domains: vec![None; protein.len()],
        dynamics: Arc::new(dynamics),
        provenance: provenance("pfanm"),
        warnings: Vec::new(),
        protein,
    }
}

/// Ubiquitin beside itself.
pub(super) fn beside_itself() -> TwoStructuresReport {
    let first = Arc::new(ubiquitin());
    let n = first.protein.len();
    TwoStructuresReport {
        displacement: Displacement::new(&first.protein, &first.protein, &()).unwrap(),
        rmsf_change_angstrom: vec![0.0; n],
        burial_change: vec![0.0; n],
        correlation_change: Matrix::filled(n, n, 0.0),
        overlaps: [vec![0.5, 0.25], Vec::new()],
        hinges: Vec::new(),
        warnings: Vec::new(),
        second: Arc::clone(&first),
        first,
    }
}

/// Its collective motions.
pub(super) fn modes(count: usize) -> Vec<ModeShape> {
    principal_components(&ubiquitin().dynamics, count, &()).unwrap()
}

/// A map of its substitutions that falls with burial, one position not scored.
pub(super) fn scan() -> ScanReport {
    let protein = ubiquitin().protein;
    let burial = crate::analysis::triage::burial_neighbours(&protein);
    let mut map = MutationMap::unscored(ScanMethod::Structure, protein.amino_acids());
    map.score = Matrix::from_fn(protein.len(), 20, |i, j| {
        let own = map.wild_type[i].map(crate::protein::AminoAcid::index) == Some(j);
        if own {
            0.0
        } else {
            1.5 - burial[i] * (0.15 + 0.015 * j as f64)
        }
    });
    map.score.row_mut(20).fill(f64::NAN);
    ScanReport {
        protein,
        map,
        log_probabilities: None,
        pseudo_perplexity: None,
        provenance: provenance("structure"),
        warnings: Vec::new(),
    }
}
