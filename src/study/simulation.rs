//! A simulation of one's own as a question: its files and which of their frames.

use std::path::PathBuf;

use crate::numeric::Profile;

/// Trajectories of the structure that is studied.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SimulationRun {
    /// XTC, TRR, DCD or multi-model files, each a run; the runs are taken together.
    pub files: Vec<PathBuf>,
    /// Which frames of each.
    pub frames: FrameRange,
    /// The file of the structure, whose atoms are counted as the trajectory's; `None` where there is no file.
    pub topology: Option<PathBuf>,
}

/// Frames of a run, counted from 1: `first:last:stride`, each part may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameRange {
    pub first: usize,
    /// The last one that may be taken; `None` = the last of the run.
    pub last: Option<usize>,
    pub stride: usize,
}

impl Default for FrameRange {
    fn default() -> Self {
        Self {
            first: 1,
            last: None,
            stride: 1,
        }
    }
}

impl FrameRange {
    /// The frames of a run of so many, from 0.
    pub fn of(self, count: usize) -> impl Iterator<Item = usize> {
        let last = self.last.map_or(count, |last| last.min(count));
        (self.first - 1..last).step_by(self.stride)
    }
}

impl std::str::FromStr for FrameRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let whole = Self::default();
        let number = |text: &str| match text.trim() {
            "" => Ok(None),
            number => number.parse().map(Some).map_err(|_| ()),
        };
        let parts: Result<Vec<Option<usize>>, ()> = text.split(':').map(number).collect();
        let parts = parts.unwrap_or_default();
        let at = |k: usize| parts.get(k).copied().flatten();
        let range = Self {
            first: at(0).unwrap_or(whole.first),
            last: at(1),
            stride: at(2).unwrap_or(whole.stride),
        };
        let is_sound = (2..=3).contains(&parts.len())
            && range.first > 0
            && range.stride > 0
            && range.last.is_none_or(|last| last >= range.first);
        is_sound.then_some(range).ok_or_else(|| {
            format!("'{text}': write FIRST:LAST:STRIDE, counted from 1, as in 101:2000:10 or 101:")
        })
    }
}

impl std::fmt::Display for FrameRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let last = self.last.map(|last| last.to_string());
        write!(
            f,
            "{}:{}:{}",
            self.first,
            last.unwrap_or_default(),
            self.stride
        )
    }
}

/// What was read of a simulation.
#[derive(Debug, Clone, PartialEq)]
pub struct RunReport {
    /// Where each frame stands: the file's place in [`SimulationRun::files`] and the frame, from 0.
    pub frames: Vec<(usize, usize)>,
    /// Root mean square distance of the Cα of each frame from the structure in Å, all superposed alike.
    pub rmsd_angstrom: Profile,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_chosen_as_written() {
        let frames = |text: &str, count| {
            let range: Result<FrameRange, String> = text.parse();
            range.map(|r| r.of(count).collect::<Vec<usize>>())
        };
        assert_eq!(frames("::", 3), Ok(vec![0, 1, 2]));
        assert_eq!(frames("2:", 3), Ok(vec![1, 2]));
        assert_eq!(frames("1:9:4", 20), Ok(vec![0, 4, 8]));
        assert_eq!(frames("5:100", 3), Ok(vec![]));
        for wrong in ["", "7", "0:3", "3:2", "1:5:0", "a:b", "1:2:3:4"] {
            assert!(frames(wrong, 9).is_err(), "{wrong}");
        }
        let shown = FrameRange {
            first: 2,
            last: Some(8),
            stride: 3,
        }
        .to_string();
        assert_eq!(
            shown.parse::<FrameRange>().map(|r| r.to_string()),
            Ok("2:8:3".to_owned())
        );
    }
}
