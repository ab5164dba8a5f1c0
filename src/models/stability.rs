//! ΔΔG of every single substitution, on top of the residue network.
