//! DCD of CHARMM, NAMD, OpenMM and X-PLOR: Fortran records of single-precision coordinates in Å, in the order
//! of bytes of the machine that wrote them.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::{Fault, Format, Index, Pick, invalid};
use crate::numeric::Vec3;

/// The first record: `CORD` and twenty numbers.
const FIRST: i32 = 84;
/// Six doubles and the two lengths of their record.
const CELL: u64 = 56;

/// Whether a file begins so.
pub(super) fn is_one(start: &[u8; 16]) -> bool {
    let length = [start[0], start[1], start[2], start[3]];
    let known = [i32::from_le_bytes(length), i32::from_be_bytes(length)];
    known.contains(&FIRST) && start[4..8] == *b"CORD"
}

pub(super) fn index(file: &mut BufReader<File>, length: u64) -> Result<Index, Fault> {
    let mut first = [0; FIRST as usize + 8];
    file.read_exact(&mut first)?;
    let big_endian = first[..4] == FIRST.to_be_bytes();
    let number = |bytes: &[u8], at: usize| {
        let mut four = [0; 4];
        four.copy_from_slice(&bytes[at..at + 4]);
        if big_endian {
            i32::from_be_bytes(four)
        } else {
            i32::from_le_bytes(four)
        }
    };
    // Behind the record's length and `CORD`.
    let control = |k: usize| number(&first, 8 + 4 * k);
    let (said, fixed) = (control(0), control(8));
    let is_charmm = control(19) != 0;
    let (has_cell, has_fourth) = (is_charmm && control(10) != 0, is_charmm && control(11) == 1);
    if fixed != 0 {
        let reason =
            format!("{fixed} atoms are fixed and left out of its frames; write it with all atoms");
        return Err(invalid(reason).into());
    }
    let title = record(file, big_endian)?;
    if title.len() > 1 << 20 {
        return Err(invalid("its title is broken").into());
    }
    let atoms = record(file, big_endian)?;
    let atoms = if atoms.len() == 4 {
        number(&atoms, 0)
    } else {
        0
    };
    let atoms = u64::try_from(atoms).ok().filter(|n| *n > 0);
    let atoms = atoms.ok_or_else(|| invalid("its number of atoms is broken"))?;
    let start = file.stream_position()?;
    let axis = 4 * atoms + 8;
    let before = if has_cell { CELL } else { 0 };
    let frame = before + axis * if has_fourth { 4 } else { 3 };
    let there = length.saturating_sub(start);
    let count = there / frame;
    let frames = (0..count).map(|k| {
        let from = start + k * frame + before;
        (from, from + 3 * axis)
    });
    let cut = if there % frame != 0 {
        Some("the last frame is cut off".to_owned())
    } else if said > 0 && said as u64 > count {
        Some(format!("its header says {said} frames"))
    } else {
        None
    };
    Ok(Index {
        format: Format::Dcd { big_endian },
        atoms: atoms as usize,
        frames: frames.collect(),
        cut,
    })
}

/// A record between its two lengths.
fn record(file: &mut BufReader<File>, big_endian: bool) -> io::Result<Vec<u8>> {
    let mut length = || -> io::Result<u32> {
        let mut four = [0; 4];
        file.read_exact(&mut four)?;
        Ok(if big_endian {
            u32::from_be_bytes(four)
        } else {
            u32::from_le_bytes(four)
        })
    };
    let before = length()?;
    if before > 1 << 24 {
        return Err(invalid("a record of its header is broken"));
    }
    let mut bytes = vec![0; before as usize];
    file.read_exact(&mut bytes)?;
    let mut after = [0; 4];
    file.read_exact(&mut after)?;
    let agrees = after == before.to_le_bytes() || after == before.to_be_bytes();
    agrees
        .then_some(bytes)
        .ok_or_else(|| invalid("a record of its header is broken"))
}

pub(super) fn read(
    file: &mut File,
    from: u64,
    (atoms, big_endian): (usize, bool),
    pick: &Pick,
    out: &mut Vec<Vec3>,
) -> io::Result<()> {
    let axis = 4 * atoms + 8;
    let mut bytes = vec![0; 3 * axis];
    file.seek(SeekFrom::Start(from))?;
    file.read_exact(&mut bytes)?;
    let number = |at: usize| {
        let mut four = [0; 4];
        four.copy_from_slice(&bytes[at..at + 4]);
        if big_endian {
            u32::from_be_bytes(four)
        } else {
            u32::from_le_bytes(four)
        }
    };
    if (0..3).any(|k| number(k * axis) as usize != 4 * atoms) {
        return Err(invalid(
            "its records have other lengths than its atoms need",
        ));
    }
    let coordinate =
        |atom: usize, k: usize| f64::from(f32::from_bits(number(k * axis + 4 + 4 * atom)));
    let position = |atom: &usize| Vec3::from_fn(|k, _| coordinate(*atom, k));
    out.extend(pick.places.iter().map(position));
    Ok(())
}
