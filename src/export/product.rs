//! Every file that results can become: what it holds, its format, and the bytes.

use std::io::{self, Cursor};
use std::sync::Arc;

use super::mutants::{self, MutantTable};
use super::plot::{self, Format, Look};
use super::pymol::Marked;
use super::report::{self, Mark, Paper, Story};
use super::{chimerax, cif, json, nmd, npz, pdb, pymol, table};
use crate::analysis::flexibility::principal_components;
use crate::engine::Report;
use crate::engine::report::{DynamicsReport, ScanReport};
use crate::engine::request::Target;
use crate::structure::Protein;

/// Collective motions in an NMD file.
const MODES: usize = 10;

/// What a file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// How each residue moves.
    Dynamics,
    /// The 3 × 3 covariances as ANISOU records.
    Tensors,
    /// The map of correlations.
    Coupling,
    /// The backbone as it is turned and coloured.
    Structure,
    /// The mutation map.
    Scores,
    /// Conformations.
    Ensemble,
    /// The table of substitutions as filtered and sorted.
    Table,
    /// What is marked, with notes.
    Marks,
    /// All of it as a page.
    Report,
}

/// A file that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Product {
    /// What it is about.
    pub family: Family,
    /// The ending of its name.
    pub ending: &'static str,
    /// What the user reads of it.
    pub about: &'static str,
}

const fn product(family: Family, ending: &'static str, about: &'static str) -> Product {
    Product {
        family,
        ending,
        about,
    }
}

/// All of them, in the order of the dialog.
pub const PRODUCTS: &[Product] = &[
    product(Family::Report, "html", "report of everything, one file"),
    product(
        Family::Report,
        "md",
        "report as Markdown, pictures beside it",
    ),
    product(Family::Dynamics, "csv", "table of the residues"),
    product(Family::Dynamics, "json", "everything but the maps"),
    product(Family::Dynamics, "npz", "arrays for NumPy, maps too"),
    product(Family::Dynamics, "pdb", "structure, RMSF in the B column"),
    product(Family::Dynamics, "cif", "mmCIF, RMSF in the B column"),
    product(Family::Tensors, "pdb", "Cα atoms with ANISOU records"),
    product(
        Family::Dynamics,
        "nmd",
        "collective motions for NMWiz, ProDy",
    ),
    product(Family::Dynamics, "pml", "PyMOL: putty, ellipsoids, marks"),
    product(Family::Dynamics, "cxc", "ChimeraX: worm, colours, marks"),
    product(Family::Dynamics, "svg", "picture of the flexibility"),
    product(Family::Dynamics, "png", "picture of the flexibility"),
    product(Family::Coupling, "svg", "picture of the coupling map"),
    product(Family::Coupling, "png", "picture of the coupling map"),
    product(
        Family::Structure,
        "svg",
        "picture of the structure as turned",
    ),
    product(
        Family::Structure,
        "png",
        "picture of the structure as turned",
    ),
    product(Family::Ensemble, "pdb", "conformations as models"),
    product(Family::Scores, "csv", "table of the substitutions"),
    product(Family::Scores, "json", "substitutions with provenance"),
    product(Family::Scores, "npz", "arrays for NumPy"),
    product(
        Family::Scores,
        "pdb",
        "structure, mean score in the B column",
    ),
    product(Family::Scores, "cif", "mmCIF, mean score in the B column"),
    product(Family::Scores, "svg", "picture of the mutation map"),
    product(Family::Scores, "png", "picture of the mutation map"),
    product(Family::Table, "csv", "triage table as filtered"),
    product(Family::Table, "json", "triage table, with provenance"),
    product(Family::Table, "pml", "PyMOL: the rows of the table"),
    product(Family::Marks, "csv", "marks with notes and scores"),
    product(Family::Marks, "json", "marks with every measure"),
    product(Family::Marks, "pml", "PyMOL: the marks alone"),
];

impl Family {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Dynamics,
        Self::Tensors,
        Self::Coupling,
        Self::Structure,
        Self::Scores,
        Self::Ensemble,
        Self::Table,
        Self::Marks,
        Self::Report,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Dynamics => "dynamics",
            Self::Tensors => "anisou",
            Self::Coupling => "coupling",
            Self::Structure => "structure",
            Self::Scores => "scores",
            Self::Ensemble => "ensemble",
            Self::Table => "table",
            Self::Marks => "marks",
            Self::Report => "report",
        }
    }

    /// The endings of its files.
    pub fn endings(self) -> impl Iterator<Item = &'static str> {
        let own = PRODUCTS.iter().filter(move |p| p.family == self);
        own.map(|p| p.ending)
    }
}

