//! From bytes to text: gzip, encodings, line ends; formats that are not read, by name.

use std::io::Read as _;

use super::refusal::Refusal;
use crate::protein::encoding::utf16;

/// Bytes a compressed file may grow to.
const MAX_UNPACKED: u64 = 4 << 30;
/// Structures shrink to a fifth, the most regular ones to a twentieth.
const MOST_GROWTH: u64 = 100;
const SMALL: u64 = 1 << 20;

/// Signatures of packed files and of binary formats.
const FOREIGN: [(&[u8], &str); 5] = [
    (b"PK\x03\x04", "zip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x1f\x9d", "compress (.Z)"),
];

pub(super) fn unpack(bytes: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    if let Some((_, format)) = FOREIGN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(Refusal::Compression(format));
    }
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(None);
    }
    let most = MAX_UNPACKED.min(SMALL + MOST_GROWTH * bytes.len() as u64);
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes)
        .take(most)
        .read_to_end(&mut unpacked)
        .map_err(|e| Refusal::Gzip(e.to_string()))?;
    if unpacked.len() as u64 == most {
        return Err(Refusal::Gzip("it unpacks without end".to_owned()));
    }
    Ok(Some(unpacked))
}

/// One character a byte, so that columns stay columns; `?` for what is not ASCII.
pub(super) fn ascii(bytes: &[u8]) -> Result<String, Refusal> {
    let recoded: Option<Vec<u8>> = utf16(bytes).map(|units| {
        let byte = |unit| u8::try_from(unit).unwrap_or(b'?');
        units.into_iter().map(byte).collect()
    });
    let bytes = recoded.as_deref().unwrap_or(bytes);
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Refusal::Empty);
    }
    if let Some(refusal) = binary(bytes) {
        return Err(refusal);
    }
    let old_mac = !bytes.contains(&b'\n');
    let text = bytes.iter().map(|&b| match b {
        b'\r' if old_mac => '\n',
        b'\0' => ' ',
        _ if b.is_ascii() => b as char,
        _ => '?',
    });
    Ok(text.collect())
}

/// One byte a character, and lines that end as they should.
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    bytes.is_ascii() && bytes.contains(&b'\n') && !bytes.contains(&b'\0')
}

fn binary(bytes: &[u8]) -> Option<Refusal> {
    let start = &bytes[..bytes.len().min(4096)];
    let holds = |word: &[u8]| start.windows(word.len()).any(|w| w == word);
    if holds(b"dataBlocks") && holds(b"encoder") && !start.starts_with(b"{") {
        return Some(Refusal::Format(
            "BinaryCIF",
            "fetch the entry as .cif, or save it as mmCIF in PyMOL or ChimeraX",
        ));
    }
    if holds(b"mmtfVersion") {
        return Some(Refusal::Format("MMTF", "fetch the entry as .cif"));
    }
    (start.split(|b| *b == 0).count() > 9).then_some(Refusal::Binary)
}

/// Formats of text that hold coordinates and are not read.
pub(super) fn foreign(text: &str) -> Option<Refusal> {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or("");
    let second = lines.next().unwrap_or("").trim();
    let third = lines.next().unwrap_or("");
    let whole = text.get(..text.len().min(4096)).unwrap_or("");
    let (name, how) = if second.parse::<usize>().is_ok() && is_gro_atom(third) {
        (
            "GROMACS .gro",
            "convert it: gmx editconf -f FILE.gro -o FILE.pdb",
        )
    } else if whole.contains("@<TRIPOS>") {
        ("mol2", "convert it: obabel FILE.mol2 -O FILE.pdb")
    } else if whole.contains("V2000") || whole.contains("V3000") {
        (
            "SDF/MOL",
            "it holds small molecules; give the protein as PDB or mmCIF",
        )
    } else if whole.contains("%VERSION") && whole.contains("%FLAG") {
        (
            "Amber topology (prmtop)",
            "it has no coordinates; write a PDB file: cpptraj or ambpdb",
        )
    } else if first.starts_with("PSF") {
        (
            "PSF",
            "it has no coordinates; give the PDB file of the same atoms",
        )
    } else if text.trim_start().starts_with('{') {
        ("JSON", "give the structure as PDB or mmCIF")
    } else if text.trim_start().starts_with('<') {
        (
            "HTML or XML",
            "a page was saved in place of the file, or PDBML; fetch the entry as .cif",
        )
    } else if first.trim().parse::<usize>().is_ok() && third.split_ascii_whitespace().count() == 4 {
        (
            "XYZ",
            "it has no residues; give the structure as PDB or mmCIF",
        )
    } else {
        return None;
    };
    Some(Refusal::Format(name, how))
}

/// Residue number, residue, atom, atom number, three coordinates in nm with their points at equal
/// distances.
fn is_gro_atom(line: &str) -> bool {
    let points: Vec<usize> = line
        .char_indices()
        .filter(|(at, c)| *at >= 20 && *c == '.')
        .map(|(at, _)| at)
        .collect();
    let number = line
        .get(..5)
        .is_some_and(|n| n.trim().parse::<u32>().is_ok());
    number && points.len() >= 3 && points[1] - points[0] == points[2] - points[1]
}
