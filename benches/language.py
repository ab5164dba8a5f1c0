"""Language models beside PyTorch, in one run, call by call in turns. benches/README.md says what is compared and how to read it.

    pip install torch transformers safetensors
    python3 benches/language.py [--models 35M 650M] [--lengths 76 250 500 1000] [--jobs marginals masked scan]
"""
import argparse
import json
import os
import tempfile

import torch
from safetensors.torch import save_file
from torch import nn
from transformers import EsmConfig, EsmForMaskedLM

from side_by_side import Ours, Table, start

AMINO = "ACDEFGHIKLMNPQRSTVWY"
ORDER = ["<cls>", "<pad>", "<eos>", "<unk>", *"LAGVSERTIDPKQNFYMHWCXBUZO", ".", "-", "<null_1>", "<mask>"]
TOKEN = {token: i for i, token in enumerate(ORDER)}
MASK = TOKEN["<mask>"]
# Layers, width, heads of the published sizes.
SHAPES = {"8M": (6, 320, 20), "35M": (12, 480, 20), "150M": (30, 640, 20), "650M": (33, 1280, 20)}
DTYPES = {"auto": torch.float32, "f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}


class Dance(nn.Module):
    """The authors' heads over an encoder that returns its attention maps."""

    def __init__(self, esm2, shape):
        super().__init__()
        layers, width, heads = shape
        self.esm2 = esm2
        head = lambda out: nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width), nn.Dropout(0.1), nn.Linear(width, out))
        self.res_pred_nn, self.res_transform_nn = head(50), head(2 * width)
        self.pair_middle_linear = nn.Linear(2 * width, width // 2)
        self.pair_pred_linear = nn.Linear(width // 2 + layers * heads, 13)

    def forward(self, ids):
        out = self.esm2(ids, attention_mask=torch.ones_like(ids), output_attentions=True)
        states = out.last_hidden_state
        r = self.res_pred_nn(states)
        q, k = self.res_transform_nn(states).chunk(2, dim=-1)
        product, difference = q[:, None, :, :] * k[:, :, None, :], q[:, None, :, :] - k[:, :, None, :]
        middle = nn.functional.gelu(self.pair_middle_linear(torch.cat([product, difference], dim=-1)))
        maps = torch.cat(out.attentions, dim=1).permute(0, 2, 3, 1)
        pairs = self.pair_pred_linear(torch.cat([middle, maps], dim=-1))
        softplus = nn.Softplus(threshold=2)
        residues = [softplus(r[..., 0]), softplus(r[..., 1]), torch.sigmoid(r[..., 2]), *(torch.softmax(r[..., a:b], -1) for a, b in
                    ((3, 11), (11, 23), (23, 35), (35, 47))), softplus(r[..., 47:])]
        return residues, softplus(pairs[..., :9]), 2 * torch.sigmoid(pairs[..., 9:]) - 1


class Side:
    """PyTorch's side of one model size: the language model, and the dynamics model over the same encoder."""

    def __init__(self, shape, folder, device, dtype, with_dance):
        layers, width, heads = shape
        torch.manual_seed(7)
        config = EsmConfig(vocab_size=33, mask_token_id=32, pad_token_id=1, hidden_size=width, num_hidden_layers=layers,
                           num_attention_heads=heads, intermediate_size=4 * width, max_position_embeddings=1026,
                           position_embedding_type="rotary", emb_layer_norm_before=False, token_dropout=True, layer_norm_eps=1e-5,
                           hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
        self.esm2 = EsmForMaskedLM(config).eval()
        for parameter in self.esm2.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=1.3 * width ** -0.5)
        self.esm2.save_pretrained(f"{folder}/esm2", safe_serialization=True)
        self.dance = None
        if with_dance:
            self.dance = Dance(self.esm2.esm, shape).eval()
            os.makedirs(f"{folder}/dance", exist_ok=True)
            save_file({k: v.contiguous() for k, v in self.dance.state_dict().items()}, f"{folder}/dance/model.safetensors")
            with open(f"{folder}/dance/config.json", "w") as file:
                json.dump(dict(num_hidden_layers=layers, hidden_size=width, num_attention_heads=heads, intermediate_size=4 * width), file)
        for module in filter(None, (self.esm2, self.dance)):
            module.to(device=device, dtype=dtype)
        self.device = device

    def attention(self, kind):
        """Scaled dot product attention where no map is wanted, the plain one where maps are."""
        self.esm2.set_attn_implementation(kind)

    def marginals(self, ids):
        return (torch.log_softmax(self.esm2(ids).logits[0].float(), -1)).double().sum().item()

    def masked(self, ids, rows, most):
        """Log-probabilities of the first `rows` residues, each masked in its turn, `most` at once."""
        total = 0.0
        for start in range(0, rows, most):
            count = min(most, rows - start)
            batch = ids.repeat(count, 1)
            at = torch.arange(count, device=self.device)
            batch[at, at + start + 1] = MASK
            total += torch.log_softmax(self.esm2(batch).logits[at, at + start + 1].float(), -1)[:, 4:24].double().sum().item()
        return total

    def mutant(self, ids, wild):
        residues, _, _ = self.dance(ids)
        change = lambda i: ((residues[i].float() - wild[i].float()).abs() / (wild[i].float().abs() + 0.01)).mean().item()
        return (change(0) + change(6)) / 2


def sequence(length):
    generator = torch.Generator().manual_seed(1)
    letters = "".join(AMINO[i] for i in torch.randint(20, (length,), generator=generator))
    return letters, torch.tensor([[TOKEN["<cls>"], *(TOKEN[a] for a in letters), TOKEN["<eos>"]]])


def measure(options, model, table):
    shape, cpu = SHAPES[model], options.device == "cpu"
    dtype = DTYPES[options.dtype]
    # Tokens of a masked batch and of our share of a scan: all that there are on a GPU.
    budget = options.tokens or ({"650M": 1024, "150M": 2048}.get(model, 4096) if cpu else 10 ** 9)
    close = 1e-3 if options.dtype in ("auto", "f32") else 0.2
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        side = Side(shape, folder, options.device, dtype, "scan" in options.jobs)
        ours = Ours(options.threads, options.device, options.dtype, options.binary)
        languages = {"marginals", "masked"} & set(options.jobs)
        for wanted, name in ((languages, "esm2"), ("scan" in options.jobs, "dance")):
            if wanted:
                ours(name, f"{folder}/{name}")
        for length in options.lengths:
            letters, ids = sequence(length)
            ids, facts = ids.to(options.device), dict(model=model, length=length, dtype=options.dtype)
            share = max(1, budget // (length + 2))
            side.attention("sdpa")
            if "marginals" in options.jobs:
                table.compare(f"{model} {length}: wild-type marginals", lambda: side.marginals(ids), lambda: ours("logits", letters),
                              options.repetitions, close=close, device=options.device, job="marginals", **facts)
            if "masked" in options.jobs:
                rows = min(length, share)
                most = rows if cpu else max(1, 65536 // (length + 2))
                table.compare(f"{model} {length}: {rows} masked rows", lambda: side.masked(ids, rows, most), lambda: ours("masked", letters, rows),
                              options.repetitions, close=close, device=options.device, job="masked", rows=rows, **facts)
            if "scan" in options.jobs:
                scan(options, table, side, ours, letters, ids, min(19 * length, 28 * share), facts, close)
        if options.roofline:
            roofline(options, table, ours, model, shape)
        if options.curve:
            curve(options, table, ours, model)
        ours.close()


def scan(options, table, side, ours, letters, ids, mutants, facts, close):
    """The authors' way, one mutant at a time with attention maps and pair head, extrapolated from a few a repetition."""
    length, model = facts["length"], facts["model"]
    few = max(1, 1000 // length)
    width = SHAPES[model][1]
    needed = 4 * 4 * (length + 2) ** 2 * 2 * width  # product, difference, both, and one more
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if options.device == "cpu" else torch.cuda.mem_get_info()[0]
    if needed > 0.6 * free:
        table.note(f"{model} {length}: dynamics scan", left_out=f"the pair head one by one wants {needed / 1e9:.0f} GB")
        return
    side.attention("eager")
    mutant = ids.clone()
    mutant[0, 1] = TOKEN[next(a for a in AMINO if a != letters[0])]
    with torch.inference_mode():
        wild = side.dance(ids)[0]
    row = table.compare(f"{model} {length}: dynamics scan, a mutant ({mutants} at once)", lambda: [side.mutant(mutant, wild) for _ in range(few)][0],
                  lambda: ours("scan", letters, mutants), options.repetitions, shares=(few, mutants), close=max(close, 1e-3),
                  device=options.device, job="scan", mutants=mutants, **facts)
    total = lambda side: row["wall"][side] * 19 * length / 1e3
    table.note(f"{model} {length}: all {19 * length} mutants, extrapolated", pytorch_seconds=total("pytorch_ms"),
               dynascope_seconds=total("dynascope_ms"), times_faster=1 / row["wall"]["ratio"], times_less_cpu=1 / row["cpu"]["ratio"])


def roofline(options, table, ours, model, shape):
    """Achieved FLOP/s of a masked batch over what plain products of the feed-forward block reach."""
    layers, width, _ = shape
    length = 250
    letters, _ = sequence(length)
    rows = max(1, (options.tokens or (4096 if options.device == "cpu" else 65536)) // (length + 2))
    products = max(ours("gemm", rows * (length + 2), width, 4 * width)[0] for _ in range(options.repetitions + 1))
    tokens = rows * (length + 2)
    flops = tokens * layers * (24 * width ** 2 + 4 * (length + 2) * width)
    best = min(ours("masked", letters, min(rows, length))[1] for _ in range(options.repetitions + 1))
    achieved = flops * min(rows, length) / rows / best / 1e6
    table.note(f"{model} roofline, {rows} rows of {length}", gflops=achieved, plain_product_gflops=products, share=achieved / products)


def curve(options, table, ours, model):
    """Our cost against length and against batch, without PyTorch."""
    for length in (50, 100, 200, 400, 700, 1000):
        letters, _ = sequence(length)
        times = sorted(ours("logits", letters)[1:] for _ in range(options.repetitions + 1))
        table.note(f"{model} curve, length {length}", curve="length", model=model, x=length, wall_ms=times[0][0], cpu_ms=times[0][1])
    letters, _ = sequence(250)
    for rows in (1, 2, 4, 8, 16, 32):
        times = sorted(ours("masked", letters, rows)[1:] for _ in range(options.repetitions + 1))
        table.note(f"{model} curve, {rows} rows of 250", curve="batch", model=model, x=rows, wall_ms=times[0][0] / rows, cpu_ms=times[0][1] / rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", nargs="+", choices=SHAPES, default=["35M"])
    parser.add_argument("--lengths", nargs="+", type=int, default=[76, 250, 500, 1000])
    parser.add_argument("--jobs", nargs="+", choices=["marginals", "masked", "scan"], default=["marginals", "masked", "scan"])
    parser.add_argument("--dtype", default="auto", choices=DTYPES)
    parser.add_argument("--tokens", type=int, help="tokens of a masked batch and of our share of a scan")
    parser.add_argument("--roofline", action="store_true")
    parser.add_argument("--curve", action="store_true", help="our cost against length and batch")
    parser.add_argument("--pairs", type=int, default=0, help="also run the pair head at this length and report its memory")
    parser.add_argument("--folder", help="where the random weights go for a while (650M: 5 GB)")
    options = start(parser, repetitions=5)
    table = Table(options.threads, options.device, f"random weights, {options.dtype}, medians of {options.repetitions}", options.json)
    for model in options.models:
        measure(options, model, table)
    if options.pairs:
        pairs(options, table)


def pairs(options, table):
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        Side(SHAPES["35M"], folder, "cpu", torch.float32, True)
        ours = Ours(options.threads, options.device, options.dtype, options.binary)
        ours("dance", f"{folder}/dance")
        _, wall, _ = ours("pairs", sequence(options.pairs)[0])
        table.note(f"35M pair head, length {options.pairs}", seconds=wall / 1e3, peak_gigabytes=ours.peak_gigabytes())
        ours.close()


main()
