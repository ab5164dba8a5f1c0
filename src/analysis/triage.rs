//! The table from which mutants are picked.
