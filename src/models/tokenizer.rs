//! ESM-2's alphabet of 33 tokens.
