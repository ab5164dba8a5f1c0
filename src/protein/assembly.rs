//! Biological assemblies: which chains of a file, laid how, make the whole.

use crate::numeric::{Frame, Vec3};

/// A biological assembly as its file describes it (`REMARK 350`, `_pdbx_struct_assembly_gen`).
#[derive(Debug, Clone, PartialEq)]
pub struct Assembly {
    /// The file's name for it: `1`, `PAU`.
    pub id: String,
    pub copies: Vec<Copies>,
}

/// Chains, and where copies of them lie.
#[derive(Debug, Clone, PartialEq)]
pub struct Copies {
    /// Names as the file lists them: author's in PDB files, `label_asym_id` in mmCIF.
    pub chains: Vec<String>,
    /// A copy each: `rotation * p + origin` in Å.
    pub operators: Vec<Frame>,
}

/// Why an assembly cannot be what stands around the residues under study.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssemblyError {
    /// The file describes others, or none.
    #[error("there is no assembly '{asked}'; {name} {}", described(.known))]
    Unknown {
        asked: String,
        /// Of the structure.
        name: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// A chain under study is no part of it.
    #[error("chain {chain} is not in assembly {assembly}{}", elsewhere(.within))]
    Outside {
        chain: String,
        assembly: String,
        /// Assemblies that it is in.
        within: Vec<String>,
    },
    /// The chains under study do not lie in it as they lie in the file.
    #[error(
        "chains {} do not lie in assembly {assembly} as they lie in the file; choose one of them",
        .chains.join(", ")
    )]
    Apart {
        chains: Vec<String>,
        assembly: String,
    },
}

fn described(known: &[String]) -> String {
    if known.is_empty() {
        "describes none".to_owned()
    } else {
        format!("has {}", known.join(", "))
    }
}

fn elsewhere(within: &[String]) -> String {
    if within.is_empty() {
        "; it is in none".to_owned()
    } else {
        format!("; it is in {}", within.join(", "))
    }
}

/// Å and parts of a rotation by which equal operators may differ: they are written with few digits.
const ROUNDING: f64 = 1e-3;

impl Assembly {
    /// The operators that lay copies of a chain, in order.
    pub(super) fn operators<'a>(&'a self, chain: &'a str) -> impl Iterator<Item = &'a Frame> {
        let has = move |copies: &&Copies| copies.chains.iter().any(|c| c == chain);
        self.copies.iter().filter(has).flat_map(|c| &c.operators)
    }
}

/// Leaves everything where it is.
pub(super) fn identity() -> Frame {
    Frame {
        rotation: nalgebra::Matrix3::identity(),
        origin: Vec3::zeros(),
    }
}

/// First `right`, then `left`.
pub(super) fn product(left: &Frame, right: &Frame) -> Frame {
    Frame {
        rotation: left.rotation * right.rotation,
        origin: left.rotation * right.origin + left.origin,
    }
}

/// What undoes it.
pub(super) fn inverse(operator: &Frame) -> Frame {
    let rotation = operator.rotation.transpose();
    Frame {
        rotation,
        origin: -(rotation * operator.origin),
    }
}

/// Whether two lay things in the same place, but for rounding.
pub(super) fn same(a: &Frame, b: &Frame) -> bool {
    (a.rotation - b.rotation).amax() < ROUNDING && (a.origin - b.origin).amax() < 10.0 * ROUNDING
}
