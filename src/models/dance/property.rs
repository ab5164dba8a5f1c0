//! The dynamic properties that the heads predict: names, channels, and what the numbers mean.

use std::ops::Range;

use rayon::prelude::*;

/// Channels of the residue head.
pub const RESIDUE_CHANNELS: usize = 50;
/// Channels of the pair head.
pub const PAIR_CHANNELS: usize = 13;
/// Rows of a task of the activation.
const TASK_ROWS: usize = 256;

/// A dynamic property, of residues or of pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Property {
    /// Solvent-accessible surface, mean over the trajectory, nm².
    SasaMean,
    /// Its standard deviation, nm².
    SasaStd,
    /// RMSF divided by the protein's own maximum, 0–1, no unit.
    RmsfNormalised,
    /// Probabilities of the DSSP classes B E H I G S T and none.
    SecondaryStructure,
    /// Probabilities of χ1 in 12 bins of 30° from −180°.
    Chi,
    /// Probabilities of φ, as `Chi`.
    Phi,
    /// Probabilities of ψ, as `Chi`.
    Psi,
    /// Fluctuation in the slowest third of the normal modes.
    NmaResidue1,
    /// In the next range of modes.
    NmaResidue2,
    /// In the rest.
    NmaResidue3,
    /// Van der Waals contacts.
    VanDerWaals,
    /// Hydrogen bonds, backbone to backbone.
    HydrogenBackbone,
    /// Hydrogen bonds, side chain to backbone.
    HydrogenMixed,
    /// Hydrogen bonds, side chain to side chain.
    HydrogenSidechain,
    /// Hydrophobic contacts.
    Hydrophobic,
    /// Salt bridges.
    SaltBridge,
    /// π–cation contacts.
    PiCation,
    /// π stacking.
    PiStacking,
    /// T stacking.
    TStacking,
    /// Correlation of motion, −1 to 1.
    Correlation,
    /// Correlation in the slowest third of the normal modes, −1 to 1.
    NmaPair1,
    /// In the next range of modes.
    NmaPair2,
    /// In the rest.
    NmaPair3,
}

/// How a raw output becomes a number with a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activation {
    Sigmoid,
    Softmax,
    /// x above 2, ln(1 + eˣ) below.
    Softplus,
    /// 2 σ(x) − 1.
    Signed,
}

impl Property {
    /// All, in the authors' order.
    pub const ALL: [Self; 23] = [
        Self::SasaMean,
        Self::SasaStd,
        Self::RmsfNormalised,
        Self::SecondaryStructure,
        Self::Chi,
        Self::Phi,
        Self::Psi,
        Self::NmaResidue1,
        Self::NmaResidue2,
        Self::NmaResidue3,
        Self::VanDerWaals,
        Self::HydrogenBackbone,
        Self::HydrogenMixed,
        Self::HydrogenSidechain,
        Self::Hydrophobic,
        Self::SaltBridge,
        Self::PiCation,
        Self::PiStacking,
        Self::TStacking,
        Self::Correlation,
        Self::NmaPair1,
        Self::NmaPair2,
        Self::NmaPair3,
    ];

    /// The two that the authors report as robust, from the residue head alone.
    pub const ROBUST: [Self; 2] = [Self::SasaMean, Self::Psi];

