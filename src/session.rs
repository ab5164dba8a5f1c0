//! What needs no terminal: files opened and written for a state, kept sessions, a journal carried out.

pub mod folders;
pub mod kept;
pub mod open;
pub mod read;
pub mod replay;
pub mod save;
