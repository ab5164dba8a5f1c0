//! DynaProt: Gaussian dynamics from a structure (Bafna, Jing, Berger 2025).
