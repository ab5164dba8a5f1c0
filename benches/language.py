"""Language models on the CPU, side by side with PyTorch in one run, repetition by repetition.

Random weights in the published 35M shape are written to a temporary directory and read by both sides. `transformers` runs
ESM-2; the dynamics scan of SeqDance/ESMDance runs as its authors do: one mutant at a time, with attention maps and pair head.
Check values of both sides are compared, so that equal work is timed.

    pip install torch transformers safetensors
    cargo build --release --bench language   # prints nothing; the binary is found by this script
    python3 benches/language.py [--length 250] [--repetitions 5] [--threads 2] [--pairs 1024] [--skip-build]
"""
import argparse, glob, json, os, statistics, subprocess, sys, tempfile, time

import torch
from safetensors.torch import save_file
from torch import nn
from transformers import EsmConfig, EsmForMaskedLM

AMINO = "ACDEFGHIKLMNPQRSTVWY"
ORDER = ["<cls>", "<pad>", "<eos>", "<unk>", *"LAGVSERTIDPKQNFYMHWCXBUZO", ".", "-", "<null_1>", "<mask>"]
TOKEN = {token: i for i, token in enumerate(ORDER)}
MASK = TOKEN["<mask>"]


def config():
    return EsmConfig(vocab_size=33, mask_token_id=32, pad_token_id=1, hidden_size=480, num_hidden_layers=12, num_attention_heads=20,
                     intermediate_size=1920, max_position_embeddings=1026, position_embedding_type="rotary", emb_layer_norm_before=False,
                     token_dropout=True, layer_norm_eps=1e-5, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)


