//! What is studied: sequences, structures, the chains taken from them, and the names of their residues
//! and variants.
//!
//! A [`Structure`] is everything read from one file. A [`Protein`] is what one analysis sees: the
//! residues of one or several chains of one model, in chain order, as one list. All results are
//! indexed by the position in that list.

pub mod align;
pub mod alphabet;
pub mod assembly;
pub mod b_column;
pub mod backbone;
pub mod chains;
pub mod construct;
pub mod context;
mod encoding;
pub mod fasta;
pub mod gapless;
mod loaded;
pub mod msa;
pub mod names;
pub mod open;
pub mod pae;
pub mod read;
pub mod secondary;
pub mod select;
pub mod sequence;
pub mod structure;
pub mod touching;

pub use alphabet::AminoAcid;
pub use assembly::{Assembly, AssemblyError};
pub use b_column::BColumn;
pub use backbone::{NoCoordinates, Protein};
pub use chains::{ChainChoice, ChainError, ResidueError};
pub use construct::{Construct, ConstructError, Mapping};
pub use context::Context;
pub use fasta::FastaError;
pub use msa::Msa;
pub use names::{Substitution, Variant};
pub use open::Opened;
pub use pae::Pae;
pub use secondary::SecondaryStructure;
pub use sequence::{Sequence, SequenceError};
pub use structure::{
    Around, Atom, Chain, Method, Model, Neighbour, NeighbourKind, Reference, Residue, ResidueId,
    SetAside, Structure,
};
