//! Trains the weights that ship, from the training data.
