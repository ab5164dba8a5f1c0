//! Reading safetensors strictly: every tensor asked for is there, and every tensor there is asked for.
