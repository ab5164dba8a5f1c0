//! What stands around the residues under study: other chains, nucleic acids, ligands and metals, of the
//! file as it is or of a biological assembly.

use std::borrow::Cow;
use std::sync::Arc;

use super::assembly::{Assembly, AssemblyError, identity, inverse, product, same};
use super::structure::{Model, ModelsAre, Neighbour, NeighbourKind};
use super::{Around, Residue, Structure};
use crate::numeric::{Frame, Vec3};

/// Atoms of copies that are taken, the nearest copies first.
pub const MOST_ATOMS: usize = 200_000;

/// Residues that are not studied but there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    pub neighbours: Vec<Neighbour>,
    /// They take part in elastic networks, in burial and in what the solvent reaches.
    pub counts: bool,
    /// The assembly that they are of; `None` = what the file holds.
    pub assembly: Option<String>,
    /// Copies of chains that were left out, see [`MOST_ATOMS`].
    pub left_out: usize,
}

impl Context {
    /// The neighbours where they count, none where they do not.
    #[must_use]
    pub fn counted(&self) -> &[Neighbour] {
        if self.counts { &self.neighbours } else { &[] }
    }

    /// What there is, in words: `chains B, C; DNA or RNA D; 2 HEM, MG`. Empty where there is nothing.
    #[must_use]
    pub fn summary(&self) -> String {
        let chains = |kind: NeighbourKind| {
            let of_kind = self.neighbours.iter().filter(|n| n.kind == kind);
            let mut names: Vec<&str> = of_kind.map(|n| n.residue.id.chain.as_str()).collect();
            names.dedup();
            let mut seen = std::collections::HashSet::new();
            names.retain(|name| seen.insert(*name));
            names
        };
        let mut parts = Vec::new();
        let proteins = chains(NeighbourKind::Protein);
        if !proteins.is_empty() {
            let word = if proteins.len() == 1 {
                "chain"
            } else {
                "chains"
            };
            parts.push(format!("{word} {}", shortened(&proteins, ", ")));
        }
        let nucleic = chains(NeighbourKind::Nucleic);
        if !nucleic.is_empty() {
            parts.push(format!("DNA or RNA {}", shortened(&nucleic, ", ")));
        }
        let mut names: Vec<(&str, usize)> = Vec::new();
        let small = |n: &&Neighbour| matches!(n.kind, NeighbourKind::Ligand | NeighbourKind::Metal);
        for neighbour in self.neighbours.iter().filter(small) {
            let name = neighbour.residue.name.as_str();
            match names.iter_mut().find(|(known, _)| *known == name) {
                Some((_, count)) => *count += 1,
                None => names.push((name, 1)),
            }
        }
        let counted: Vec<String> = names
            .iter()
            .map(|(name, count)| match count {
                1 => (*name).to_owned(),
                n => format!("{n} {name}"),
            })
            .collect();
        if !counted.is_empty() {
            let counted: Vec<&str> = counted.iter().map(String::as_str).collect();
            parts.push(shortened(&counted, ", "));
        }
        parts.join("; ")
    }
}

/// A capsid has hundreds.
fn shortened(names: &[&str], between: &str) -> String {
    const SHOWN: usize = 8;
    match names.len() {
        n if n > SHOWN => format!("{}, … ({n})", names[..SHOWN].join(between)),
        _ => names.join(between),
    }
}

impl Neighbour {
    /// By chain and number, and by name where it is no amino acid: `B:24`, `ATP A:300`.
    #[must_use]
    pub fn name(&self) -> String {
        match self.kind {
            NeighbourKind::Protein => self.residue.id.to_string(),
            _ => format!("{} {}", self.residue.name, self.residue.id),
        }
    }

    /// The same for people: a metal by its ion, `Mg²⁺ A:401`.
    #[must_use]
    pub fn label(&self) -> String {
        match self.kind {
            NeighbourKind::Metal => format!("{} {}", ion(&self.residue.name), self.residue.id),
            _ => self.name(),
        }
    }

    /// The atoms but hydrogens.
    pub fn heavy_atoms(&self) -> impl Iterator<Item = &super::Atom> {
        self.residue.heavy_atoms()
    }
}

impl Residue {
    /// The atoms but hydrogens.
    pub fn heavy_atoms(&self) -> impl Iterator<Item = &super::Atom> {
        let is_heavy = |a: &&super::Atom| !matches!(a.element.as_str(), "H" | "D");
        self.atoms.iter().filter(is_heavy)
    }
}

