//! Trains the weights that ship, from the training data.
//!
//! Every network trains by the same means: seeded [`parameters`], one [`optimizer`] over a flat
//! vector (`AdamW`, clipped, averaged), a [`session`] with schedule, log and resumable checkpoint,
//! and batches made ahead by [`prefetch`]. The networks are those of [`crate::models`].

pub mod optimizer;
pub mod options;
pub mod parameters;
pub mod prefetch;
pub mod session;
