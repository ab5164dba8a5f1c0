//! What every map and list of scores says of itself, and the chains that it is made of.

use std::ops::Range;

use super::loaded::Loaded;
use crate::analysis::ScanMethod;
use crate::analysis::mutation_map::Direction;
use crate::protein::Protein;
use crate::study::Provenance;

/// Where each chain begins and ends.
pub(super) fn segments(protein: &Protein) -> Vec<Range<usize>> {
    protein.chains().into_iter().map(|(_, r)| r).collect()
}

pub(super) fn provenance<M>(
    method: ScanMethod,
    protein: &Protein,
    loaded: &Loaded<M>,
    settings: Vec<(String, String)>,
) -> Provenance {
    let mut all = vec![("target".to_owned(), protein.name.clone())];
    all.extend([
        ("unit".to_owned(), method.unit().to_owned()),
        ("direction".to_owned(), direction(method).to_owned()),
    ]);
    let seen = protein.residues.iter().filter(|r| r.id.is_seen()).count();
    if seen < protein.len() {
        let part = format!("{seen} of {}", protein.len());
        all.push(("residues_in_structure".to_owned(), part));
    }
    all.extend(settings);
    Provenance {
        version: env!("CARGO_PKG_VERSION"),
        source: method.id().to_owned(),
        model: loaded.id.clone(),
        weights_hash: loaded.hash.clone(),
        device: loaded.compute.device_name().to_owned(),
        dtype: loaded.compute.dtype_name().to_owned(),
        settings: all,
        elapsed: std::time::Duration::ZERO,
    }
}

pub(super) fn direction(method: ScanMethod) -> &'static str {
    match method.direction() {
        Direction::HigherIsTolerated => "higher = better tolerated",
        Direction::HigherIsDamaging => "higher = more damaging",
    }
}
