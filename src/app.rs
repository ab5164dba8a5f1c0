//! The state of the terminal program and how messages change it.
//!
//! `update` is a function of state and message: time, files and results arrive in messages, and what
//! is to be done outside is answered as effects.

pub mod beside;
pub mod collective;
pub mod command;
pub mod completion;
pub mod cursor;
pub mod desk;
pub mod dialog;
pub mod dynamics;
pub mod effect;
pub mod export;
pub mod history;
pub mod job;
pub mod journal;
pub mod keeping;
pub mod kept;
pub mod keymap;
pub mod map_view;
pub mod marks;
pub mod measured;
pub mod message;
pub mod messages;
pub mod pae;
pub mod pair_map;
pub mod palette;
pub mod panel;
pub mod program;
pub mod prompt;
mod residue_rows;
pub mod residues;
pub mod results;
pub mod rows;
#[cfg(test)]
pub(crate) mod samples;
pub mod search;
pub mod settings;
pub mod snapshot;
pub mod state;
pub mod subject;
pub mod surroundings;
pub mod triage;
pub mod update;
pub mod variants;
pub mod view;
pub mod welcome;
pub mod what_if;

pub use command::Command;
pub use effect::Effect;
pub use message::Message;
pub use panel::Panel;
pub use state::State;
pub use subject::Subject;
pub use update::update;
