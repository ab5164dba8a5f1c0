//! How far each residue moves: RMSF, anisotropy, hinges, domains.
