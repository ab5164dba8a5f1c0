//! What results are written from, and the bytes of each file.

use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::mutants::{self, MutantTable};
use super::plot::{self, Format, Look};
use super::product::{Family, Product};
use super::pymol::{Marked, StructureFile};
use super::ranking::{self, Ranking};
use super::report::{self, Mark, Paper, Story};
use super::residues::{self, ResidueList};
use super::scored::Scored;
use super::{chimerax, cif, json, nmd, npz, pairs, pdb, pymol, table, two_structures};
use crate::analysis::flexibility::principal_components;
use crate::protein::Protein;
use crate::study::{
    ConservationReport, DynamicsReport, PaeReport, SampleReport, ScanReport, TwoStructuresReport,
};

/// Collective motions in an NMD file.
const MODES: usize = 10;

/// What files are made of.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// Name of the protein or sequence.
    pub name: String,
    /// The dynamics on screen.
    pub dynamics: Option<Arc<DynamicsReport>>,
    /// The mutation map on screen.
    pub scores: Option<Arc<ScanReport>>,
    /// How conserved its residues are.
    pub conservation: Option<Arc<ConservationReport>>,
    /// The predicted aligned error of the model.
    pub pae: Option<Arc<PaeReport>>,
    /// Scores of given variants.
    pub variants: Option<Scored>,
    /// The list of variants on screen.
    pub ranking: Option<Ranking>,
    /// Every finished mutation map.
    pub all_scores: Vec<Arc<ScanReport>>,
    /// What differs from a second structure.
    pub comparison: Option<Arc<TwoStructuresReport>>,
    /// The ensemble on screen.
    pub ensemble: Option<Arc<SampleReport>>,
    /// The rows of the triage table.
    pub table: Option<MutantTable>,
    /// The rows of the table of residues.
    pub residues: Option<ResidueList>,
    /// The same of what is marked.
    pub marked: Option<MutantTable>,
    /// What is marked.
    pub marks: Vec<Mark>,
    /// Where other programs find the structure as it is here; `None` = it is written beside the script.
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
        let there = self.dynamics.as_deref();
        there.ok_or_else(|| missing("the dynamics are not there yet; they need a structure"))
    }

    fn scores(&self) -> io::Result<&ScanReport> {
        let there = self.scores.as_deref();
        there.ok_or_else(|| missing("the mutation map is not finished; `S` chooses another score"))
    }

    /// Whether a family has anything to write.
    #[must_use]
    pub fn has(&self, family: Family) -> bool {
        match family {
            Family::Dynamics
            | Family::Tensors
            | Family::Coupling
            | Family::MutualInformation
            | Family::Structure => self.dynamics.is_some(),
            Family::Run => self.dynamics.as_ref().is_some_and(|d| d.run.is_some()),
            Family::Pae => self.pae.is_some(),
            Family::Scores => self.scores.is_some(),
            Family::Variants => self.variants.is_some(),
            Family::Comparison => self.comparison.is_some(),
            Family::Ranking => self.ranking.is_some(),
            Family::Ensemble => self.ensemble.is_some(),
            Family::Table => self.table.as_ref().is_some_and(|t| !t.rows.is_empty()),
            Family::Residues => self.residues.as_ref().is_some_and(|t| !t.rows.is_empty()),
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
            dynamics: self.dynamics.as_deref(),
            pae: self.pae.as_deref(),
            scans: self.all_scores.iter().map(|r| &**r).collect(),
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
                let file = self.structure_for_script(stem, &mut beside)?;
                match ending {
                    "pml" => pymol::dynamics(report, &file, &self.labels(), &mut out)?,
                    _ => chimerax::dynamics(report, &file, &self.labels(), &mut out)?,
                }
            }
            Family::Dynamics => {
                let conservation = self.conservation.as_deref();
                dynamics(self.dynamics()?, conservation, ending, &mut out)?;
            }
            Family::Tensors => pdb::tensors(self.dynamics()?, &mut out)?,
            Family::Run => table::frames(self.dynamics()?, &mut out)?,
            Family::Coupling if ending == "csv" => pairs::coupling(self.dynamics()?, &mut out)?,
            Family::Coupling => plot::coupling(self.dynamics()?, picture(ending), &mut out)?,
            Family::MutualInformation => {
                plot::mutual_information(self.dynamics()?, picture(ending), &mut out)?;
            }
            Family::Pae => {
                let report = self.pae()?;
                match ending {
                    "csv" => pairs::pae(report, &mut out)?,
                    "npz" => npz::pae(report, Cursor::new(&mut out))?,
                    _ => plot::pae(report, picture(ending), &mut out)?,
                }
            }
            Family::Structure => {
                plot::structure(self.dynamics()?, &self.look, picture(ending), &mut out)?;
            }
            Family::Scores => {
                scores(self.scores()?, ending, &mut out)?;
            }
            Family::Variants => {
                let scored = self.variants()?;
                match ending {
                    "csv" => scored.csv(&mut out)?,
                    _ => scored.json(&mut out)?,
                }
            }
            Family::Comparison => {
                let report = self.comparison()?;
                match ending {
                    "csv" => two_structures::csv(report, &mut out)?,
                    "json" => two_structures::json(report, &mut out)?,
                    "npz" => npz::two_structures(report, Cursor::new(&mut out))?,
                    _ => pdb::superposed(report, &mut out)?,
                }
            }
            Family::Ranking => ranking::csv(self.ranking()?, &mut out)?,
            Family::Ensemble => {
                let drawn = self.ensemble.as_deref();
                let drawn = drawn.ok_or_else(|| missing("no ensemble is drawn; `a` draws one"))?;
                pdb::ensemble(drawn, &mut out)?;
            }
            Family::Table | Family::Marks => {
                let table = self.mutants(product.family)?;
                match ending {
                    "csv" => mutants::csv(table, &mut out)?,
                    "json" => mutants::json(table, &mut out)?,
                    _ => {
                        let needs = table.protein.require_coordinates("a PyMOL script");
                        needs.map_err(io::Error::other)?;
                        let file = self.structure_for_script(stem, &mut beside)?;
                        mutants::pymol(table, &file, &mut out)?;
                    }
                }
            }
            Family::Residues => residues::csv(self.residues()?, &mut out)?,
            Family::Report if ending == "html" => report::html(&self.story(), &mut out)?,
            Family::Report => {
                let Paper { text, pictures } = report::markdown(&self.story(), stem)?;
                out = text.into_bytes();
                beside.extend(pictures);
            }
        }
        if ending == "csv" {
            // A table has no room for where it comes from.
            let mut bytes = Vec::new();
            json::finish(&self.origin(product.family)?, &mut bytes)?;
            beside.push((PROVENANCE.to_owned(), bytes));
        }
        beside.insert(0, (format!(".{ending}"), out));
        Ok(beside)
    }

    fn comparison(&self) -> io::Result<&TwoStructuresReport> {
        let there = self.comparison.as_deref();
        there.ok_or_else(|| missing("there is no second structure; `:compare FILE` opens one"))
    }

    fn pae(&self) -> io::Result<&PaeReport> {
        let there = self.pae.as_deref();
        there.ok_or_else(|| {
            missing("there is no PAE of this model; `:pae FILE` or --pae FILE reads one")
        })
    }

    fn variants(&self) -> io::Result<&Scored> {
        let there = self.variants.as_ref();
        there.ok_or_else(|| missing("no variants are scored"))
    }

    fn ranking(&self) -> io::Result<&Ranking> {
        let there = self.ranking.as_ref();
        there.ok_or_else(|| missing("no list of variants is open; `:variants FILE` opens one"))
    }

    fn residues(&self) -> io::Result<&ResidueList> {
        let there = self.residues.as_ref();
        there.ok_or_else(|| missing("nothing is known of the residues yet"))
    }

    fn mutants(&self, family: Family) -> io::Result<&MutantTable> {
        let table = match family {
            Family::Marks => &self.marked,
            _ => &self.table,
        };
        let table = table.as_ref();
        table.ok_or_else(|| missing("no substitutions are scored yet"))
    }

    /// Where the values of a table come from: one result, or a list of several.
    fn origin(&self, family: Family) -> io::Result<Value> {
        Ok(match family {
            Family::Scores => json::provenance(&self.scores()?.provenance),
            Family::Pae => json::provenance(&self.pae()?.provenance),
            Family::Variants => self.variants()?.provenance(),
            Family::Comparison => two_structures::provenance(self.comparison()?),
            Family::Table | Family::Marks => {
                let of = self.mutants(family)?.provenance.iter();
                Value::Array(of.map(json::provenance).collect())
            }
            Family::Ranking => {
                let of = self.ranking()?.provenance.iter();
                Value::Array(of.map(json::provenance).collect())
            }
            Family::Residues => {
                let of = self.residues()?.provenance.iter();
                Value::Array(of.map(json::provenance).collect())
            }
            Family::Dynamics if let Some(c) = &self.conservation => Value::Array(vec![
                json::provenance(&self.dynamics()?.provenance),
                json::provenance(&c.provenance),
            ]),
            _ => json::provenance(&self.dynamics()?.provenance),
        })
    }

    /// What a script opens: the user's file, or the structure as studied, which is then written beside it.
    fn structure_for_script(
        &self,
        stem: &str,
        beside: &mut Vec<File>,
    ) -> io::Result<StructureFile> {
        if let Some(path) = self.structure_file.clone() {
            let letters = None;
            return Ok(StructureFile { path, letters });
        }
        let mut structure = Vec::new();
        pdb::dynamics(self.dynamics()?, &mut structure)?;
        beside.push((STRUCTURE.to_owned(), structure));
        Ok(StructureFile {
            path: format!("{stem}{STRUCTURE}"),
            letters: Some(pdb::Names::of(&self.dynamics()?.protein)?),
        })
    }
}

