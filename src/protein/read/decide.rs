//! What the B column holds. The one place where that is decided.
//!
//! Measured on entries of the Protein Data Bank and of AlphaFold's database: B-factors fall with the number
//! of neighbours (Spearman's ρ from −0.7 to −0.35 over whole chains), pLDDT rises with it (0.2 to 0.8) and
//! is one number a residue in most programs. What fits neither is not compared and not fitted.

use std::collections::{BTreeSet, HashMap};

use super::meaning::predictor;
use super::rows::Header;
use crate::numeric::Vec3;
use crate::numeric::stats::spearman;
use crate::protein::b_column::{Confidence, Evidence, MARK, Other};
use crate::protein::{Atom, BColumn, Method, Model, Residue};

/// Å between Cα atoms that count as neighbours.
const NEIGHBOUR: f64 = 10.0;
/// Fewer Cα than this say nothing by their neighbours.
const FEWEST: usize = 20;
/// Residues whose neighbours are counted; more are sampled.
const MOST_COUNTED: usize = 1000;
/// No prediction is as unsure of a whole chain; estimates of errors in Å are as small.
const LEAST_PERCENT: f64 = 10.0;
/// B in Å² of an atom by the trace of its tensor in Å²: 8 π² / 3.
const B_OF_TRACE: f64 = 8.0 * std::f64::consts::PI * std::f64::consts::PI / 3.0;
/// Atoms from which on the number of distinct values says something.
const ENOUGH_ATOMS: usize = 50;

/// What the column holds, by the header and by its values.
pub(super) fn decide(header: &Header, method: Method, model: &Model) -> BColumn {
    let values = Values::of(model);
    if let Some(own) = header.own {
        return BColumn::Other(own);
    }
    let other = not_measured(header, method, &values);
    if let Some(other) = other {
        return BColumn::Other(other);
    }
    match method {
        Method::Predicted => predicted(header, &values),
        Method::Unknown if predictor(header).is_some() => hinted(&values),
        Method::Unknown => unstated(&values),
        Method::Diffraction { .. } | Method::Nmr | Method::ElectronMicroscopy => stated(&values),
    }
}

/// What cannot be B-factors whatever the header says: tools write over the column and keep the header.
fn not_measured(header: &Header, method: Method, v: &Values) -> Option<Other> {
    let whole = v.all.iter().all(|b| b.fract() == 0.0);
    let distinct = v.distinct();
    let several = v.all.len() >= ENOUGH_ATOMS || v.atoms_a_residue() < 2;
    Some(if header.radii {
        Other::Radii
    } else if distinct < 2 && v.marked == 0 {
        Other::AllEqual
    } else if method == Method::Nmr {
        Other::NmrFiller
    } else if distinct <= 2 && v.all.len() + v.marked > 2 {
        Other::Flags
    } else if v.of_atom_kind {
        Other::OfAtomKind
    } else if 100 * v.all.iter().filter(|b| **b < 0.0).count() > v.all.len() {
        Other::Negative
    } else if whole && several && distinct <= 12 {
        if v.least() >= 1.0 && v.most() <= 9.0 {
            Other::Grades
        } else {
            Other::Labels
        }
    } else if !whole && v.all.len() >= ENOUGH_ATOMS && distinct <= 5 {
        Other::Labels
    } else if v.rise() {
        Other::Counted
    } else if v.beside_tensors {
        Other::BesideTensors
    } else {
        return None;
    })
}

/// The file says that it is a prediction.
fn predicted(header: &Header, v: &Values) -> BColumn {
    let confident = header.quality_metric && header.metric_is_plddt != Some(false);
    let Some(range) = v.confidence() else {
        return BColumn::Other(Other::ModelScore);
    };
    if confident {
        BColumn::Plddt(range, Evidence::Metric)
    } else if header.metric_is_plddt != Some(false) && v.may_be_confidence() {
        BColumn::Plddt(range, Evidence::Header)
    } else {
        BColumn::Other(Other::ModelScore)
    }
}