impl Product {
    /// The file of that family whose name is `path`.
    ///
    /// # Errors
    /// When the family has no such format: the endings it has.
    pub fn of(family: Family, path: &str) -> Result<Self, String> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let ending = name
            .rsplit_once('.')
            .map_or("", |(_, e)| e)
            .to_ascii_lowercase();
        let found = PRODUCTS
            .iter()
            .find(|p| p.family == family && p.ending == ending);
        found.copied().ok_or_else(|| {
            let endings: Vec<String> = family.endings().map(|e| format!(".{e}")).collect();
            format!("{} are written as {}", family.id(), endings.join(" "))
        })
    }
}

/// What files are made of.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// Name of the protein or sequence.
    pub name: String,
    /// The dynamics on screen.
    pub dynamics: Option<Arc<Report>>,
    /// The mutation map on screen.
    pub scores: Option<Arc<Report>>,
    /// Every finished mutation map.
    pub all_scores: Vec<Arc<Report>>,
    /// The ensemble on screen.
    pub ensemble: Option<Arc<Report>>,
    /// The rows of the triage table.
    pub table: Option<MutantTable>,
    /// The same of what is marked.
    pub marked: Option<MutantTable>,
    /// What is marked.
    pub marks: Vec<Mark>,
    /// Where other programs find the structure; `None` = it is written beside the script.
    pub structure_file: Option<String>,
    /// How the structure is looked at.
    pub look: Look,
    /// What is known of the file: pairs of name and value.
    pub facts: Vec<(String, String)>,
    /// What the reader of the file had to say.
    pub warnings: Vec<String>,
    /// How the report was asked for; empty = not said.
    pub command: String,
    /// The date that the report carries; empty = none.
    pub date: String,
}

/// A file: what is added to the stem of its name, and its bytes. The first is the one asked for.
pub type File = (String, Vec<u8>);

impl Content {
    fn dynamics(&self) -> io::Result<&DynamicsReport> {
        match self.dynamics.as_deref() {
            Some(Report::Dynamics(report)) => Ok(report),
            _ => Err(missing(
                "the dynamics are not there yet; they need a structure",
            )),
        }
    }

    fn scores(&self) -> io::Result<&ScanReport> {
        match self.scores.as_deref() {
            Some(Report::Scan(report)) => Ok(report),
            _ => Err(missing(
                "the mutation map is not finished; `S` chooses another score",
            )),
        }
    }

    /// Whether a family has anything to write.
    #[must_use]
    pub fn has(&self, family: Family) -> bool {
        match family {
            Family::Dynamics | Family::Tensors | Family::Coupling | Family::Structure => {
                self.dynamics.is_some()
            }
            Family::Scores => self.scores.is_some(),
            Family::Ensemble => self.ensemble.is_some(),
            Family::Table => self.table.as_ref().is_some_and(|t| !t.rows.is_empty()),
            Family::Marks => !self.marks.is_empty(),
            Family::Report => self.dynamics.is_some() || !self.all_scores.is_empty(),
        }
    }

