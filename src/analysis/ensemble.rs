//! Seeded samples of a Gaussian, repaired and judged.
