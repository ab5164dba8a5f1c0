//! The panels, and the ways in which each shows something.

/// One view of the protein.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Panel {
    Sequence,
    Flexibility,
    Coupling,
    Structure,
    /// 20 × L scores.
    Mutations,
    Triage,
    Residues,
    /// A list of variants, ranked.
    Variants,
}

impl Panel {
    /// In the order of their keys.
    pub const ALL: [Self; 8] = [
        Self::Sequence,
        Self::Flexibility,
        Self::Coupling,
        Self::Structure,
        Self::Mutations,
        Self::Triage,
        Self::Residues,
        Self::Variants,
    ];

    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Sequence => "sequence",
            Self::Flexibility => "flexibility",
            Self::Coupling => "coupling",
            Self::Structure => "structure",
            Self::Mutations => "mutations",
            Self::Triage => "triage",
            Self::Residues => "residues",
            Self::Variants => "variants",
        }
    }

    /// Whether it is a table, whose rows are sorted and filtered.
    #[must_use]
    pub fn is_table(self) -> bool {
        matches!(self, Self::Triage | Self::Residues | Self::Variants)
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

/// What the coupling map says of two residues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reading {
    /// Dynamic cross-correlation, −1 to 1.
    #[default]
    Correlation,
    /// Generalised correlation by linear mutual information, 0 to 1.
    MutualInformation,
    /// Predicted aligned error of the model, in Å.
    PredictedError,
}

impl Reading {
    /// In the order of the key.
    pub const ALL: [Self; 3] = [
        Self::Correlation,
        Self::MutualInformation,
        Self::PredictedError,
    ];

    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Correlation => "correlation",
            Self::MutualInformation => "lmi",
            Self::PredictedError => "pae",
        }
    }

    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    /// What the screen calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Correlation => "dynamic cross-correlation (DCCM), −1 to 1",
            Self::MutualInformation => "linear mutual information (LMI) as a correlation, 0 to 1",
            Self::PredictedError => "predicted aligned error (PAE) of the model, in Å",
        }
    }
}

/// How the mutation map lists its amino acids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AminoAcidOrder {
    #[default]
    Property,
    Alphabetical,
    /// By mean score, best tolerated first.
    Mean,
}

impl AminoAcidOrder {
    pub const ALL: [Self; 3] = [Self::Property, Self::Alphabetical, Self::Mean];

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
    #[default]
    Bars,
    Line,
    /// Å from each Cα to its partner's of the second structure.
    Distance,
    /// Smallest variance over the largest: 1 = every direction alike.
    Anisotropy,
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
    pub const ALL: [Self; 8] = [
        Self::Bars,
        Self::Line,
        Self::Distance,
        Self::Anisotropy,
        Self::FlexibilityIndex,
        Self::Effectors,
        Self::Sensors,
        Self::CouplingIndex,
    ];

    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Bars => "bars",
            Self::Line => "line",
            Self::Distance => "distance",
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
            Self::Distance => "distance to the second structure",
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorBy {
    #[default]
    Rmsf,
    /// Smallest variance over the largest.
    Anisotropy,
    BColumn,
    /// Correlation with the residue under the cursor.
    Coupling,
    /// Mean score of the mutation map at a position.
    Score,
    Secondary,
    Chain,
    /// One colour a dynamic domain.
    Domain,
    /// How much one residue is kept, by the alignment.
    Conservation,
    /// One colour a domain of the predicted aligned error.
    PaeDomain,
}

impl ColorBy {
    /// In the order of the key.
    pub const ALL: [Self; 10] = [
        Self::Rmsf,
        Self::Anisotropy,
        Self::BColumn,
        Self::Coupling,
        Self::Score,
        Self::Secondary,
        Self::Chain,
        Self::Domain,
        Self::Conservation,
        Self::PaeDomain,
    ];

    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Rmsf => "rmsf",
            Self::Anisotropy => "anisotropy",
            Self::BColumn => "b",
            Self::Coupling => "coupling",
            Self::Score => "score",
            Self::Secondary => "secondary",
            Self::Chain => "chain",
            Self::Domain => "domain",
            Self::Conservation => "conservation",
            Self::PaeDomain => "pae-domain",
        }
    }

    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    /// What the screen calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rmsf => "RMSF",
            Self::Anisotropy => "anisotropy",
            Self::BColumn => "B column",
            Self::Coupling => "coupling to cursor",
            Self::Score => "mutation score",
            Self::Secondary => "secondary structure",
            Self::Chain => "chain",
            Self::Domain => "dynamic domain",
            Self::Conservation => "conservation",
            Self::PaeDomain => "domain of the PAE",
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
        assert_eq!(Panel::Variants.step(1), Panel::Sequence);
        assert_eq!(Panel::Sequence.step(-1), Panel::Variants);
        for (i, panel) in Panel::ALL.into_iter().enumerate() {
            assert_eq!(panel.digit(), i + 1);
        }
    }
}