    /// The authors' name.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::SasaMean => "sasa_mean",
            Self::SasaStd => "sasa_std",
            Self::RmsfNormalised => "rmsf_nor",
            Self::SecondaryStructure => "ss",
            Self::Chi => "chi",
            Self::Phi => "phi",
            Self::Psi => "psi",
            Self::NmaResidue1 => "nma_res1",
            Self::NmaResidue2 => "nma_res2",
            Self::NmaResidue3 => "nma_res3",
            Self::VanDerWaals => "vdw",
            Self::HydrogenBackbone => "hbbb",
            Self::HydrogenMixed => "hbsb",
            Self::HydrogenSidechain => "hbss",
            Self::Hydrophobic => "hp",
            Self::SaltBridge => "sb",
            Self::PiCation => "pc",
            Self::PiStacking => "ps",
            Self::TStacking => "ts",
            Self::Correlation => "corr",
            Self::NmaPair1 => "nma_pair1",
            Self::NmaPair2 => "nma_pair2",
            Self::NmaPair3 => "nma_pair3",
        }
    }

    /// The property of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.id() == id)
    }

    /// Whether it belongs to pairs of residues and needs the pair head.
    #[must_use]
    pub fn is_pair(self) -> bool {
        self >= Self::VanDerWaals
    }

    /// Its channels among [`RESIDUE_CHANNELS`] or [`PAIR_CHANNELS`].
    #[must_use]
    pub fn channels(self) -> Range<usize> {
        match self {
            Self::SasaMean => 0..1,
            Self::SasaStd => 1..2,
            Self::RmsfNormalised => 2..3,
            Self::SecondaryStructure => 3..11,
            Self::Chi => 11..23,
            Self::Phi => 23..35,
            Self::Psi => 35..47,
            Self::NmaResidue1 => 47..48,
            Self::NmaResidue2 => 48..49,
            Self::NmaResidue3 => 49..50,
            pair => {
                let channel = pair as usize - Self::VanDerWaals as usize;
                channel..channel + 1
            }
        }
    }

    fn activation(self) -> Activation {
        match self {
            Self::RmsfNormalised => Activation::Sigmoid,
            Self::SecondaryStructure | Self::Chi | Self::Phi | Self::Psi => Activation::Softmax,
            Self::Correlation | Self::NmaPair1 | Self::NmaPair2 | Self::NmaPair3 => {
                Activation::Signed
            }
            _ => Activation::Softplus,
        }
    }

    fn activate(self, values: &mut [f32]) {
        match self.activation() {
            Activation::Softmax => softmax(values),
            Activation::Sigmoid => values.iter_mut().for_each(|v| *v = sigmoid(*v)),
            Activation::Signed => values.iter_mut().for_each(|v| *v = 2.0 * sigmoid(*v) - 1.0),
            Activation::Softplus => values.iter_mut().for_each(|v| *v = softplus(*v)),
        }
    }
}

impl std::fmt::Display for Property {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}

/// Turns raw outputs of the residue head, (position, 50), into properties.
pub(crate) fn activate_residues(values: &mut [f32]) {
    activate(values, RESIDUE_CHANNELS, false);
}

/// Turns raw outputs of the pair head, (pair, 13), into properties.
pub(crate) fn activate_pairs(values: &mut [f32]) {
    activate(values, PAIR_CHANNELS, true);
}

fn activate(values: &mut [f32], channels: usize, pairs: bool) {
    values
        .par_chunks_mut(channels * TASK_ROWS)
        .for_each(|rows| {
            for row in rows.chunks_exact_mut(channels) {
                for property in Property::ALL.into_iter().filter(|p| p.is_pair() == pairs) {
                    property.activate(&mut row[property.channels()]);
                }
            }
        });
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

fn softplus(x: f32) -> f32 {
    if x > 2.0 { x } else { x.exp().ln_1p() }
}

fn softmax(values: &mut [f32]) {
    let largest = values.iter().fold(f32::NEG_INFINITY, |a, &v| a.max(v));
    for v in values.iter_mut() {
        *v = (*v - largest).exp();
    }
    let sum: f32 = values.iter().sum();
    for v in values {
        *v /= sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_channels_cover_both_heads_once() {
        for (pair, count) in [(false, RESIDUE_CHANNELS), (true, PAIR_CHANNELS)] {
            let channels: Vec<usize> = Property::ALL
                .into_iter()
                .filter(|p| p.is_pair() == pair)
                .flat_map(Property::channels)
                .collect();
            assert_eq!(channels, (0..count).collect::<Vec<_>>());
        }
        for property in Property::ALL {
            assert_eq!(Property::from_id(property.id()), Some(property));
        }
    }

    #[test]
    fn softplus_is_the_identity_above_2() {
        assert!((softplus(2.5) - 2.5).abs() < 1e-7);
        assert!((softplus(0.0) - std::f32::consts::LN_2).abs() < 1e-7);
        assert!(softplus(-100.0) >= 0.0);
    }
}
