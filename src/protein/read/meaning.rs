//! How a structure was determined, and what its B column holds.

use super::rows::Header;
use crate::protein::{BColumn, Method, Model, Residue};

/// Programs and archives of predicted models, as headers name them.
const PREDICTORS: &[&str] = &[
    "ALPHAFOLD",
    "ESMFOLD",
    "ROSETTAFOLD",
    "COLABFOLD",
    "OPENFOLD",
    "OMEGAFOLD",
    "BOLTZ",
    "CHAI-1",
    "CHAI_1",
    "PROTENIX",
    "HELIXFOLD",
    "UNIFOLD",
    "UNI-FOLD",
    "FASTFOLD",
    "MODELARCHIVE",
    "PLDDT",
    "ESM METAGENOMIC ATLAS",
    "THEORETICAL MODEL",
    "SWISS-MODEL",
    "ROBETTA",
    "TRROSETTA",
];

/// Mean of the B column above which per-residue values look like confidence.
const CONFIDENT: f64 = 30.0;

/// The experiment, by what the header says.
pub(super) fn method(header: &Header) -> Method {
    let resolution = header.resolution.filter(|r| *r > 0.0 && *r < 100.0);
    let says = |word: &str| header.method.contains(word);
    if says("DIFFRACTION") || says("CRYSTALLOGRAPHY") {
        Method::Diffraction { resolution }
    } else if says("NMR") {
        Method::Nmr
    } else if says("MICROSCOPY") {
        Method::ElectronMicroscopy
    } else if says("THEORETICAL")
        || header.quality_metric
        || PREDICTORS.iter().any(|p| header.text.contains(p))
    {
        Method::Predicted
    } else if resolution.is_some() {
        Method::Diffraction { resolution }
    } else {
        Method::Unknown
    }
}

/// What the B column of the protein holds.
pub(super) fn b_column(method: Method, model: &Model) -> BColumn {
    let residues: Vec<&Residue> = model.chains.iter().flat_map(|c| &c.residues).collect();
    let values: Vec<f64> = residues
        .iter()
        .flat_map(|r| r.atoms.iter().map(|a| a.b_factor))
        .collect();
    let Some(&first) = values.first() else {
        return BColumn::Absent;
    };
    if method == Method::Nmr || values.iter().all(|v| (v - first).abs() < 1e-9) {
        return BColumn::Absent;
    }
    let per_residue = constant_within_residues(&residues);
    let in_range = values.iter().all(|v| (0.0..=100.0).contains(v));
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    match method {
        Method::Predicted if in_range && per_residue => BColumn::Plddt,
        Method::Predicted => BColumn::Absent,
        Method::Unknown if in_range && per_residue && full(&residues) && mean > CONFIDENT => {
            BColumn::Plddt
        }
        _ => BColumn::BFactor,
    }
}

fn constant_within_residues(residues: &[&Residue]) -> bool {
    residues.iter().all(|r| {
        let first = r.atoms.first().map_or(0.0, |a| a.b_factor);
        r.atoms.iter().all(|a| (a.b_factor - first).abs() < 1e-9)
    })
}

/// Whether most residues have several atoms, so that being constant means something.
fn full(residues: &[&Residue]) -> bool {
    residues.iter().filter(|r| r.atoms.len() > 3).count() * 2 > residues.len()
}
