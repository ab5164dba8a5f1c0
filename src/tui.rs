//! The terminal: guard, event loop, effects.
