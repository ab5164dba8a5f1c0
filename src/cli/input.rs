//! What a command is given: structure files, FASTA files, bare sequences, standard input.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;

use crate::protein::{ChainChoice, Sequence, Structure, fasta, read};

/// What a file holds, and what should be known about it.
type Opened = (Vec<Arc<Structure>>, Vec<String>);

/// Reads what `text` stands for, with what should be known about it.
pub fn open(text: &str) -> anyhow::Result<Opened> {
    if text == "-" {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .context("standard input")?;
        return from_bytes("-", &bytes);
    }
    let path = Path::new(text);
    if !path.exists() && is_bare_sequence(text) {
        let sequence = Sequence::new("sequence", text.to_ascii_uppercase())?;
        return Ok(of_sequences(&[sequence]));
    }
    let bytes = std::fs::read(path).with_context(|| format!("{text}: cannot be read"))?;
    from_bytes(text, &bytes)
}

/// The sequences of a FASTA file, or the letters themselves.
pub fn sequences(text: &str) -> anyhow::Result<Vec<Sequence>> {
    let (inputs, _) = open(text)?;
    let sequence = |input: Arc<Structure>| {
        let protein = input.protein(0, &ChainChoice::First)?;
        anyhow::ensure!(
            !protein.has_coordinates(),
            "{text}: a structure; give a FASTA file or the letters of a sequence"
        );
        Ok(Sequence::new(protein.name.clone(), protein.letters())?)
    };
    inputs.into_iter().map(sequence).collect()
}

fn from_bytes(name: &str, bytes: &[u8]) -> anyhow::Result<Opened> {
    let unpacked = unpacked_start(bytes);
    let start = String::from_utf8_lossy(&unpacked);
    if is_fasta(name, &start) {
        return Ok(of_sequences(&fasta::parse(name, bytes)?));
    }
    if name == "-" && is_bare_sequence(start.trim()) {
        let sequence = Sequence::new("stdin", start.trim().to_ascii_uppercase())?;
        return Ok(of_sequences(&[sequence]));
    }
    let (structure, warnings) = read::read_bytes(name, bytes)?;
    Ok((vec![Arc::new(structure)], texts(&warnings)))
}

fn of_sequences(sequences: &[Sequence]) -> Opened {
    let structures = sequences.iter().map(Structure::of_sequence).map(Arc::new);
    (structures.collect(), Vec::new())
}

fn texts(warnings: &[impl ToString]) -> Vec<String> {
    warnings.iter().map(ToString::to_string).collect()
}

/// The first bytes of the content, behind gzip too.
fn unpacked_start(bytes: &[u8]) -> Vec<u8> {
    const ENOUGH: u64 = 64 << 10;
    let mut start = Vec::new();
    let read = if bytes.starts_with(&[0x1f, 0x8b]) {
        let unpacked = flate2::read::MultiGzDecoder::new(bytes);
        unpacked.take(ENOUGH).read_to_end(&mut start)
    } else {
        bytes.take(ENOUGH).read_to_end(&mut start)
    };
    if let Err(error) = read {
        log::debug!("the start of the content: {error}");
    }
    start
}

fn is_fasta(name: &str, start: &str) -> bool {
    let stem = name.strip_suffix(".gz").unwrap_or(name);
    let extension = Path::new(stem)
        .extension()
        .map(|e| e.to_string_lossy().to_ascii_lowercase());
    start.trim_start().starts_with('>')
        || extension.is_some_and(|e| matches!(e.as_str(), "fa" | "fasta" | "faa" | "fas"))
}

/// At least ten letters, all of them residues: a shorter word is a file that is not there.
fn is_bare_sequence(text: &str) -> bool {
    text.len() >= 10 && text.chars().all(|c| c.is_ascii_alphabetic())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_told_from_a_missing_file() {
        let (inputs, _) = open("MKTAYIAKQRQISFVKSHFSRQ").unwrap();
        assert_eq!(inputs[0].protein(0, &ChainChoice::First).unwrap().len(), 22);
        for missing in ["1ake.pdb", "protein", "no/such/file"] {
            let text = format!("{:#}", open(missing).unwrap_err());
            assert!(text.contains(missing), "{text}");
        }
    }
}
