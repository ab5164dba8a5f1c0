//! Why a model cannot be loaded or run.
