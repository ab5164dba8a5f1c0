//! The user's own scores over the map: where the rows belong, and how they agree with what is scored.

use std::sync::Arc;

use super::map_view::MapView;
use super::subject::Subject;
use crate::analysis::mutation_map::Direction;
use crate::analysis::{MutationMap, ScanMethod};
use crate::numeric::{Matrix, stats};
use crate::protein::AminoAcid;
use crate::protein::names::{Numbering, Resolved, ScoreColumn, Sites, VariantTable};
use crate::study::Provenance;

/// Whether the map shows the user's scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MeasuredShown {
    /// It shows what is scored.
    #[default]
    No,
    Scores,
    /// Where they and the method disagree.
    Disagreement,
}

/// Agreement of the user's scores with a method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    pub method: ScanMethod,
    /// Spearman's ρ, + where both call the same substitutions tolerated.
    pub spearman: f64,
    pub n: usize,
}

/// How a table is to be laid over: `scores.csv`, `scores.csv:log2FC`, `scores.csv offset 1 damaging`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Perhaps with a column behind a colon.
    pub file: String,
    pub numbering: Numbering,
    /// What a larger number means.
    pub direction: Option<Direction>,
}

impl Wish {
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut wish = Self {
            file: text.trim().to_owned(),
            numbering: Numbering::Auto,
            direction: None,
        };
        while let Some((rest, word)) = wish.file.rsplit_once(' ') {
            let offset = rest.trim_end().strip_suffix(" offset");
            let (rest, word) = (rest.trim_end().to_owned(), word.to_owned());
            match (word.as_str(), offset, word.parse()) {
                ("damaging", _, _) => wish.direction = Some(Direction::HigherIsDamaging),
                ("tolerated", _, _) => wish.direction = Some(Direction::HigherIsTolerated),
                ("sequence", _, _) => wish.numbering = Numbering::Sequence,
                ("author", _, _) => wish.numbering = Numbering::Author,
                (_, Some(file), Ok(offset)) => {
                    wish.numbering = Numbering::Offset(offset);
                    wish.file = file.trim_end().to_owned();
                    continue;
                }
                _ => break,
            }
            wish.file = rest;
        }
        wish
    }
}

/// The user's table as it was read, to be laid over whatever is open.
#[derive(Debug, Clone)]
pub struct OwnScores {
    pub table: Arc<VariantTable>,
    pub name: String,
    /// The column of scores; `None` = the one that looks like it.
    pub column: Option<String>,
    pub numbering: Numbering,
    /// What a larger number means, as the user says.
    pub direction: Option<Direction>,
    /// The method that the provenance beside the file names.
    pub method: Option<ScanMethod>,
}

impl OwnScores {
    #[must_use]
    pub fn new(name: &str, table: VariantTable) -> Self {
        Self {
            table: Arc::new(table),
            name: name.to_owned(),
            column: None,
            numbering: Numbering::Auto,
            direction: None,
            method: None,
        }
    }

    /// What a larger number of a column means, and how that is known.
    fn direction_of(&self, column: &str) -> (Direction, &'static str) {
        let of_method = self.method.filter(|_| column == "score");
        let known = [
            (self.direction, "as you say"),
            (of_method.map(ScanMethod::direction), "by its provenance"),
            (Direction::of_name(column), "by its name"),
        ];
        let found = known.into_iter().find_map(|(d, how)| Some((d?, how)));
        let assumed = "assumed: if it is the other way round, add `damaging` after the file";
        found.unwrap_or((Direction::HigherIsTolerated, assumed))
    }
}

/// The user's table over the protein that is open.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The scores as a map.
    pub view: Arc<MapView>,
    /// Single substitutions that have a place here.
    pub placed: usize,
    pub left_out: usize,
    /// Which column, what a larger number means, what was done about numbering, and the first row that
    /// did not fit.
    pub remarks: Vec<String>,
    pub agreement: Option<Agreement>,
    /// Percentile of damage in the data less that of the method.
    pub disagreement: Option<Arc<MapView>>,
}

impl Measured {
    /// Places the rows of a table on a subject.
    ///
    /// # Errors
    /// When no row has a place, or there is no column of numbers.
    pub fn new(overlay: &OwnScores, subject: &Subject) -> Result<Self, String> {
        let (table, name) = (&overlay.table, &overlay.name);
        let scores = table.scores(overlay.column.as_deref());
        let scores = scores.map_err(|e| format!("{name}: {e}"))?;
        let sites = Sites::in_structure(&subject.protein, &subject.structure);
        let resolved = table.place(&sites, overlay.numbering);
        let (map, placed) = placed(&scores, &resolved, subject);
        let (direction, known) = overlay.direction_of(&scores.name);
        let remarks = remarks(overlay, &scores, &resolved, (direction, known));
        if placed == 0 {
            let why = remarks.last().map_or("", String::as_str);
            return Err(format!("{name}: no row matches this protein: {why}"));
        }
        Ok(Self {
            view: Arc::new(view_of(map, &format!("{name}: {}", scores.name), direction)),
            placed,
            left_out: table.rows.len() - placed,
            remarks,
            agreement: None,
            disagreement: None,
        })
    }

