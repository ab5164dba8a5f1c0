//! The state of the terminal program and how messages change it.