class Dance(nn.Module):
    """The authors' heads over an encoder that returns its attention maps."""

    def __init__(self, esm2):
        super().__init__()
        self.esm2 = esm2
        width, channels = 480, 240
        head = lambda out: nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width), nn.Dropout(0.1), nn.Linear(width, out))
        self.res_pred_nn, self.res_transform_nn = head(50), head(2 * width)
        self.pair_middle_linear = nn.Linear(2 * width, width // 2)
        self.pair_pred_linear = nn.Linear(width // 2 + channels, 13)

    def forward(self, ids):
        out = self.esm2(ids, attention_mask=torch.ones_like(ids), output_attentions=True)
        states = out.last_hidden_state
        residues = self.res_pred_nn(states)
        q, k = self.res_transform_nn(states).chunk(2, dim=-1)
        product, difference = q[:, None, :, :] * k[:, :, None, :], q[:, None, :, :] - k[:, :, None, :]
        middle = nn.functional.gelu(self.pair_middle_linear(torch.cat([product, difference], dim=-1)))
        maps = torch.cat(out.attentions, dim=1).permute(0, 2, 3, 1)
        pairs = self.pair_pred_linear(torch.cat([middle, maps], dim=-1))
        softplus = nn.Softplus(threshold=2)
        r = residues
        residues = [softplus(r[..., 0]), softplus(r[..., 1]), torch.sigmoid(r[..., 2]), *(torch.softmax(r[..., a:b], -1) for a, b in
                    ((3, 11), (11, 23), (23, 35), (35, 47))), softplus(r[..., 47:])]
        return residues, softplus(pairs[..., :9]), 2 * torch.sigmoid(pairs[..., 9:]) - 1


def write_weights(folder):
    torch.manual_seed(7)
    esm2 = EsmForMaskedLM(config()).eval()
    for name, parameter in esm2.named_parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter, std=0.06)
    esm2.save_pretrained(f"{folder}/esm2", safe_serialization=True)
    eager = EsmForMaskedLM.from_pretrained(f"{folder}/esm2", attn_implementation="eager").eval()
    dance = Dance(eager.esm).eval()
    os.makedirs(f"{folder}/dance")
    tensors = {k: v.contiguous() for k, v in dance.state_dict().items()}
    # The published files number the last layer of a head 4, after GELU (1), layer norm (2) and dropout (3).
    save_file(tensors, f"{folder}/dance/model.safetensors")
    with open(f"{folder}/dance/config.json", "w") as file:
        json.dump({"num_hidden_layers": 12, "hidden_size": 480, "num_attention_heads": 20, "intermediate_size": 1920}, file)
    return esm2, dance


class Ours:
    def __init__(self, threads):
        binary = max((p for p in glob.glob("target/release/deps/language-*") if os.access(p, os.X_OK) and not p.endswith(".d")), key=os.path.getmtime)
        environment = dict(os.environ, RAYON_NUM_THREADS=str(threads))
        self.process = subprocess.Popen([binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)

    def __call__(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer:
            sys.exit("the bench binary stopped")
        return float(answer[0]), float(answer[1])


def timed(work):
    start = time.perf_counter()
    with torch.inference_mode():
        value = work()
    return (time.perf_counter() - start) * 1e3, value


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--length", type=int, default=250)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--masked", type=int, default=16, help="rows of the masked batch")
    parser.add_argument("--mutants", type=int, default=32, help="mutants of the scan on our side; one on the other")
    parser.add_argument("--pairs", type=int, default=0, help="also run the pair head at this length and report its memory")
    parser.add_argument("--skip-build", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if not options.skip_build:
        subprocess.run(["cargo", "build", "--release", "--bench", "language"], check=True)
    generator = torch.Generator().manual_seed(1)
    letters = "".join(AMINO[i] for i in torch.randint(20, (options.length,), generator=generator))
    ids = torch.tensor([[TOKEN["<cls>"], *(TOKEN[a] for a in letters), TOKEN["<eos>"]]])

    with tempfile.TemporaryDirectory() as folder:
        esm2, dance = write_weights(folder)
        ours = Ours(options.threads)
        ours("esm2", f"{folder}/esm2")
        ours("dance", f"{folder}/dance")

        def marginals():
            p = torch.log_softmax(esm2(ids).logits[0], -1)
            return (p[1, TOKEN["A"]] - p[1, TOKEN[letters[0]]]).item()

        batch = ids.repeat(options.masked, 1)
        for row in range(options.masked):
            batch[row, row + 1] = MASK

        def masked():
            return torch.log_softmax(esm2(batch).logits[0, 1], -1)[4].item()

        mutant = ids.clone()
        first = next(a for a in AMINO if a != letters[0])
        mutant[0, 1] = TOKEN[first]

        def change(a, b):
            return ((a - b).abs() / (b.abs() + 0.01)).mean().item()

        with torch.inference_mode():
            wild = dance(ids)[0]

        def one_mutant():
            residues, _, _ = dance(mutant)
            return (change(residues[0], wild[0]) + change(residues[6], wild[6])) / 2

        work = [("wild-type marginals", marginals, ("marginals", letters), 1),
                (f"masked batch of {options.masked}", masked, ("masked", letters, options.masked), 1),
                ("dynamics scan, per mutant", one_mutant, ("scan", letters, options.mutants), options.mutants + 1)]
        times = {name: ([], []) for name, *_ in work}
        for repetition in range(options.repetitions + 1):
            for name, theirs, command, share in work:
                their_time, their_value = timed(theirs)
                our_time, our_value = ours(*command)
                if abs(their_value - our_value) > 1e-3 * max(1.0, abs(their_value)):
                    sys.exit(f"{name}: values differ, {their_value} and {our_value}")
                if repetition > 0:
                    times[name][0].append(their_time)
                    times[name][1].append(our_time / share)
        peak = None
        if options.pairs:
            small = Ours(options.threads)
            small("dance", f"{folder}/dance")
            milliseconds, _ = small("pairs", (letters * (options.pairs // len(letters) + 1))[:options.pairs])
            with open(f"/proc/{small.process.pid}/status") as status:
                peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1e6
        print(f"35M, L = {options.length}, {options.threads} threads, torch {torch.__version__}, medians of {options.repetitions}")
        print(f"{'':28} {'PyTorch ms':>11} {'dynascope ms':>13} {'faster by':>10} {'(least – most)':>16}")
        for name, (theirs, mine) in times.items():
            ratios = [a / b for a, b in zip(theirs, mine)]
            print(f"{name:28} {statistics.median(theirs):11.1f} {statistics.median(mine):13.1f} {statistics.median(ratios):10.2f}"
                  f" {min(ratios):8.2f} – {max(ratios):.2f}")
        if peak:
            print(f"pair head, L = {options.pairs}: {milliseconds / 1e3:.1f} s, {peak:.2f} GB at most, weights included")


main()
