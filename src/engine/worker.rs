//! One thread that owns the engine: submit, supersede, cancel, progress, crash.
