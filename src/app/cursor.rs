//! What lies under the cursor, in words and for marking.

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

    /// What `m` marks here: the substitution where substitutions have the keys, else the residue.
    #[must_use]
    pub fn mark_key(&self) -> MarkKey {
        let mutant = match self.view.focus {
            Panel::Mutations | Panel::Triage => self.cursor.mutant,
            _ => None,
        };
        (self.cursor.residue, mutant)
    }

    /// What a mark is called: `A42G`, or the residue's name.
    #[must_use]
    pub fn mark_name(&self, (index, mutant): MarkKey) -> String {
        let Some(subject) = self.subject.as_ref().filter(|s| index < s.len()) else {
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
        self.marks
            .iter()
            .map(|(key, _)| self.mark_name(key))
            .collect()
    }

    /// The score of the substitution under the cursor, where there is one.
    #[must_use]
    pub fn score_under_cursor(&self) -> Option<f64> {
        let view = self.map()?;
        let score = view.map.score_of(self.cursor.residue, self.cursor.mutant?);
        score.is_finite().then_some(score)
    }

    /// The residue, or the substitution, under the cursor with its numbers, as one line.
    #[must_use]
    pub fn describe_cursor(&self) -> String {
        let Some(subject) = &self.subject else {
            return String::new();
        };
        let index = self.cursor.residue;
        let mut words = vec![self.mark_name(self.mark_key())];
        if let Some(dynamics) = self.dynamics() {
            let rmsf = dynamics.rmsf_angstrom()[index];
            if rmsf.is_finite() {
                let source = super::results::source_name(dynamics.source());
                words.push(format!("RMSF {rmsf:.2} Å ({source})"));
            }
        }
        if let (Some(view), Some(score), (_, Some(_))) =
            (self.map(), self.score_under_cursor(), self.mark_key())
        {
            words.push(format!("{} {score:+.2} {}", view.title, view.unit));
        }
        format!("{} {}", subject.name, words.join(" · "))
    }
}