    /// What the report tells.
    fn story(&self) -> Story<'_> {
        Story {
            name: &self.name,
            facts: &self.facts,
            warnings: &self.warnings,
            dynamics: self.dynamics().ok(),
            scans: self
                .all_scores
                .iter()
                .filter_map(|r| match &**r {
                    Report::Scan(scan) => Some(scan),
                    _ => None,
                })
                .collect(),
            marks: &self.marks,
            look: &self.look,
            command: &self.command,
            date: &self.date,
        }
    }

    fn labels(&self) -> Vec<Marked> {
        let label = |mark: &Mark| match mark.note.as_str() {
            "" => mark.name.clone(),
            note => format!("{} {note}", mark.name),
        };
        let one = |mark: &Mark| Marked {
            index: mark.index,
            label: label(mark),
        };
        self.marks.iter().map(one).collect()
    }

    /// Makes the files of a product. `stem` is the name of the first without its ending.
    ///
    /// # Errors
    /// When the result is not there, or does not fit the format.
    pub fn files(&self, product: Product, stem: &str) -> io::Result<Vec<File>> {
        let ending = product.ending;
        let mut out = Vec::new();
        let mut beside: Vec<File> = Vec::new();
        match product.family {
            Family::Dynamics if matches!(ending, "pml" | "cxc") => {
                let report = self.dynamics()?;
                let file = if let Some(file) = &self.structure_file {
                    file.clone()
                } else {
                    let mut structure = Vec::new();
                    pdb::dynamics(report, &mut structure)?;
                    beside.push((".pdb".to_owned(), structure));
                    format!("{stem}.pdb")
                };
                match ending {
                    "pml" => pymol::dynamics(report, &file, &self.labels(), &mut out)?,
                    _ => chimerax::dynamics(report, &file, &self.labels(), &mut out)?,
                }
            }
            Family::Dynamics => {
                dynamics(self.dynamics()?, ending, &mut out)?;
                if ending == "csv" {
                    let provenance = &self.dynamics()?.provenance;
                    beside.push(beside_table(provenance)?);
                }
            }
            Family::Tensors => pdb::tensors(self.dynamics()?, &mut out)?,
            Family::Coupling => plot::coupling(self.dynamics()?, picture(ending), &mut out)?,
            Family::Structure => {
                plot::structure(self.dynamics()?, &self.look, picture(ending), &mut out)?;
            }
            Family::Scores => {
                scores(self.scores()?, ending, &mut out)?;
                if ending == "csv" {
                    beside.push(beside_table(&self.scores()?.provenance)?);
                }
            }
            Family::Ensemble => match self.ensemble.as_deref() {
                Some(Report::Sample(report)) => pdb::ensemble(report, &mut out)?,
                _ => return Err(missing("no ensemble is drawn; `a` draws one")),
            },
            Family::Table => table_of(self.table.as_ref(), ending, &mut out)?,
            Family::Marks if ending != "csv" => {
                table_of(self.marked.as_ref(), ending, &mut out)?;
            }
            Family::Marks => report::marks_table(&self.marks, &self.story().scans, &mut out)?,
            Family::Report if ending == "html" => report::html(&self.story(), &mut out)?,
            Family::Report => {
                let Paper { text, pictures } = report::markdown(&self.story(), stem)?;
                out = text.into_bytes();
                beside.extend(pictures);
            }
        }
        beside.insert(0, (format!(".{ending}"), out));
        Ok(beside)
    }
}

fn table_of(table: Option<&MutantTable>, ending: &str, out: &mut Vec<u8>) -> io::Result<()> {
    let table = table.ok_or_else(|| missing("no substitutions are scored yet"))?;
    match ending {
        "csv" => mutants::csv(table, out),
        "json" => mutants::json(table, out),
        _ => mutants::pymol(table, out),
    }
}

fn missing(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, why)
}

fn picture(ending: &str) -> Format {
    if ending == "png" {
        Format::Png
    } else {
        Format::Svg
    }
}

/// A table has no room for where it comes from: that is written beside it.
fn beside_table(provenance: &crate::engine::report::Provenance) -> io::Result<File> {
    let mut bytes = Vec::new();
    json::finish(&json::provenance(provenance), &mut bytes)?;
    Ok((".csv.provenance.json".to_owned(), bytes))
}

/// Writes the dynamics in the format of an ending.
///
/// # Errors
/// When there is no such format, or the protein does not fit it.
pub fn dynamics(report: &DynamicsReport, ending: &str, out: &mut Vec<u8>) -> io::Result<()> {
    match ending {
        "csv" => table::dynamics(report, out),
        "json" => json::dynamics(report, out),
        "npz" => npz::dynamics(report, Cursor::new(out)),
        "pdb" => pdb::dynamics(report, out),
        "cif" => cif::dynamics(report, out),
        "nmd" => {
            let modes =
                principal_components(&report.dynamics, MODES, &()).map_err(io::Error::other)?;
            nmd::modes(&report.protein, &modes, &report.provenance, out)
        }
        "svg" | "png" => plot::flexibility(report, picture(ending), out),
        other => Err(missing(&format!("'{other}' is no format of the dynamics"))),
    }
}

