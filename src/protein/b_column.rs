//! What the B column of a structure file holds: seldom stated, often not B-factors.

/// From here on a value marks an atom: no B-factor has been refined to it.
pub const MARK: f64 = 999.0;

/// What the B column holds, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BColumn {
    /// Experimental B-factors in Å².
    BFactor,
    /// Predicted confidence: never to be correlated as a B-factor.
    Plddt(Confidence, Evidence),
    /// There is no such column.
    Absent,
    Other(Other),
}

/// The range of a confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// 0 to 1.
    Unit,
    /// 0 to 100.
    Percent,
}

/// What says that a column is a confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The file declares a metric of model quality.
    Metric,
    /// The file names a program that predicts structures, and the values agree.
    Header,
    Values,
}

/// What is neither a B-factor nor a confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Other {
    AllEqual,
    NmrFiller,
    Flags,
    /// 1 to 9, as `ConSurf` writes.
    Grades,
    Labels,
    /// Of a PQR file.
    Radii,
    /// The same for every atom of a kind: radii, charges, a scale of residues.
    OfAtomKind,
    OwnRmsf,
    OwnCovariance,
    OwnScore,
    /// A predicted model's estimate of its errors.
    ModelScore,
    /// Between 0 and 1, and no confidence.
    UnitScore,
    Negative,
    /// Far below any B-factor.
    Small,
    /// One value a residue, which B-factors of groups and painted values have.
    OneAResidue,
    /// Numbers that rise along the file.
    Counted,
    /// Other values than the anisotropic tensors beside it give.
    BesideTensors,
    /// As likely a confidence as B-factors.
    Unclear,
}

impl BColumn {
    #[must_use]
    pub fn is_b_factor(self) -> bool {
        self == Self::BFactor
    }

    #[must_use]
    pub fn is_plddt(self) -> bool {
        matches!(self, Self::Plddt(..))
    }

    /// A value of the column as pLDDT from 0 to 100; `None` where it holds something else.
    #[must_use]
    pub fn plddt(self, value: f64) -> Option<f64> {
        match self {
            Self::Plddt(Confidence::Unit, _) => Some(100.0 * value),
            Self::Plddt(Confidence::Percent, _) => Some(value),
            _ => None,
        }
    }

    /// Whether it is told even where nobody asks: files without B-factors are common.
    #[must_use]
    pub fn is_told(self) -> bool {
        !matches!(
            self,
            Self::BFactor | Self::Absent | Self::Other(Other::AllEqual | Other::NmrFiller)
        )
    }

    /// What it holds, in a word or two.
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Self::BFactor => "B-factors",
            Self::Absent => "none",
            Self::Plddt(..) => "pLDDT",
            Self::Other(other) => other.what_and_why().0,
        }
    }

    /// The word of JSON files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::BFactor => "b_factor",
            Self::Plddt(..) => "plddt",
            Self::Absent | Self::Other(Other::AllEqual | Other::NmrFiller) => "absent",
            Self::Other(_) => "other",
        }
    }
}

impl Other {
    /// What this program wrote, by its own remark.
    #[must_use]
    pub fn own(remark: &str) -> Self {
        let remark = remark.to_ascii_uppercase();
        if remark.contains("RMSF") {
            Self::OwnRmsf
        } else if remark.contains("TRACE") {
            Self::OwnCovariance
        } else {
            Self::OwnScore
        }
    }

    #[must_use]
    pub fn is_own(self) -> bool {
        matches!(self, Self::OwnRmsf | Self::OwnCovariance | Self::OwnScore)
    }
}

impl std::fmt::Display for BColumn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BFactor => write!(f, "B-factors"),
            Self::Absent => write!(f, "none"),
            Self::Plddt(range, evidence) => {
                let range = match range {
                    Confidence::Unit => "0–1",
                    Confidence::Percent => "0–100",
                };
                write!(f, "pLDDT ({range}), not compared: {evidence}")
            }
            Self::Other(other) => write!(f, "{other}"),
        }
    }
}

impl std::fmt::Display for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Metric => "the file declares a metric of model quality",
            Self::Header => "the header names a predictor, and the values agree",
            Self::Values => "by the values, the header says nothing",
        })
    }
}

impl Other {
    fn what_and_why(self) -> (&'static str, &'static str) {
        match self {
            Self::AllEqual => ("no information", "all values are equal"),
            Self::NmrFiller => ("no information", "NMR entries use it for anything"),
            Self::Flags => ("flags", "one or two distinct values"),
            Self::Grades => ("grades", "whole numbers from 1 to 9, as ConSurf writes"),
            Self::Labels => ("labels or grades", "few distinct values"),
            Self::Radii => ("radii", "the file is PQR: charges and radii"),
            Self::OfAtomKind => (
                "radii, charges or a scale",
                "the same for every atom of a kind",
            ),
            Self::OwnRmsf => ("RMSF in Å", "this program's own output"),
            Self::OwnCovariance => ("predicted fluctuations", "this program's own output"),
            Self::OwnScore => ("a score", "this program's own output"),
            Self::ModelScore => (
                "a predicted model's score",
                "the file says it is a prediction, but the values are not pLDDT",
            ),
            Self::UnitScore => ("a score", "all values lie between 0 and 1"),
            Self::Negative => ("a score", "B-factors are not negative"),
            Self::Small => ("no B-factors", "the values are too small"),
            Self::OneAResidue => (
                "one value a residue",
                "B-factors of groups or values put there by a program",
            ),
            Self::Counted => ("numbers", "they rise along the file"),
            Self::BesideTensors => (
                "other values",
                "the ANISOU records beside it give other B-factors",
            ),
            Self::Unclear => (
                "unclear",
                "the values may be pLDDT as well as B-factors, the header says nothing",
            ),
        }
    }
}

impl std::fmt::Display for Other {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (what, why) = self.what_and_why();
        write!(f, "{what}, not compared: {why}")
    }
}
