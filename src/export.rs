//! Pure writers: results in, bytes out.
