//! Mutation maps against measured stability and fitness, and residue probabilities against sequences.

use super::motion::Scored;
use crate::analysis::mutation_map::{Direction, MutationMap};
use crate::dataset::stability::Measured;
use crate::numeric::Matrix;
use crate::numeric::stats::{finite_pairs, mean, pearson, ranks, spearman};
use crate::protein::AminoAcid;

/// ΔΔG in kcal/mol above which a substitution counts as destabilising.
const DESTABILISING: f64 = 1.0;

/// The map's scores of the measured substitutions, higher = more damaging.
#[must_use]
pub fn damage(map: &MutationMap, substitutions: &[Measured]) -> Vec<f64> {
    let sign = match map.method.direction() {
        Direction::HigherIsDamaging => 1.0,
        Direction::HigherIsTolerated => -1.0,
    };
    substitutions
        .iter()
        .map(|s| sign * map.score[(s.site, s.mutant.index())])
        .collect()
}

/// Predicted damage against measured ΔΔG; the error only where the prediction is in kcal/mol.
#[must_use]
pub fn stability(damage: &[f64], ddg: &[f64], in_kcal: bool) -> Vec<Scored> {
    let mut scores = vec![
        ("Spearman", spearman(damage, ddg)),
        ("Pearson", pearson(damage, ddg)),
        ("AUC, \u{394}\u{394}G > 1", auc(damage, ddg)),
    ];
    if in_kcal {
        let (x, y) = finite_pairs(damage, ddg);
        let squares: Vec<f64> = x.iter().zip(&y).map(|(x, y)| (x - y).powi(2)).collect();
        scores.push(("RMSE, kcal/mol", mean(&squares).sqrt()));
    }
    scores
}

/// Predicted damage against measured fitness, higher = fitter.
#[must_use]
pub fn fitness(damage: &[f64], fitness: &[f64]) -> Vec<Scored> {
    vec![("Spearman", -spearman(damage, fitness))]
}

/// The chance that a destabilising substitution is ranked above another one; NaN without both kinds.
fn auc(damage: &[f64], ddg: &[f64]) -> f64 {
    let (x, y) = finite_pairs(damage, ddg);
    let rank = ranks(&x);
    let (mut sum, mut positive) = (0.0, 0.0);
    for (r, y) in rank.iter().zip(&y) {
        if *y > DESTABILISING {
            sum += r;
            positive += 1.0;
        }
    }
    let negative = x.len() as f64 - positive;
    (sum - positive * (positive + 1.0) / 2.0) / (positive * negative)
}

/// Whether the likeliest residue of a site is its own, and −ln p of its own, for each site with
/// probabilities and a standard residue.
#[must_use]
pub fn recovered(log_p: &Matrix, own: &[Option<AminoAcid>]) -> Vec<(bool, f64)> {
    let site = |(i, own): (usize, &Option<AminoAcid>)| {
        let (row, own) = (log_p.row(i), (*own)?.index());
        let best = (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b]))?;
        row[own].is_finite().then_some((best == own, -row[own]))
    };
    own.iter().enumerate().filter_map(site).collect()
}

/// Share of residues recovered and perplexity of one chain.
#[must_use]
pub fn residues(sites: &[(bool, f64)]) -> Vec<Scored> {
    let hits: Vec<f64> = sites.iter().map(|s| f64::from(u8::from(s.0))).collect();
    let losses: Vec<f64> = sites.iter().map(|s| s.1).collect();
    vec![
        ("recovery", mean(&hits)),
        ("perplexity", mean(&losses).exp()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranking_and_error_of_known_lists() {
        let ddg = [0.0, 0.5, 2.0, 3.0];
        assert_eq!(auc(&[0.1, 0.2, 0.3, 0.4], &ddg), 1.0);
        assert_eq!(auc(&[0.1, 0.3, 0.2, 0.4], &ddg), 0.75);
        assert!(auc(&[0.1, 0.2], &[0.0, 0.0]).is_nan());
        let scores = stability(&[1.0, 1.5, 3.0, 4.0], &ddg, true);
        assert!(scores.contains(&("RMSE, kcal/mol", 1.0)));
        assert_eq!(stability(&ddg, &ddg, false).len(), 3);
        assert_eq!(fitness(&ddg, &[3.0, 2.0, 1.0, 0.0])[0].1, 1.0);
    }

    #[test]
    fn recovery_counts_the_likeliest_and_leaves_out_unknown_sites() {
        let even = (1.0f64 / 20.0).ln();
        let mut log_p = Matrix::filled(3, 20, even);
        log_p.row_mut(2).fill(f64::NAN);
        log_p[(0, 4)] = 0.5f64.ln();
        let own = [AminoAcid::ALL[4], AminoAcid::ALL[0], AminoAcid::ALL[1]].map(Some);
        let sites = recovered(&log_p, &own);
        assert_eq!(sites.len(), 2);
        assert!(sites[0].0 && !sites[1].0);
        let scores = residues(&sites);
        assert_eq!(scores[0], ("recovery", 0.5));
        assert!((scores[1].1 - 40f64.sqrt()).abs() < 1e-9);
    }
}
