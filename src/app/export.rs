//! What files are made of, and which of them can be written now.

use std::sync::Arc;

use super::dialog::ExportDialog;
use super::kept::full_name;
use super::panel::{ColorBy, Panel};
use super::state::State;
use super::subject::Subject;
use crate::analysis::mutation_map::Direction;
use crate::export::content::Content;
use crate::export::plot::{Look, Shades};
use crate::export::product::{Family, PRODUCTS, Product};
use crate::export::report::{Mark, alignment_facts, facts};
use crate::numeric::stats::quantile;
use crate::protein::SecondaryStructure;

/// Values, those of the first and last colour, the colours, and what they mean.
type Colored = (Vec<f64>, (f64, f64), Shades, String);

impl State {
    /// The dialog, the line of the focused panel chosen; `None` when there is nothing to write.
    #[must_use]
    pub fn export_dialog(&self) -> Option<ExportDialog> {
        let content = self.content();
        let lines: Vec<Product> = PRODUCTS
            .iter()
            .filter(|p| content.has(p.family))
            .filter(|p| self.has_coordinates() || !matches!(p.ending, "pdb" | "cif" | "pml"))
            .copied()
            .collect();
        let family = match self.view.focus {
            Panel::Sequence | Panel::Flexibility => Family::Dynamics,
            Panel::Coupling => Family::Coupling,
            Panel::Structure => Family::Structure,
            Panel::Mutations => Family::Scores,
            Panel::Triage => Family::Table,
            Panel::Residues => Family::Residues,
            Panel::Variants => Family::Ranking,
        };
        let selected = lines.iter().position(|p| p.family == family).unwrap_or(0);
        (!lines.is_empty()).then_some(ExportDialog { lines, selected })
    }

    /// What a file is about: its name says it (`coupling.csv`), else its ending and the focused panel.
    #[must_use]
    pub fn family_of(&self, path: &str) -> Family {
        if let Some(named) = Product::named(path) {
            return named;
        }
        let ending = path
            .rsplit('.')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let is_picture = matches!(ending.as_str(), "svg" | "png");
        match (ending.as_str(), self.view.focus) {
            ("html" | "md", _) => Family::Report,
            ("csv" | "json" | "pml", Panel::Triage) => Family::Table,
            ("csv", Panel::Residues) => Family::Residues,
            ("csv", Panel::Variants) => Family::Ranking,
            ("nmd" | "pml" | "cxc", _) => Family::Dynamics,
            (_, Panel::Mutations | Panel::Triage) => Family::Scores,
            _ if self.desk.subject.is_some() && !self.has_coordinates() => Family::Scores,
            (_, Panel::Coupling) if is_picture => Family::Coupling,
            (_, Panel::Structure) if is_picture => Family::Structure,
            _ => Family::Dynamics,
        }
    }