/// A predictor is named somewhere in the header.
fn hinted(v: &Values) -> BColumn {
    match v.confidence() {
        Some(range) if v.may_be_confidence() => BColumn::Plddt(range, Evidence::Header),
        _ if v.buried_are_lower() && !v.one_a_residue && v.mean() > 1.5 => BColumn::BFactor,
        _ => BColumn::Other(Other::ModelScore),
    }
}

/// The header says nothing.
fn unstated(v: &Values) -> BColumn {
    let likely = |range, limit: f64| {
        if v.mean() > limit && !v.buried_are_lower() {
            BColumn::Plddt(range, Evidence::Values)
        } else if v.one_a_residue {
            BColumn::Other(Other::OneAResidue)
        } else {
            BColumn::Other(Other::UnitScore)
        }
    };
    match v.confidence() {
        Some(Confidence::Unit) => return likely(Confidence::Unit, 0.3),
        Some(Confidence::Percent) if v.one_a_residue => return likely(Confidence::Percent, 30.0),
        _ => {}
    }
    let percent = v.confidence().is_some();
    match v.burial {
        _ if v.mean() < 1.5 => BColumn::Other(Other::Small),
        _ if v.one_a_residue => BColumn::Other(Other::OneAResidue),
        Some(rho) if percent && rho > 0.1 && v.mean() > 50.0 => {
            BColumn::Plddt(Confidence::Percent, Evidence::Values)
        }
        Some(rho) if rho > 0.1 || (percent && rho > -0.2 && v.mean() > 60.0) => {
            BColumn::Other(Other::Unclear)
        }
        _ => BColumn::BFactor,
    }
}

/// The header names an experiment that gives B-factors.
fn stated(v: &Values) -> BColumn {
    match v.confidence() {
        Some(Confidence::Unit) => BColumn::Other(Other::UnitScore),
        _ if v.mean() < 1.5 => BColumn::Other(Other::Small),
        _ if v.one_a_residue && !(v.buried_are_lower() && v.mean() > 8.0) => {
            BColumn::Other(Other::OneAResidue)
        }
        Some(Confidence::Percent) if v.burial.is_some_and(|r| r > 0.1) && v.mean() > 50.0 => {
            BColumn::Other(Other::Unclear)
        }
        _ => BColumn::BFactor,
    }
}

/// The column of the heavy atoms of a model.
struct Values {
    /// Without those that mark an atom.
    all: Vec<f64>,
    marked: usize,
    residues: usize,
    /// Most residues have several atoms, and all of one the same value.
    one_a_residue: bool,
    of_atom_kind: bool,
    /// Most atoms with a tensor have another value than its trace gives.
    beside_tensors: bool,
    /// Spearman's ρ of the Cα values with their numbers of neighbours.
    burial: Option<f64>,
}

impl Values {
    fn of(model: &Model) -> Self {
        let residues: Vec<&Residue> = model.chains.iter().flat_map(|c| &c.residues).collect();
        let atoms = || residues.iter().flat_map(|r| heavy(r));
        let all: Vec<f64> = atoms().map(|a| a.b_factor).filter(|b| *b < MARK).collect();
        Self {
            marked: atoms().count() - all.len(),
            residues: residues.len(),
            one_a_residue: one_a_residue(&residues),
            of_atom_kind: of_atom_kind(&residues),
            beside_tensors: beside_tensors(&residues),
            burial: burial(&residues),
            all,
        }
    }

    /// Up to a dozen and one.
    fn distinct(&self) -> usize {
        let mut seen = BTreeSet::new();
        for b in &self.all {
            seen.insert((b * 1e4).round() as i64);
            if seen.len() > 12 {
                break;
            }
        }
        seen.len() + usize::from(self.marked > 0)
    }

    /// They never fall along the file.
    fn rise(&self) -> bool {
        self.all.len() >= ENOUGH_ATOMS && self.all.is_sorted()
    }

