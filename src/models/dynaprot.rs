//! DynaProt: Gaussian dynamics from backbone frames by invariant point attention (Bafna, Jing and
//! Berger 2025, arXiv 2509.01038). Marginal network: a 3 × 3 covariance a residue in its local frame.
//! Joint network: an N × N coupling. The authors' layout of weights and configuration is read as it is;
//! residual connections and norms are switches of ours.

mod attention;
mod config;
mod frames;
mod network;
mod pairs;

use std::borrow::Borrow;
use std::path::Path;

use candle_core::Tensor;

use super::device::Compute;
use super::error::{ModelError, check_finite};
use super::kernels::read::numbers;
use super::layers::Pass;
use super::weights::WeightsFile;
use crate::numeric::{Covariance3, Frame, Matrix};
use crate::progress::{Checkpoint, Part};
use crate::protein::Protein;
pub use config::Convention;
pub(crate) use config::{Config, Which};
pub(crate) use frames::Frames;
pub(crate) use network::{Joint, Marginal};

/// Part of the work that the marginals are.
const MARGINALS: f64 = 0.05;
/// Most residues for the coupling: its maps of all pairs take 0.8 kB a pair (published sizes 1.5 kB), 2 to 3.5 GB
/// here.
pub const LARGEST_JOINT: usize = 1500;
/// The folders of the published weights, marginals and coupling.
pub const PUBLISHED: [&str; 2] = ["dynaprot-M", "dynaprot-J"];
/// The order of residue types.
const LETTERS: &str = "ARNDCQEGHILKMFPSTWYV";

/// The loaded networks.
#[derive(Debug)]
pub struct DynaProt {
    marginal: Marginal,
    joint: Option<Joint>,
    compute: Compute,
    weights_sha256: String,
    /// What every marginal is multiplied by.
    square_scale: f64,
    convention: Convention,
}

/// What the networks say of a protein of N residues.
#[derive(Debug, Clone, PartialEq)]
pub struct DynaProtOutput {
    /// Covariances in the local frames, Å²; `None` where the residue has no frame.
    pub local_marginals: Vec<Option<Covariance3>>,
    /// (N, N) in Å², NaN where a residue has no frame; `None` without a joint network.
    pub coupling: Option<Matrix>,
}

impl DynaProt {
    /// Loads `marginal.safetensors` and `marginal.config.json` of a folder, and `joint.*` where they are; or
    /// the published weights, whose folder holds [`PUBLISHED`].
    ///
    /// # Errors
    /// When a file is missing, damaged, or does not fit its configuration.
    pub fn load(folder: &Path, compute: &Compute) -> Result<Self, ModelError> {
        let [marginal, joint] = PUBLISHED.map(|name| folder.join(name));
        if marginal.is_dir() {
            let joint = if joint.is_dir() {
                Some(published(&joint, Which::Joint)?)
            } else {
                None
            };
            return Self::build(published(&marginal, Which::Marginal)?, joint, compute);
        }
        let part = |name: &str| -> Result<(WeightsFile, String), ModelError> {
            let path = folder.join(format!("{name}.config.json"));
            let json = std::fs::read_to_string(&path)
                .map_err(|source| ModelError::Io { file: path, source })?;
            let file = WeightsFile::open(&folder.join(format!("{name}.safetensors")))?;
            Ok((file, json))
        };
        let joint = if folder.join("joint.safetensors").exists() {
            Some(part("joint")?)
        } else {
            None
        };
        let (file, json) = part("marginal")?;
        Self::from_files(
            (&file, &json),
            joint.as_ref().map(|(file, json)| (file, &json[..])),
            compute,
        )
    }

    /// Loads opened weights, each with the text of its configuration.
    ///
    /// # Errors
    /// When the weights do not fit their configuration.
    pub fn from_files(
        marginal: (&WeightsFile, &str),
        joint: Option<(&WeightsFile, &str)>,
        compute: &Compute,
    ) -> Result<Self, ModelError> {
        let config = |(file, json): (&WeightsFile, &str)| Config::parse(file.name(), json);
        let joint = match joint {
            Some(joint) => Some((joint.0, config(joint)?)),
            None => None,
        };
        Self::build((marginal.0, config(marginal)?), joint, compute)
    }

