//! The panels, which of them has the keys, and how each is zoomed.

use crate::analysis::Source;

/// One view of the protein.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Panel {
    /// Letters, numbers, secondary structure.
    Sequence,
    /// RMSF along the sequence.
    Flexibility,
    /// N × N correlation.
    Coupling,
    /// The backbone in space.
    Structure,
    /// 20 × L scores.
    Mutations,
    /// Substitutions as a table.
    Triage,
}

impl Panel {
    /// In the order of their keys.
    pub const ALL: [Self; 6] = [
        Self::Sequence,
        Self::Flexibility,
        Self::Coupling,
        Self::Structure,
        Self::Mutations,
        Self::Triage,
    ];

    /// What its frame says.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Sequence => "sequence",
            Self::Flexibility => "flexibility",
            Self::Coupling => "coupling",
            Self::Structure => "structure",
            Self::Mutations => "mutations",
            Self::Triage => "triage",
        }
    }

    /// Whether it shows nothing of a bare sequence.
    #[must_use]
    pub fn needs_structure(self) -> bool {
        matches!(self, Self::Flexibility | Self::Coupling | Self::Structure)
    }

    /// The digit that focuses it.
    #[must_use]
    pub fn digit(self) -> usize {
        self as usize + 1
    }

    /// The panel `step` further in the order of the digits.
    #[must_use]
    pub fn step(self, step: isize) -> Self {
        let n = Self::ALL.len() as isize;
        Self::ALL[(self as isize + step).rem_euclid(n) as usize]
    }
}

/// How the mutation map lists its amino acids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AminoAcidOrder {
    /// Alike next to alike.
    #[default]
    Property,
    /// By letter.
    Alphabetical,
    /// By mean score, best tolerated first.
    Mean,
}

impl AminoAcidOrder {
    pub const ALL: [Self; 3] = [Self::Property, Self::Alphabetical, Self::Mean];

    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Property => Self::Alphabetical,
            Self::Alphabetical => Self::Mean,
            Self::Mean => Self::Property,
        }
    }

    /// What the screen calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Property => "property",
            Self::Alphabetical => "alphabetical",
            Self::Mean => "mean",
        }
    }
}

/// What the flexibility panel draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Curve {
    /// RMSF as bars.
    #[default]
    Bars,
    /// RMSF as a line.
    Line,
    /// Smallest variance over the largest: 1 = every direction alike.
    Anisotropy,
    /// Dynamic flexibility index.
    FlexibilityIndex,
    /// How much a push at a residue moves the others.
    Effectors,
    /// How much a residue is moved by pushes at others.
    Sensors,
    /// Dynamic coupling index with the residue under the cursor.
    CouplingIndex,
}

impl Curve {
    /// Every curve, in the order of the key.
    pub const ALL: [Self; 7] = [
        Self::Bars,
        Self::Line,
        Self::Anisotropy,
        Self::FlexibilityIndex,
        Self::Effectors,
        Self::Sensors,
        Self::CouplingIndex,
    ];

    /// The name in commands.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Bars => "bars",
            Self::Line => "line",
            Self::Anisotropy => "anisotropy",
            Self::FlexibilityIndex => "dfi",
            Self::Effectors => "effectors",
            Self::Sensors => "sensors",
            Self::CouplingIndex => "dci",
        }
    }

    /// Whether pushes at every residue must be computed for it.
    #[must_use]
    pub fn needs_responses(self) -> bool {
        matches!(
            self,
            Self::FlexibilityIndex | Self::Effectors | Self::Sensors | Self::CouplingIndex
        )
    }

    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    /// What the screen calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bars => "bars of RMSF",
            Self::Line => "a line of RMSF",
            Self::Anisotropy => "anisotropy: 1 = every direction alike, 0 = one only",
            Self::FlexibilityIndex => "flexibility index (DFI): share of the answer to all pushes",
            Self::Effectors => "effectors: how much a push here moves the others",
            Self::Sensors => "sensors: how much pushes at others move this one",
            Self::CouplingIndex => {
                "coupling index (DCI) with the cursor: above 1 = more than average"
            }
        }
    }
}

/// What colours the backbone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorBy {
    /// Predicted motion.
    #[default]
    Rmsf,
    /// The B column.
    BColumn,
    /// Correlation with the residue under the cursor.
    Coupling,
    /// Mean score of the mutation map at a position.
    Score,
    /// Helix, strand, coil.
    Secondary,
    /// One colour a chain.
    Chain,
    /// One colour a dynamic domain.
    Domain,
}

impl ColorBy {
    /// In the order of the key.
    pub const ALL: [Self; 7] = [
        Self::Rmsf,
        Self::BColumn,
        Self::Coupling,
        Self::Score,
        Self::Secondary,
        Self::Chain,
        Self::Domain,
    ];

    /// The name in commands.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Rmsf => "rmsf",
            Self::BColumn => "b",
            Self::Coupling => "coupling",
            Self::Score => "score",
            Self::Secondary => "secondary",
            Self::Chain => "chain",
            Self::Domain => "domain",
        }
    }

    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    /// What the screen calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rmsf => "RMSF",
            Self::BColumn => "B column",
            Self::Coupling => "coupling to cursor",
            Self::Score => "mutation score",
            Self::Secondary => "secondary structure",
            Self::Chain => "chain",
            Self::Domain => "dynamic domain",
        }
    }
}

/// What the structure is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Graphics {
    /// A picture, where the terminal shows pictures and nothing moves by itself; else dots.
    Pixels,
    /// Two blocks a cell, each with its colour.
    HalfBlock,
    /// 2 × 4 dots a cell, one colour.
    #[default]
    Braille,
}

impl Graphics {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Pixels, Self::HalfBlock, Self::Braille];

    /// The name in options and commands.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Pixels => "pixels",
            Self::HalfBlock => "halfblock",
            Self::Braille => "braille",
        }
    }

    /// The next one of those that the terminal shows.
    #[must_use]
    pub fn next(self, has_pictures: bool) -> Self {
        let next = Self::ALL[(self as usize + 1) % Self::ALL.len()];
        if next == Self::Pixels && !has_pictures {
            Self::HalfBlock
        } else {
            next
        }
    }
}

/// What is shown and how, beside the data.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches of the screen"
)]
pub struct View {
    /// The panel that has the keys.
    pub focus: Panel,
    /// The focused panel alone.
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
    /// Magnification of the structure.
    pub magnification: f64,
    /// It turns by itself.
    pub spinning: bool,
    /// What colours it.
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
    /// The coupling map has its residues by dynamic domain.
    pub by_domain: bool,
    /// Couplings nearer to zero are left out of the map.
    pub threshold: f64,
    /// Rows of the mutation map.
    pub order: AminoAcidOrder,
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
            by_domain: false,
            threshold: 0.0,
            order: AminoAcidOrder::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_passed_over_where_there_are_none() {
        assert_eq!(Graphics::Braille.next(true), Graphics::Pixels);
        assert_eq!(Graphics::Braille.next(false), Graphics::HalfBlock);
        assert_eq!(Graphics::HalfBlock.next(false), Graphics::Braille);
    }

    #[test]
    fn panels_go_round() {
        assert_eq!(Panel::Triage.step(1), Panel::Sequence);
        assert_eq!(Panel::Sequence.step(-1), Panel::Triage);
        for (i, panel) in Panel::ALL.into_iter().enumerate() {
            assert_eq!(panel.digit(), i + 1);
        }
    }
}
