//! Trains the weights that ship, from the training data.
//!
//! Every network trains by the same means: seeded [`parameters`], one [`optimizer`] over a flat
//! vector (`AdamW`, clipped, averaged), a [`session`] with schedule, log and resumable checkpoint,
//! and batches made ahead by [`prefetch`]. The networks are those of [`crate::models`].

pub mod chains;
pub mod domains;
pub mod dynaprot;
pub mod motion;
pub mod optimizer;
pub mod options;
pub mod pack;
pub mod parameters;
pub mod perceptron;
pub mod prefetch;
pub mod residue;
pub mod session;
pub mod stability;

use std::io::Write;

/// Which network to train.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Command {
    /// Which residue fits a site: recover the hidden residues of known chains.
    Residue(residue::Args),
    /// What a substitution costs: the residue network, fine-tuned on measured ΔΔG.
    Stability(stability::Args),
    /// How far and which way every residue moves: B-factors, displacement tensors, NMR bundles.
    Motion(Box<motion::MotionOptions>),
    /// DynaProt on the same data: its marginal or its joint network.
    Dynaprot(dynaprot::DynaProtOptions),
    /// Put trained weights among those that ship.
    Pack(pack::Args),
}

impl Command {
    /// Trains; progress goes to `progress`.
    ///
    /// # Errors
    /// Those of the data, the device and the files.
    pub fn run(&self, progress: &mut dyn Write) -> anyhow::Result<()> {
        match self {
            Self::Residue(args) => residue::run(args, progress),
            Self::Stability(args) => stability::run(args, progress),
            Self::Motion(options) => motion::train(options, progress),
            Self::Dynaprot(options) => dynaprot::train(options, progress),
            Self::Pack(args) => pack::run(args, progress),
        }
    }
}
