//! Which column of a table holds what: by its name, and always by what it holds.

use std::collections::{HashMap, HashSet};

use super::super::residue::amino_acid;
use super::super::{Kind, NameError, parse_residue, parse_variant};
use super::grid::Record;

/// Columns of whole variants, the better first.
const VARIANT: &[&str] = &[
    "hgvspro",
    "hgvsp",
    "hgvspshort",
    "hgvs",
    "mutant",
    "mutation",
    "variant",
    "mutants",
    "mutations",
    "variants",
    "aachange",
    "aminoacidchange",
    "aasubstitution",
    "aasubstitutions",
    "aamutations",
    "proteinchange",
    "proteinvariant",
    "proteinmutation",
    "mutationspdb",
    "mutationscleaned",
    "substitution",
    "substitutions",
    "mut",
    "muttype",
    "mutid",
    "variantid",
    "mutationid",
];
const WILD_TYPE: &[&str] = &[
    "wildtype",
    "wt",
    "wtaa",
    "wildtypeaa",
    "aawt",
    "wtresidue",
    "wtres",
    "ref",
    "refaa",
    "aaref",
    "reference",
    "from",
    "original",
    "old",
    "oldaa",
    "aa1",
    "wildtyperesidue",
    "wildaa",
    "native",
];
const SITE: &[&str] = &[
    "site",
    "position",
    "pos",
    "resi",
    "resid",
    "residuenumber",
    "resnum",
    "residue",
    "aapos",
    "proteinpos",
    "proteinposition",
    "seqpos",
    "referencesite",
    "residueposition",
    "mutpos",
    "number",
    "residueindex",
    "resseq",
    "codon",
    "location",
    "sequentialsite",
];
const MUTANT: &[&str] = &[
    "mutant",
    "mutation",
    "mut",
    "mt",
    "mutaa",
    "mutantaa",
    "aamut",
    "mutated",
    "mutatedaa",
    "mutantresidue",
    "mutres",
    "alt",
    "altaa",
    "aaalt",
    "alternative",
    "to",
    "new",
    "newaa",
    "aa2",
    "variantaa",
    "variant",
    "substitution",
    "aminoacid",
    "aa",
    "residueto",
];
const CHAIN: &[&str] = &[
    "chain",
    "chainid",
    "pdbchain",
    "mutatedchain",
    "mutchain",
    "authasymid",
    "asymid",
    "chains",
];
const PROTEIN: &[&str] = &[
    "gene",
    "genesymbol",
    "genename",
    "hugosymbol",
    "hgnc",
    "hgncsymbol",
    "symbol",
    "protein",
    "proteinid",
    "proteinname",
    "uniprot",
    "uniprotid",
    "uniprotaccession",
    "uniprotkb",
];

/// Names of columns of scores, the more telling first.
pub(super) const SCORE: &[&str] = &[
    "dmsscore",
    "score",
    "fitness",
    "ddg",
    "δδg",
    "deltadeltag",
    "ddgexp",
    "ddgmlfloat",
    "ddgpred",
    "effect",
    "mutationeffect",
    "functionalscore",
    "fitnessscore",
    "log2fc",
    "log2foldchange",
    "lfc",
    "logfc",
    "enrichment",
    "enrichmentscore",
    "activity",
    "abundance",
    "binding",
    "escape",
    "dg",
    "δg",
    "deltag",
    "stability",
    "llr",
    "phenotype",
    "measurement",
    "value",
    "mean",
    "median",
    "average",
];

/// So many mutants are not all among the letters of secondary structure.
const MOST_BY_CHANCE: usize = 10;

