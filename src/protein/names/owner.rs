//! Whose variant it is: names of the protein, its chains, and those of the same file that are not
//! under study.

use std::collections::{HashMap, HashSet};

use super::{NameError, Sites, WrittenVariant};
use crate::protein::Reference;

/// What a protein is called, in lower case, and what else its file holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Owner {
    shown: String,
    names: HashSet<String>,
    /// What single chains are called, with all of the file that are.
    of_chains: HashMap<String, Vec<String>>,
    set_aside: Vec<String>,
}

impl Owner {
    pub(super) fn new(name: &str) -> Self {
        let names = names_in_header(name).into_iter();
        Self {
            shown: name.to_owned(),
            names: names.map(|n| n.to_ascii_lowercase()).collect(),
            ..Self::default()
        }
    }

    /// Names of chains by databases; a name of the whole protein keeps being that.
    pub(super) fn refer(&mut self, references: &[Reference]) {
        for reference in references {
            for name in reference.names.iter().flat_map(|n| names_in_header(n)) {
                let name = name.to_ascii_lowercase();
                if !self.names.contains(&name) {
                    let chains = self.of_chains.entry(name).or_default();
                    chains.push(reference.chain.clone());
                }
            }
        }
    }

    /// The chains of a name that is no name of the whole protein.
    fn chains_called(&self, name: &str) -> Option<&[String]> {
        let parts = names_in_header(name);
        let mut found = parts.iter().map(|part| part.to_ascii_lowercase());
        found.find_map(|part| self.of_chains.get(&part).map(Vec::as_slice))
    }

    pub(super) fn also(&mut self, names: &[String]) {
        let parts = names.iter().flat_map(|n| names_in_header(n));
        self.names.extend(parts.map(|n| n.to_ascii_lowercase()));
    }

    pub(super) fn set_aside(&mut self, chains: Vec<String>) {
        self.set_aside = chains;
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let of_chains = self.of_chains.keys();
        self.names.iter().chain(of_chains).map(String::as_str)
    }

    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether a name, which may hold several, is this protein's.
    pub(super) fn is_called(&self, name: &str) -> bool {
        names_in_header(name)
            .iter()
            .any(|part| self.names.contains(&part.to_ascii_lowercase()))
    }
}

/// Whether a protein of that header is called so.
#[must_use]
pub fn is_called(header: &str, name: &str) -> bool {
    Owner::new(header).is_called(name)
}

/// The names in the header of a sequence: its identifier with and without version, the parts of
/// `sp|P0CG47|UBB_HUMAN`, and genes that are named as such (`GN=UBB`, `gene_symbol:UBB`).
#[must_use]
pub fn names_in_header(header: &str) -> Vec<String> {
    let mut words = header.split_whitespace();
    let mut names: Vec<&str> = Vec::new();
    if let Some(identifier) = words.next() {
        names.push(identifier);
        names.extend(identifier.split('|').filter(|part| part.len() > 2));
    }
    let labels = [
        "GN=",
        "gene_symbol:",
        "gene:",
        "transcript:",
        "gene=",
        "protein_id=",
    ];
    let labelled = |word: &'_ str| {
        let word = word.trim_matches(['[', ']', ',', ';']).to_owned();
        labels
            .iter()
            .find_map(|l| Some(word.strip_prefix(l)?.to_owned()))
    };
    let genes: Vec<String> = words.filter_map(labelled).collect();
    let mut all: Vec<String> = names.into_iter().map(str::to_owned).chain(genes).collect();
    for at in 0..all.len() {
        // NP_066289.3 without its version, UBB_HUMAN without its species.
        let version = |v: &str| !v.is_empty() && v.bytes().all(|b| b.is_ascii_digit());
        let bare = all[at].rsplit_once('.').filter(|(_, v)| version(v));
        let mnemonic = all[at]
            .rsplit_once('_')
            .filter(|(gene, species)| species.len() == 5 && gene.len() <= 6);
        let shorter = bare.or(mnemonic).map(|(name, _)| name.to_owned());
        all.extend(shorter.filter(|name| name.len() > 2));
    }
    all
}

/// A variant without the name of its protein, where that is this one.
pub(super) fn own(
    variant: &WrittenVariant,
    sites: &Sites,
    taken: &Taken,
) -> Result<WrittenVariant, NameError> {
    let owner = &sites.owner;
    let other = |name: &str| NameError::OtherProtein {
        written: variant.to_string(),
        protein: name.to_owned(),
        here: owner.shown().to_owned(),
    };
    let mine = |name: &str| owner.is_called(name) || taken.names.contains(name);
    let mut own = variant.clone();
    if let Some(name) = own.protein.take() {
        let only = match owner.chains_called(&name) {
            Some(chains) => the_chain(variant, chains, sites)?,
            None if mine(&name) => String::new(),
            None => return Err(other(&name)),
        };
        for s in own
            .substitutions
            .iter_mut()
            .filter(|s| s.id.chain.is_empty())
        {
            s.id.chain.clone_from(&only);
        }
    }
    for s in &mut own.substitutions {
        let chain = s.id.chain.as_str();
        if chain.is_empty() || sites.has_chain(chain) {
            continue;
        }
        if owner.set_aside.iter().any(|c| c == chain) {
            return Err(not_loaded(variant, chain, sites));
        }
        if let Some(chains) = owner.chains_called(chain) {
            s.id.chain = the_chain(variant, chains, sites)?;
            continue;
        }
        if !mine(chain) && !taken.chains.contains(chain) {
            return Err(other(chain));
        }
        s.id.chain.clear();
    }
    Ok(own)
}

/// Of the chains of one name the one under study; none where there are several.
fn the_chain(
    variant: &WrittenVariant,
    called: &[String],
    sites: &Sites,
) -> Result<String, NameError> {
    let mut loaded: Vec<&String> = called.iter().filter(|c| sites.has_chain(c)).collect();
    loaded.dedup();
    match (loaded.as_slice(), called.first()) {
        ([one], _) => Ok((*one).clone()),
        ([], Some(first)) => Err(not_loaded(variant, first, sites)),
        _ => Ok(String::new()),
    }
}

fn not_loaded(variant: &WrittenVariant, chain: &str, sites: &Sites) -> NameError {
    let mut loaded: Vec<&str> = sites.residues.iter().map(|r| r.0.chain.as_str()).collect();
    loaded.dedup();
    loaded.push(chain);
    NameError::ChainNotLoaded {
        written: variant.to_string(),
        chain: chain.to_owned(),
        wanted: loaded.join(","),
    }
}

/// Names that are taken for this protein's though nothing says so.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) names: HashSet<String>,
    /// Of a bare sequence, which has no chains: the only one that the list names.
    pub(super) chains: HashSet<String>,
}

/// Names in a list that are neither this protein's nor one of its chains', each with its variants.
pub(super) fn strangers<'a>(variants: &'a [&'a WrittenVariant], sites: &Sites) -> HashSet<&'a str> {
    let chains = variants.iter().flat_map(|v| &v.substitutions);
    let chains = chains.map(|s| s.id.chain.as_str());
    let is_chain = |c: &&str| sites.has_chain(c) || sites.owner.set_aside.iter().any(|s| s == c);
    let proteins = variants.iter().filter_map(|v| v.protein.as_deref());
    chains
        .filter(|c| !c.is_empty() && !is_chain(c))
        .chain(proteins)
        .filter(|name| !sites.owner.is_called(name) && sites.owner.chains_called(name).is_none())
        .collect()
}