    /// The name that a file gets unless the user says otherwise.
    #[must_use]
    pub fn export_name(&self, product: Product) -> String {
        let name = self
            .desk
            .subject
            .as_ref()
            .map_or("protein", |s| s.name.as_str());
        let safe = |c: char| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '_'
            }
        };
        let stem: String = name.chars().map(safe).take(80).collect();
        format!("{stem}-{}.{}", product.family.id(), product.ending)
    }

    /// What files are made of now.
    #[must_use]
    pub fn content(&self) -> Content {
        let Some(subject) = &self.desk.subject else {
            return Content::default();
        };
        let file = subject.path.as_ref().map_or_else(
            || "standard input".to_owned(),
            |path| path.display().to_string(),
        );
        let is_file = !file.starts_with("example:") && subject.path.is_some();
        let conservation = &self.desk.results.conservation;
        let is_shown = is_file && subject.structure.is_shown_by_file(&subject.protein);
        Content {
            name: subject.name.clone(),
            dynamics: self.dynamics().map(|d| Arc::clone(d.report())),
            scores: self.map().and_then(|view| view.report.clone()),
            conservation: conservation.clone(),
            pae: self
                .desk
                .results
                .pae
                .as_ref()
                .map(|p| Arc::clone(p.report())),
            variants: None,
            ranking: self
                .desk
                .variants
                .as_ref()
                .map(|list| list.ranking(subject)),
            all_scores: self
                .desk
                .results
                .maps
                .values()
                .filter_map(|v| v.report.clone())
                .collect(),
            comparison: self.beside().map(|b| Arc::clone(b.report())),
            ensemble: self.ensemble().and_then(|e| e.report.clone()),
            table: self.shown_mutants(),
            residues: self.shown_residues(),
            marked: self.marked_mutants(),
            marks: self.written_marks(subject),
            look: self.look(subject),
            facts: [
                facts(&subject.structure, &subject.protein, &file),
                conservation
                    .as_deref()
                    .map_or_else(Vec::new, alignment_facts),
            ]
            .concat(),
            warnings: subject.warnings.clone(),
            command: format!("dynascope {file}, then :export report"),
            date: String::new(),
            structure_file: is_shown.then_some(file),
        }
    }

    fn written_marks(&self, subject: &Subject) -> Vec<Mark> {
        let one = |(key, note): (super::marks::MarkKey, &str)| {
            Some(Mark {
                index: key.0,
                mutant: key.1,
                name: full_name(subject, key)?,
                note: note.to_owned(),
            })
        };
        self.desk.marks.iter().filter_map(one).collect()
    }

    /// The structure as it is turned and coloured.
    fn look(&self, subject: &Subject) -> Look {
        let look = Look {
            yaw: self.view.yaw,
            pitch: self.view.pitch,
            magnification: self.view.magnification,
            ..Look::default()
        };
        let colored = match (&self.desk.response, self.view.color_by) {
            (Some(response), _) => {
                let site = &subject.labels[response.site];
                let about = format!("answer to a push at {site}");
                Some((
                    response.profile.clone(),
                    response.range,
                    Shades::Motion,
                    about,
                ))
            }
            (None, color) => self.colored(subject, color),
        };
        match colored {
            Some((values, range, shades, about)) => Look {
                values,
                range,
                shades,
                about,
                ..look
            },
            None => look,
        }
    }

    fn colored(&self, subject: &Subject, color: ColorBy) -> Option<Colored> {
        let kinds = |values: Vec<f64>, about: &str| {
            Some((values, (0.0, 1.0), Shades::Kinds, about.to_owned()))
        };
        match color {
            ColorBy::BColumn if subject.b_column.iter().any(|b| b.is_finite()) => {
                let b = &subject.b_column;
                let range = (quantile(b, 0.02), quantile(b, 0.98));
                let about = format!("B column {:.0}–{:.0}", range.0, range.1);
                Some((b.clone(), range, Shades::Motion, about))
            }
            ColorBy::Anisotropy => {
                let values = self.dynamics()?.report().anisotropy.clone();
                let about = "anisotropy: blue 1 = every direction alike, red 0 = one only";
                Some((values, (1.0, 0.0), Shades::Motion, about.to_owned()))
            }
            ColorBy::Coupling => {
                let dynamics = self.dynamics()?;
                let limit = dynamics.correlation_limit;
                let row = dynamics.correlation().row(self.desk.cursor.residue);
                let label = &subject.labels[self.desk.cursor.residue];
                let about = format!("coupling to {label}, −{limit} to {limit}");
                Some((row.to_vec(), (-limit, limit), Shades::Diverging, about))
            }
            ColorBy::Score => {
                let view = self.map()?;
                let sign = match view.direction {
                    Direction::HigherIsDamaging => 1.0,
                    Direction::HigherIsTolerated => -1.0,
                };
                let values = view.position_mean.iter().map(|m| sign * m).collect();
                let about = format!("mean {}, red = damaging", view.title);
                Some((values, (-view.limit, view.limit), Shades::Diverging, about))
            }
            ColorBy::Secondary => {
                let kind = |s: &SecondaryStructure| match s.letter() {
                    'H' | 'G' | 'I' => 1.0,
                    'E' | 'B' => 2.0,
                    _ => 0.0,
                };
                let values = subject.secondary.iter().map(kind).collect();
                let about = "secondary structure: helix violet, strand green";
                Some((values, (0.0, 1.0), Shades::Secondary, about.to_owned()))
            }
            ColorBy::Chain => {
                let chains = subject.chain_of.iter().map(|c| *c as f64);
                kinds(chains.collect(), "chains")
            }
            ColorBy::Domain => {
                let domains = &self.dynamics()?.report().domains;
                let kind = |d: &Option<usize>| d.map_or(f64::NAN, |d| d as f64);
                (domains.len() == subject.len())
                    .then(|| kinds(domains.iter().map(kind).collect(), "dynamic domains"))?
            }
            ColorBy::PaeDomain => {
                let domains = &self.desk.results.pae.as_ref()?.report().domains;
                let kind = |d: &Option<usize>| d.map_or(f64::NAN, |d| d as f64);
                kinds(domains.iter().map(kind).collect(), "domains of the PAE")
            }
            ColorBy::Conservation => {
                let report = self.desk.results.conservation.as_ref()?;
                let values = report.conservation.clone();
                Some((
                    values,
                    (0.0, 1.0),
                    Shades::Motion,
                    "conservation, 0 to 1".to_owned(),
                ))
            }
            _ => None,
        }
    }
}