    /// Where the numbers come from, for the files that they stand in.
    #[must_use]
    pub fn provenance(&self) -> Provenance {
        let none = || "-".to_owned();
        let mut settings = vec![
            ("data".to_owned(), self.view.title.clone()),
            ("placed".to_owned(), self.placed.to_string()),
            ("left_out".to_owned(), self.left_out.to_string()),
            ("read_as".to_owned(), self.remarks.join("; ")),
        ];
        let against = self.agreement.as_ref();
        settings
            .extend(against.map(|a| ("disagreement_with".to_owned(), a.method.id().to_owned())));
        Provenance {
            version: env!("CARGO_PKG_VERSION"),
            source: "own-data".to_owned(),
            model: none(),
            weights_hash: none(),
            device: none(),
            dtype: none(),
            settings,
            elapsed: std::time::Duration::ZERO,
        }
    }

    /// Compares with a method's map.
    pub fn compare(&mut self, with: Option<&MapView>) {
        (self.agreement, self.disagreement) = (None, None);
        let Some(with) = with.filter(|w| w.map.score.rows() == self.view.map.score.rows()) else {
            return;
        };
        let (our_sign, sign) = (sign(self.view.direction), sign(with.direction));
        let mut pairs: Vec<(usize, usize, f64, f64)> = Vec::new();
        for position in 0..self.view.map.score.rows() {
            for mutant in AminoAcid::ALL {
                let ours = self.view.map.score_of(position, mutant);
                let theirs = with.map.score_of(position, mutant);
                let is_wild_type = with.map.wild_type[position] == Some(mutant);
                if ours.is_finite() && theirs.is_finite() && !is_wild_type {
                    pairs.push((position, mutant.index(), our_sign * ours, sign * theirs));
                }
            }
        }
        if pairs.len() < 3 {
            return;
        }
        let ours: Vec<f64> = pairs.iter().map(|p| p.2).collect();
        let theirs: Vec<f64> = pairs.iter().map(|p| p.3).collect();
        self.agreement = Some(Agreement {
            method: with.map.method,
            spearman: stats::spearman(&ours, &theirs),
            n: pairs.len(),
        });
        let (ours, theirs) = (stats::ranks(&ours), stats::ranks(&theirs));
        let mut map = MutationMap::unscored(ScanMethod::Stability, self.view.map.wild_type.clone());
        let last = (pairs.len() - 1) as f64;
        for (k, (position, mutant, _, _)) in pairs.iter().enumerate() {
            map.score[(*position, *mutant)] = 100.0 * (theirs[k] - ours[k]) / last;
        }
        self.disagreement = Some(Arc::new(MapView {
            title: format!("your data against {}", with.title),
            unit: "percentile points",
            direction: Direction::HigherIsDamaging,
            ..MapView::of(Arc::new(map))
        }));
    }
}

fn sign(direction: Direction) -> f64 {
    match direction {
        Direction::HigherIsTolerated => 1.0,
        Direction::HigherIsDamaging => -1.0,
    }
}

/// The single substitutions with a number, as a map; the mean where one comes again.
fn placed(scores: &ScoreColumn, resolved: &Resolved, subject: &Subject) -> (MutationMap, usize) {
    let mut map = MutationMap::unscored(ScanMethod::Stability, subject.amino_acids.clone());
    let (mut counts, mut placed) = (Matrix::filled(subject.len(), 20, 0.0), 0);
    for (at, variant) in resolved.variants() {
        let number = scores.values[at];
        let ([single], true) = (variant.as_slice(), number.is_finite()) else {
            continue;
        };
        let key = (single.index, single.mutant.index());
        counts[key] += 1.0;
        let before = if counts[key] > 1.0 {
            map.score[key]
        } else {
            0.0
        };
        map.score[key] = before + (number - before) / counts[key];
        placed += 1;
    }
    (map, placed)
}

fn remarks(
    overlay: &OwnScores,
    scores: &ScoreColumn,
    resolved: &Resolved,
    (direction, known): (Direction, &str),
) -> Vec<String> {
    let better = match direction {
        Direction::HigherIsTolerated => "higher = better tolerated",
        Direction::HigherIsDamaging => "higher = more damaging",
    };
    let mut remarks = vec![
        format!("column {}", scores.name),
        format!("{better} ({known})"),
    ];
    if let Some(other) = scores.others.first() {
        remarks.push(format!("`:data {}:{other}` uses another", overlay.name));
    }
    remarks.extend(scores.remarks.iter().cloned());
    remarks.extend(resolved.applied.map(|found| format!("{found}: used")));
    if let Some(found) = &resolved.proposal {
        let option = found
            .option()
            .replace(['`'], "")
            .replace("--numbering ", "")
            .replace("--", "");
        remarks.push(format!("{found}: add `{option}` after the file"));
    }
    if let Some((row, problem)) = resolved.problems().next() {
        remarks.push(format!("line {}: {problem}", overlay.table.rows[row].line));
    }
    remarks
}

