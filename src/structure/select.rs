//! The selection language: `chain A and resi 20-60 and not ss H`, `within 8 of resi 42`, `byres …`.
