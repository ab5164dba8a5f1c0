//! What files call tensors, and what models ask for: the names of ESM's authors' own library, fair-esm, as
//! those of Hugging Face, and what training loops put before names.

use std::collections::BTreeMap;

use crate::models::error::ModelError;

/// What training loops put before every name.
const WRAPPERS: [&str; 4] = ["module.", "model.", "_orig_mod.", "network."];

/// The names of a file, by the names that models ask for.
pub(super) fn by_model(
    file: &str,
    all: Vec<String>,
) -> Result<BTreeMap<String, String>, ModelError> {
    let wrapper = common_wrapper(&all).len();
    let mut names = BTreeMap::new();
    for own in all {
        if let Some(other) = names.insert(canonical(&own[wrapper..]), own.clone()) {
            return Err(ModelError::NotSafetensors {
                file: file.to_owned(),
                reason: format!("tensors '{other}' and '{own}' have the same meaning"),
            });
        }
    }
    Ok(names)
}

/// The wrappers, one around the other, that all names have.
fn common_wrapper(all: &[String]) -> &str {
    let Some(first) = all.first() else {
        return "";
    };
    let mut length = 0;
    while let Some(wrapper) = WRAPPERS.iter().find(|w| first[length..].starts_with(**w))
        && all.iter().all(|name| {
            name.get(length..)
                .is_some_and(|rest| rest.starts_with(wrapper))
        })
    {
        length += wrapper.len();
    }
    &first[..length]
}

/// The name that a model asks for, of a tensor that a file calls `name`.
fn canonical(name: &str) -> String {
    let name = without_wrapper(name);
    fair_esm(name).unwrap_or_else(|| name.to_owned())
}

/// What training loops put before a module's names.
fn without_wrapper(name: &str) -> &str {
    let known = |rest: &str| {
        [
            "esm.",
            "lm_head.",
            "encoder.sentence_encoder.",
            "encoder.lm_head.",
        ]
        .iter()
        .any(|start| rest.starts_with(start))
    };
    WRAPPERS
        .iter()
        .find_map(|wrapper| name.strip_prefix(wrapper).filter(|rest| known(rest)))
        .unwrap_or(name)
}

fn fair_esm(name: &str) -> Option<String> {
    if let Some(rest) = name.strip_prefix("encoder.lm_head.") {
        return Some(match rest {
            "weight" => "lm_head.decoder.weight".to_owned(),
            other => format!("lm_head.{other}"),
        });
    }
    let rest = name.strip_prefix("encoder.sentence_encoder.")?;
    let Some(layer) = rest.strip_prefix("layers.") else {
        let (module, parameter) = rest.rsplit_once('.')?;
        let module = match module {
            "embed_tokens" => "embeddings.word_embeddings",
            "embed_positions" => "embeddings.position_embeddings",
            "emb_layer_norm_before" => "embeddings.layer_norm",
            "emb_layer_norm_after" => "encoder.emb_layer_norm_after",
            other => other,
        };
        return Some(format!("esm.{module}.{parameter}"));
    };
    let (number, rest) = layer.split_once('.')?;
    let (module, parameter) = rest.rsplit_once('.')?;
    let module = match module {
        "self_attn.q_proj" => "attention.self.query",
        "self_attn.k_proj" => "attention.self.key",
        "self_attn.v_proj" => "attention.self.value",
        "self_attn.out_proj" => "attention.output.dense",
        "self_attn.rot_emb" => "attention.self.rotary_embeddings",
        "self_attn_layer_norm" => "attention.LayerNorm",
        "fc1" => "intermediate.dense",
        "fc2" => "output.dense",
        "final_layer_norm" => "LayerNorm",
        other => other,
    };
    Some(format!("esm.encoder.layer.{number}.{module}.{parameter}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn names_of_fair_esm_are_those_of_hugging_face() {
        for (theirs, ours) in [
            (
                "encoder.sentence_encoder.layers.11.self_attn.k_proj.bias",
                "esm.encoder.layer.11.attention.self.key.bias",
            ),
            (
                "encoder.sentence_encoder.layers.0.final_layer_norm.weight",
                "esm.encoder.layer.0.LayerNorm.weight",
            ),
            (
                "encoder.sentence_encoder.embed_tokens.weight",
                "esm.embeddings.word_embeddings.weight",
            ),
            ("encoder.lm_head.weight", "lm_head.decoder.weight"),
            ("encoder.lm_head.layer_norm.bias", "lm_head.layer_norm.bias"),
            ("module.lm_head.bias", "lm_head.bias"),
            ("esm.pooler.dense.bias", "esm.pooler.dense.bias"),
            ("model.norm.weight", "model.norm.weight"),
        ] {
            assert_eq!(canonical(theirs), ours);
        }
    }

    #[test]
    fn what_is_before_every_name_is_left_out() {
        for (names, ours) in [
            (
                ["model.module.a.weight", "model.module.b"],
                ["a.weight", "b"],
            ),
            (["_orig_mod.a", "_orig_mod.model.b"], ["a", "model.b"]),
            (["model.a", "loss.b"], ["loss.b", "model.a"]),
        ] {
            let names = by_model("file", names.map(str::to_owned).to_vec()).unwrap();
            assert!(names.keys().eq(ours.iter()), "{names:?}");
        }
        let twice = ["lm_head.bias", "encoder.lm_head.bias"].map(str::to_owned);
        assert!(by_model("file", twice.to_vec()).is_err());
    }
}
