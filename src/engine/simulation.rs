//! A simulation of one's own as a source of dynamics: counted, frame after frame, in bounded memory.
//!
//! The frames are superposed as the models of an NMR entry are, on the mean of at most
//! [`MOST_FOR_TARGET`] of them spread over all, and then counted once.

mod frames;

use std::sync::Arc;

use rayon::prelude::*;

use super::{Engine, EngineError, Observer};
use crate::analysis::comparison::{Target, superpose_all};
use crate::analysis::gaussian::from_covariance;
use crate::analysis::{GaussianDynamics, Source};
use crate::numeric::{Moments, Superposition, Vec3};
use crate::protein::Protein;
use crate::study::{DynamicsRequest, RunReport, SimulationRun};
use frames::Frames;

/// Frames that what all are superposed on is the mean of.
const MOST_FOR_TARGET: usize = 1000;
/// Atoms of all frames that are read, superposed and counted between two looks at whether anybody still
/// waits, and the least and most frames of them.
const BATCH_ATOMS: usize = 200_000;
const BATCH: (usize, usize) = (16, 512);
/// A thread takes this part of a batch at once.
const PIECES: usize = 16;
/// The covariance of more residues than this would fill the memory.
const MOST_RESIDUES: usize = 2000;
/// Å: neighbours along the chain are never so far apart.
const TORN_ANGSTROM: f64 = 10.0;
/// Share of torn neighbours from which on the atoms are taken for those of another structure.
const FOREIGN: f64 = 0.2;

/// What was counted.
#[derive(Debug)]
pub(super) struct Simulated {
    pub dynamics: GaussianDynamics,
    pub run: Arc<RunReport>,
    pub settings: Vec<(String, String)>,
    pub warnings: Vec<String>,
}

/// What a result that is kept is of: the run, the residues, and how long the files were.
type Key = (SimulationRun, Arc<Protein>, Vec<u64>);

/// The last simulation: the screen asks of it again and again.
#[derive(Debug, Default)]
pub(super) struct LastRun(Option<(Key, Arc<Simulated>)>);

impl Engine {
    /// The simulation of a request.
    pub(super) fn simulated(
        &mut self,
        request: &DynamicsRequest,
        observer: &dyn Observer,
    ) -> Result<Arc<Simulated>, EngineError> {
        let Some(run) = &request.run else {
            return Err(EngineError::Unsupported(
                "no simulation is given: --trajectory FILE, or :trajectory FILE on screen"
                    .to_owned(),
            ));
        };
        let length = |file| std::fs::metadata(file).map_or(0, |m| m.len());
        let lengths: Vec<u64> = run.files.iter().map(length).collect();
        if let Some(((of, protein, then), kept)) = &self.last_run.0
            && *of == **run
            && Arc::ptr_eq(protein, &request.protein)
            && *then == lengths
        {
            return Ok(Arc::clone(kept));
        }
        let counted = Arc::new(count(request, run, observer)?);
        let key = ((**run).clone(), Arc::clone(&request.protein), lengths);
        self.last_run = LastRun(Some((key, Arc::clone(&counted))));
        Ok(counted)
    }
}

fn count(
    request: &DynamicsRequest,
    run: &SimulationRun,
    observer: &dyn Observer,
) -> Result<Simulated, EngineError> {
    let protein = &request.protein;
    observer.phase("frames of the simulation");
    let own = protein.alpha_carbons();
    let residues: Vec<usize> = (0..protein.len()).filter(|i| own[*i].is_some()).collect();
    let reference: Vec<Vec3> = residues.iter().filter_map(|i| own[*i]).collect();
    if residues.len() > MOST_RESIDUES {
        return Err(EngineError::Unsupported(format!(
            "{} residues: a simulation is counted of {MOST_RESIDUES} at most; choose chains",
            residues.len()
        )));
    }
    let runs = Frames::open_all(request, run, &residues, observer)?;
    let chosen: Vec<(usize, usize)> = runs
        .iter()
        .enumerate()
        .flat_map(|(k, frames)| run.frames.of(frames.len()).map(move |frame| (k, frame)))
        .collect();
    if chosen.len() < 2 {
        let there: Vec<String> = runs.iter().map(|r| r.len().to_string()).collect();
        return Err(EngineError::Unsupported(format!(
            "{} of the simulation's frames chosen ({} there): two at least make a motion",
            chosen.len(),
            there.join(", ")
        )));
    }
    observer.phase("superposition");
    let stride = chosen.len().div_ceil(MOST_FOR_TARGET);
    let sample: Vec<(usize, usize)> = chosen.iter().copied().step_by(stride).collect();
    let atoms = runs.iter().map(Frames::atoms).max().unwrap_or(1);
    let batch = (BATCH_ATOMS / atoms.max(1)).clamp(BATCH.0, BATCH.1);
    let mut models = Vec::with_capacity(sample.len());
    for (done, batch) in sample.chunks(batch).enumerate() {
        observer.reached(done * batch.len(), sample.len())?;
        let read: Result<Vec<_>, _> = pieces(batch).map(|piece| read_all(&runs, piece)).collect();
        models.extend(read?.into_iter().flatten());
    }
    let mut warnings: Vec<String> = runs.iter().filter_map(Frames::cut).collect();
    warnings.extend(torn(protein, &residues, &models)?);
    let target = superpose_all(&mut models, &reference, observer)?;
    drop(models);
    observer.phase("counting");
    let mut moments = Moments::new(3 * residues.len());
    let mut rmsd_angstrom = Vec::with_capacity(chosen.len());
    for batch in chosen.chunks(batch) {
        observer.reached(moments.count(), chosen.len())?;
        for piece in displaced(&runs, batch, &target, &reference)? {
            moments.add(&piece.displacements);
            rmsd_angstrom.extend(piece.rmsd_angstrom);
        }
    }
    let (_, covariance) = moments.finish();
    let dynamics = from_covariance(
        protein,
        Source::SimulationRun,
        residues,
        covariance,
        observer,
    )?;
    Ok(Simulated {
        dynamics,
        settings: settings(run, chosen.len(), sample.len()),
        run: Arc::new(RunReport {
            frames: chosen,
            rmsd_angstrom,
        }),
        warnings,
    })
}