    fn atoms_a_residue(&self) -> usize {
        self.all.len() / self.residues.max(1)
    }

    fn mean(&self) -> f64 {
        self.all.iter().sum::<f64>() / self.all.len().max(1) as f64
    }

    fn least(&self) -> f64 {
        self.all.iter().copied().fold(f64::INFINITY, f64::min)
    }

    fn most(&self) -> f64 {
        self.all.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// The range of a confidence that all values lie in.
    fn confidence(&self) -> Option<Confidence> {
        match (self.least() >= 0.0, self.most()) {
            (true, most) if most <= 1.0 => Some(Confidence::Unit),
            (true, most) if most <= 100.0 && self.mean() > LEAST_PERCENT => {
                Some(Confidence::Percent)
            }
            _ => None,
        }
    }

    fn buried_are_lower(&self) -> bool {
        self.burial.is_some_and(|rho| rho < -0.2)
    }

    fn may_be_confidence(&self) -> bool {
        self.one_a_residue || !self.buried_are_lower()
    }
}

/// Hydrogens are often added later, with values of their own.
fn heavy(residue: &Residue) -> impl Iterator<Item = &Atom> {
    residue
        .atoms
        .iter()
        .filter(|a| !matches!(a.element.as_str(), "H" | "D"))
}

fn one_a_residue(residues: &[&Residue]) -> bool {
    let (mut full, mut constant) = (0, 0);
    for residue in residues {
        let mut values = heavy(residue).map(|a| a.b_factor);
        let first = values.next().unwrap_or(0.0);
        let (count, same) = values.fold((1, true), |(n, same), b| {
            (n + 1, same && (b - first).abs() < 1e-9)
        });
        full += usize::from(count > 3);
        constant += usize::from(count > 3 && same);
    }
    2 * full > residues.len() && 20 * constant >= 19 * full
}

/// Whether atoms of one name in residues of one name always have one value.
fn of_atom_kind(residues: &[&Residue]) -> bool {
    let mut first: HashMap<(&str, &str), f64> = HashMap::new();
    let mut again = BTreeSet::new();
    // The ends of a chain have parameters of their own.
    let inner = residues.len().saturating_sub(1).max(1);
    for residue in &residues[1.min(inner)..inner] {
        for atom in heavy(residue) {
            let key = (residue.name.as_str(), atom.name.as_str());
            if let Some(there) = first.insert(key, atom.b_factor) {
                if (there - atom.b_factor).abs() > 1e-6 {
                    return false;
                }
                again.insert(key);
            }
        }
    }
    again.len() >= 5
}

fn beside_tensors(residues: &[&Residue]) -> bool {
    let atoms = residues.iter().flat_map(|r| heavy(r));
    let (mut all, mut differing) = (0, 0);
    for atom in atoms {
        let Some(tensor) = atom.anisou else { continue };
        let expected = B_OF_TRACE * tensor.trace();
        all += 1;
        differing += usize::from((atom.b_factor - expected).abs() > 0.5 + 0.1 * expected.abs());
    }
    2 * differing > all
}

fn burial(residues: &[&Residue]) -> Option<f64> {
    let known: Vec<(Vec3, f64)> = residues
        .iter()
        .filter_map(|r| r.atom("CA"))
        .filter(|a| a.b_factor < MARK)
        .map(|a| (a.position, a.b_factor))
        .collect();
    if known.len() < FEWEST {
        return None;
    }
    let step = known.len().div_ceil(MOST_COUNTED);
    let sample = known.iter().step_by(step);
    let (neighbours, values): (Vec<f64>, Vec<f64>) = sample
        .map(|(here, b)| {
            let near =
                |(there, _): &&(Vec3, f64)| (there - here).norm_squared() < NEIGHBOUR.powi(2);
            (known.iter().filter(near).count() as f64, *b)
        })
        .unzip();
    Some(spearman(&neighbours, &values)).filter(|rho| rho.is_finite())
}
