//! Secondary structure from coordinates (Kabsch and Sander 1983).

/// The eight classes of DSSP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SecondaryStructure {
    /// H
    AlphaHelix,
    /// B
    Bridge,
    /// E
    Strand,
    /// G
    Helix310,
    /// I
    PiHelix,
    /// T
    Turn,
    /// S
    Bend,
    /// Neither; written as `-`.
    #[default]
    Coil,
}

impl SecondaryStructure {
    /// DSSP's letter, `-` for coil.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::AlphaHelix => 'H',
            Self::Bridge => 'B',
            Self::Strand => 'E',
            Self::Helix310 => 'G',
            Self::PiHelix => 'I',
            Self::Turn => 'T',
            Self::Bend => 'S',
            Self::Coil => '-',
        }
    }
}
