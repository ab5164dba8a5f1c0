//! From marginals to the Gaussian of the whole chain.

/// How residues move together: W of Σ_ij = S_i W_ij S_j, in a form that can be sampled.
#[derive(Debug, Clone)]
pub enum Joint {
    /// Residues are independent.
    Independent,
}