/// The user's scores, coloured about their median.
fn view_of(map: MutationMap, name: &str, direction: Direction) -> MapView {
    MapView {
        title: format!("your data {name}"),
        unit: "as measured",
        direction,
        ..MapView::of(Arc::new(map)).about_median()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::app::samples;

    const LETTERS: &str = "MQIFVKTLTGKTITLEVEPSDTIENVKAKI";

    fn measured(text: &str, change: impl Fn(&mut OwnScores)) -> Measured {
        let mut overlay = OwnScores::new("own.csv", VariantTable::parse(text).unwrap());
        change(&mut overlay);
        Measured::new(&overlay, &samples::of_sequence(LETTERS)).unwrap()
    }

    #[test]
    fn a_wish_has_a_file_and_says_how_to_read_it() {
        let wish = Wish::parse("my scores.csv:log2FC offset -3 damaging");
        assert_eq!(wish.file, "my scores.csv:log2FC");
        assert_eq!(wish.numbering, Numbering::Offset(-3));
        assert_eq!(wish.direction, Some(Direction::HigherIsDamaging));
        let plain = Wish::parse("a/b c.csv");
        assert_eq!((plain.file.as_str(), plain.direction), ("a/b c.csv", None));
        assert_eq!(Wish::parse("x.csv sequence").numbering, Numbering::Sequence);
    }

    #[test]
    fn a_table_of_ddg_agrees_with_one_of_ddg() {
        let text = "mutant,ddG\nM1A,1.3\nQ2A,0.4\nI3V,0.1\nF4P,2.5\nV5A,NA\n";
        let mut ours = measured(text, |_| {});
        assert_eq!(ours.view.direction, Direction::HigherIsDamaging);
        assert_eq!((ours.placed, ours.left_out), (4, 1));
        assert!(
            ours.remarks
                .iter()
                .any(|r| r == "higher = more damaging (by its name)")
        );
        let theirs = MapView {
            direction: Direction::HigherIsDamaging,
            ..(*ours.view).clone()
        };
        ours.compare(Some(&theirs));
        assert_eq!(ours.agreement.unwrap().spearman, 1.0);
        let said = ours.provenance();
        assert_eq!(said.setting("data"), Some("your data own.csv: ddG"));
        assert_eq!(said.setting("placed"), Some("4"));
        assert_eq!(said.setting("disagreement_with"), Some("stability"));
        let how = said.setting("read_as").unwrap();
        assert!(
            how.contains("column ddG; higher = more damaging (by its name)"),
            "{how}"
        );
    }

    #[test]
    fn the_direction_is_said_by_the_user_the_provenance_or_the_name() {
        let text = "mutant,score\nM1A,1.3\nQ2A,0.4\nI3V,0.1\n";
        let of = |change: &dyn Fn(&mut OwnScores)| measured(text, change).view.direction;
        assert_eq!(of(&|_| {}), Direction::HigherIsTolerated);
        assert_eq!(
            of(&|o| o.method = Some(ScanMethod::Stability)),
            Direction::HigherIsDamaging
        );
        assert_eq!(
            of(&|o| {
                o.method = Some(ScanMethod::Stability);
                o.direction = Some(Direction::HigherIsTolerated);
            }),
            Direction::HigherIsTolerated
        );
        let unknown = measured("mutant,y1\nM1A,1.3\nQ2A,0.4\nI3V,0.1\n", |_| {});
        assert!(
            unknown.remarks[1].contains("assumed"),
            "{:?}",
            unknown.remarks
        );
    }

    #[test]
    fn columns_and_offsets_can_be_chosen() {
        let text = "mutant,n_barcodes,log2FC\nM1A,12,-0.3\nQ2A,3,NA\nI3V,7,-2.1\n";
        let ours = measured(text, |_| {});
        assert_eq!(
            (ours.placed, ours.view.title.as_str()),
            (2, "your data own.csv: log2FC")
        );
        let counts = measured(text, |o| o.column = Some("n_barcodes".to_owned()));
        assert_eq!((counts.placed, counts.view.map.score[(0, 0)]), (3, 12.0));
        let zero = "mutant,score\nM0A,1\nQ1A,2\nI2V,3\n";
        let shifted = measured(zero, |o| o.numbering = Numbering::Offset(1));
        assert_eq!(shifted.placed, 3);
    }
}
