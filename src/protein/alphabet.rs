//! The twenty amino acids: one- and three-letter codes, and the orders in which the field lists them.

/// One of the twenty standard amino acids, in alphabetical order of the one-letter code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AminoAcid {
    Ala,
    Cys,
    Asp,
    Glu,
    Phe,
    Gly,
    His,
    Ile,
    Lys,
    Leu,
    Met,
    Asn,
    Pro,
    Gln,
    Arg,
    Ser,
    Thr,
    Val,
    Trp,
    Tyr,
}

const LETTERS: [char; 20] = [
    'A', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W',
    'Y',
];
const NAMES: [&str; 20] = [
    "ALA", "CYS", "ASP", "GLU", "PHE", "GLY", "HIS", "ILE", "LYS", "LEU", "MET", "ASN", "PRO",
    "GLN", "ARG", "SER", "THR", "VAL", "TRP", "TYR",
];

impl AminoAcid {
    /// All twenty in alphabetical order of the one-letter code: the order of every (L, 20) output.
    pub const ALL: [Self; 20] = [
        Self::Ala,
        Self::Cys,
        Self::Asp,
        Self::Glu,
        Self::Phe,
        Self::Gly,
        Self::His,
        Self::Ile,
        Self::Lys,
        Self::Leu,
        Self::Met,
        Self::Asn,
        Self::Pro,
        Self::Gln,
        Self::Arg,
        Self::Ser,
        Self::Thr,
        Self::Val,
        Self::Trp,
        Self::Tyr,
    ];

    /// All twenty with like beside like: aliphatic, aromatic, polar, charged, glycine and proline.
    pub const BY_PROPERTY: [Self; 20] = [
        Self::Ala,
        Self::Val,
        Self::Leu,
        Self::Ile,
        Self::Met,
        Self::Phe,
        Self::Tyr,
        Self::Trp,
        Self::Ser,
        Self::Thr,
        Self::Asn,
        Self::Gln,
        Self::Cys,
        Self::His,
        Self::Lys,
        Self::Arg,
        Self::Asp,
        Self::Glu,
        Self::Gly,
        Self::Pro,
    ];

    /// The column of this amino acid in an (L, 20) output.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    /// One-letter code.
    #[must_use]
    pub fn letter(self) -> char {
        LETTERS[self as usize]
    }

    /// Three-letter code in capitals, as in structure files.
    #[must_use]
    pub fn three_letters(self) -> &'static str {
        NAMES[self as usize]
    }

    /// From a one-letter code in either case.
    #[must_use]
    pub fn from_letter(letter: char) -> Option<Self> {
        let upper = letter.to_ascii_uppercase();
        LETTERS
            .iter()
            .position(|&c| c == upper)
            .map(|i| Self::ALL[i])
    }

    /// From a three-letter code of a standard residue, in either case.
    #[must_use]
    pub fn from_three_letters(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .position(|n| n.eq_ignore_ascii_case(name))
            .map(|i| Self::ALL[i])
    }
}

impl std::fmt::Display for AminoAcid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.letter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip() {
        for a in AminoAcid::ALL {
            assert_eq!(AminoAcid::from_letter(a.letter()), Some(a));
            assert_eq!(AminoAcid::from_three_letters(a.three_letters()), Some(a));
            assert_eq!(AminoAcid::ALL[a.index()], a);
        }
        assert_eq!(AminoAcid::from_letter('X'), None);
    }
}
