//! Results on disk, by input, model hash and settings.
