//! Frames of simulations: XTC, TRR and DCD files, told by their content. A file is indexed once; frames are
//! then read in any order, by several threads, each with a handle of its own.

mod dcd;
mod trr;
mod xtc;

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use crate::numeric::Vec3;
use crate::progress::{Cancelled, Checkpoint};

/// Why a trajectory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrajectoryError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("{file}: {reason}")]
    Unreadable { file: String, reason: String },
    #[error(
        "{file}: no XTC, TRR or DCD file; other formats are converted with `gmx trjconv` or `mdconvert`"
    )]
    Foreign { file: String },
    #[error("{file}, frame {frame}: {reason}")]
    BadFrame {
        file: String,
        /// From 1.
        frame: usize,
        reason: String,
    },
}

/// How frames lie in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Xtc,
    /// The size of a number in bytes, 4 or 8.
    Trr(usize),
    Dcd {
        big_endian: bool,
    },
}

/// The frames of a file by their places.
#[derive(Debug, Clone)]
pub struct Run {
    path: PathBuf,
    format: Format,
    atoms: usize,
    /// Where each frame's coordinates begin and end, in bytes.
    frames: Vec<(u64, u64)>,
    /// What is wrong with the end of the file.
    cut: Option<String>,
}

/// What a format finds in a file.
struct Index {
    format: Format,
    atoms: usize,
    frames: Vec<(u64, u64)>,
    cut: Option<String>,
}

/// The atoms that are wanted of each frame.
#[derive(Debug, Clone)]
pub struct Pick {
    /// By place in the frame, rising.
    places: Vec<usize>,
    mask: molly::selection::AtomSelection,
}

impl Pick {
    /// `places` rise.
    #[must_use]
    pub fn new(places: Vec<usize>) -> Self {
        let list: Vec<u32> = places.iter().map(|p| *p as u32).collect();
        Self {
            mask: molly::selection::AtomSelection::from_index_list(&list),
            places,
        }
    }
}

impl Run {
    /// Looks through a file for its frames.
    ///
    /// # Errors
    /// [`TrajectoryError`] naming the file.
    pub fn open(path: &Path, checkpoint: &dyn Checkpoint) -> Result<Self, TrajectoryError> {
        let name = path.display().to_string();
        let unreadable = |error: io::Error| TrajectoryError::Unreadable {
            file: name.clone(),
            reason: error.to_string(),
        };
        let file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let mut file = BufReader::with_capacity(1 << 17, file);
        let mut start = [0; 16];
        file.read_exact(&mut start)
            .map_err(|_| TrajectoryError::Foreign { file: name.clone() })?;
        file.rewind().map_err(unreadable)?;
        let index = match i32::from_be_bytes([start[0], start[1], start[2], start[3]]) {
            xtc::MAGIC | xtc::MAGIC_2023 => xtc::index(&mut file, length, checkpoint),
            trr::MAGIC => trr::index(&mut file, length, checkpoint),
            _ if dcd::is_one(&start) => dcd::index(&mut file, length),
            _ => return Err(TrajectoryError::Foreign { file: name }),
        };
        let index = index.map_err(|fault| match fault {
            Fault::Cancelled(cancelled) => cancelled.into(),
            Fault::Io(error) => unreadable(error),
        })?;
        if index.frames.is_empty() {
            return Err(TrajectoryError::Unreadable {
                file: name,
                reason: "not a single whole frame with coordinates".to_owned(),
            });
        }
        Ok(Self {
            path: path.to_owned(),
            format: index.format,
            atoms: index.atoms,
            frames: index.frames,
            cut: index.cut,
        })
    }

    /// Atoms of a frame.
    #[must_use]
    pub fn atoms(&self) -> usize {
        self.atoms
    }

    /// Whole frames.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// What is missing at the end of the file.
    #[must_use]
    pub fn cut(&self) -> Option<String> {
        let why = self.cut.as_ref()?;
        Some(format!(
            "{}: {why}; its {} whole frames are used",
            self.path.display(),
            self.len()
        ))
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A handle to read frames with.
    ///
    /// # Errors
    /// The file is gone.
    pub fn handle(&self) -> Result<File, TrajectoryError> {
        File::open(&self.path).map_err(|error| TrajectoryError::Unreadable {
            file: self.path.display().to_string(),
            reason: error.to_string(),
        })
    }

    /// The picked atoms of a frame (from 0) in Å, appended.
    ///
    /// # Errors
    /// A frame that cannot be read or decoded, or whose coordinates are no numbers.
    pub fn read(
        &self,
        file: &mut File,
        frame: usize,
        pick: &Pick,
        out: &mut Vec<Vec3>,
    ) -> Result<(), TrajectoryError> {
        let from = out.len();
        let read = match self.format {
            Format::Xtc => xtc::read(file, self.frames[frame], pick, out),
            Format::Trr(size) => trr::read(file, self.frames[frame], size, pick, out),
            Format::Dcd { big_endian } => dcd::read(
                file,
                self.frames[frame].0,
                (self.atoms, big_endian),
                pick,
                out,
            ),
        };
        let bad = |reason: String| TrajectoryError::BadFrame {
            file: self.path.display().to_string(),
            frame: frame + 1,
            reason,
        };
        read.map_err(|error| bad(error.to_string()))?;
        if !out[from..].iter().all(|p| p.iter().all(|x| x.is_finite())) {
            return Err(bad("a coordinate is no number".to_owned()));
        }
        Ok(())
    }
}

/// What ends the search for frames.
enum Fault {
    Cancelled(Cancelled),
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Cancelled> for Fault {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}

/// Frames between two looks at whether anybody still waits.
const BETWEEN_CHECKS: usize = 1024;

fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

fn be_i32(bytes: &[u8], at: usize) -> i32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    i32::from_be_bytes(four)
}

/// A size from a file, which may be nonsense.
fn size_of(number: i32) -> io::Result<u64> {
    u64::try_from(number).map_err(|_| invalid(format!("a size of {number}")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
