"""Cuts the numbers of the proof out of logits of the published ESM-2 weights.

    python3 assets/proof/make.py FOLDER      (needs torch and safetensors)

FOLDER holds esm2-8m.safetensors to esm2-3b.safetensors, each with input_ids, attention_mask and logits of three sequences, made with
the authors' own library, fair-esm, on an NVIDIA H100 (its arithmetic is not stated). Kept: log-probabilities of the 20 amino acids at
every third residue.
"""
import os
import sys

import torch
from safetensors.torch import load_file, save_file

HERE = os.path.dirname(os.path.abspath(__file__))
LETTERS = "LAGVSERTIDPKQNFYMHWC"  # tokens 4 to 23
ORDER = [4 + LETTERS.index(a) for a in "ACDEFGHIKLMNPQRSTVWY"]

out = {}
for size in ("8m", "35m", "150m", "650m", "3b"):
    data = load_file(os.path.join(sys.argv[1], f"esm2-{size}.safetensors"))
    tokens, places, ends, rows = [], [], [], []
    for ids, mask, logits in zip(data["input_ids"], data["attention_mask"], data["logits"]):
        length = int(mask.sum())
        own = list(range(1, length - 1, 3))
        tokens += ids[:length].tolist()
        places += own
        ends += [[len(tokens), len(places)]]
        rows.append(torch.log_softmax(logits[own].double(), -1)[:, ORDER])
    shared = {"tokens": torch.tensor(tokens, dtype=torch.uint8), "places": torch.tensor(places, dtype=torch.uint8),
              "ends": torch.tensor(ends, dtype=torch.uint8)}
    assert all(torch.equal(out.get(k, v), v) for k, v in shared.items())
    out |= shared | {f"esm2-{size}": torch.cat(rows).float().contiguous()}
save_file(out, f"{HERE}/esm2.safetensors")
