//! The shipped networks on a device beside the same on the CPU: a made-up helix goes through each.

use super::{Check, difference};
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
/// What a device may differ from the CPU in f32.
const TOLERANCE: f32 = 1e-3;
/// N, CA, C, O of an α-helix: radius in Å, angle in degrees and rise in Å from those of CA.
const BACKBONE: [(&str, f64, f64, f64); 4] = [
    ("N", 1.55, -27.0, -0.90),
    ("CA", 2.30, 0.0, 0.0),
    ("C", 1.65, 26.0, 1.10),
    ("O", 2.00, 23.0, 2.33),
];

/// Every shipped network on that device; nothing for the CPU, which is the reference.
pub(super) fn run(compute: &Compute) -> Result<Vec<Check>, ModelError> {
    if compute.device.is_cpu() {
        return Ok(Vec::new());
    }
    compared(&in_full_precision(compute))
}

fn compared(compute: &Compute) -> Result<Vec<Check>, ModelError> {
    let helix = helix(LENGTH);
    let (ours, theirs) = (outputs(&helix, compute)?, outputs(&helix, &Compute::cpu())?);
    let checks = ours.into_iter().zip(theirs);
    let checks = checks.map(|((model, ours), (_, theirs))| Check {
        model,
        dtype: compute.dtype_name(),
        compared: ours.len(),
        difference: difference(&ours, &theirs),
        batch_difference: None,
        tolerance: TOLERANCE,
    });
    Ok(checks.collect())
}

type Outputs = Vec<(&'static str, Vec<f32>)>;

fn outputs(helix: &Protein, compute: &Compute) -> Result<Outputs, ModelError> {
    let mut all = Vec::new();
    let mut trunk = Vec::new();
    if let Some(file) = embedded::open(embedded::RESIDUE)? {
        let model = ResidueModel::load(&file, compute)?;
        trunk = numbers(&model.trunk_states(helix, &())?);
        all.push((
            embedded::RESIDUE,
            numbers(&model.log_probabilities(helix, &())?),
        ));
    }
    if let Some(file) = embedded::open(embedded::STABILITY)? {
        let model = StabilityModel::load(&file, compute)?;
        all.push((embedded::STABILITY, numbers(&model.ddg(helix, &())?)));
    }
    if let Some(file) = embedded::open(embedded::MOTION)? {
        let model = MotionModel::load(&file, compute)?;
        if !model.needs_trunk() {
            trunk.clear();
        }
        let output = model.predict(&motion_input(helix.len(), trunk), &())?;
        let amplitudes = output.amplitude.concat();
        let shapes = output.shape.concat();
        let both = amplitudes.iter().chain(shapes.as_flattened());
        all.push((embedded::MOTION, both.map(|&x| x as f32).collect()));
    }
    if let Some(output) = dynaprot(helix, compute)? {
        all.push(("dynaprot", output));
    }
    Ok(all)
}

fn dynaprot(helix: &Protein, compute: &Compute) -> Result<Option<Vec<f32>>, ModelError> {
    let part = |id| -> Result<Option<(WeightsFile, &str)>, ModelError> {
        Ok(embedded::open(id)?.zip(embedded::configuration(id)))
    };
    let Some((marginal, of_marginal)) = part(embedded::DYNAPROT_MARGINAL)? else {
        return Ok(None);
    };
    let joint = part(embedded::DYNAPROT_JOINT)?;
    let joint = joint.as_ref().map(|(file, json)| (file, *json));
    let model = DynaProt::from_files((&marginal, of_marginal), joint, compute)?;
    let output = model.predict(helix, &())?;
    let marginals = output.local_marginals.iter().flatten();
    let mut all: Vec<f32> = marginals
        .flat_map(|m| m.map(|x| x as f32).data.0.concat())
        .collect();
    all.extend(output.coupling.iter().flat_map(numbers));
    Ok(Some(all))
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
        seqres: Vec::new(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::models::layers::fused::tests::by_tensors;
    use candle_core::DType;

    /// What a GPU will be asked for, asked of the CPU: every number is there, and a second time the same.
    #[test]
    fn every_shipped_network_answers_for_the_whole_helix() {
        let checks = compared(&Compute::cpu()).unwrap();
        let found: Vec<_> = checks.iter().map(|c| (c.model, c.compared)).collect();
        let expected = [
            ("residue", LENGTH * 20),
            ("stability", LENGTH * 20),
            ("motion", LENGTH * (3 + 2 * 6)),
            ("dynaprot", LENGTH * 9 + LENGTH * LENGTH),
        ];
        assert_eq!(found, expected);
        assert!(checks.iter().all(Check::passed), "{checks:?}");
        assert!(run(&Compute::cpu()).unwrap().is_empty());
    }

    /// A GPU's operations, their layouts under the strictest rule, from one residue to hundreds.
    #[test]
    fn every_shipped_network_is_the_same_by_tensor_operations() {
        for length in [1, 2, 31, 150] {
            let helix = helix(length);
            let fused = outputs(&helix, &Compute::cpu()).unwrap();
            let tensors = by_tensors(|| outputs(&helix, &Compute::cpu())).unwrap();
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
                let exact = dynaprot(&helix, &Compute::cpu()).unwrap().unwrap();
                let half = Compute::cpu_unfused_in(dtype);
                let half = dynaprot(&helix, &half).unwrap().unwrap();
                let apart = difference(&half, &exact);
                assert!(apart < most, "{dtype:?}, {length} residues: {apart}");
            }
        }
    }
}
