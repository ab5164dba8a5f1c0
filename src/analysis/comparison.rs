//! Prediction against experiment: B-factors, ANISOU, NMR ensembles.
