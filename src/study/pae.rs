//! The predicted aligned error of the loaded residues: asked for by a file, or by the model that it may lie
//! beside.

use std::path::PathBuf;
use std::sync::Arc;

use super::{DynamicsReport, Provenance, Question, Slot};
use crate::analysis::predicted_error::{COUPLED, Crossing, UNSURE_ANGSTROM, crossing};
use crate::numeric::Matrix;
use crate::protein::{Protein, Structure};

/// Asks for the predicted aligned error (PAE) of a model; the answer is none where none lies beside it.
#[derive(Debug, Clone)]
pub struct PaeRequest {
    /// The residues under study.
    pub protein: Arc<Protein>,
    /// The whole file: a PAE is of all its chains.
    pub structure: Arc<Structure>,
    /// The file of the PAE, where it is given.
    pub file: Option<PathBuf>,
    /// The file of the model, beside which it is looked for otherwise.
    pub model: Option<PathBuf>,
}

impl Question for PaeRequest {
    type Answer = Option<PaeReport>;

    fn slot(&self) -> Slot {
        Slot::Pae
    }

    fn about(&self) -> Option<&Protein> {
        Some(&self.protein)
    }
}

/// How far off each residue is expected to be when the model is laid on the truth by another.
#[derive(Debug, Clone)]
pub struct PaeReport {
    /// The residues it is about.
    pub protein: Arc<Protein>,
    /// (N, N), Å: row = laid on, column = off.
    pub error_angstrom: Matrix,
    /// Groups of residues that lie to each other as the model says, see
    /// [`crate::analysis::predicted_error::domains`]; one entry a residue.
    pub domains: Vec<Option<usize>>,
    /// Where it comes from.
    pub provenance: Provenance,
}

impl PaeReport {
    /// How many domains there are.
    #[must_use]
    pub fn domain_count(&self) -> usize {
        self.domains.iter().flatten().max().map_or(0, |d| d + 1)
    }

    /// The residues of the domains, as ranges of author numbers: `A:1-60 A:90-120`.
    #[must_use]
    pub fn ranges(&self, domain: usize) -> String {
        let residues = &self.protein.residues;
        let mut parts = Vec::new();
        let mut at = 0;
        while at < residues.len() {
            let chain = &residues[at].id.chain;
            let goes_on = |i: &usize| {
                self.domains.get(*i).copied().flatten() == Some(domain)
                    && residues[*i].id.chain == *chain
            };
            let length = (at..residues.len()).take_while(goes_on).count();
            match length {
                0 => {}
                1 => parts.push(residues[at].id.to_string()),
                _ => parts.push(format!(
                    "{}-{}",
                    residues[at].id,
                    residues[at + length - 1].id.number
                )),
            }
            at += length.max(1);
        }
        parts.join(" ")
    }

    /// A warning where predicted couplings are of residues whose places to each other the model does not
    /// know.
    #[must_use]
    pub fn doubt(&self, dynamics: &DynamicsReport) -> Option<String> {
        let Crossing {
            coupled,
            unsure,
            strongest,
        } = crossing(&dynamics.dynamics.correlation, &self.error_angstrom);
        let (i, j) = strongest?;
        let name = |i: usize| self.protein.residues[i].id.to_string();
        Some(format!(
            "{unsure} of {coupled} coupled pairs (|C| ≥ {COUPLED}) have a PAE above {UNSURE_ANGSTROM} Å: the model does not know how these residues lie to each other, so their coupling is not known either; the strongest is {} × {}, C {:+.2}, PAE {:.1} Å",
            name(i),
            name(j),
            dynamics.dynamics.correlation[(i, j)],
            0.5 * (self.error_angstrom[(i, j)] + self.error_angstrom[(j, i)])
        ))
    }
}
