//! How well the network that was trained orders what it has not seen.

use std::io::Write;

use crate::numeric::stats;

/// Spearman correlations of one domain.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub name: String,
    /// Network, perceptrons, both; the last without side chains.
    pub spearman: [f64; 4],
}

const KINDS: [&str; 4] = ["network", "perceptrons", "both", "both_without_side_chains"];

/// Predicted and measured ΔΔG of one chain.
pub(super) type Pairs = Vec<(f64, f64)>;

/// How chains of the literature that were left out are predicted, all substitutions together.
pub(super) fn tell_pairs(chains: &[Pairs], progress: &mut dyn Write) -> anyhow::Result<()> {
    let (predicted, measured): (Vec<f64>, Vec<f64>) = chains.iter().flatten().copied().unzip();
    let (r, rho) = (
        stats::pearson(&predicted, &measured),
        stats::spearman(&predicted, &measured),
    );
    let each = chains.iter().filter(|c| c.len() >= 10).map(|c| {
        let (predicted, measured): (Vec<f64>, Vec<f64>) = c.iter().copied().unzip();
        stats::spearman(&predicted, &measured)
    });
    let each: Vec<f64> = each.collect();
    writeln!(
        progress,
        "literature, left out: pooled r {r:.4}, rho {rho:.4} of {} substitutions; mean rho {:.4} of {} chains with ten or more",
        predicted.len(),
        stats::mean(&each),
        each.len()
    )?;
    Ok(())
}

/// The means over the domains, each domain before.
pub(super) fn tell(judged: &[Judged], title: &str, progress: &mut dyn Write) -> anyhow::Result<()> {
    for one in judged {
        let [network, perceptrons, both, bare] = one.spearman;
        let name = &one.name;
        writeln!(
            progress,
            "{name:24} {network:.3} {perceptrons:.3} {both:.3} {bare:.3}"
        )?;
    }
    for (i, kind) in KINDS.iter().enumerate() {
        let values: Vec<f64> = judged.iter().map(|j| j.spearman[i]).collect();
        let (low, high) = stats::bootstrap_interval(&values, 0.95, 2000, 1);
        let (mean, n) = (stats::mean(&values), values.len());
        writeln!(
            progress,
            "{title}, {kind}: mean Spearman {mean:.4} [{low:.4}, {high:.4}] over {n} domains"
        )?;
    }
    Ok(())
}
