//! The characters of a text file: UTF-8, UTF-16, or Latin-1 where it is neither.

use std::borrow::Cow;

/// Bytes that are looked at to tell UTF-16 without a mark.
const START: usize = 512;

/// The text without its mark, and what was found out about it.
pub(super) fn characters(bytes: &[u8]) -> (Cow<'_, str>, Option<&'static str>) {
    if let Some(units) = utf16(bytes) {
        let text = String::from_utf16_lossy(&units);
        return (Cow::Owned(text), Some("read as UTF-16"));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return (String::from_utf8_lossy(rest), None);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), None),
        Err(_) => (
            bytes.iter().map(|&b| char::from(b)).collect(),
            Some("not UTF-8; read as Latin-1"),
        ),
    }
}

/// The units of UTF-16, without the mark; `None` for anything else.
pub(super) fn utf16(bytes: &[u8]) -> Option<Vec<u16>> {
    let (is_little, body) = match bytes {
        [0xff, 0xfe, rest @ ..] => (true, rest),
        [0xfe, 0xff, rest @ ..] => (false, rest),
        _ => (is_little_endian(bytes)?, bytes),
    };
    let unit = |pair: &[u8]| {
        let pair = [pair[0], pair[1]];
        if is_little {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        }
    };
    Some(body.chunks_exact(2).map(unit).collect())
}

/// By nearly every other byte being zero; `None` where it is no UTF-16.
fn is_little_endian(bytes: &[u8]) -> Option<bool> {
    let start = &bytes[..bytes.len().min(START) & !1];
    let zeros = |parity: usize| {
        let bytes = start.iter().skip(parity).step_by(2);
        bytes.filter(|b| **b == 0).count()
    };
    let most = start.len() * 2 / 5;
    match (start.len() > 3, zeros(0), zeros(1)) {
        (true, 0, odd) if odd >= most => Some(true),
        (true, even, 0) if even >= most => Some(false),
        _ => None,
    }
}
