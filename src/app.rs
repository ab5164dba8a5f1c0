//! The state of the terminal program and how messages change it.
//!
//! `update` is a function of state and message: time, files and results arrive in messages, and what
//! is to be done outside is answered as effects.

pub mod collective;
pub mod command;
pub mod completion;
pub mod cursor;
pub mod effect;
pub mod export;
pub mod history;
pub mod job;
pub mod journal;
pub mod keeping;
pub mod keymap;
pub mod marks;
pub mod measured;
pub mod message;
pub mod palette;
pub mod panel;
pub mod prompt;
pub mod results;
#[cfg(test)]
pub(crate) mod samples;
pub mod search;
pub mod settings;
pub mod state;
pub mod subject;
pub mod triage;
pub mod update;
pub mod what_if;

pub use command::Command;
pub use effect::Effect;
pub use message::Message;
pub use panel::Panel;
pub use state::State;
pub use subject::Subject;
pub use update::update;
