//! What was taken of a structure, and what was left.

use super::construct::Mapping;
use super::structure::ModelsAre;
use super::{Context, Protein, SetAside, Structure};

/// Residues up to which a chain is laid beside its sequence; beyond, they are counted.
const MOST_ALIGNED: usize = 4000;

impl Structure {
    /// A line about what is studied of what there is, and one for each chain that lacks residues of its
    /// sequence.
    #[must_use]
    pub fn loaded(&self, protein: &Protein) -> Vec<String> {
        let model = self.models.iter().find(|m| m.number == protein.model);
        let all: Vec<&str> = model.map_or_else(Vec::new, |m| {
            m.chains.iter().map(|c| c.id.as_str()).collect()
        });
        let taken: Vec<&str> = protein.chains().iter().map(|(name, _)| *name).collect();
        let mut parts = Vec::new();
        if taken.len() < all.len() {
            parts.push(format!(
                "{} of {} (--chain {} or all)",
                named(&taken),
                listed(&all),
                all[..2].join(",")
            ));
        }
        parts.extend(around(&protein.context));
        // Waters alone are no news.
        let left = SetAside {
            ligands: self.set_aside.caps,
            amino_acids: 0,
            nucleotides: 0,
            ..self.set_aside
        };
        if self.set_aside.ligands + self.set_aside.nucleotides > 0 && left != SetAside::default() {
            parts.push(format!("set aside: {left}"));
        }
        if self.models.len() > 1 {
            parts.push(self.about_models(protein.model));
        }
        let mut lines = Vec::from_iter((!parts.is_empty()).then(|| parts.join("; ")));
        lines.extend(self.missing(protein));
        lines
    }

    fn about_models(&self, number: usize) -> String {
        let what = match self.models_are {
            ModelsAre::Copies => ", rigid copies",
            ModelsAre::Samples => ", drawn by this program",
            ModelsAre::Predictions => ", predictions",
            ModelsAre::Entries => ", entries of their own",
            ModelsAre::One | ModelsAre::Ensemble => "",
        };
        format!("model {number} of {}{what}", self.models.len())
    }

    /// Residues of the sequence that have no coordinates.
    fn missing(&self, protein: &Protein) -> Vec<String> {
        let of = |(name, range): &(&str, std::ops::Range<usize>)| {
            let sequence = protein.seqres.iter().find(|s| s.name == *name)?;
            let residues = &protein.residues[range.clone()];
            let places = if sequence.len().max(residues.len()) > MOST_ALIGNED {
                String::new()
            } else {
                let gaps = Mapping::new(sequence, residues, &self.name).gaps();
                format!(", at {gaps} {}", if gaps == 1 { "place" } else { "places" })
            };
            let missing = sequence
                .len()
                .checked_sub(residues.len())
                .filter(|n| *n > 0)?;
            let all = sequence.len();
            Some(format!(
                "chain {name}: {missing} of the {all} residues of its sequence have no coordinates{places}"
            ))
        };
        protein.chains().iter().filter_map(of).collect()
    }
}

/// What stands around the residues, and whether it counts.
fn around(context: &Context) -> Option<String> {
    let summary = context.summary();
    if summary.is_empty() {
        return context
            .assembly
            .as_ref()
            .map(|id| format!("assembly {id}: nothing beside it"));
    }
    let whole = match &context.assembly {
        Some(id) => format!("assembly {id}, neighbours"),
        None => "neighbours".to_owned(),
    };
    let counts = if context.counts {
        "counted"
    } else {
        "not counted (--context)"
    };
    let left_out = match context.left_out {
        0 => String::new(),
        n => format!(", the farthest {n} copies of chains left out"),
    };
    Some(format!("{whole}: {summary}{left_out}, {counts}"))
}

fn named(chains: &[&str]) -> String {
    let word = if chains.len() == 1 { "chain" } else { "chains" };
    format!("{word} {}", chains.join(", "))
}

/// Capsids have hundreds of chains.
fn listed(chains: &[&str]) -> String {
    const SHOWN: usize = 12;
    match chains.len() {
        n if n > SHOWN => format!("{}, … ({n} chains)", chains[..SHOWN].join(", ")),
        _ => chains.join(", "),
    }
}