    fn build<F: Borrow<WeightsFile>>(
        (marginal, of_marginal): (F, Config),
        joint: Option<(F, Config)>,
        compute: &Compute,
    ) -> Result<Self, ModelError> {
        let marginal = marginal.borrow();
        let mut hashes = marginal.sha256(&())?;
        let joint = match joint {
            Some((file, config)) => {
                let file = file.borrow();
                if config.convention != of_marginal.convention {
                    return Err(ModelError::Config {
                        file: file.name().to_owned(),
                        reason: "not of the convention of the marginal network".to_owned(),
                    });
                }
                hashes.push('+');
                hashes.push_str(&file.sha256(&())?);
                Some(file.load(compute, &[], |vb| Joint::new(&config, &vb))?)
            }
            None => None,
        };
        Ok(Self {
            marginal: marginal.load(compute, &[], |vb| Marginal::new(&of_marginal, &vb))?,
            joint,
            compute: compute.clone(),
            weights_sha256: hashes,
            square_scale: of_marginal.rmsf_scale.powi(2),
            convention: of_marginal.convention,
        })
    }

    /// How the weights were trained to meet the residues' frames.
    #[must_use]
    pub fn convention(&self) -> Convention {
        self.convention
    }

    /// SHA-256 of the marginal weights, then of the joint ones after a `+`.
    #[must_use]
    pub fn weights_sha256(&self) -> &str {
        &self.weights_sha256
    }

    /// Whether there is a joint network.
    #[must_use]
    pub fn has_joint(&self) -> bool {
        self.joint.is_some()
    }

    /// The marginals alone: [`Self::predict`] without the joint network.
    ///
    /// # Errors
    /// When no residue has a frame, or when cancelled.
    pub fn marginals(
        &self,
        protein: &Protein,
        checkpoint: &dyn Checkpoint,
    ) -> Result<DynaProtOutput, ModelError> {
        self.run(protein, None, checkpoint)
    }

    /// The dynamics of a protein. Residues without a frame are left out of the networks' input;
    /// chain breaks are no part of it.
    ///
    /// # Errors
    /// When no residue has a frame, when there are more than [`LARGEST_JOINT`] and a joint network, or
    /// when cancelled.
    pub fn predict(
        &self,
        protein: &Protein,
        checkpoint: &dyn Checkpoint,
    ) -> Result<DynaProtOutput, ModelError> {
        self.run(protein, self.joint.as_ref(), checkpoint)
    }

    fn run(
        &self,
        protein: &Protein,
        joint: Option<&Joint>,
        checkpoint: &dyn Checkpoint,
    ) -> Result<DynaProtOutput, ModelError> {
        let frames = protein.frames();
        let kept: Vec<usize> = (0..frames.len()).filter(|&i| frames[i].is_some()).collect();
        let n = kept.len();
        let refused = |reason: &str| ModelError::UnsupportedInput {
            reason: format!("{}: {reason}", protein.name),
        };
        if n == 0 {
            return Err(refused("no residue has N, CA and C, which DynaProt needs"));
        }
        if joint.is_some() && n > LARGEST_JOINT {
            return Err(refused(&format!(
                "{n} residues are too many for DynaProt's coupling (at most {LARGEST_JOINT}); choose one chain, or another source"
            )));
        }
        let residue: Vec<u32> = kept
            .iter()
            .map(|&i| residue_index(protein.residues[i].letter()))
            .collect();
        let present: Vec<Frame> = kept.iter().filter_map(|&i| frames[i]).collect();
        let residue = Tensor::from_vec(residue, (1, n), &self.compute.device)?;
        let input = self.frames(&present)?;
        let pass = Pass::inference().in_blocks(self.compute.block_bytes());
        let (first, rest) = (
            Part::first_of(checkpoint, MARGINALS),
            Part::rest_of(checkpoint, MARGINALS),
        );
        let marginals = self.marginal.forward(&residue, &input, &pass, &first)?;
        let values = numbers(&marginals)?;
        check_finite(&values, "dynaprot", self.compute.dtype_name())?;
        let mut local_marginals = vec![None; protein.len()];
        for (&i, m) in kept.iter().zip(values.chunks_exact(9)) {
            let own = Covariance3::from_fn(|a, b| f64::from(m[3 * a + b]));
            local_marginals[i] = Some(own * self.square_scale);
        }
        let coupling = match joint {
            Some(joint) => {
                let map = joint.forward(&residue, &input, &pass, &rest)?;
                let values = numbers(&map)?;
                check_finite(&values, "dynaprot", self.compute.dtype_name())?;
                Some(spread(&values, &kept, protein.len()))
            }
            None => None,
        };
        Ok(DynaProtOutput {
            local_marginals,
            coupling,
        })
    }

