//! Reports for the tests of writers: a small real structure with the parameter-free network.

use std::sync::Arc;
use std::time::Duration;

use super::scored::Scored;
use super::table::{Refused, ScoredLine, ScoredList};
use crate::analysis::elastic_network;
use crate::analysis::flexibility::{ModeShape, anisotropy, principal_components};
use crate::analysis::two_structures::Displacement;
use crate::analysis::{MutationMap, ScanMethod, Source};
use crate::numeric::Matrix;
use crate::protein::{ChainChoice, read, secondary};
use crate::study::{
    Comparison, DynamicsReport, Experiment, PaeReport, Provenance, ScanReport, ScoreReport,
    TwoStructuresReport, VariantScore,
};

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
        run: None,
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

/// A PAE of it that is not symmetric; its first 70 residues are a domain.
pub(super) fn pae() -> PaeReport {
    let protein = ubiquitin().protein;
    let n = protein.len();
    PaeReport {
        error_angstrom: Matrix::from_fn(n, n, |i, j| i as f64 / 4.0 + j as f64 / 8.0),
        domains: (0..n).map(|i| (i < 70).then_some(0)).collect(),
        provenance: provenance("pae"),
        protein,
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

/// Three of its variants by two methods that disagree, and an entry that is none.
pub(crate) fn scored() -> Scored {
    let protein = ubiquitin().protein;
    let names = ["A:K6A", "A:I44A", "A:L8G"];
    let report = |method: ScanMethod, direction: &str, scores: [f64; 3]| {
        let of = |(name, score): (&str, f64)| {
            let (index, mutant) = protein.named(name).unwrap();
            let wild_type = protein.residues[index].amino_acid.unwrap();
            let mutant = mutant.unwrap();
            VariantScore {
                variant: vec![crate::protein::Substitution {
                    index,
                    wild_type,
                    mutant,
                }],
                score,
                additive: score,
                properties: Vec::new(),
                note: None,
            }
        };
        let mut provenance = provenance(method.id());
        provenance
            .settings
            .push(("direction".to_owned(), direction.to_owned()));
        Arc::new(ScoreReport {
            protein: Arc::clone(&protein),
            method,
            properties: Vec::new(),
            scores: names.into_iter().zip(scores).map(of).collect(),
            provenance,
            warnings: Vec::new(),
        })
    };
    let line = |row: usize, written: &str, own: &str, outcome| ScoredLine {
        row,
        written: written.to_owned(),
        fields: vec![own.to_owned()],
        outcome,
    };
    let refused = Refused {
        reason: "no residue 999".to_owned(),
        is_elsewhere: false,
    };
    Scored {
        reports: vec![
            report(
                ScanMethod::Stability,
                "higher = more damaging",
                [0.5, 2.0, -0.5],
            ),
            report(
                ScanMethod::Structure,
                "higher = better tolerated",
                [-2.0, -1.0, -4.0],
            ),
        ],
        list: ScoredList {
            columns: vec!["note".to_owned()],
            lines: vec![
                line(1, "K6A", "mine", Ok(0)),
                line(2, "I44A", "", Ok(1)),
                line(3, "L8G", "", Ok(2)),
                line(4, "nowhere", "", Err(refused)),
            ],
        },
    }
}
