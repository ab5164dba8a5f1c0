//! Secondary structure from coordinates (Kabsch and Sander 1983); from Cα alone where the file has
//! no backbone (Labesse et al. 1997).

mod alpha_carbons;
mod hydrogen_bonds;
mod patterns;

use super::Protein;

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

impl SecondaryStructure {
    /// From DSSP's letter in either case; `-`, `C` and `L` are coil.
    #[must_use]
    pub fn from_letter(letter: char) -> Option<Self> {
        Some(match letter.to_ascii_uppercase() {
            'H' => Self::AlphaHelix,
            'B' => Self::Bridge,
            'E' => Self::Strand,
            'G' => Self::Helix310,
            'I' => Self::PiHelix,
            'T' => Self::Turn,
            'S' => Self::Bend,
            '-' | 'C' | 'L' => Self::Coil,
            _ => return None,
        })
    }
}

/// The class of each residue, as DSSP assigns it: hydrogen bonds by their electrostatic energy, with
/// hydrogens placed on the backbone; π helices go before α helices.
///
/// Residues without N, CA, C or O are coil. A protein with none of those complete gets helices and
/// strands from the distances and angles of its Cα, without bridges, turns and bends.
#[must_use]
pub fn assign(protein: &Protein) -> Vec<SecondaryStructure> {
    let residues = hydrogen_bonds::backbones(protein);
    if residues.iter().all(Option::is_none) {
        return alpha_carbons::assign(protein);
    }
    let bonds = hydrogen_bonds::find(&residues);
    patterns::assign(&residues, &bonds)
}

#[cfg(test)]
#[path = "secondary/tests.rs"]
mod tests;
