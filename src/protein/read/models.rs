//! What the models of a file are to one another: conformations, copies, or parts of one structure.

use std::collections::HashSet;

use super::report::Warning;
use super::rows::{Begun, RawFile, RawModel};
use crate::numeric::Vec3;
use crate::protein::structure::ModelsAre;
use crate::protein::{BColumn, Method, Model};

/// Models that share this part of the residues of the smaller one show the same molecules.
const SAME: f64 = 0.5;

/// Å by which rounding changes a distance between atoms of a copy.
const ROUNDING: f64 = 0.02;

/// What tells residues apart: chain, number, insertion code, name.
type Names<'a> = HashSet<(&'a str, i32, Option<char>, &'a str)>;

fn names<'a>(model: &RawModel<'a>) -> Names<'a> {
    let alpha = model.rows.iter().filter(|r| r.name == "CA");
    alpha
        .map(|r| (r.chain, r.number, r.insertion, r.residue))
        .collect()
}

fn same_molecules(a: &Names<'_>, b: &Names<'_>) -> bool {
    let shared = a.intersection(b).count() as f64;
    shared >= SAME * a.len().min(b.len()) as f64
}

/// Joins models that hold other molecules than the one before: files written one after the other, chains of
/// a complex in models or blocks of their own.
///
/// The second value: whether blocks are entries to choose from.
pub(super) fn join(file: &mut RawFile<'_>) -> (Vec<Warning>, bool) {
    let mut joined: Vec<(RawModel<'_>, Names<'_>)> = Vec::new();
    let mut seams: Vec<Begun<'_>> = Vec::new();
    let mut entries: Vec<(usize, &str)> = Vec::new();
    let first_block = file.models.first().map_or(Begun::Start, |m| m.begun);
    for (frame, mut model) in std::mem::take(&mut file.models).into_iter().enumerate() {
        let own = names(&model);
        model.rows.iter_mut().for_each(|row| row.frame = frame);
        let whole = joined.last_mut().filter(|(_, there)| {
            !there.is_empty() && (own.is_empty() || !same_molecules(there, &own))
        });
        if let Some((whole, there)) = whole {
            if !own.is_empty() {
                seams.push(model.begun);
            }
            let parts = whole.rows.iter().map(|r| r.part + 1).max().unwrap_or(0);
            model.rows.iter_mut().for_each(|row| row.part += parts);
            whole.rows.append(&mut model.rows);
            there.extend(own);
        } else {
            if let Begun::Block(name, _) = model.begun {
                entries.push((joined.len() + 1, name));
            }
            joined.push((model, own));
        }
    }
    file.models = joined.into_iter().map(|(model, _)| model).collect();
    let several = entries.len() > 1;
    if several {
        for (at, model) in file.models.iter_mut().enumerate() {
            model.number = at + 1;
        }
    }
    (warnings(&seams, first_block, &entries), several)
}

fn warnings(seams: &[Begun<'_>], first: Begun<'_>, entries: &[(usize, &str)]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let ends: Vec<usize> = seams
        .iter()
        .filter_map(|s| match s {
            Begun::End(line) => Some(*line),
            _ => None,
        })
        .collect();
    if !ends.is_empty() {
        warnings.push(Warning::JoinedFiles { lines: ends });
    }
    let models = seams.iter().filter(|s| **s == Begun::Model).count();
    if models > 0 {
        let models = models + 1;
        warnings.push(Warning::JoinedModels { models });
    }
    let blocks = seams.iter().filter_map(|s| match s {
        Begun::Block(name, _) => Some((*name).to_owned()),
        _ => None,
    });
    let mut blocks: Vec<String> = blocks.collect();
    if let (false, Begun::Block(name, _)) = (blocks.is_empty(), first) {
        blocks.insert(0, name.to_owned());
        warnings.push(Warning::JoinedBlocks { names: blocks });
    }
    if entries.len() > 1 {
        let entries = entries.iter().map(|(n, name)| (*n, (*name).to_owned()));
        let entries = entries.collect();
        warnings.push(Warning::Entries { entries });
    }
    warnings
}

/// What several models are, once built.
pub(super) fn kinship(models: &[Model], entries: bool, method: Method, b: BColumn) -> ModelsAre {
    let own = matches!(b, BColumn::Other(other) if other.is_own());
    match models {
        [] | [_] => ModelsAre::One,
        _ if own => ModelsAre::Samples,
        _ if entries => ModelsAre::Entries,
        _ if method == Method::Predicted => ModelsAre::Predictions,
        [first, others @ ..] if others.iter().all(|m| is_copy(first, m)) => ModelsAre::Copies,
        _ => ModelsAre::Ensemble,
    }
}

/// Whether every distance that is looked at is the same but for rounding: from each Cα to the next three and
/// to one half the list away. Mirror images do not occur.
fn is_copy(a: &Model, b: &Model) -> bool {
    let (a, b) = (alpha_carbons(a), alpha_carbons(b));
    let n = a.len();
    let distance = |p: &[Vec3], i: usize, j: usize| (p[i] - p[j]).norm();
    let same = |i: usize, j: usize| (distance(&a, i, j) - distance(&b, i, j)).abs() <= ROUNDING;
    let partners = |i: usize| [i + 1, i + 2, i + 3, (i + n / 2) % n];
    n > 2 && n == b.len() && (0..n).all(|i| partners(i).into_iter().all(|j| j >= n || same(i, j)))
}

fn alpha_carbons(model: &Model) -> Vec<Vec3> {
    let residues = model.chains.iter().flat_map(|c| &c.residues);
    residues.filter_map(|r| r.position("CA")).collect()
}
