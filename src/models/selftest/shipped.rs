//! The shipped networks on a device beside what they gave when they were shipped: a made-up helix goes
//! through each.

use super::{Check, Trial, bits, damaged, difference, floats};
use crate::models::device::Compute;
use crate::models::dynaprot::DynaProt;
use crate::models::embedded;
use crate::models::error::ModelError;
use crate::models::motion::{
    EDGE_FEATURES, MotionInput, MotionModel, NEIGHBOURS, PLAIN_NODE_FEATURES,
};
use crate::models::residue::{ResidueModel, in_full_precision};
use crate::models::stability::StabilityModel;
use crate::models::weights::WeightsFile;
use crate::numeric::{Matrix, Vec3};
use crate::protein::{AminoAcid, BColumn, Protein, Residue, ResidueId};

/// Residues of the helix.
const LENGTH: usize = 48;
/// What a CPU may differ from the one that the numbers were written on.
const ON_A_CPU: f32 = 1e-4;
/// What a GPU may differ in f32.
const ON_A_GPU: f32 = 1e-3;
/// N, CA, C, O of an α-helix: radius in Å, angle in degrees and rise in Å from those of CA.
const BACKBONE: [(&str, f64, f64, f64); 4] = [
    ("N", 1.55, -27.0, -0.90),
    ("CA", 2.30, 0.0, 0.0),
    ("C", 1.65, 26.0, 1.10),
    ("O", 2.00, 23.0, 2.33),
];

/// What the networks gave on a CPU when they were shipped; a test writes it anew.
const PINNED: &[u8] = include_bytes!("../../../assets/selftest/shipped.safetensors");

/// Every shipped network on that device, beside what it gave when it was shipped.
pub(super) fn run(compute: &Compute) -> Result<Vec<Trial>, ModelError> {
    beside(PINNED, compute)
}

fn beside(pinned: &[u8], compute: &Compute) -> Result<Vec<Trial>, ModelError> {
    let compute = in_full_precision(compute);
    let pinned = safetensors::SafeTensors::deserialize(pinned).map_err(damaged)?;
    let helix = helix(LENGTH);
    let trial = |(model, run): &(&'static str, Run)| {
        let compared = || {
            let ours = run(&helix, &compute)?;
            let theirs = floats(pinned.tensor(model).map_err(damaged)?.data());
            Ok(Check {
                dtype: compute.dtype_name(),
                compared: ours.len(),
                difference: difference(&ours, &theirs),
                batch_difference: None,
                tolerance: if compute.is_cpu() { ON_A_CPU } else { ON_A_GPU },
                bits: bits(&ours),
            })
        };
        let outcome = compared();
        Trial { model, outcome }
    };
    Ok(NETWORKS.iter().map(trial).collect())
}

type Run = fn(&Protein, &Compute) -> Result<Vec<f32>, ModelError>;

const NETWORKS: [(&str, Run); 4] = [
    (embedded::RESIDUE, residue),
    (embedded::STABILITY, stability),
    (embedded::MOTION, motion),
    ("dynaprot", dynaprot),
];

fn shipped(id: &str) -> Result<WeightsFile, ModelError> {
    embedded::open(id)?.ok_or_else(|| ModelError::UnsupportedInput {
        reason: format!("this build ships no weights called {id}"),
    })
}

fn residue(helix: &Protein, compute: &Compute) -> Result<Vec<f32>, ModelError> {
    let model = ResidueModel::load(&shipped(embedded::RESIDUE)?, compute)?;
    Ok(numbers(&model.log_probabilities(helix, &())?))
}

fn stability(helix: &Protein, compute: &Compute) -> Result<Vec<f32>, ModelError> {
    let model = StabilityModel::load(&shipped(embedded::STABILITY)?, compute)?;
    Ok(numbers(&model.ddg(helix, &())?))
}

fn motion(helix: &Protein, compute: &Compute) -> Result<Vec<f32>, ModelError> {
    let model = MotionModel::load(&shipped(embedded::MOTION)?, compute)?;
    let trunk = if model.needs_trunk() {
        let states = ResidueModel::load(&shipped(embedded::RESIDUE)?, compute)?;
        numbers(&states.trunk_states(helix, &())?)
    } else {
        Vec::new()
    };
    let output = model.predict(&motion_input(helix.len(), trunk), &())?;
    let (amplitudes, shapes) = (output.amplitude.concat(), output.shape.concat());
    let both = amplitudes.iter().chain(shapes.as_flattened());
    Ok(both.map(|&x| x as f32).collect())
}

fn dynaprot(helix: &Protein, compute: &Compute) -> Result<Vec<f32>, ModelError> {
    let part = |id| -> Result<(WeightsFile, &str), ModelError> {
        Ok((
            shipped(id)?,
            embedded::configuration(id).unwrap_or_default(),
        ))
    };
    let (marginal, of_marginal) = part(embedded::DYNAPROT_MARGINAL)?;
    let (joint, of_joint) = part(embedded::DYNAPROT_JOINT)?;
    let joint = Some((&joint, of_joint));
    let model = DynaProt::from_files((&marginal, of_marginal), joint, compute)?;
    let output = model.predict(helix, &())?;
    let marginals = output.local_marginals.iter().flatten();
    let mut all: Vec<f32> = marginals
        .flat_map(|m| m.map(|x| x as f32).data.0.concat())
        .collect();
    all.extend(output.coupling.iter().flat_map(numbers));
    Ok(all)
}