    fn frames(&self, frames: &[Frame]) -> Result<Frames, ModelError> {
        let (mut rotation, translation) = flat_frames(frames);
        if self.convention == Convention::Published {
            for r in rotation.chunks_exact_mut(9) {
                for (a, b) in [(1, 3), (2, 6), (5, 7)] {
                    r.swap(a, b);
                }
            }
        }
        let (n, device, dtype) = (frames.len(), &self.compute.device, self.compute.dtype);
        Ok(Frames {
            rotation: Tensor::from_vec(rotation, (1, n, 3, 3), device)?.to_dtype(dtype)?,
            translation: Tensor::from_vec(translation, (1, n, 3), device)?.to_dtype(dtype)?,
            mask: None,
        })
    }
}

/// Whether a folder holds the published weights, whole: both networks, each with the tensors that tell its
/// sizes, and no configuration that contradicts them.
///
/// # Errors
/// What is missing or wrong.
pub fn check_published(folder: &Path) -> Result<(), ModelError> {
    for (name, which) in PUBLISHED.into_iter().zip([Which::Marginal, Which::Joint]) {
        published(&folder.join(name), which)?;
    }
    Ok(())
}

/// The published weights of one network, with the configuration beside them.
fn published(folder: &Path, which: Which) -> Result<(WeightsFile, Config), ModelError> {
    let file = WeightsFile::open(folder)?;
    let path = folder.join("config.json");
    let json = match std::fs::read_to_string(&path) {
        Ok(json) => Some(json),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(source) => return Err(ModelError::Io { file: path, source }),
    };
    let name = path.display().to_string();
    let beside = json.as_deref().map(|json| (name.as_str(), json));
    let config = Config::published(&file, which, beside)?;
    Ok((file, config))
}

/// Rotations row after row, and origins relative to their mean, so that f32 keeps their digits.
pub(crate) fn flat_frames(frames: &[Frame]) -> (Vec<f32>, Vec<f32>) {
    let centre = frames
        .iter()
        .map(|f| f.origin)
        .sum::<crate::numeric::Vec3>()
        / frames.len().max(1) as f64;
    let rotation = frames
        .iter()
        .flat_map(|f| (0..9).map(move |at| f.rotation[(at / 3, at % 3)] as f32))
        .collect();
    let translation = frames
        .iter()
        .flat_map(|f| (0..3).map(move |a| (f.origin - centre)[a] as f32))
        .collect();
    (rotation, translation)
}

/// Index of a residue type, 20 = anything but the twenty.
pub(crate) fn residue_index(letter: char) -> u32 {
    LETTERS.find(letter).map_or(20, |i| i as u32)
}

/// A map over the kept residues as one over all, NaN elsewhere.
fn spread(values: &[f32], kept: &[usize], residues: usize) -> Matrix {
    let mut matrix = Matrix::filled(residues, residues, f64::NAN);
    for (a, &i) in kept.iter().enumerate() {
        for (b, &j) in kept.iter().enumerate() {
            matrix[(i, j)] = f64::from(values[a * kept.len() + b]);
        }
    }
    matrix
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests;
