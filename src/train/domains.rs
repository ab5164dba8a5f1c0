//! Domains with measured ΔΔG as the stability training sees them, and how predictions are judged.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use rayon::prelude::*;

use crate::dataset::literature::literature;
use crate::dataset::stability::{MeasuredProtein, stability};
use crate::models::stability::Site;
use crate::numeric::{Matrix, stats};

/// One domain.
pub struct Domain {
    /// Structure and measurements.
    pub measured: MeasuredProtein,
    /// What the model reads of it.
    pub site: Site,
    /// (N, 20): the measured values, 0 elsewhere.
    pub value: Vec<f32>,
    /// (N, 20): 1 where measured.
    pub known: Vec<f32>,
}

/// The domains of one split.
///
/// # Errors
/// Those of the data files.
pub fn read_domains(data: &Path, split: &str, neighbours: usize) -> anyhow::Result<Vec<Domain>> {
    let measured = stability(data, split).context("the stability data")?;
    let domains = measured.into_par_iter();
    domains.map(|m| Domain::new(m, neighbours)).collect()
}

/// The chains of the literature; none where the data has none.
///
/// # Errors
/// Those of the data files.
pub fn read_literature(data: &Path, neighbours: usize) -> anyhow::Result<Vec<Domain>> {
    if !data.join("stability/literature.fasta").exists() {
        return Ok(Vec::new());
    }
    let measured = literature(data).context("substitutions of the literature")?;
    let chains = measured.into_par_iter();
    chains.map(|m| Domain::new(m, neighbours)).collect()
}

impl Domain {
    /// What the model reads of a measured protein.
    ///
    /// # Errors
    /// None: nobody stops it.
    pub fn new(measured: MeasuredProtein, neighbours: usize) -> anyhow::Result<Self> {
        let site = Site::new(&measured.protein, neighbours, &())?;
        let row_of: HashMap<usize, usize> = site
            .graph
            .kept
            .iter()
            .enumerate()
            .map(|(row, &i)| (i, row))
            .collect();
        let entries = site.graph.len() * 20;
        let (mut value, mut known) = (vec![0f32; entries], vec![0f32; entries]);
        for s in &measured.substitutions {
            if let Some(row) = row_of.get(&s.site) {
                let entry = row * 20 + s.mutant.index();
                (value[entry], known[entry]) = (s.value as f32, 1.0);
            }
        }
        Ok(Self {
            measured,
            site,
            value,
            known,
        })
    }

    /// Spearman correlation of a map (L, 20) with the measurements.
    #[must_use]
    pub fn spearman(&self, map: &Matrix) -> f64 {
        let (predicted, value): (Vec<f64>, Vec<f64>) = self
            .measured
            .substitutions
            .iter()
            .map(|s| (map[(s.site, s.mutant.index())], s.value))
            .filter(|(p, _)| p.is_finite())
            .unzip();
        stats::spearman(&predicted, &value)
    }
}