/// The ion that a residue name of the Chemical Component Dictionary means.
fn ion(name: &str) -> Cow<'_, str> {
    let charged = match name {
        "LI" => "Li⁺",
        "NA" => "Na⁺",
        "K" => "K⁺",
        "RB" => "Rb⁺",
        "CS" => "Cs⁺",
        "AG" => "Ag⁺",
        "CU1" => "Cu⁺",
        "BE" => "Be²⁺",
        "MG" => "Mg²⁺",
        "CA" => "Ca²⁺",
        "SR" => "Sr²⁺",
        "BA" => "Ba²⁺",
        "MN" => "Mn²⁺",
        "FE2" => "Fe²⁺",
        "CO" => "Co²⁺",
        "NI" => "Ni²⁺",
        "CU" => "Cu²⁺",
        "ZN" => "Zn²⁺",
        "CD" => "Cd²⁺",
        "HG" => "Hg²⁺",
        "PB" => "Pb²⁺",
        "FE" => "Fe³⁺",
        "MN3" => "Mn³⁺",
        "3CO" => "Co³⁺",
        "AL" => "Al³⁺",
        "CR" => "Cr³⁺",
        other => return Cow::Borrowed(other),
    };
    Cow::Borrowed(charged)
}

impl Structure {
    /// The same with other neighbours for its residues.
    ///
    /// # Errors
    /// [`AssemblyError::Unknown`] with the assemblies that the file describes.
    pub fn with_around(self: &Arc<Self>, around: Around) -> Result<Arc<Self>, AssemblyError> {
        if let Some(asked) = &around.assembly
            && !self.assemblies.iter().any(|a| a.id == *asked)
        {
            return Err(AssemblyError::Unknown {
                asked: asked.clone(),
                name: self.name.clone(),
                known: self.assemblies.iter().map(|a| a.id.clone()).collect(),
            });
        }
        if around == self.around {
            return Ok(Arc::clone(self));
        }
        let mut changed = Self::clone(self);
        changed.around = around;
        Ok(Arc::new(changed))
    }

    /// What stands around these chains of a model.
    ///
    /// # Errors
    /// [`AssemblyError`] where the chosen assembly does not hold them.
    pub(super) fn context(&self, model: &Model, taken: &[&str]) -> Result<Context, AssemblyError> {
        let around = &self.around;
        let chosen = around.assembly.as_deref();
        let assembly = chosen.and_then(|id| self.assemblies.iter().find(|a| a.id == id));
        let mut context = match assembly {
            Some(assembly) => self.assembled(assembly, model, taken, MOST_ATOMS)?,
            None => Context {
                neighbours: self.beside(model, taken),
                ..Context::default()
            },
        };
        context.counts = around.counts;
        context.assembly = assembly.map(|a| a.id.clone());
        Ok(context)
    }

    /// What the file holds beside the chains: in the same model, and in the others where they are copies.
    fn beside(&self, model: &Model, taken: &[&str]) -> Vec<Neighbour> {
        let mut all: Vec<Neighbour> = Vec::new();
        for other in &self.models {
            let is_own = other.number == model.number;
            if !is_own && self.models_are != ModelsAre::Copies {
                continue;
            }
            let suffix = if is_own {
                String::new()
            } else {
                format!("-{}", other.number)
            };
            let whole = pieces(other).filter(|p| !(is_own && p.is_one_of(taken)));
            all.extend(whole.flat_map(|p| p.laid(None, &suffix)));
        }
        all
    }

    /// The assembly without the chains themselves, seen from where they lie in the file.
    fn assembled(
        &self,
        assembly: &Assembly,
        model: &Model,
        taken: &[&str],
        most_atoms: usize,
    ) -> Result<Context, AssemblyError> {
        let own = self.place_of(assembly, model, taken)?;
        let back = inverse(&own);
        let mut copies: Vec<Copy<'_>> = Vec::new();
        let mut places: Vec<Frame> = vec![identity()];
        for part in &assembly.copies {
            for operator in &part.operators {
                let operator = product(&back, operator);
                let number = places.iter().position(|p| same(p, &operator));
                let number = number.unwrap_or_else(|| {
                    places.push(operator);
                    places.len() - 1
                });
                let listed = |piece: &Piece<'_>| part.chains.iter().any(|c| c == piece.asym());
                for piece in pieces(model).filter(listed) {
                    if number == 0 && piece.is_one_of(taken) {
                        continue;
                    }
                    copies.push(Copy {
                        piece,
                        operator,
                        number,
                    });
                }
            }
        }
        let left_out = keep_nearest(&mut copies, (model, taken), most_atoms);
        let neighbours = copies.iter().flat_map(Copy::laid).collect();
        Ok(Context {
            neighbours,
            left_out,
            ..Context::default()
        })
    }