/// Frames superposed on the target.
struct Piece {
    /// From the target in Å: x, y, z of each residue, frame after frame.
    displacements: Vec<f64>,
    rmsd_angstrom: Vec<f64>,
}

fn displaced(
    runs: &[Frames],
    batch: &[(usize, usize)],
    target: &Target,
    reference: &[Vec3],
) -> Result<Vec<Piece>, EngineError> {
    let even = vec![1.0; reference.len()];
    let piece = |piece: &[(usize, usize)]| -> Result<Piece, EngineError> {
        let mut displacements = Vec::with_capacity(3 * reference.len() * piece.len());
        let mut rmsd_angstrom = Vec::with_capacity(piece.len());
        for frame in read_all(runs, piece)? {
            let on_mean = Superposition::new(&frame, &target.positions, &target.weights);
            for (p, mean) in frame.iter().zip(&target.positions) {
                displacements.extend_from_slice((on_mean.moved(*p) - mean).as_slice());
            }
            let on_own = Superposition::new(&frame, reference, &even);
            let pairs = frame.iter().zip(reference);
            let squares: f64 = pairs
                .map(|(p, q)| (on_own.moved(*p) - q).norm_squared())
                .sum();
            rmsd_angstrom.push((squares / reference.len() as f64).sqrt());
        }
        Ok(Piece {
            displacements,
            rmsd_angstrom,
        })
    };
    pieces(batch).map(piece).collect()
}

/// The frames of a batch, for one thread each time.
fn pieces(batch: &[(usize, usize)]) -> rayon::slice::Chunks<'_, (usize, usize)> {
    batch.par_chunks(batch.len().div_ceil(PIECES).max(1))
}

/// The Cα of frames of one or several runs, by one handle a run.
fn read_all(runs: &[Frames], frames: &[(usize, usize)]) -> Result<Vec<Vec<Vec3>>, EngineError> {
    let mut out = Vec::with_capacity(frames.len());
    for of_run in frames.chunk_by(|a, b| a.0 == b.0) {
        let run = &runs[of_run[0].0];
        let mut reader = run.reader()?;
        for (_, frame) in of_run {
            out.push(reader.read(*frame)?);
        }
    }
    Ok(out)
}

/// Neighbours along the chain that are far apart: another order of atoms, or chains broken across the box.
fn torn(
    protein: &Protein,
    residues: &[usize],
    frames: &[Vec<Vec3>],
) -> Result<Option<String>, EngineError> {
    let bonded = protein.bonded();
    let joined: Vec<usize> = (1..residues.len())
        .filter(|k| residues[*k] == residues[k - 1] + 1 && bonded[residues[k - 1]])
        .collect();
    let is_torn = |frame: &Vec<Vec3>| {
        let far = |k: &&usize| (frame[**k] - frame[**k - 1]).norm() > TORN_ANGSTROM;
        joined.iter().filter(far).count()
    };
    let counts: Vec<usize> = frames.iter().map(is_torn).collect();
    let all = (joined.len() * frames.len()).max(1);
    if counts.iter().sum::<usize>() as f64 > FOREIGN * all as f64 {
        return Err(EngineError::Unsupported(format!(
            "residues that are bonded in {} are more than {TORN_ANGSTROM} Å apart in the simulation: its \
             atoms have another order; give the structure that it was run with",
            protein.name
        )));
    }
    let broken = counts.iter().filter(|c| **c > 0).count();
    Ok((broken > 0).then(|| {
        format!(
            "{broken} of {} frames looked at have chains that are broken across the box: make them whole \
             first (`gmx trjconv -pbc whole`), their numbers are too large",
            frames.len()
        )
    }))
}

fn settings(run: &SimulationRun, frames: usize, target: usize) -> Vec<(String, String)> {
    let files: Vec<String> = run.files.iter().map(|f| f.display().to_string()).collect();
    [
        ("trajectory", files.join(", ")),
        ("frames", run.frames.to_string()),
        ("frames_used", frames.to_string()),
        (
            "superposition",
            format!("on the mean of {target} frames, Cα weighted by the inverse of their variance"),
        ),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
