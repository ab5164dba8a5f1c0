//! Sizes and switches of a DynaProt network, as its `*.config.json` gives them.

use serde::{Deserialize, Serialize};

use crate::models::error::ModelError;
use crate::models::weights::WeightsFile;

/// How a network meets the frames of the residues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Convention {
    /// Axes as columns throughout: what the molecule does does not depend on how it lies.
    #[default]
    Consistent,
    /// As the authors' code met them when it trained the published weights: attention that takes axes as
    /// rows, with frames that hold them as columns. Their numbers come out only this way, and change by
    /// some per cent when the molecule is turned.
    Published,
}

impl Convention {
    /// The name in configurations and outputs.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Consistent => "consistent",
            Self::Published => "published",
        }
    }
}

/// Which of the two networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Marginal,
    Joint,
}

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
    /// How the weights were trained to meet frames.
    pub convention: Convention,
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
            convention: Convention::Consistent,
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

    /// The configuration that the tensors of published weights tell, and the text of the configuration
    /// beside them, where there is one, does not contradict.
    ///
    /// # Errors
    /// [`ModelError::MissingTensor`], or [`ModelError::Config`] where the two differ.
    pub(crate) fn published(
        weights: &WeightsFile,
        which: Which,
        beside: Option<(&str, &str)>,
    ) -> Result<Self, ModelError> {
        let mut config = Self::of_tensors(weights, which)?;
        if let Some((file, json)) = beside {
            config.agree(which, file, json)?;
        }
        Ok(config)
    }

    fn of_tensors(weights: &WeightsFile, which: Which) -> Result<Self, ModelError> {
        let shape = |tensor: &str| {
            weights
                .shape(tensor)
                .ok_or_else(|| ModelError::MissingTensor {
                    file: weights.name().to_owned(),
                    tensor: tensor.to_owned(),
                })
        };
        let count = |name: &dyn Fn(usize) -> String| {
            (0..).take_while(|&i| weights.contains(&name(i))).count()
        };
        let first =
            |tensor: &str| Ok::<usize, ModelError>(shape(tensor)?.first().copied().unwrap_or(0));
        let mut config = Self {
            d_model: shape("sequence_embedding.weight")?
                .last()
                .copied()
                .unwrap_or(0),
            num_ipa_blocks: count(&|i| format!("ipa_blocks.{i}.to_out.weight")),
            use_sinusoidal_pos_emb: which == Which::Marginal,
            convention: Convention::Published,
            ..Self::default()
        };
        if which == Which::Joint {
            let attention = "pair_blocks.0.triangle_attention_outgoing";
            let inner = first(&format!("{attention}.attn.to_q.weight"))?;
            config.pair_divisor = config.d_model / first("pairwise_projector.weight")?.max(1);
            config.pair_blocks =
                count(&|i| format!("pair_blocks.{i}.triangle_attention_outgoing.attn.to_q.weight"));
            config.pair_heads = first(&format!("{attention}.edges_to_attn_bias.0.weight"))?;
            config.pair_dim_head = inner / config.pair_heads.max(1);
            config.readout_layers =
                count(&|i| format!("global_corr_predictor.{}.weight", 3 * i)).saturating_sub(1);
            config.readout_hidden_dim = first("global_corr_predictor.0.weight")?;
        }
        if config.pair_divisor == 0 || config.d_model == 0 {
            return Err(ModelError::Config {
                file: weights.name().to_owned(),
                reason: "a width is zero".to_owned(),
            });
        }
        Ok(config)
    }

    /// Takes what only a configuration knows from it, and compares the rest.
    fn agree(&mut self, which: Which, file: &str, json: &str) -> Result<(), ModelError> {
        let refused = |reason: String| ModelError::Config {
            file: file.to_owned(),
            reason,
        };
        let said: serde_json::Value =
            serde_json::from_str(json).map_err(|e| refused(e.to_string()))?;
        let said = said.get("model").unwrap_or(&said);
        let of_both = 2;
        let sizes = [
            ("num_ipa_blocks", self.num_ipa_blocks),
            ("d_model", self.d_model),
            ("pair_blocks", self.pair_blocks),
            ("pair_divisor", self.pair_divisor),
            ("pair_heads", self.pair_heads),
            ("pair_dim_head", self.pair_dim_head),
            ("readout_layers", self.readout_layers),
            ("readout_hidden_dim", self.readout_hidden_dim),
        ];
        let known = match which {
            Which::Marginal => &sizes[..of_both],
            Which::Joint => &sizes[..],
        };
        for &(key, found) in known {
            if let Some(said) = said.get(key).and_then(serde_json::Value::as_u64)
                && said != found as u64
            {
                return Err(refused(format!(
                    "{key} is {said}, but the tensors say {found}"
                )));
            }
        }
        if let Some(positions) = said
            .get("use_sinusoidal_pos_emb")
            .and_then(serde_json::Value::as_bool)
        {
            self.use_sinusoidal_pos_emb = positions;
        }
        if let Some(convention) = said.get("convention") {
            self.convention =
                serde_json::from_value(convention.clone()).map_err(|e| refused(e.to_string()))?;
        }
        Ok(())
    }

    /// Width of the pairs' states.
    pub(crate) fn pair_width(&self) -> usize {
        self.d_model / self.pair_divisor
    }
}
