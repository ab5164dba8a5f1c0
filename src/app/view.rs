//! How the open protein is looked at.

use super::measured::MeasuredShown;
use super::panel::{AminoAcidOrder, ColorBy, Curve, Graphics, Panel, Reading};
use super::residues::ResidueRows;
use super::triage::Rows;
use crate::analysis::{ScanMethod, Source};

#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches of the screen"
)]
pub struct View {
    /// The panel that has the keys.
    pub focus: Panel,
    pub expanded: bool,
    /// There are no coordinates, so that the panels that need them stand back.
    pub sequence_only: bool,
    /// Zoom of the flexibility bars in powers of two; 0 = the whole protein.
    pub track_zoom: u8,
    /// Zoom of the mutation map in powers of two; 0 = one column a residue, negative = farther.
    pub heat_zoom: i8,
    /// Zoom of the coupling map in powers of two; 0 = the whole map.
    pub map_zoom: u8,
    /// Turn of the structure about x, in radians.
    pub pitch: f64,
    /// Turn about y, in radians.
    pub yaw: f64,
    pub magnification: f64,
    pub spinning: bool,
    pub color_by: ColorBy,
    /// The structure moves through its ensemble.
    pub animating: bool,
    /// The mode (0-based) that the structure swings along.
    pub mode: Option<usize>,
    /// How far it swings, in standard deviations.
    pub amplitude: f64,
    /// What the structure is drawn with.
    pub graphics: Graphics,
    /// What the flexibility panel draws.
    pub curve: Curve,
    /// A second source, laid over the flexibility.
    pub compare: Option<Source>,
    /// The coupling map shows the first source less the second.
    pub difference: bool,
    /// What stands around the protein is drawn.
    pub neighbours: bool,
    /// What the coupling map shows.
    pub reading: Reading,
    /// The coupling map has its residues by dynamic domain.
    pub by_domain: bool,
    /// Couplings nearer to zero are left out of the map.
    pub threshold: f64,
    /// Rows of the mutation map.
    pub order: AminoAcidOrder,
    /// Source of the predicted motion on screen.
    pub source: Option<Source>,
    /// The source that was asked for last.
    pub asked_source: Option<Source>,
    /// What the mutation map shows.
    pub method: Option<ScanMethod>,
    /// Whether it shows the user's own scores instead.
    pub measured_shown: MeasuredShown,
    /// Which rows the triage table shows, and in which order.
    pub rows: Rows,
    /// Which residues the table of residues shows, and in which order.
    pub residues: ResidueRows,
}

impl Default for View {
    fn default() -> Self {
        Self {
            focus: Panel::Flexibility,
            expanded: false,
            sequence_only: false,
            track_zoom: 0,
            heat_zoom: 0,
            map_zoom: 0,
            pitch: 0.25,
            yaw: 0.4,
            magnification: 1.0,
            spinning: false,
            color_by: ColorBy::default(),
            animating: false,
            mode: None,
            amplitude: 2.0,
            graphics: Graphics::default(),
            curve: Curve::default(),
            compare: None,
            difference: false,
            neighbours: true,
            reading: Reading::default(),
            by_domain: false,
            threshold: 0.0,
            order: AminoAcidOrder::default(),
            source: None,
            asked_source: None,
            method: None,
            measured_shown: MeasuredShown::default(),
            rows: Rows::default(),
            residues: ResidueRows::default(),
        }
    }
}
