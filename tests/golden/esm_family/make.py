"""Makes one tiny random network of the ESM family and what it gives with every combination of the family's switches.

    pip install torch transformers safetensors
    python3 tests/golden/esm_family/make.py      (versions that made the files: torch 2.5.1, transformers 4.46.3)
"""
import argparse
import collections
import itertools
import os

import torch
from safetensors.torch import save_file
from torch import nn
from transformers import EsmConfig, EsmForMaskedLM

HERE = os.path.dirname(os.path.abspath(__file__))
ORDER = ["<cls>", "<pad>", "<eos>", "<unk>", *"LAGVSERTIDPKQNFYMHWCXBUZO", ".", "-", "<null_1>", "<mask>"]
SEQUENCES = [["<cls>", *"MKWVTDXLHGAQ", "<eos>"], ["<cls>", *"GS", "<mask>", *"EPY", "<mask>", *"IC", "<eos>", "<pad>", "<pad>", "<pad>"]]
SIZES = dict(vocab_size=33, mask_token_id=32, pad_token_id=1, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
             max_position_embeddings=18, layer_norm_eps=1e-5, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
             attn_implementation="eager")
FAIR_ESM = [("esm.embeddings.word_embeddings", "embed_tokens"), ("esm.embeddings.position_embeddings", "embed_positions"),
            ("esm.embeddings.layer_norm", "emb_layer_norm_before"), ("esm.encoder.emb_layer_norm_after", "emb_layer_norm_after"),
            ("attention.self.query", "self_attn.q_proj"), ("attention.self.key", "self_attn.k_proj"),
            ("attention.self.value", "self_attn.v_proj"), ("attention.output.dense", "self_attn.out_proj"),
            ("attention.LayerNorm", "self_attn_layer_norm"), ("intermediate.dense", "fc1"), ("output.dense", "fc2"), (".LayerNorm", ".final_layer_norm")]


def model(position, norm, dropout, tied):
    config = EsmConfig(position_embedding_type=position, emb_layer_norm_before=norm, token_dropout=dropout, tie_word_embeddings=tied, **SIZES)
    return EsmForMaskedLM(config).double().eval()


def fair_esm(name):
    if name.startswith("lm_head."):
        return "encoder." + name.replace("decoder.weight", "weight")
    for ours, theirs in FAIR_ESM:
        name = name.replace(ours, theirs)
    return "encoder.sentence_encoder." + name.replace("esm.encoder.layer.", "layers.")


def main():
    torch.manual_seed(29)
    length = max(len(s) for s in SEQUENCES)
    ids = torch.tensor([[ORDER.index(t) for t in s] + [1] * (length - len(s)) for s in SEQUENCES])
    whole = model("absolute", True, True, False)
    for parameter in whole.parameters():
        nn.init.normal_(parameter, std=0.4)
        parameter.data = parameter.data.half().double()
    kept = lambda m: {k: v for k, v in m.state_dict().items() if not any(s in k for s in ("contact_head", "inv_freq", "decoder.bias"))}
    weights = kept(whole)
    save_file({k: v.half().contiguous() for k, v in weights.items()}, f"{HERE}/weights.safetensors")
    expected = {"tokens": ids.to(torch.uint8)}
    for position, norm, dropout, tied in itertools.product(["rotary", "absolute"], *[[False, True]] * 3):
        one = model(position, norm, dropout, tied)
        # One matrix where they are tied: the embedding's.
        one.load_state_dict({k: v for k, v in weights.items() if not (tied and "decoder" in k)}, strict=False)
        with torch.no_grad():
            logits = one(ids, attention_mask=(ids != 1).long()).logits
        expected[f"{position}{'.norm' * norm}{'.dropout' * dropout}{'.tied' * tied}"] = logits.float().contiguous()
    save_file(expected, f"{HERE}/expected.safetensors")

    # Files of PyTorch with the network without learned positions and first norm, tied: as fair-esm, as Lightning, as before PyTorch 1.6.
    plain = {k: v.half() for k, v in weights.items() if "position_embeddings" not in k and "embeddings.layer_norm" not in k}
    plain["lm_head.decoder.weight"] = plain["esm.embeddings.word_embeddings.weight"]
    theirs = {fair_esm(k): v for k, v in plain.items()}
    options = argparse.Namespace(encoder_layers=2, arch="roberta_large", token_dropout=True)
    torch.save({"cfg": {"model": options}, "model": theirs}, f"{HERE}/fair_esm.pt")
    some = collections.OrderedDict()
    some["model.turned"] = torch.arange(6, dtype=torch.float32).reshape(2, 3).t()
    some["model.part"] = torch.arange(10, dtype=torch.float64)[3:5]
    some["model.scalar"] = torch.tensor(2.5, dtype=torch.bfloat16)
    some["model.parameter"] = nn.Parameter(torch.ones(2, 1, 2))
    some["model.whole"] = torch.tensor([1, -2])
    some["model.flag"] = torch.tensor([True])
    torch.save({"epoch": 3, "pytorch-lightning_version": "2.5.0", "state_dict": some, "hyper_parameters": {"rate": 1e-3, "big": 1 << 40},
                "optimizer_states": [{"state": {0: {"step": torch.tensor(1.0)}}}]}, f"{HERE}/lightning.ckpt")
    torch.save(dict(some), f"{HERE}/old.pt", _use_new_zipfile_serialization=False)


main()
