//! Every result of the open protein.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::collective::{Collective, Difference};
use super::dynamics::{Conformations, Dynamics};
use super::map_view::MapView;
use super::pae::Pae;
use crate::analysis::{ScanMethod, Source};
use crate::study::ConservationReport;

/// Every result on the table for the subject.
#[derive(Debug, Clone, Default)]
pub struct Results {
    pub dynamics: BTreeMap<Source, Arc<Dynamics>>,
    /// Modes and responses by source.
    pub collectives: BTreeMap<Source, Arc<Collective>>,
    /// The source on screen less the second one, while both are there.
    pub difference: Option<Arc<Difference>>,
    pub ensembles: BTreeMap<Source, Arc<Conformations>>,
    pub maps: BTreeMap<ScanMethod, Arc<MapView>>,
    /// By the user's alignment.
    pub conservation: Option<Arc<ConservationReport>>,
    /// How sure the model is of the places of residues to each other.
    pub pae: Option<Arc<Pae>>,
    /// Why a source gave nothing, in words.
    pub refused_sources: BTreeMap<Source, String>,
    /// Why a method gave nothing, in words.
    pub refused_methods: BTreeMap<ScanMethod, String>,
}
