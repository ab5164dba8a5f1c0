//! The tensors of ESM-2 under the names of its authors' own library, fair-esm, as those of Hugging Face.

/// The name that a model asks for, of a tensor that a file calls `name`.
pub(super) fn canonical(name: &str) -> String {
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
    ["module.", "model."]
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
}
