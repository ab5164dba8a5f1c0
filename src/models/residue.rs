//! The residue network: which residue fits a place of a backbone.
