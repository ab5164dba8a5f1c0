//! Scores of every single substitution, and of several at once.
