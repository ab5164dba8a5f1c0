//! A page about one protein: what was read, how it moves, what mutations do, what was marked, and where
//! every number comes from. No clock and no address: the same results give the same page.

mod confidence;
mod html;
mod markdown;
mod neighbours;
mod story;

use std::io::{self, Write};

use super::plot::Look;
use crate::protein::{AminoAcid, Method, Protein, Structure};
use crate::study::{ConservationReport, DynamicsReport, PaeReport, ScanReport};

pub use markdown::Paper;

/// A marked residue or substitution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// 0-based position.
    pub index: usize,
    /// The amino acid in its place, where a substitution is marked.
    pub mutant: Option<AminoAcid>,
    /// `A:Q42W`.
    pub name: String,
    /// May be empty.
    pub note: String,
}

/// What the page tells.
#[derive(Debug, Clone)]
pub struct Story<'a> {
    /// Name of the protein or sequence.
    pub name: &'a str,
    /// What is known of the file: pairs of name and value.
    pub facts: &'a [(String, String)],
    /// What the reader of the file had to say.
    pub warnings: &'a [String],
    /// How it moves, where there are coordinates.
    pub dynamics: Option<&'a DynamicsReport>,
    /// The predicted aligned error of the model.
    pub pae: Option<&'a PaeReport>,
    /// What mutations do, by each method that was run.
    pub scans: Vec<&'a ScanReport>,
    /// What was marked.
    pub marks: &'a [Mark],
    /// How the structure is looked at.
    pub look: &'a Look,
    /// How it was asked for; empty = not said.
    pub command: &'a str,
    /// The date it carries; empty = none.
    pub date: &'a str,
}

/// A part of the page.
enum Block {
    Heading(String),
    Text(String),
    List(Vec<String>),
    Table {
        head: Vec<&'static str>,
        rows: Vec<Vec<String>>,
    },
    /// A picture as SVG, the name of its file, and what it shows.
    Picture {
        name: String,
        svg: Vec<u8>,
        shows: String,
    },
}

/// Writes the page as HTML, the pictures in it.
///
/// # Errors
/// When `out` cannot be written.
pub fn html(story: &Story<'_>, out: impl Write) -> io::Result<()> {
    html::write(story.name, &story::blocks(story)?, out)
}

/// The page as Markdown, its pictures beside it under names that begin with `stem`.
///
/// # Errors
/// When a picture cannot be drawn.
pub fn markdown(story: &Story<'_>, stem: &str) -> io::Result<Paper> {
    Ok(markdown::write(story.name, story::blocks(story)?, stem))
}

/// What the page says of an alignment.
#[must_use]
pub fn alignment_facts(report: &ConservationReport) -> Vec<(String, String)> {
    let provenance = &report.provenance;
    let setting = |name| provenance.setting(name).unwrap_or_default();
    let kept = format!(
        "{}, {} of {} sequences kept, which weigh as much as {}",
        provenance.model,
        setting("sequences_kept"),
        setting("sequences"),
        setting("effective_sequences")
    );
    vec![("alignment".to_owned(), kept)]
}

/// What the page says of a structure and the part of it under study.
#[must_use]
pub fn facts(structure: &Structure, protein: &Protein, file: &str) -> Vec<(String, String)> {
    let pair = |name: &str, value: String| (name.to_owned(), value);
    let residues = pair("residues", protein.len().to_string());
    if !protein.has_coordinates() {
        return vec![pair("file", file.to_owned()), residues];
    }
    let mut chains: Vec<&str> = Vec::new();
    for residue in &protein.residues {
        if chains.last() != Some(&residue.id.chain.as_str()) {
            chains.push(&residue.id.chain);
        }
    }
    let method = match structure.method {
        Method::Diffraction {
            resolution: Some(angstrom),
        } => format!("diffraction, {angstrom} Å"),
        Method::Diffraction { resolution: None } => "diffraction".to_owned(),
        Method::Nmr => "NMR".to_owned(),
        Method::ElectronMicroscopy => "electron microscopy".to_owned(),
        Method::Predicted => "predicted model".to_owned(),
        Method::Unknown => "not stated".to_owned(),
    };
    let breaks = protein.bonded().iter().filter(|bonded| !**bonded).count() + 1 - chains.len();
    let models = structure.models.len();
    vec![
        pair("file", file.to_owned()),
        pair("experiment", method),
        pair("chains", chains.join(", ")),
        pair("model", format!("{} of {models}", protein.model)),
        residues,
        pair("chain breaks", breaks.to_string()),
        pair("set aside", structure.set_aside.to_string()),
        pair("neighbours", neighbours(protein)),
        pair("B column", structure.b_column.to_string()),
    ]
}

fn neighbours(protein: &Protein) -> String {
    let context = &protein.context;
    let summary = context.summary();
    let whole = match &context.assembly {
        Some(id) => format!("assembly {id}: "),
        None => String::new(),
    };
    match (summary.as_str(), context.counts) {
        ("", _) => format!("{whole}none"),
        (some, true) => format!("{whole}{some}; counted"),
        (some, false) => format!("{whole}{some}; not counted"),
    }
}

/// The score of a marked substitution, NaN where it has none.
fn score_of(scan: &ScanReport, mark: &Mark) -> f64 {
    let mutant = mark
        .mutant
        .filter(|_| mark.index < scan.map.wild_type.len());
    mutant.map_or(f64::NAN, |mutant| scan.map.score_of(mark.index, mutant))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::export::samples;

    fn pages() -> (String, Paper) {
        let (dynamics, scan) = (samples::ubiquitin(), samples::scan());
        let marks = [Mark {
            index: 41,
            mutant: AminoAcid::from_letter('P'),
            name: "R42P".into(),
            note: "<breaks> the | strand".into(),
        }];
        let facts = [("file".to_owned(), "1ubi.pdb".to_owned())];
        let story = Story {
            name: "1ubi",
            facts: &facts,
            warnings: &["a residue lacks atoms".to_owned()],
            dynamics: Some(&dynamics),
            pae: None,
            scans: vec![&scan],
            marks: &marks,
            look: &Look::default(),
            command: "dynascope report 1ubi.pdb",
            date: "",
        };
        let mut bytes = Vec::new();
        html(&story, &mut bytes).unwrap();
        (
            String::from_utf8(bytes).unwrap(),
            markdown(&story, "page").unwrap(),
        )
    }

    #[test]
    fn a_page_stands_alone_and_is_the_same_again() {
        let (page, paper) = pages();
        assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
        assert_eq!(page.matches("<svg").count(), 4);
        assert!(!page.contains("<script") && !page.contains("src=\"http"));
        for word in [
            "1ubi.pdb",
            "a residue lacks atoms",
            "Pearson",
            "Most mobile",
            "&lt;breaks&gt;",
            "program",
            "dynascope report 1ubi.pdb",
        ] {
            assert!(page.contains(word), "{word}");
        }
        let again = pages();
        assert!(page == again.0 && paper == again.1);
    }

    #[test]
    fn markdown_names_its_pictures_and_escapes_bars() {
        let (_, paper) = pages();
        assert_eq!(paper.pictures.len(), 4);
        for (suffix, bytes) in &paper.pictures {
            assert!(paper.text.contains(&format!("](page{suffix})")), "{suffix}");
            assert!(bytes.starts_with(b"<svg"));
        }
        assert!(paper.text.contains(r"the \| strand"));
        assert!(paper.text.starts_with("# 1ubi\n"));
    }
}
