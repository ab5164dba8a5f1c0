"""Makes the tiny reference models of the self-test: random weights stored in f16, results computed from them in float64.

    pip install torch transformers safetensors
    python3 assets/selftest/make.py      (versions that made the files: torch 2.15, transformers 5.23)
"""
import os

import torch
from safetensors.torch import save_file
from torch import nn
from transformers import EsmConfig, EsmForMaskedLM

HERE = os.path.dirname(os.path.abspath(__file__))
ORDER = ["<cls>", "<pad>", "<eos>", "<unk>", *"LAGVSERTIDPKQNFYMHWCXBUZO", ".", "-", "<null_1>", "<mask>"]
SEQUENCE = ["<cls>", *"MKWVTD", "<mask>", *"HG", "<eos>"]
WIDTH, LAYERS, HEADS = 16, 2, 2


def rounded(module):
    for parameter in module.parameters():
        parameter.data = parameter.data.half().double()


def main():
    torch.manual_seed(3)
    torch.set_default_dtype(torch.float64)
    ids = torch.tensor([[ORDER.index(token) for token in SEQUENCE]])
    config = EsmConfig(vocab_size=33, mask_token_id=32, pad_token_id=1, hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
                       intermediate_size=2 * WIDTH, position_embedding_type="rotary", emb_layer_norm_before=False, token_dropout=True,
                       layer_norm_eps=1e-5, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation="eager")
    esm2 = EsmForMaskedLM(config).double().eval()
    for parameter in esm2.parameters():
        nn.init.normal_(parameter, std=0.4)
    head = lambda out: nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.LayerNorm(WIDTH), nn.Dropout(), nn.Linear(WIDTH, out))
    heads = nn.ModuleDict({"res_pred_nn": head(50), "res_transform_nn": head(2 * WIDTH), "pair_middle_linear": nn.Linear(2 * WIDTH, WIDTH // 2),
                           "pair_pred_linear": nn.Linear(WIDTH // 2 + LAYERS * HEADS, 13)}).double().eval()
    rounded(esm2)
    rounded(heads)
    with torch.no_grad():
        logits = esm2(ids).logits[0]
        out = esm2.esm(ids, attention_mask=torch.ones_like(ids), output_attentions=True)
        r = heads["res_pred_nn"](out.last_hidden_state)[0]
        q, k = heads["res_transform_nn"](out.last_hidden_state).chunk(2, dim=-1)
        pair = torch.cat([q[:, None] * k[:, :, None], q[:, None] - k[:, :, None]], dim=-1)
        maps = torch.cat(out.attentions, dim=1).permute(0, 2, 3, 1)
        middle = nn.functional.gelu(heads["pair_middle_linear"](pair))
        p = heads["pair_pred_linear"](torch.cat([middle, maps], dim=-1))[0]
        softplus = nn.Softplus(threshold=2)
        residues = torch.cat([softplus(r[:, :2]), torch.sigmoid(r[:, 2:3]), *(torch.softmax(r[:, a:b], -1) for a, b in
                              ((3, 11), (11, 23), (23, 35), (35, 47))), softplus(r[:, 47:])], dim=-1)
        pairs = torch.cat([softplus(p[..., :9]), 2 * torch.sigmoid(p[..., 9:]) - 1], dim=-1)
    kept = {k: v for k, v in esm2.state_dict().items() if not any(s in k for s in ("contact_head", "inv_freq", "decoder", "position"))}
    save_file({k: v.half().contiguous() for k, v in kept.items()}, f"{HERE}/esm2.safetensors")
    encoder = {k.replace("esm.", "esm2.", 1): v for k, v in kept.items() if k.startswith("esm.")}
    save_file({k: v.half().contiguous() for k, v in {**encoder, **heads.state_dict()}.items()}, f"{HERE}/dance.safetensors")
    expected = {"tokens": ids[0].to(torch.uint8), "logits": logits, "residues": residues, "pairs": pairs}
    save_file({k: (v if v.dtype == torch.uint8 else v.float()).contiguous() for k, v in expected.items()}, f"{HERE}/expected.safetensors")


main()
