//! GROMACS's TRR: coordinates in nm as they are, in single or double precision, big-endian; frames may have
//! velocities and forces, or these alone.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::{BETWEEN_CHECKS, Fault, Format, Index, Pick, be_i32, invalid, size_of};
use crate::numeric::Vec3;
use crate::progress::Checkpoint;

pub(super) const MAGIC: i32 = 1993;

/// Bytes before the version's text: magic number and two lengths.
const HEAD: usize = 12;
/// Thirteen whole numbers: sizes of the blocks in bytes, atoms, step, entries.
const SIZES: usize = 52;
const ANGSTROM_PER_NM: f64 = 10.0;

pub(super) fn index(
    file: &mut BufReader<File>,
    length: u64,
    checkpoint: &dyn Checkpoint,
) -> Result<Index, Fault> {
    let mut index = Index {
        format: Format::Trr(4),
        atoms: 0,
        frames: Vec::new(),
        cut: None,
    };
    let (mut at, mut number) = (0, 0_usize);
    while at < length {
        if number.is_multiple_of(BETWEEN_CHECKS) {
            checkpoint.reached((at >> 10) as usize, (length >> 10) as usize)?;
        }
        number += 1;
        let found = match frame(file, at) {
            Ok(found) if found.end <= length => found,
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
                index.cut = Some(format!("what follows is no frame ({error})"));
                break;
            }
            _ => {
                index.cut = Some("the last frame is cut off".to_owned());
                break;
            }
        };
        if let Some((size, places)) = found.positions {
            if index.frames.is_empty() {
                (index.atoms, index.format) = (found.atoms, Format::Trr(size));
            } else if index.atoms != found.atoms || index.format != Format::Trr(size) {
                index.cut = Some("a frame of another size follows".to_owned());
                break;
            }
            index.frames.push(places);
        }
        let here = file.stream_position()?;
        file.seek_relative((found.end - here) as i64)?;
        at = found.end;
    }
    Ok(index)
}

struct Found {
    atoms: usize,
    /// Size of a number, and where the positions are; a frame may have none.
    positions: Option<(usize, (u64, u64))>,
    end: u64,
}

fn frame(file: &mut BufReader<File>, at: u64) -> io::Result<Found> {
    let mut head = [0; HEAD];
    file.read_exact(&mut head)?;
    let text = size_of(be_i32(&head, 8))?.next_multiple_of(4);
    if be_i32(&head, 0) != MAGIC || text > 64 {
        return Err(invalid("its header is broken"));
    }
    let mut rest = vec![0; text as usize + SIZES];
    file.read_exact(&mut rest)?;
    let sizes = &rest[text as usize..];
    // In the order of the file: inputs, energies, box, virial, pressure, topology, symbols, x, v, f.
    let mut blocks = [0; 10];
    for (k, block) in blocks.iter_mut().enumerate() {
        *block = size_of(be_i32(sizes, 4 * k))?;
    }
    let atoms = size_of(be_i32(sizes, 40))?;
    let (box_size, x, v, f) = (blocks[2], blocks[7], blocks[8], blocks[9]);
    let of_vectors = [x, v, f].into_iter().find(|b| *b > 0);
    let number = match (box_size, of_vectors) {
        (0, Some(block)) if atoms > 0 => block / (3 * atoms),
        (size, _) => size / 9,
    };
    let is_sound = matches!(number, 4 | 8) && (x == 0 || x == 3 * atoms * number);
    if !is_sound {
        return Err(invalid("its sizes are broken"));
    }
    // Time and lambda follow.
    let body = at + (HEAD + rest.len()) as u64 + 2 * number;
    let from = body + blocks[..7].iter().sum::<u64>();
    Ok(Found {
        atoms: atoms as usize,
        positions: (x > 0).then_some((number as usize, (from, from + x))),
        end: from + x + v + f,
    })
}

pub(super) fn read(
    file: &mut File,
    (from, to): (u64, u64),
    size: usize,
    pick: &Pick,
    out: &mut Vec<Vec3>,
) -> io::Result<()> {
    let mut bytes = vec![0; (to - from) as usize];
    file.seek(SeekFrom::Start(from))?;
    file.read_exact(&mut bytes)?;
    let number = |at: usize| -> f64 {
        let bytes = &bytes[at * size..(at + 1) * size];
        match <[u8; 8]>::try_from(bytes) {
            Ok(eight) => f64::from_be_bytes(eight),
            Err(_) => f64::from(f32::from_bits(be_i32(bytes, 0).cast_unsigned())),
        }
    };
    let position = |atom: &usize| Vec3::from_fn(|k, _| ANGSTROM_PER_NM * number(3 * atom + k));
    out.extend(pick.places.iter().map(position));
    Ok(())
}