fn numbers(matrix: &Matrix) -> Vec<f32> {
    let rows = (0..matrix.rows()).flat_map(|i| matrix.row(i));
    rows.map(|&x| x as f32).collect()
}

/// Features that no protein has; only the arithmetic counts.
fn motion_input(length: usize, trunk: Vec<f32>) -> MotionInput {
    let neighbours = NEIGHBOURS.min(length);
    let wave = |count: usize| (0..count).map(|i| (i as f32 * 0.7).sin()).collect();
    let pairs = || (0..length * neighbours).map(|at| (at / neighbours, at % neighbours));
    MotionInput {
        residues: length,
        node: wave(length * PLAIN_NODE_FEATURES),
        trunk,
        edge: wave(length * neighbours * EDGE_FEATURES),
        relative_position: pairs().map(|(i, k)| ((i + k) % 33) as u32).collect(),
        neighbours: pairs().map(|(i, k)| ((i + k) % length) as u32).collect(),
        shape_prior: vec![[0.1, -0.3, 0.2, 0.05, 0.0, -0.1]; length],
    }
}

/// All twenty residues, over and over, as one helix without side chains.
fn helix(length: usize) -> Protein {
    let residue = |i: usize| {
        let id = ResidueId {
            chain: "A".to_owned(),
            number: i as i32 + 1,
            insertion_code: None,
        };
        let positions = BACKBONE.map(|(name, radius, angle, rise)| {
            let turn = (100.0 * i as f64 + angle).to_radians();
            let z = 1.5 * i as f64 + rise;
            (name, Vec3::new(radius * turn.cos(), radius * turn.sin(), z))
        });
        Residue::of_positions(id, Some(AminoAcid::ALL[i * 7 % 20]), positions)
    };
    Protein {
        name: "helix".to_owned(),
        model: 1,
        residues: (0..length).map(residue).collect(),
        b_column: BColumn::Absent,
        seqres: [].into(),
        context: std::sync::Arc::default(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::models::layers::fused::tests::by_tensors;
    use candle_core::DType;

    fn outputs(helix: &Protein, compute: &Compute) -> Vec<(&'static str, Vec<f32>)> {
        let run = |(model, run): (&'static str, Run)| (model, run(helix, compute).unwrap());
        NETWORKS.map(run).to_vec()
    }

    /// With `DYNASCOPE_PIN` set it writes the numbers anew.
    #[test]
    fn pinned_numbers_of_the_shipped_networks_hold() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/assets/selftest/shipped.safetensors"
        );
        if std::env::var_os("DYNASCOPE_PIN").is_some() {
            let outputs = outputs(&helix(LENGTH), &Compute::cpu());
            let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
            let outputs: Vec<(&str, usize, Vec<u8>)> = outputs
                .iter()
                .map(|(model, values)| (*model, values.len(), bytes(values)))
                .collect();
            let tensors = outputs.iter().map(|(model, length, bytes)| {
                let dtype = safetensors::Dtype::F32;
                let view = safetensors::tensor::TensorView::new(dtype, vec![*length], bytes);
                (*model, view.unwrap())
            });
            safetensors::serialize_to_file(tensors, None, path.as_ref()).unwrap();
        }
        let checks: Vec<(&str, Check)> = beside(&std::fs::read(path).unwrap(), &Compute::cpu())
            .unwrap()
            .into_iter()
            .map(|trial| (trial.model, trial.outcome.unwrap()))
            .collect();
        let found: Vec<_> = checks.iter().map(|(m, c)| (*m, c.compared)).collect();
        let expected = [
            ("residue", LENGTH * 20),
            ("stability", LENGTH * 20),
            ("motion", LENGTH * (3 + 2 * 6)),
            ("dynaprot", LENGTH * 9 + LENGTH * LENGTH),
        ];
        assert_eq!(found, expected);
        assert!(checks.iter().all(|(_, c)| c.passed()), "{checks:?}");
    }

    /// A GPU's operations, their layouts under the strictest rule, from one residue to hundreds.
    #[test]
    fn every_shipped_network_is_the_same_by_tensor_operations() {
        for length in [1, 2, 31, 150] {
            let helix = helix(length);
            let fused = outputs(&helix, &Compute::cpu());
            let tensors = by_tensors(|| outputs(&helix, &Compute::cpu()));
            for ((model, fused), (_, tensors)) in fused.iter().zip(&tensors) {
                let apart = difference(tensors, fused);
                assert!(apart < 2e-4, "{model}, {length} residues: {apart}");
            }
        }
    }

    /// Where a user's own weights run in half precision.
    #[test]
    fn dynaprot_runs_in_half_precision() {
        for (dtype, most) in [(DType::BF16, 0.2), (DType::F16, 0.03)] {
            for length in [1, 40] {
                let helix = helix(length);
                let exact = dynaprot(&helix, &Compute::cpu()).unwrap();
                let half = Compute::cpu_unfused_in(dtype);
                let half = dynaprot(&helix, &half).unwrap();
                let apart = difference(&half, &exact);
                assert!(apart < most, "{dtype:?}, {length} residues: {apart}");
            }
        }
    }
}
