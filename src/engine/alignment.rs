//! Scores and conservation from the user's alignment: each chain beside the row that is its sequence.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::loaded::Loaded;
use super::provenance::{provenance, segments};
use super::{Ask, Engine, EngineError, Observer};
use crate::analysis::conservation::{CLUSTER_IDENTITY, Columns, LEAST_IDENTITY, REGULARISATION};
use crate::analysis::surface::relative_accessibility;
use crate::analysis::{MutationMap, ScanMethod};
use crate::models::stability::side_chains;
use crate::numeric::Profile;
use crate::protein::msa::MsaError;
use crate::protein::{Mapping, Msa, Protein};
use crate::study::{ConservationReport, ConservationRequest, Provenance, ScanReport, ScanRequest};

/// Sequences, by their weights, a residue below which an alignment is shallow.
const SHALLOW: f64 = 1.0;

/// An alignment that reaches less than this part of a chain covers little of it.
const MOST: f64 = 0.9;

/// A chain and the columns of the alignment that are its residues.
struct Beside {
    range: Range<usize>,
    columns: Arc<Columns>,
    mapping: Mapping,
}

/// The chains that the alignment is about; at least one.
struct Aligned {
    loaded: Arc<Loaded<Msa>>,
    chains: Vec<Beside>,
    warnings: Vec<String>,
}

impl Aligned {
    fn new(
        engine: &mut Engine,
        path: &Path,
        protein: &Protein,
        observer: &dyn Observer,
    ) -> Result<Self, EngineError> {
        let loaded = engine.networks.alignment(path, observer)?;
        observer.phase("weight the alignment");
        let (mut chains, mut warnings) = (Vec::new(), Vec::new());
        let mut refused: Option<MsaError> = None;
        for range in segments(protein) {
            match loaded
                .model
                .about(&protein.residues[range.clone()], protein)
            {
                Ok(homologs) => {
                    let columns = engine.networks.columns(&homologs, observer)?;
                    let mapping = homologs.mapping;
                    let chain = Beside {
                        range,
                        columns,
                        mapping,
                    };
                    warnings.extend(chain.warnings(protein));
                    chains.push(chain);
                }
                Err(error) => {
                    warnings.push(error.to_string());
                    refused.get_or_insert(error);
                }
            }
        }
        match refused {
            Some(error) if chains.is_empty() => Err(error.into()),
            _ => Ok(Self {
                loaded,
                chains,
                warnings,
            }),
        }
    }

    /// One number a residue.
    fn profile(&self, residues: usize, of: impl Fn(&Columns, usize) -> f64) -> Profile {
        let mut profile = vec![f64::NAN; residues];
        for chain in &self.chains {
            let columns = &chain.columns;
            let here = columns.along(&chain.mapping, chain.range.len(), |c| of(columns, c));
            profile[chain.range.clone()].copy_from_slice(&here);
        }
        profile
    }

    /// Log odds ratios, each times the factor of its residue.
    fn map(&self, method: ScanMethod, protein: &Protein, factor: &[f64]) -> MutationMap {
        let mut map = MutationMap::unscored(method, protein.amino_acids());
        for chain in &self.chains {
            for (at, i) in chain.range.clone().enumerate() {
                let column = chain.mapping.alignment.b_to_a(at);
                if let (Some(column), Some(wild_type)) = (column, map.wild_type[i]) {
                    let odds = chain.columns.log_odds(column);
                    for (score, mutant) in map.score.row_mut(i).iter_mut().zip(odds) {
                        // Nothing is not less than nothing.
                        *score = factor[i] * (odds[wild_type.index()] - mutant) + 0.0;
                    }
                }
            }
        }
        map
    }

    fn provenance(
        &self,
        method: ScanMethod,
        protein: &Protein,
        more: Option<(String, String)>,
    ) -> Provenance {
        let each = |of: &dyn Fn(&Beside) -> String| {
            let mut all: Vec<String> = self.chains.iter().map(of).collect();
            all.dedup();
            all.join(",")
        };
        let mut settings = vec![
            (
                "query".to_owned(),
                each(&|c| c.mapping.sequence.name.clone()),
            ),
            (
                "sequences".to_owned(),
                each(&|c| c.columns.read.to_string()),
            ),
            (
                "sequences_kept".to_owned(),
                each(&|c| c.columns.kept.to_string()),
            ),
            (
                "effective_sequences".to_owned(),
                each(&|c| format!("{:.2}", c.columns.effective)),
            ),
            ("least_identity".to_owned(), LEAST_IDENTITY.to_string()),
            ("cluster_identity".to_owned(), CLUSTER_IDENTITY.to_string()),
            ("regularisation".to_owned(), REGULARISATION.to_string()),
        ];
        settings.extend(more);
        Provenance {
            dtype: "f64".to_owned(),
            ..provenance(method, protein, &self.loaded, settings)
        }
    }
}