/// A name without case, blanks and underscores.
pub(super) fn plain(name: &str) -> String {
    let kept = name.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// Whether a word names a column that tables of variants have.
pub(super) fn is_known(name: &str) -> bool {
    let name = plain(name);
    // `wt` is a variant as well.
    name != "wt"
        && [VARIANT, WILD_TYPE, SITE, MUTANT, CHAIN, PROTEIN, SCORE]
            .iter()
            .any(|list| list.contains(&name.as_str()))
}

/// Where the variants of a table stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Whole(usize),
    /// `Q`, `2`, `A`
    Parts {
        wild_type: usize,
        site: usize,
        mutant: usize,
    },
    /// `Q2`, `A`
    ResidueAndMutant {
        residue: usize,
        mutant: usize,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Columns {
    pub source: Source,
    pub chain: Option<usize>,
    pub protein: Option<usize>,
    /// Part of the rows that name a variant, 0 to 1.
    pub share: f64,
}

impl Columns {
    /// The columns of a table; `None` where none holds variants.
    pub(super) fn find(names: &[String], records: &[Record]) -> Option<Self> {
        let table = Table::new(names, records);
        let whole = table.whole();
        let found = whole
            .or_else(|| table.parts())
            .or_else(|| table.residue_and_mutant());
        let (source, share) = found?;
        let used = source.columns();
        let free = |column: &usize| !used.contains(column);
        Some(Self {
            source,
            chain: table.named(CHAIN).find(free),
            protein: table
                .named(PROTEIN)
                .find(free)
                .or_else(|| table.unnamed_protein(&used)),
            share,
        })
    }

    /// What a row says, as one word.
    pub(super) fn text(&self, cells: &[String]) -> String {
        let cell = |at: usize| cells.get(at).map_or("", String::as_str);
        let words = self.source.columns().into_iter().map(cell);
        let words: Vec<&str> = words.collect();
        match self.source {
            Source::Whole(_) => words.concat(),
            _ if words.iter().any(|w| w.is_empty()) => String::new(),
            _ => words.into_iter().map(whole_number).collect(),
        }
    }
}

impl Source {
    pub(super) fn columns(self) -> Vec<usize> {
        match self {
            Self::Whole(column) => vec![column],
            Self::Parts {
                wild_type,
                site,
                mutant,
            } => vec![wild_type, site, mutant],
            Self::ResidueAndMutant { residue, mutant } => vec![residue, mutant],
        }
    }
}

/// `2.0`, as pandas writes a number that has gaps in its column, is 2.
fn whole_number(cell: &str) -> &str {
    let digits = cell.strip_suffix(".0");
    digits.filter(|d| d.parse::<i32>().is_ok()).unwrap_or(cell)
}

struct Table<'a> {
    names: Vec<String>,
    records: &'a [Record],
    width: usize,
}

impl<'a> Table<'a> {
    fn new(names: &[String], records: &'a [Record]) -> Self {
        let widest = records.iter().map(|r| r.cells.len()).max().unwrap_or(0);
        Self {
            names: names.iter().map(|n| plain(n)).collect(),
            records,
            width: widest.max(names.len()),
        }
    }

    fn cells(&self, column: usize) -> impl Iterator<Item = &'a str> {
        let cell = move |r: &'a Record| r.cells.get(column).map_or("", String::as_str);
        self.records.iter().map(cell)
    }

    /// Columns of these names, in the order of the names.
    fn named(&self, wanted: &'static [&'static str]) -> impl Iterator<Item = usize> + '_ {
        wanted
            .iter()
            .filter_map(|w| self.names.iter().position(|n| n == w))
    }

    /// Part of a column's cells that hold something which `fits`.
    fn share(&self, column: usize, fits: impl Fn(&str) -> bool) -> f64 {
        let given = self
            .cells(column)
            .filter(|c| !super::super::variant::is_missing(c) || *c == "-");
        let given: Vec<&str> = given.collect();
        let fitting = given.iter().filter(|cell| fits(cell)).count();
        fitting as f64 / given.len().max(1) as f64
    }

    fn whole(&self) -> Option<(Source, f64)> {
        let of_name = self.named(VARIANT).collect::<Vec<_>>();
        let proteins: HashSet<usize> = self.named(PROTEIN).collect();
        let others = (0..self.width).filter(|c| !of_name.contains(c) && !proteins.contains(c));
        let candidates = of_name.iter().copied().chain(others);
        let shares: Vec<(usize, f64)> =
            candidates.map(|c| (c, self.share(c, is_variant))).collect();
        let best = shares.iter().rev().max_by(|a, b| a.1.total_cmp(&b.1))?;
        // Of columns that name variants alike the one whose name says so.
        let named = shares
            .iter()
            .find(|(c, share)| of_name.contains(c) && *share >= 0.8 * best.1);
        let (column, share) = *named.unwrap_or(best);
        (share > 0.5).then_some((Source::Whole(column), share))
    }

    fn parts(&self) -> Option<(Source, f64)> {
        let mut wild_types = self.columns(WILD_TYPE, |c| amino_acid(c).is_some());
        wild_types.retain(|c| !self.is_named(*c, CHAIN));
        let sites = self.columns(SITE, is_site);
        let mutants = self.mutants();
        let mut ways = Vec::new();
        for &wild_type in &wild_types {
            for &site in &sites {
                for &mutant in mutants.iter().filter(|m| **m != wild_type) {
                    let named = [(WILD_TYPE, wild_type), (SITE, site), (MUTANT, mutant)];
                    let named = named
                        .iter()
                        .filter(|(list, c)| self.is_named(*c, list))
                        .count();
                    // As a variant is written.
                    let in_order = wild_type + 1 == site && site + 1 == mutant;
                    if let Some(repeats) = self.repeats(site, wild_type) {
                        ways.push(((named, in_order, repeats), wild_type, site, mutant));
                    }
                }
            }
        }
        let best = ways.iter().rev().max_by_key(|way| way.0)?;
        let &(_, wild_type, site, mutant) = best;
        let source = Source::Parts {
            wild_type,
            site,
            mutant,
        };
        Some((source, 1.0))
    }

    /// Columns of letters of mutants. Letters of secondary structure are letters of amino acids, too.
    fn mutants(&self) -> Vec<usize> {
        let of_structure = |c: &usize| {
            let all = self.cells(*c).all(|cell| "HBEGITSPC-~".contains(cell));
            all && self.records.len() >= MOST_BY_CHANCE && !self.is_named(*c, MUTANT)
        };
        let mut found = self.columns(MUTANT, is_mutant);
        found.retain(|c| !of_structure(c) && !self.is_named(*c, CHAIN));
        found
    }

    fn is_named(&self, column: usize, list: &[&str]) -> bool {
        self.names
            .get(column)
            .is_some_and(|n| list.contains(&n.as_str()))
    }

    /// Columns that hold nothing but what `fits`, those of these names first.
    fn columns(&self, names: &'static [&'static str], fits: fn(&str) -> bool) -> Vec<usize> {
        let named: Vec<usize> = self.named(names).collect();
        let others = (0..self.width).filter(|c| !named.contains(c));
        let all: Vec<usize> = named.iter().copied().chain(others).collect();
        all.into_iter()
            .filter(|&c| self.share(c, fits) > 0.9)
            .collect()
    }

    /// How often a site comes again, with the same wild type each time; `None` where they disagree.
    fn repeats(&self, site: usize, wild_type: usize) -> Option<usize> {
        let mut seen: HashMap<&str, &str> = HashMap::new();
        let (mut again, mut differing) = (0, 0);
        for (site, wild_type) in self.cells(site).zip(self.cells(wild_type)) {
            match seen.insert(site, wild_type) {
                Some(before) if before.eq_ignore_ascii_case(wild_type) => again += 1,
                Some(_) => differing += 1,
                None => {}
            }
        }
        (differing * 10 <= again).then_some(again)
    }

    fn residue_and_mutant(&self) -> Option<(Source, f64)> {
        let is_residue = |c: &str| parse_residue(c).is_some_and(|r| r.wild_type.is_some());
        let residue = (0..self.width).find(|&c| self.share(c, is_residue) > 0.9)?;
        let mutants = self.mutants();
        let mutant = mutants.into_iter().find(|&m| m != residue)?;
        Some((Source::ResidueAndMutant { residue, mutant }, 1.0))
    }

    /// Of a table without a header: a column of words that come again and again.
    fn unnamed_protein(&self, used: &[usize]) -> Option<usize> {
        let is_name = |c: &str| c.len() > 2 && c.chars().any(|c| c.is_ascii_alphabetic());
        let nameless = self.names.iter().all(String::is_empty);
        (0..self.width).find(|column| {
            let distinct: HashSet<&str> = self.cells(*column).collect();
            nameless
                && !used.contains(column)
                && self.share(*column, is_name) > 0.99
                && 2 * distinct.len() <= self.records.len()
        })
    }
}

/// Whether a cell names a variant of a protein, scored or not.
pub(super) fn is_variant(cell: &str) -> bool {
    match parse_variant(cell) {
        Ok(_) | Err(NameError::Twice(_)) => true,
        Err(NameError::NotASubstitution { kind, .. }) => kind != Kind::Dna,
        Err(_) => false,
    }
}

fn is_site(cell: &str) -> bool {
    parse_residue(whole_number(cell)).is_some_and(|r| r.wild_type.is_none())
}

fn is_mutant(cell: &str) -> bool {
    amino_acid(cell).is_some() || matches!(cell, "*" | "-" | "=" | "X" | "Ter" | "del" | "~")
}