/// Ends the name of what stands beside a table.
pub const PROVENANCE: &str = ".provenance.json";

/// Ends the name of the structure beside a script: never that of the structure that was read.
const STRUCTURE: &str = "-structure.pdb";

/// The place of a file beside another: of a table's provenance `NAME.csv.provenance.json`, of others the
/// stem with another ending.
#[must_use]
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let name = if suffix == PROVENANCE {
        path.file_name()
    } else {
        path.file_stem()
    };
    let mut name = name.unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
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

fn dynamics(
    report: &DynamicsReport,
    conservation: Option<&ConservationReport>,
    ending: &str,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    match ending {
        "csv" => table::dynamics(report, conservation, out),
        "json" => json::dynamics(report, conservation, out),
        "npz" => npz::dynamics(report, conservation, Cursor::new(out)),
        "pdb" => pdb::dynamics(report, out),
        "cif" => cif::dynamics(report, out),
        "nmd" => {
            let modes =
                principal_components(&report.dynamics, MODES, &()).map_err(io::Error::other)?;
            nmd::modes(&report.protein, &modes, &report.provenance, out)
        }
        "svg" | "png" => plot::flexibility(report, picture(ending), out),
        other => Err(missing(&format!(
            "'{other}' is not a format of the dynamics"
        ))),
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
    let needs = report.protein.require_coordinates("a file of coordinates");
    needs.map_err(io::Error::other)?;
    Ok(&report.protein)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
