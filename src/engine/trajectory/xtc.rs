//! GROMACS's XTC: compressed coordinates in nm; the crate `molly` takes a frame apart.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{BETWEEN_CHECKS, Fault, Format, Index, Pick, be_i32, invalid, size_of};
use crate::numeric::Vec3;
use crate::progress::Checkpoint;

pub(super) const MAGIC: i32 = 1995;
/// For frames beyond 2³¹ bytes.
pub(super) const MAGIC_2023: i32 = 2023;

/// Bytes up to the second number of atoms.
const HEAD: usize = 56;
/// Bytes from there to the compressed bytes' number: precision, six limits, the first size.
const LIMITS: usize = 32;
/// Frames of fewer atoms are not compressed.
const PLAIN: usize = 9;
const ANGSTROM_PER_NM: f64 = 10.0;

pub(super) fn index(
    file: &mut BufReader<File>,
    length: u64,
    checkpoint: &dyn Checkpoint,
) -> Result<Index, Fault> {
    let mut index = Index {
        format: Format::Xtc,
        atoms: 0,
        frames: Vec::new(),
        cut: None,
    };
    let mut at = 0;
    while at < length {
        if index.frames.len().is_multiple_of(BETWEEN_CHECKS) {
            checkpoint.reached((at >> 10) as usize, (length >> 10) as usize)?;
        }
        match frame(file, at) {
            Ok((atoms, end)) if end <= length && (index.atoms == 0 || index.atoms == atoms) => {
                index.atoms = atoms;
                index.frames.push((at, end));
                let here = file.stream_position()?;
                file.seek_relative((end - here) as i64)?;
                at = end;
            }
            Ok((atoms, end)) if end <= length => {
                index.cut = Some(format!(
                    "a frame of {atoms} atoms after those of {}",
                    index.atoms
                ));
                break;
            }
            Ok(_) => {
                index.cut = Some("the last frame is cut off".to_owned());
                break;
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                index.cut = Some("the last frame is cut off".to_owned());
                break;
            }
            Err(error) => {
                index.cut = Some(format!("what follows is no frame ({error})"));
                break;
            }
        }
    }
    Ok(index)
}

/// Atoms of the frame that begins here, and where it ends.
fn frame(file: &mut BufReader<File>, at: u64) -> io::Result<(usize, u64)> {
    let mut head = [0; HEAD];
    file.read_exact(&mut head)?;
    let magic = be_i32(&head, 0);
    let (atoms, again) = (size_of(be_i32(&head, 4))?, size_of(be_i32(&head, 52))?);
    if !matches!(magic, MAGIC | MAGIC_2023) || atoms != again || atoms == 0 {
        return Err(invalid("its header is broken"));
    }
    let body = at + HEAD as u64;
    if atoms as usize <= PLAIN {
        return Ok((atoms as usize, body + 12 * atoms));
    }
    let mut limits = [0; LIMITS];
    file.read_exact(&mut limits)?;
    let mut bytes = [0; 8];
    let width = if magic == MAGIC { 4 } else { 8 };
    file.read_exact(&mut bytes[8 - width..])?;
    let bytes = u64::from_be_bytes(bytes);
    let end = body + (LIMITS + width) as u64;
    let end = bytes
        .checked_next_multiple_of(4)
        .and_then(|b| end.checked_add(b));
    let end = end.ok_or_else(|| invalid("its size is broken"))?;
    Ok((atoms as usize, end))
}

pub(super) fn read(
    file: &mut File,
    (from, to): (u64, u64),
    pick: &Pick,
    out: &mut Vec<Vec3>,
) -> io::Result<()> {
    let mut bytes = vec![0; (to - from) as usize];
    file.seek(SeekFrom::Start(from))?;
    file.read_exact(&mut bytes)?;
    let mut frame = molly::Frame::default();
    // The decoder trusts what it reads: a broken frame may lead it beyond its tables.
    let decode = || {
        let mut reader = molly::XTCReader::new(Cursor::new(bytes.as_slice()));
        reader.read_frame_with_selection(&mut frame, &pick.mask)
    };
    let decoded = catch_unwind(AssertUnwindSafe(decode));
    decoded.unwrap_or_else(|_| Err(invalid("its compressed coordinates are broken")))?;
    if frame.positions.len() != 3 * pick.places.len() {
        return Err(invalid("it has too few atoms"));
    }
    out.extend(
        frame
            .coords()
            .map(|p| Vec3::from(p.map(f64::from)) * ANGSTROM_PER_NM),
    );
    Ok(())
}