fn scores(report: &ScanReport, ending: &str, out: &mut Vec<u8>) -> io::Result<()> {
    let about = || {
        let method = report.map.method;
        format!(
            "mean {} score of the position ({})",
            method.id(),
            method.unit()
        )
    };
    match ending {
        "csv" => table::scan(report, out),
        "json" => json::scan(report, out),
        "npz" => npz::scan(report, Cursor::new(out)),
        "svg" | "png" => plot::mutations(report, picture(ending), out),
        "pdb" => {
            let remarks = vec![format!("B COLUMN: {}", about().to_uppercase())];
            let (protein, means) = (protein(report)?, report.map.position_means());
            pdb::b_column(protein, &means, &report.provenance, remarks, out)
        }
        _ => {
            let (protein, means) = (protein(report)?, report.map.position_means());
            cif::b_column(protein, &means, &report.provenance, &about(), out)
        }
    }
}

fn protein(report: &ScanReport) -> io::Result<&Protein> {
    match &report.target {
        Target::Protein(protein) => Ok(protein),
        Target::Sequence(_) => Err(missing("a sequence has no coordinates")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::analysis::ensemble;
    use crate::engine::report::SampleReport;
    use crate::export::samples;
    use crate::sequence::AminoAcid;
    use crate::structure::{ChainChoice, read};

    fn content() -> Content {
        let dynamics = samples::ubiquitin();
        let ensemble = ensemble::sample(&dynamics.protein, &dynamics.dynamics, 3, 1, &()).unwrap();
        let sample = SampleReport {
            provenance: dynamics.provenance.clone(),
            dynamics: Arc::new(dynamics.clone()),
            ensemble,
            warnings: Vec::new(),
        };
        let scan = Arc::new(Report::Scan(samples::scan()));
        let table = MutantTable {
            name: "1ubi".into(),
            file: Some("1ubi.pdb".into()),
            protein: Arc::clone(&dynamics.protein),
            measures: vec!["rmsf"],
            rows: vec![mutants::MutantRow {
                index: 41,
                mutant: AminoAcid::from_letter('P'),
                values: vec![0.5],
                marked: true,
                note: String::new(),
            }],
            provenance: Vec::new(),
        };
        Content {
            table: Some(table.clone()),
            marked: Some(table),
            name: "1ubi".into(),
            dynamics: Some(Arc::new(Report::Dynamics(dynamics))),
            scores: Some(Arc::clone(&scan)),
            all_scores: vec![scan],
            ensemble: Some(Arc::new(Report::Sample(sample))),
            marks: vec![Mark {
                index: 41,
                mutant: AminoAcid::from_letter('P'),
                name: "R42P".into(),
                note: "in the strand".into(),
            }],
            ..Content::default()
        }
    }

    #[test]
    fn every_product_is_written_and_the_same_again() {
        let content = content();
        for product in PRODUCTS {
            assert!(content.has(product.family), "{product:?}");
            let files = content.files(*product, "x").unwrap();
            assert!(files[0].1.len() > 100 || product.family == Family::Marks);
            assert_eq!(files[0].0, format!(".{}", product.ending));
            assert!(
                files == content.files(*product, "x").unwrap(),
                "{product:?}"
            );
            let name = format!("folder.d/x{}", files[0].0);
            assert_eq!(Product::of(product.family, &name), Ok(*product));
        }
        assert!(Product::of(Family::Coupling, "x.csv").is_err());
        assert!(Product::of(Family::Scores, "none").is_err());
    }

    #[test]
    fn what_is_missing_is_said() {
        let empty = Content::default();
        for product in PRODUCTS
            .iter()
            .filter(|p| !matches!(p.family, Family::Report | Family::Marks))
        {
            let error = empty.files(*product, "x").unwrap_err().to_string();
            assert!(error.contains("not") || error.contains("no "), "{error}");
        }
    }

    #[test]
    fn the_score_of_a_position_is_in_the_b_column() {
        let content = content();
        let product = Product::of(Family::Scores, "x.pdb").unwrap();
        let bytes = content.files(product, "x").unwrap().remove(0).1;
        let (structure, _) = read::read_bytes("x.pdb", &bytes).unwrap();
        let protein = structure.protein(0, &ChainChoice::All).unwrap();
        let means = samples::scan().map.position_means();
        let b = protein.residues[41].atom("CA").unwrap().b_factor;
        assert!((b - means[41]).abs() < 0.006);
    }
}
