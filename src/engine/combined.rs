//! The combined score: its parts are asked for like any other map.

use std::sync::Arc;

use super::loaded::Networks;
use super::provenance::{direction, segments};
use super::{Engine, EngineError, Observer};
use crate::analysis::combined::{BURIAL_SHARE, Damage, Parts, STABILITY_SHARE, UNLIKENESS_SHARE};
use crate::analysis::mutation_map::Direction;
use crate::analysis::triage::burial_neighbours;
use crate::analysis::{MutationMap, ScanMethod};
use crate::models::stability::side_chains;
use crate::numeric::Matrix;
use crate::progress::{Cancelled, Checkpoint};
use crate::protein::Protein;
use crate::study::{Provenance, ScanReport, ScanRequest, Weights};

/// Hears how far a part is; its rows are not those of the whole.
struct PartOf<'a>(&'a dyn Observer);

impl Checkpoint for PartOf<'_> {
    fn reached(&self, done: usize, total: usize) -> Result<(), Cancelled> {
        self.0.reached(done, total)
    }
}

impl Observer for PartOf<'_> {
    fn phase(&self, name: &'static str) {
        self.0.phase(name);
    }
}

/// The map of percentiles: of the structure, of the alignment that is given, and of a language model that
/// is given or, if it is no small one, installed.
pub(super) fn scan(
    engine: &mut Engine,
    request: &ScanRequest,
    observer: &dyn Observer,
) -> Result<ScanReport, EngineError> {
    let protein = &request.protein;
    protein.require_coordinates("method combined")?;
    let mut wanted = vec![(ScanMethod::Stability, Weights::Installed)];
    if request.alignment.is_some() {
        // Without side chains there is no surface.
        let method = if side_chains::are_present(protein) {
            ScanMethod::RsaLor
        } else {
            ScanMethod::Lor
        };
        wanted.push((method, Weights::Installed));
    }
    let installed = || Networks::language_model(&engine.options);
    let language = match &request.weights {
        Weights::Installed => installed().map(|id| Weights::Path(id.into())),
        given @ Weights::Path(_) => Some(given.clone()),
    };
    wanted.extend(language.map(|weights| (ScanMethod::WildTypeMarginals, weights)));
    let mut parts = Vec::new();
    for (method, weights) in wanted {
        let part = ScanRequest {
            method,
            weights,
            ..request.clone()
        };
        parts.push(engine.ask(&part, &PartOf(observer))?);
    }
    let others: Vec<Damage> = parts[1..].iter().map(|p| damage(&p.map)).collect();
    let wild_type = protein.amino_acids();
    let score = Parts {
        wild_type: &wild_type,
        ddg: &parts[0].map.score,
        burial: &burial_neighbours(protein),
        others: &others,
    }
    .combined(&segments(protein));
    let warnings = parts.iter().flat_map(|part| {
        let of = part.map.method.id();
        part.warnings.iter().map(move |w| format!("{of}: {w}"))
    });
    Ok(ScanReport {
        protein: Arc::clone(protein),
        map: MutationMap {
            score,
            ..MutationMap::unscored(ScanMethod::Combined, wild_type)
        },
        log_probabilities: None,
        pseudo_perplexity: None,
        provenance: provenance(protein, &parts),
        warnings: warnings.collect(),
    })
}

/// Scores with the sign under which higher is more damaging.
fn damage(map: &MutationMap) -> Damage {
    let sign = match map.method.direction() {
        Direction::HigherIsDamaging => 1.0,
        Direction::HigherIsTolerated => -1.0,
    };
    let score = &map.score;
    Matrix::from_fn(score.rows(), score.columns(), |i, j| sign * score[(i, j)])
}

/// The meaning, the parts, and where each part comes from.
fn provenance(protein: &Protein, parts: &[ScanReport]) -> Provenance {
    let each = |of: &dyn Fn(&Provenance) -> &str| {
        let all: Vec<&str> = parts.iter().map(|p| of(&p.provenance)).collect();
        all.join("+")
    };
    let method = ScanMethod::Combined;
    // Others than the chain's own are told apart: they change the number.
    let beside = if protein.context.counted().is_empty() {
        String::new()
    } else {
        format!(", beside {}", protein.context.summary().replace("; ", ", "))
    };
    let of_structure = format!(
        "structure = {STABILITY_SHARE} rank(stability) + {BURIAL_SHARE} rank(neighbours within 10 A{beside}) + {UNLIKENESS_SHARE} rank(-BLOSUM62)"
    );
    let mut named = vec![of_structure];
    for part in &parts[1..] {
        named.push(match part.map.method {
            ScanMethod::WildTypeMarginals => "language model = -wt-marginals".to_owned(),
            alignment => format!("alignment = {}", alignment.id()),
        });
    }
    let mut settings: Vec<(String, String)> = Vec::new();
    let is_kept = |name: &str| matches!(name, "target" | "residues_in_structure");
    let of_all = parts[0].provenance.settings.iter();
    settings.extend(of_all.filter(|(name, _)| is_kept(name)).cloned());
    let mut say = |name: &str, value: String| settings.push((name.to_owned(), value));
    say("unit", method.unit().to_owned());
    say("direction", direction(method).to_owned());
    say(
        "meaning",
        "% of all single substitutions of the chain that are less damaging by the mean rank of the parts".to_owned(),
    );
    say("parts", named.join("; "));
    for part in &parts[1..] {
        let own = [
            "query",
            "sequences_kept",
            "effective_sequences",
            "surface",
            "seams",
        ];
        for (name, value) in &part.provenance.settings {
            if own.contains(&name.as_str()) {
                say(name, value.clone());
            }
        }
    }
    Provenance {
        source: method.id().to_owned(),
        model: each(&|p| &p.model),
        weights_hash: each(&|p| &p.weights_hash),
        device: each(&|p| &p.device),
        dtype: each(&|p| &p.dtype),
        settings,
        ..parts[0].provenance.clone()
    }
}
