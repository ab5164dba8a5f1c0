//! PAE as an array of NumPy: `pae` in an npz archive (Boltz, Chai), or an npy file alone.

use std::io::{self, BufRead, Cursor, Read};

use npyz::npz::NpzArchive;
use npyz::{NpyFile, Order};

use super::{Content, MOST_TOKENS};

/// Bytes of an archive that are read at most: a PAE of doubles, and what stands beside it.
const MOST_BYTES: u64 = 2 * 8 * (MOST_TOKENS * MOST_TOKENS) as u64;

pub(super) fn npz(from: impl BufRead) -> io::Result<Option<Content>> {
    let mut bytes = Vec::new();
    from.take(MOST_BYTES).read_to_end(&mut bytes)?;
    let mut archive = NpzArchive::new(Cursor::new(bytes))?;
    match archive.by_name("pae")? {
        Some(array) => square(array).map(Some),
        None => Ok(None),
    }
}

pub(super) fn npy(from: impl BufRead) -> io::Result<Content> {
    square(NpyFile::new(from)?)
}

/// The numbers of an array of (N, N), or of one such in a batch.
fn square<R: Read>(array: NpyFile<R>) -> io::Result<Content> {
    let invalid = |text: String| io::Error::new(io::ErrorKind::InvalidData, text);
    let shape: Vec<u64> = array.shape().to_vec();
    let sides = match shape[..] {
        [rows, columns] | [1, rows, columns] if rows == columns => columns,
        _ => {
            return Err(invalid(format!(
                "the PAE has the shape {shape:?}, not (N, N)"
            )));
        }
    };
    let columns = usize::try_from(sides).unwrap_or(usize::MAX);
    if columns > MOST_TOKENS {
        return Err(invalid(format!(
            "a PAE of more than {MOST_TOKENS} residues is not read"
        )));
    }
    let order = array.order();
    let Some(mut values) = numbers(array)? else {
        return Err(invalid("the PAE is not of floating-point numbers".into()));
    };
    if order == Order::Fortran {
        let written = values.clone();
        for (at, value) in values.iter_mut().enumerate() {
            *value = written[(at % columns) * columns + at / columns];
        }
    }
    Ok(Content {
        values,
        columns,
        ..Content::default()
    })
}

fn numbers<R: Read>(array: NpyFile<R>) -> io::Result<Option<Vec<f32>>> {
    let array = match array.try_data::<f32>() {
        Ok(numbers) => return numbers.collect::<io::Result<_>>().map(Some),
        Err(other) => other,
    };
    match array.try_data::<f64>() {
        Ok(numbers) => numbers
            .map(|n| n.map(|n| n as f32))
            .collect::<io::Result<_>>()
            .map(Some),
        Err(_) => Ok(None),
    }
}