impl Beside {
    /// What makes its numbers doubtful.
    fn warnings(&self, protein: &Protein) -> Vec<String> {
        let (columns, query) = (&self.columns, &self.mapping.sequence);
        let chain = match protein.residues[self.range.start].id.chain.as_str() {
            "" => "the sequence".to_owned(),
            name => format!("chain {name}"),
        };
        let mut warnings = Vec::new();
        if columns.effective < SHALLOW * query.len() as f64 {
            warnings.push(format!(
                "{chain}: the alignment is shallow: {} of {} sequences are kept, which weigh as much as {:.1} for {} residues; the scores of so few are noise",
                columns.kept,
                columns.read,
                columns.effective,
                query.len()
            ));
        }
        let reached = self.mapping.alignment.aligned();
        if (reached as f64) < MOST * self.range.len() as f64 {
            warnings.push(format!(
                "{chain}: the alignment reaches {reached} of {} residues",
                self.range.len()
            ));
        }
        let residue = |b: usize| &protein.residues[self.range.start + b];
        let mismatches = self.mapping.mismatches();
        let mut others = mismatches
            .iter()
            .filter(|(_, b)| residue(*b).amino_acid.is_some());
        if let Some((a, b)) = others.next() {
            warnings.push(format!(
                "{chain}: {} residues are others than in '{}', the first of them {}, there {}",
                1 + others.count(),
                query.name,
                residue(*b).id,
                &query.letters()[*a..=*a]
            ));
        }
        warnings
    }
}

/// The map of the log odds ratios, as they are or by how buried the residues are.
pub(super) fn scan(
    engine: &mut Engine,
    request: &ScanRequest,
    observer: &dyn Observer,
) -> Result<ScanReport, EngineError> {
    let (method, protein) = (request.method, &request.protein);
    let path = request.alignment.as_deref();
    let path = path.ok_or_else(|| {
        EngineError::Unsupported(format!(
            "method {} reads an alignment; give one by --msa FILE (`:msa FILE`): A3M, A2M, Stockholm or aligned FASTA",
            method.id()
        ))
    })?;
    if method == ScanMethod::RsaLor {
        protein.require_coordinates("method rsalor")?;
        if !side_chains::are_present(protein) {
            return Err(EngineError::Unsupported(format!(
                "{}: most side chains are missing, and without them there is no surface; method lor needs none",
                protein.name
            )));
        }
    }
    let aligned = Aligned::new(engine, path, protein, observer)?;
    let (factor, surface) = if method == ScanMethod::RsaLor {
        observer.phase("surface");
        let exposed = relative_accessibility(protein, observer)?;
        let buried = exposed.iter().map(|rsa| 1.0 - rsa.min(100.0) / 100.0);
        let mut surface =
            "Shrake-Rupley, 1.4 A probe, in % of the largest of PyPI rsalor 1".to_owned();
        if !protein.context.counted().is_empty() {
            surface = format!("{surface}, beside {}", protein.context.summary());
        }
        let surface = ("surface".to_owned(), surface);
        (buried.collect(), Some(surface))
    } else {
        (vec![1.0; protein.len()], None)
    };
    Ok(ScanReport {
        protein: Arc::clone(protein),
        map: aligned.map(method, protein, &factor),
        log_probabilities: None,
        pseudo_perplexity: None,
        provenance: aligned.provenance(method, protein, surface),
        warnings: aligned.warnings,
    })
}

impl Ask for ConservationRequest {
    fn answer(
        &self,
        engine: &mut Engine,
        observer: &dyn Observer,
    ) -> Result<ConservationReport, EngineError> {
        let begun = Instant::now();
        let aligned = Aligned::new(engine, &self.alignment, &self.protein, observer)?;
        let residues = self.protein.len();
        let mut provenance = aligned.provenance(ScanMethod::Lor, &self.protein, None);
        let is_of_scores = |name: &str| matches!(name, "unit" | "direction" | "regularisation");
        provenance.settings.retain(|(name, _)| !is_of_scores(name));
        "conservation".clone_into(&mut provenance.source);
        provenance.elapsed = begun.elapsed();
        Ok(ConservationReport {
            protein: Arc::clone(&self.protein),
            conservation: aligned.profile(residues, Columns::conservation),
            depth: aligned.profile(residues, Columns::depth),
            provenance,
            warnings: aligned.warnings,
        })
    }
}
