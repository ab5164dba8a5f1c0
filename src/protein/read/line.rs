//! Fields of a line by their columns.

/// Characters `from..to`, counted from 0, trimmed.
pub(super) fn columns(line: &str, from: usize, to: usize) -> &str {
    line.get(from..to.min(line.len())).unwrap_or("").trim()
}
