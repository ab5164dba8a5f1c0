//! A prediction beside what the same file measured.

use super::simulation::Simulated;
use crate::analysis::comparison::{NotComparable, nmr_ensemble};
use crate::analysis::gaussian::{B_A_SQUARE_FLUCTUATION, b_factors};
use crate::numeric::Profile;
use crate::numeric::stats::{finite_pairs, pearson, spearman};
use crate::progress::{Cancelled, Checkpoint};
use crate::protein::BColumn;
use crate::study::{Comparison, DynamicsRequest, Experiment};

/// Fewer residues than this are not compared.
const FEWEST: usize = 3;

/// Every experiment: a simulation beside a prediction, and of the file NMR models, ANISOU, B-factors.
pub(super) fn of(
    request: &DynamicsRequest,
    simulated: Option<&Simulated>,
    rmsf_angstrom: &[f64],
    checkpoint: &dyn Checkpoint,
) -> Result<Vec<Comparison>, Cancelled> {
    let protein = &request.protein;
    let nmr = match nmr_ensemble(&request.structure, protein, checkpoint) {
        Ok(ensemble) => Some(ensemble.rmsf_angstrom()),
        Err(NotComparable::Cancelled(cancelled)) => return Err(cancelled),
        Err(_) => None,
    };
    // What this program predicted is no experiment.
    let own = matches!(protein.b_column, BColumn::Other(b) if b.is_own());
    let tensors: Profile = protein
        .residues
        .iter()
        .map(|r| r.atom("CA").and_then(|a| a.anisou).filter(|_| !own))
        .map(|u| u.map_or(f64::NAN, |u| u.trace().max(0.0).sqrt()))
        .collect();
    let b: Profile = b_factors(protein)
        .into_iter()
        .map(|b| (b / B_A_SQUARE_FLUCTUATION).sqrt())
        .collect();
    let of_run = simulated.map(|s| s.dynamics.rmsf_angstrom());
    let experiments = [
        (Experiment::SimulationRun, of_run),
        (Experiment::NmrModels, nmr),
        (Experiment::Anisou, Some(tensors)),
        (Experiment::BFactors, Some(b)),
    ];
    Ok(experiments
        .into_iter()
        .filter_map(|(with, observed)| compare(with, observed?, rmsf_angstrom))
        .collect())
}

fn compare(with: Experiment, observed: Profile, predicted: &[f64]) -> Option<Comparison> {
    let (x, y) = finite_pairs(predicted, &observed);
    if x.len() < FEWEST {
        return None;
    }
    let squares: f64 = x.iter().zip(&y).map(|(x, y)| (x - y).powi(2)).sum();
    let count = |of: fn(f64, f64) -> bool| {
        let pairs = predicted.iter().zip(&observed);
        pairs.filter(|(p, o)| of(**p, **o)).count()
    };
    let excluded = [
        ("not predicted", count(|p, _| !p.is_finite())),
        (
            "not measured",
            count(|p, o| p.is_finite() && !o.is_finite()),
        ),
    ];
    Some(Comparison {
        with,
        pearson: pearson(&x, &y),
        spearman: spearman(&x, &y),
        rmsd_angstrom: (squares / x.len() as f64).sqrt(),
        n: x.len(),
        excluded: excluded
            .into_iter()
            .filter(|(_, n)| *n > 0)
            .map(|(reason, n)| (reason.to_owned(), n))
            .collect(),
        observed_angstrom: observed,
    })
}
