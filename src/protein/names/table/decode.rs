//! The text of a file: unpacked, in whatever encoding, without control characters.

use std::io::Read as _;

use super::TableError;
use crate::protein::encoding::characters;

/// More than a list of every variant of every protein of an organism.
const MOST: u64 = 4 << 30;

/// Text, and what was found out about its encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    pub text: String,
    pub remark: Option<&'static str>,
}

/// The text of a table: plain or gzip; UTF-8, UTF-16 or, where it is neither, Latin-1. Control
/// characters are shown, so that none reaches a terminal.
///
/// # Errors
/// [`TableError`] when it is damaged, or no text at all.
pub fn decode(bytes: &[u8]) -> Result<Decoded, TableError> {
    let mut unpacked = Vec::new();
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(bytes)
            .take(MOST)
            .read_to_end(&mut unpacked)
            .map_err(|e| TableError::Damaged(e.to_string()))?;
        &unpacked
    } else {
        bytes
    };
    if let Some(format) = foreign(bytes) {
        return Err(TableError::Foreign(format));
    }
    let (text, remark) = characters(bytes);
    if text.trim_start().starts_with(['{', '<']) {
        let format = if text.trim_start().starts_with('<') {
            "a web page or XML"
        } else {
            "JSON"
        };
        return Err(TableError::Foreign(format));
    }
    Ok(Decoded {
        text: shown(&text),
        remark,
    })
}

fn foreign(bytes: &[u8]) -> Option<&'static str> {
    let formats = [
        (&b"PK\x03\x04"[..], "an Excel workbook or zip archive"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
        (b"BZh", "a bzip2 file"),
        (b"\xfd7zXZ", "an xz file"),
        (b"\x28\xb5\x2f\xfd", "a zstd file"),
        (b"%PDF", "a PDF"),
        (b"PAR1", "a Parquet file"),
    ];
    let found = formats.iter().find(|(magic, _)| bytes.starts_with(magic));
    found.map(|(_, format)| *format)
}

/// Control characters as they are written, and what stands for plain quotes or for nothing as that.
fn shown(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}') {
            // Has no width: word processors leave it behind.
            continue;
        }
        let c = match c {
            '“' | '”' | '„' => '"',
            '‘' | '’' => '\'',
            other => other,
        };
        if c.is_control() && !matches!(c, '\n' | '\r' | '\t') {
            clean.extend(c.escape_default());
        } else {
            clean.push(c);
        }
    }
    clean
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "mutant,score\nQ2A,−0.3\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            [b"\xff\xfe", little.as_slice()].concat(),
            [b"\xfe\xff", big.as_slice()].concat(),
            little,
            big,
            packed.finish().unwrap(),
        ] {
            assert_eq!(decode(&bytes).unwrap().text, text);
        }
        let typeset = "\u{feff}“Q2A”\u{200b},‘x’\n".as_bytes();
        assert_eq!(decode(typeset).unwrap().text, "\"Q2A\",'x'\n");
        let latin = decode(b"mutant,\xe9\nQ2A,1\n").unwrap();
        assert_eq!(latin.text, "mutant,é\nQ2A,1\n");
        assert!(latin.remark.unwrap().contains("Latin-1"));
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        for (bytes, wanted) in [
            (&b"PK\x03\x04rest"[..], "Excel"),
            (b"<!DOCTYPE html><p>log in", "web page"),
            (b"{\"mutant\": 1}", "JSON"),
            (b"\x1f\x8b\x08broken", "damaged"),
        ] {
            let error = decode(bytes).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
        assert_eq!(
            decode(b"Q2A\x1b]0;x\x07").unwrap().text,
            "Q2A\\u{1b}]0;x\\u{7}"
        );
    }
}
