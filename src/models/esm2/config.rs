//! The shape and the switches of an encoder of the ESM family, from `config.json` or from the weights themselves.

use std::path::Path;

use serde::Deserialize;

use crate::models::error::ModelError;
use crate::models::tokenizer::VOCABULARY;
use crate::models::weights::WeightsFile;

/// Layers, widths and switches of an encoder.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Config {
    /// Number of layers.
    #[serde(rename = "num_hidden_layers")]
    pub layers: usize,
    /// Width of the hidden states.
    #[serde(rename = "hidden_size")]
    pub width: usize,
    /// Attention heads of a layer.
    #[serde(rename = "num_attention_heads")]
    pub heads: usize,
    /// Width inside the feed-forward block.
    #[serde(rename = "intermediate_size")]
    pub feed_forward: usize,
    /// Added to the variance of a layer norm.
    #[serde(default = "published_epsilon")]
    pub layer_norm_eps: f64,
    /// Whether masked embeddings are zeroed and all of them rescaled.
    #[serde(default = "yes")]
    pub token_dropout: bool,
    #[serde(default = "published_vocabulary")]
    vocab_size: usize,
    /// `rotary` (ESM-2) or `absolute` (ESM-1b, ESM-1v: learned); not said in every file.
    #[serde(default)]
    position_embedding_type: Option<String>,
    /// Rows of the learned positions.
    #[serde(default = "published_positions")]
    max_position_embeddings: usize,
    /// Whether the embedding is normed before the first layer.
    #[serde(default)]
    emb_layer_norm_before: Option<bool>,
    /// Whether the output matrix is that of the embedding; not said in every file.
    #[serde(default, rename = "tie_word_embeddings")]
    tied: Option<bool>,
}

/// The name of learned positions in configurations.
const LEARNED: &str = "absolute";
/// Learned positions count from the one after `<pad>`.
pub const FIRST_POSITION: usize = 2;
/// The output matrix, where it is not that of the embedding.
pub const OUTPUT: &str = "lm_head.decoder.weight";

fn published_epsilon() -> f64 {
    1e-5
}

fn published_vocabulary() -> usize {
    VOCABULARY
}

fn published_positions() -> usize {
    1026
}

fn yes() -> bool {
    true
}

impl Config {
    /// A shape with everything else as published.
    #[must_use]
    pub fn new(layers: usize, width: usize, heads: usize) -> Self {
        Self {
            layers,
            width,
            heads,
            feed_forward: 4 * width,
            layer_norm_eps: published_epsilon(),
            token_dropout: true,
            vocab_size: VOCABULARY,
            position_embedding_type: None,
            max_position_embeddings: published_positions(),
            emb_layer_norm_before: None,
            tied: None,
        }
    }

    /// Whether the language-model head multiplies by a matrix of its own.
    ///
    /// # Errors
    /// [`ModelError::Config`] when the file holds another matrix than the configuration says.
    pub fn has_own_output(&self, weights: &WeightsFile) -> Result<bool, ModelError> {
        let equal = weights.are_equal(OUTPUT, "esm.embeddings.word_embeddings.weight");
        match (self.tied, equal) {
            (Some(true), Some(false)) => Err(refuse(
                weights.name(),
                format!(
                    "'{OUTPUT}' differs from the embedding, but config.json says that they are one (tie_word_embeddings)"
                ),
            )),
            (Some(false), _) => Ok(true),
            (_, equal) => Ok(equal == Some(false)),
        }
    }

    /// Whether positions are learned embeddings, and not rotary angles.
    #[must_use]
    pub fn has_learned_positions(&self) -> bool {
        self.position_embedding_type.as_deref() == Some(LEARNED)
    }

    /// How many positions are learned, those of `<pad>` and before it included.
    #[must_use]
    pub fn learned_positions(&self) -> usize {
        self.max_position_embeddings
    }

    /// The longest sequence in tokens, where positions are learned.
    #[must_use]
    pub fn most_tokens(&self) -> Option<usize> {
        let tokens = self.max_position_embeddings.saturating_sub(FIRST_POSITION);
        self.has_learned_positions().then_some(tokens)
    }

    /// Whether the embedding is normed before the first layer.
    #[must_use]
    pub fn norms_embedding(&self) -> bool {
        self.emb_layer_norm_before == Some(true)
    }

    /// Width of a head.
    #[must_use]
    pub fn head_width(&self) -> usize {
        self.width / self.heads
    }

    /// Parses the text of a `config.json`; `name` is for the error.
    ///
    /// # Errors
    /// [`ModelError::Config`] when it is no configuration of the family.
    pub fn parse(name: &str, text: &str) -> Result<Self, ModelError> {
        let config: Self = serde_json::from_str(text).map_err(|error| {
            refuse(
                name,
                format!("not the configuration of an ESM model: {error}"),
            )
        })?;
        config.check().map_err(|reason| refuse(name, reason))?;
        Ok(config)
    }

