//! The motion network: 3 × 3 Gaussians from invariant features of a backbone.
