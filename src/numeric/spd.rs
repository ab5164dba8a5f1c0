//! Functions of symmetric positive definite matrices: power, logarithm, Cholesky inverse.