    /// The configuration of a weights file: `config.json` beside it where that describes an encoder,
    /// else the shapes of its tensors, where the heads follow from the width as published.
    ///
    /// # Errors
    /// [`ModelError::Config`], or [`ModelError::MissingTensor`] when the file holds no encoder.
    pub fn beside(weights: &WeightsFile, prefix: &str) -> Result<Self, ModelError> {
        let path = Path::new(weights.name()).with_file_name("config.json");
        match std::fs::read_to_string(&path) {
            Ok(text) if text.contains("\"hidden_size\"") => {
                let mut config = Self::parse(&path.display().to_string(), &text)?;
                if config.position_embedding_type.is_none() {
                    config.learn(weights, prefix);
                }
                Ok(config)
            }
            _ => Self::of_shapes(weights, prefix),
        }
    }

    /// Sets the switches that tensors tell.
    fn learn(&mut self, weights: &WeightsFile, prefix: &str) {
        let embedding = |part: &str| weights.shape(&format!("{prefix}.embeddings.{part}.weight"));
        // Files of ESM-2 may hold learned positions that nothing reads, beside the frequencies of the angles.
        let names = weights.tensor_names();
        let turns = names.iter().any(|name| name.ends_with("inv_freq"));
        if let Some(&[positions, _]) = embedding("position_embeddings").as_deref()
            && !turns
        {
            self.position_embedding_type = Some(LEARNED.to_owned());
            self.max_position_embeddings = positions;
        }
        let norms = embedding("layer_norm").is_some();
        self.emb_layer_norm_before = self.emb_layer_norm_before.or(Some(norms));
    }

    /// The configuration that the shapes of the tensors tell.
    ///
    /// # Errors
    /// As [`Config::beside`].
    pub fn of_shapes(weights: &WeightsFile, prefix: &str) -> Result<Self, ModelError> {
        let tensor = format!("{prefix}.embeddings.word_embeddings.weight");
        let Some(&[_, width]) = weights.shape(&tensor).as_deref() else {
            return Err(ModelError::MissingTensor {
                file: weights.name().to_owned(),
                tensor,
            });
        };
        let layers = layers_of(weights, prefix);
        let heads = match width {
            320 | 480 | 640 | 1280 => 20,
            2560 | 5120 => 40,
            _ => {
                let reason = format!(
                    "an encoder of width {width} is none of the published sizes; put its config.json beside it"
                );
                return Err(refuse(weights.name(), reason));
            }
        };
        let mut config = Self::new(layers, width, heads);
        config.learn(weights, prefix);
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        if self.vocab_size != VOCABULARY {
            return Err(format!(
                "vocabulary of {} tokens, the known models of the family have {VOCABULARY}",
                self.vocab_size
            ));
        }
        if let Some(other) = self.position_embedding_type.as_deref()
            && !["rotary", LEARNED].contains(&other)
        {
            return Err(format!(
                "positions of the kind '{other}' are not known, only rotary and {LEARNED}"
            ));
        }
        let sizes = [self.layers, self.width, self.heads, self.feed_forward];
        if sizes.contains(&0) || !self.width.is_multiple_of(2 * self.heads) {
            return Err(format!(
                "width {} cannot be split into {} heads of even width",
                self.width, self.heads
            ));
        }
        Ok(())
    }
}

/// The layers that tensors below a prefix are numbered by.
#[must_use]
pub fn layers_of(weights: &WeightsFile, prefix: &str) -> usize {
    let start = format!("{prefix}.encoder.layer.");
    let names = weights.tensor_names();
    let numbers = names
        .iter()
        .filter_map(|name| name.strip_prefix(&start)?.split_once('.')?.0.parse().ok());
    numbers.max().map_or(0, |last: usize| last + 1)
}

fn refuse(file: &str, reason: String) -> ModelError {
    ModelError::Config {
        file: file.to_owned(),
        reason,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_published_config_is_read() {
        let text = r#"{"num_hidden_layers": 12, "hidden_size": 480, "num_attention_heads": 20,
            "intermediate_size": 1920, "vocab_size": 33, "layer_norm_eps": 1e-05, "torch_dtype": "float32"}"#;
        let config = Config::parse("config.json", text).unwrap();
        assert_eq!(config, Config::new(12, 480, 20));
        assert_eq!(config.head_width(), 24);
    }

    #[test]
    fn what_is_not_of_the_family_is_refused_in_words() {
        let with = |more: &str| {
            format!(
                r#"{{"num_hidden_layers": 1, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 32{more}}}"#
            )
        };
        for (more, words) in [
            (
                r#", "position_embedding_type": "relative_key""#,
                "relative_key",
            ),
            (r#", "vocab_size": 30"#, "30 tokens"),
            (r#", "num_attention_heads": 3"#, "duplicate"),
        ] {
            let error = Config::parse("c.json", &with(more))
                .unwrap_err()
                .to_string();
            assert!(error.contains(words), "{error}");
        }
        assert!(Config::parse("c.json", "{}").is_err());
        assert!(Config::parse("c.json", &with("").replace("heads\": 2", "heads\": 3")).is_err());
    }
}
