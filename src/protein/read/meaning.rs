//! How a structure was determined, by what the header says.

use super::rows::Header;
use crate::protein::b_column::Other;
use crate::protein::{BColumn, Method};

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

/// The experiment, by its own record; a program's name elsewhere is a hint, see [`predictor`].
pub(super) fn method(header: &Header) -> Method {
    let resolution = header.resolution.filter(|r| *r > 0.0 && *r < 100.0);
    let says = |word: &str| header.method.contains(word);
    if says("DIFFRACTION") || says("CRYSTALLOGRAPHY") {
        Method::Diffraction { resolution }
    } else if says("NMR") {
        Method::Nmr
    } else if says("MICROSCOPY") {
        Method::ElectronMicroscopy
    } else if says("THEORETICAL") || says("PREDICTION") || header.quality_metric {
        Method::Predicted
    } else if resolution.is_some() && predictor(header).is_none() {
        Method::Diffraction { resolution }
    } else {
        Method::Unknown
    }
}

/// A file that says nothing of its method is a prediction if its B column is one's.
pub(super) fn with_b_column(stated: Method, b: BColumn) -> Method {
    let predicted = b.is_plddt() || b == BColumn::Other(Other::ModelScore);
    if stated == Method::Unknown && predicted {
        Method::Predicted
    } else {
        stated
    }
}

/// The program that predicts structures which the title, a remark or an author's line names. Titles of
/// experiments name them, too: a hint, no proof.
pub(super) fn predictor(header: &Header) -> Option<&'static str> {
    let found = PREDICTORS.iter().find(|p| header.text.contains(*p));
    found.copied()
}
