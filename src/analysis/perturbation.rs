//! Perturbation response, effectors and sensors, DFI, DCI.
