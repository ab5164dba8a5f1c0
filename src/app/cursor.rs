//! What lies under the cursor, in words and for marking.

use super::command::Command;
use super::marks::MarkKey;
use super::panel::{AminoAcidOrder, Panel};
use super::state::State;
use crate::analysis::mutation_map::Direction;
use crate::protein::AminoAcid;

impl State {
    /// The rows of the mutation map from above.
    #[must_use]
    pub fn amino_acid_rows(&self) -> [AminoAcid; 20] {
        match (self.view.order, self.map()) {
            (AminoAcidOrder::Property, _) => AminoAcid::BY_PROPERTY,
            (AminoAcidOrder::Mean, Some(view)) => {
                let mut rows = AminoAcid::ALL;
                let tolerated = |a: &AminoAcid| {
                    let mean = view.residue_mean[a.index()];
                    match view.direction {
                        Direction::HigherIsTolerated => -mean,
                        Direction::HigherIsDamaging => mean,
                    }
                };
                rows.sort_by(|a, b| tolerated(a).total_cmp(&tolerated(b)));
                rows
            }
            (AminoAcidOrder::Alphabetical | AminoAcidOrder::Mean, _) => AminoAcid::ALL,
        }
    }

    /// What `m` marks here: the substitution where substitutions have the keys, else the residue;
    /// `None` where nothing is highlighted.
    #[must_use]
    pub fn mark_key(&self) -> Option<MarkKey> {
        let mutant = match self.view.focus {
            Panel::Triage => {
                self.triage_row()?;
                self.desk.cursor.mutant
            }
            Panel::Mutations | Panel::Variants => self.desk.cursor.mutant,
            _ => None,
        };
        (self.desk.cursor.residue < self.len()).then_some((self.desk.cursor.residue, mutant))
    }

    #[must_use]
    pub fn nothing_here(&self) -> String {
        let filter = self.program.keymap.key_name(&Command::AskFilter);
        match &self.desk.triage.table {
            _ if self.is_empty() => "nothing is open".to_owned(),
            None => "no substitutions are scored yet".to_owned(),
            Some(_) => format!("no row is shown: {filter} changes the filter"),
        }
    }

    /// What a mark is called: `A42G`, or the residue's name.
    #[must_use]
    pub fn mark_name(&self, (index, mutant): MarkKey) -> String {
        let Some(subject) = self.desk.subject.as_ref().filter(|s| index < s.len()) else {
            return String::new();
        };
        mutant.map_or_else(
            || format!("{} {}", subject.labels[index], subject.letters[index]),
            |m| subject.mutant_name(index, m),
        )
    }

    /// The marks by name, in the order of the residues.
    #[must_use]
    pub fn marked_names(&self) -> Vec<String> {
        self.desk
            .marks
            .iter()
            .map(|(key, _)| self.mark_name(key))
            .collect()
    }

    /// The score of the substitution under the cursor, where there is one.
    #[must_use]
    pub fn score_under_cursor(&self) -> Option<f64> {
        let view = self.map()?;
        let score = view
            .map
            .score_of(self.desk.cursor.residue, self.desk.cursor.mutant?);
        score.is_finite().then_some(score)
    }

    /// The residue, or the substitution, under the cursor with its numbers, as one line.
    #[must_use]
    pub fn describe_cursor(&self) -> String {
        let Some(subject) = &self.desk.subject else {
            return String::new();
        };
        let index = self.desk.cursor.residue;
        let key = self.mark_key();
        let mut words: Vec<String> = key.map(|key| self.mark_name(key)).into_iter().collect();
        if let Some(dynamics) = self.dynamics() {
            let rmsf = dynamics.rmsf_angstrom()[index];
            if rmsf.is_finite() {
                let source = super::dynamics::source_name(dynamics.source());
                words.push(format!("RMSF {rmsf:.2} Å ({source})"));
            }
        }
        if let (Some(view), Some(score), Some((_, Some(_)))) =
            (self.map(), self.score_under_cursor(), key)
        {
            words.push(format!("{} {score:+.2} {}", view.title, view.unit));
        }
        format!("{} {}", subject.name, words.join(" · "))
    }
}
