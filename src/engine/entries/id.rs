//! Ids as people write them: `1ake`, `pdb_00001ake`, `4hhb.B`, `P69441`, `AF-P69441-F1`.

use crate::protein::ChainChoice;

/// Who has an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    Pdb,
    AlphaFold,
}

impl Source {
    /// The variable that names another server, and the usual one.
    pub(super) fn server(self) -> (&'static str, &'static str) {
        match self {
            Self::Pdb => ("DYNASCOPE_PDB_URL", "https://files.rcsb.org/download"),
            Self::AlphaFold => ("DYNASCOPE_AFDB_URL", "https://alphafold.ebi.ac.uk"),
        }
    }
}

/// An entry, and the chains of it that are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub source: Source,
    /// `1ake`, `AF-P69441-F1`.
    pub id: String,
    /// `None` = nothing is said.
    pub chains: Option<ChainChoice>,
}

impl Entry {
    /// Reads an id; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (id, chains) = match text.split_once('.') {
            Some((id, chains)) if are_chains(chains) => (id, Some(chains.parse().ok()?)),
            Some(_) => return None,
            None => (text, None),
        };
        let (source, id) = if is_pdb(id) {
            (Source::Pdb, id.to_ascii_lowercase())
        } else {
            (Source::AlphaFold, alphafold(&id.to_ascii_uppercase())?)
        };
        Some(Self { source, id, chains })
    }

    /// The name of its file.
    #[must_use]
    pub fn file_name(&self) -> String {
        match self.source {
            Source::Pdb => format!("{}.cif.gz", self.id),
            Source::AlphaFold => format!("{}.cif", self.id),
        }
    }

    /// The `UniProt` accession of a prediction.
    pub(super) fn accession(&self) -> &str {
        self.id.split('-').nth(1).unwrap_or(&self.id)
    }
}

impl std::fmt::Display for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.source {
            Source::Pdb => write!(f, "PDB entry {}", self.id.to_uppercase()),
            Source::AlphaFold => write!(f, "AlphaFold model {}", self.id),
        }
    }
}

/// Names of a letter or two each, which are no ending of a file.
fn are_chains(text: &str) -> bool {
    let is_name = |name: &str| matches!(name.len(), 1 | 2) && !["fa", "gz"].contains(&name);
    text == "all" || text.split(',').all(is_name)
}

/// A digit and three letters or digits, or the long form of the same.
fn is_pdb(id: &str) -> bool {
    let short = match id.get(..8) {
        Some(start) if start.eq_ignore_ascii_case("pdb_0000") => &id[8..],
        _ => id,
    };
    let rest = short.strip_prefix(|c: char| ('1'..='9').contains(&c));
    rest.is_some_and(|r| r.len() == 3 && r.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// `AF-P69441-F1` of that or of the accession alone.
fn alphafold(id: &str) -> Option<String> {
    let bare = id.strip_prefix("AF-").unwrap_or(id);
    let (accession, fragment) = match bare.rsplit_once("-F") {
        Some((accession, fragment)) => (accession, fragment.parse::<u32>().ok()?),
        None => (bare, 1),
    };
    is_accession(accession).then(|| format!("AF-{accession}-F{fragment}"))
}

/// As `UniProt` describes its accessions: six or ten characters.
fn is_accession(text: &str) -> bool {
    let letters = text.as_bytes();
    let block = |b: &[u8]| {
        b.len() == 4
            && b[0].is_ascii_uppercase()
            && b[1..3]
                .iter()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
            && b[3].is_ascii_digit()
    };
    let [first, second, rest @ ..] = letters else {
        return false;
    };
    let is_old = matches!(first, b'O' | b'P' | b'Q')
        && rest.len() == 4
        && rest[..3]
            .iter()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        && rest[3].is_ascii_digit();
    let is_new = first.is_ascii_uppercase()
        && !matches!(first, b'O' | b'P' | b'Q')
        && matches!(rest.len(), 4 | 8)
        && rest.chunks(4).all(block);
    second.is_ascii_digit() && (is_old || is_new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_files_and_sequences() {
        for (text, id) in [
            ("1ake", "1ake"),
            ("4HHB", "4hhb"),
            ("PDB_00001AKE", "pdb_00001ake"),
            ("4hhb.B", "4hhb"),
            ("P69441", "AF-P69441-F1"),
            ("q5vst9", "AF-Q5VST9-F1"),
            ("A0A023GPI8", "AF-A0A023GPI8-F1"),
            ("AF-P69441-F1", "AF-P69441-F1"),
            ("AF-Q5VST9-F3", "AF-Q5VST9-F3"),
        ] {
            assert_eq!(
                Entry::parse(text).map(|e| e.id),
                Some(id.to_owned()),
                "{text}"
            );
        }
        for text in [
            "",
            "abcd",
            "0abc",
            "1ak",
            "1akes",
            "1ake.pdb",
            "1ake.gz",
            "P6944",
            "P69441X",
            "MKTAYIAKQR",
            "AF-P69441-Fx",
            "example:1ake",
            "1ake.",
            "a/1ake",
            "ubiquitin",
        ] {
            assert_eq!(Entry::parse(text), None, "{text}");
        }
        let chains = Entry::parse("4hhb.A,B").and_then(|e| e.chains);
        assert_eq!(chains.map(|c| c.to_string()), Some("A,B".to_owned()));
    }
}