    /// The operator that lays the chains in the assembly, all the same: where it can be, the one that leaves
    /// them where they are.
    fn place_of(
        &self,
        assembly: &Assembly,
        model: &Model,
        taken: &[&str],
    ) -> Result<Frame, AssemblyError> {
        let own: Vec<&super::Chain> = model
            .chains
            .iter()
            .filter(|c| taken.contains(&c.id.as_str()))
            .collect();
        for chain in &own {
            if assembly.operators(&chain.asym).next().is_none() {
                let has = |a: &&Assembly| a.operators(&chain.asym).next().is_some();
                return Err(AssemblyError::Outside {
                    chain: chain.id.clone(),
                    assembly: assembly.id.clone(),
                    within: self
                        .assemblies
                        .iter()
                        .filter(has)
                        .map(|a| a.id.clone())
                        .collect(),
                });
            }
        }
        let Some(first) = own.first() else {
            return Ok(identity());
        };
        let lays_all = |operator: &&Frame| {
            own.iter()
                .all(|c| assembly.operators(&c.asym).any(|o| same(o, operator)))
        };
        let common: Vec<&Frame> = assembly.operators(&first.asym).filter(lays_all).collect();
        let still = identity();
        let found = common.iter().find(|o| same(o, &still)).or(common.first());
        found.copied().copied().ok_or_else(|| AssemblyError::Apart {
            chains: own.iter().map(|c| c.id.clone()).collect(),
            assembly: assembly.id.clone(),
        })
    }
}

/// A chain, or a residue that is in none.
#[derive(Debug, Clone, Copy)]
enum Piece<'a> {
    Chain(&'a super::Chain),
    Other(&'a Neighbour),
}

fn pieces(model: &Model) -> impl Iterator<Item = Piece<'_>> {
    let chains = model.chains.iter().map(Piece::Chain);
    chains.chain(model.others.iter().map(Piece::Other))
}

impl<'a> Piece<'a> {
    fn asym(&self) -> &'a str {
        match self {
            Self::Chain(chain) => &chain.asym,
            Self::Other(other) => &other.asym,
        }
    }

    fn is_one_of(&self, taken: &[&str]) -> bool {
        matches!(self, Self::Chain(chain) if taken.contains(&chain.id.as_str()))
    }

    fn residues(&self) -> &'a [Residue] {
        match self {
            Self::Chain(chain) => &chain.residues,
            Self::Other(other) => std::slice::from_ref(&other.residue),
        }
    }

    fn atoms(&self) -> usize {
        self.residues().iter().map(|r| r.atoms.len()).sum()
    }

    /// Its residues laid where an operator puts them, its chain's name with something behind it.
    fn laid(
        self,
        operator: Option<Frame>,
        suffix: &str,
    ) -> impl Iterator<Item = Neighbour> + use<'a> {
        let kind = match self {
            Self::Chain(_) => NeighbourKind::Protein,
            Self::Other(other) => other.kind,
        };
        let (asym, suffix) = (self.asym(), suffix.to_owned());
        self.residues().iter().map(move |residue| {
            let mut residue = residue.clone();
            residue.id.chain.push_str(&suffix);
            if let Some(operator) = &operator {
                for atom in &mut residue.atoms {
                    atom.position = operator.rotation * atom.position + operator.origin;
                    atom.anisou = atom.anisou.map(|u| operator.to_world(&u));
                }
            }
            Neighbour {
                kind,
                asym: asym.to_owned(),
                residue,
            }
        })
    }
}

/// A piece where an operator of the assembly lays it.
struct Copy<'a> {
    piece: Piece<'a>,
    operator: Frame,
    /// 0 = where it is in the file.
    number: usize,
}

impl Copy<'_> {
    fn laid(&self) -> impl Iterator<Item = Neighbour> {
        if self.number == 0 {
            return self.piece.laid(None, "");
        }
        let suffix = format!("-{}", self.number + 1);
        self.piece.laid(Some(self.operator), &suffix)
    }

    fn centre(&self) -> Vec3 {
        self.operator.rotation * centre(self.piece.residues()) + self.operator.origin
    }
}

fn centre(residues: &[Residue]) -> Vec3 {
    let places = residues.iter().filter_map(|r| r.atoms.first());
    let (sum, n) = places.fold((Vec3::zeros(), 0.0), |(s, n), a| (s + a.position, n + 1.0));
    sum / f64::max(n, 1.0)
}

/// Leaves out the farthest copies where there are too many atoms; how many.
fn keep_nearest(
    copies: &mut Vec<Copy<'_>>,
    (model, taken): (&Model, &[&str]),
    most_atoms: usize,
) -> usize {
    let atoms: usize = copies.iter().map(|c| c.piece.atoms()).sum();
    if atoms <= most_atoms {
        return 0;
    }
    let own = model
        .chains
        .iter()
        .filter(|c| taken.contains(&c.id.as_str()));
    let centres: Vec<Vec3> = own.map(|c| centre(&c.residues)).collect();
    let here = centres.iter().sum::<Vec3>() / centres.len().max(1) as f64;
    let away = |c: &Copy<'_>| (c.centre() - here).norm_squared();
    copies.sort_by(|a, b| away(a).total_cmp(&away(b)));
    let mut room = most_atoms;
    let kept = copies
        .iter()
        .take_while(|c| match room.checked_sub(c.piece.atoms()) {
            Some(rest) => {
                room = rest;
                true
            }
            None => false,
        })
        .count();
    let left_out = copies.len() - kept;
    copies.truncate(kept);
    left_out
}

#[cfg(test)]
mod tests;
