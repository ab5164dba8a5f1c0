//! Sizes and switches of a DynaProt network, as its `*.config.json` gives them.

use serde::{Deserialize, Serialize};

use crate::models::error::ModelError;

/// The configuration of one network. What a file does not say is as published.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the names of the published files' keys"
)]
pub(crate) struct Config {
    /// Invariant point attention blocks.
    pub num_ipa_blocks: usize,
    /// Width of the residues' states.
    pub d_model: usize,
    /// Whether fixed sinusoidal positions are added to the residue types.
    pub use_sinusoidal_pos_emb: bool,
    /// Layers of the marginal head; one is known.
    pub marginal_readout_layers: usize,
    /// Width of the hidden layers of the coupling's head.
    pub readout_hidden_dim: usize,
    /// Hidden layers of the coupling's head.
    pub readout_layers: usize,
    /// Pair blocks.
    pub pair_blocks: usize,
    /// Pairs are narrower than residues by this factor.
    pub pair_divisor: usize,
    /// Heads of the triangle attention.
    pub pair_heads: usize,
    /// Width of such a head.
    pub pair_dim_head: usize,
    /// Each attention block is added to its input; not in the published networks.
    pub residual: bool,
    /// Each attention block's input is normed; not in the published networks.
    pub norm: bool,
    /// The pairs' first states know the distance; not in the published networks, where a pair is the
    /// sum of what two residues know, and no residue knows where it is.
    pub pair_distances: bool,
    /// What every RMSF is multiplied by; 1 in the published networks. Ours learned from measurements that
    /// have no level in common: this one puts their median domain where molecular dynamics (300 K, 100 ns)
    /// has it.
    pub rmsf_scale: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            num_ipa_blocks: 8,
            d_model: 128,
            use_sinusoidal_pos_emb: false,
            marginal_readout_layers: 1,
            readout_hidden_dim: 128,
            readout_layers: 4,
            pair_blocks: 2,
            pair_divisor: 1,
            pair_heads: 4,
            pair_dim_head: 16,
            residual: false,
            norm: false,
            pair_distances: false,
            rmsf_scale: 1.0,
        }
    }
}

impl Config {
    /// Reads the JSON that belongs to a weights file of that name.
    pub(crate) fn parse(file: &str, json: &str) -> Result<Self, ModelError> {
        let refused = |reason: String| ModelError::Config {
            file: file.to_owned(),
            reason,
        };
        let config: Self = serde_json::from_str(json).map_err(|e| refused(e.to_string()))?;
        if config.marginal_readout_layers != 1 {
            return Err(refused(
                "a marginal head of several layers is not supported".to_owned(),
            ));
        }
        if config.pair_divisor == 0 || config.d_model == 0 {
            return Err(refused("a width is zero".to_owned()));
        }
        Ok(config)
    }

    /// Width of the pairs' states.
    pub(crate) fn pair_width(&self) -> usize {
        self.d_model / self.pair_divisor
    }
}
