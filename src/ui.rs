//! The picture of a state.
