"""DynaProt beside the authors' PyTorch code: both networks, and 100 conformations, on the same random weights.

    git clone https://github.com/MihirBafna/dynaprot
    pip install torch einops safetensors prody
    python3 benches/dynaprot.py --reference dynaprot [--lengths 100 250 500 1000]

Both sides start from coordinates in memory; ours also makes the report (hinges, domains, maps). The authors' attention wants its
frames as rows. They have published how the networks are joined but no code that samples: `conformations` is written from the paper.
"""
import argparse
import json
import math
import sys
import tempfile
import types

import prody
import torch
from safetensors.torch import save_file

from side_by_side import Ours, Table, start
from structures import made_up

MARGINAL = dict(num_ipa_blocks=8, d_model=128, use_sinusoidal_pos_emb=True, marginal_readout_layers=1)
JOINT = dict(num_ipa_blocks=8, d_model=128, use_sinusoidal_pos_emb=False, readout_hidden_dim=128, readout_layers=4, readout_dropout=0.1,
             use_layernorm=False, pair_blocks=2, pair_divisor=1, pair_heads=4, pair_dim_head=16)
TRAINING = dict(learning_rate=1e-4, warmup_steps=1, total_steps=1, grad_clip_norm=1.0)
LETTERS = "ARNDCQEGHILKMFPSTWYV"


def networks(reference, folder, device):
    """The authors' two networks with random weights, saved where ours reads them."""
    lightning = types.ModuleType("pytorch_lightning")
    lightning.LightningModule = torch.nn.Module
    loss = types.ModuleType("dynaprot.model.loss")
    loss.DynaProtLoss = lambda _: None
    sys.modules.update({"pytorch_lightning": lightning, "dynaprot.model.loss": loss})
    sys.path.insert(0, reference)
    from dynaprot.model.architecture import DynaProt

    torch.manual_seed(31)
    made = []
    for name, sizes, kind in (("marginal", MARGINAL, "marginal"), ("joint", JOINT, "joint_pairattention")):
        network = DynaProt(dict(model_params=sizes, train_params=TRAINING | dict(out_type=kind))).eval()
        state = {key: value.contiguous() for key, value in network.state_dict().items() if key != "pos_encoder.pe"}
        save_file(state, f"{folder}/{name}.safetensors")
        with open(f"{folder}/{name}.config.json", "w") as file:
            json.dump(sizes, file)
        made.append(network.to(device))
    return made


def frames(path, device):
    """Residue types (1, N), rotations as rows with CA (1, N, 4, 4), and the rotations as columns (N, 3, 3)."""
    atoms = prody.parsePDB(path)
    n, ca, c = (torch.tensor(atoms.select(f"name {name}").getCoords()) for name in ("N", "CA", "C"))
    unit = torch.nn.functional.normalize
    e1 = unit(c - ca, dim=-1)
    e2 = unit((n - ca) - ((n - ca) * e1).sum(-1, keepdim=True) * e1, dim=-1)
    columns = torch.stack([e1, e2, torch.linalg.cross(e1, e2)], -1)
    placed = torch.zeros(1, len(ca), 4, 4)
    placed[0, :, :3, :3] = columns.transpose(-1, -2)
    placed[0, :, :3, 3] = ca - ca.mean(0)
    letters = atoms.select("name CA").getSequence()
    sequence = torch.tensor([[LETTERS.index(a) for a in letters]])
    return [t.to(device) for t in (sequence, placed, columns.float())]


def gaussian(sides, read):
    """World-frame marginals (N, 3, 3) and the coupling (N, N)."""
    sequence, placed, columns = read
    mask = torch.ones_like(sequence)
    local = sides[0](sequence, placed, mask)["marginal_covars"][0]
    return columns @ local @ columns.transpose(-1, -2), sides[1](sequence, placed, mask)["joint_covar"][0]


def conformations(marginals, coupling, count):
    """Displacements (count, N, 3): symmetric roots of the marginals times the factor of the correlations times noise."""
    values, vectors = torch.linalg.eigh(marginals)
    roots = vectors @ torch.diag_embed(values.clamp(min=0).sqrt()) @ vectors.transpose(-1, -2)
    scale = coupling.diagonal().rsqrt()
    correlation = (coupling * scale[:, None] * scale).double()
    factor = torch.linalg.cholesky(correlation + 1e-6 * torch.eye(len(coupling), device=coupling.device)).float()
    return torch.einsum("nab,nm,cmb->cna", roots, factor, torch.randn(count, len(coupling), 3, device=coupling.device))


def rmsf(marginals):
    return marginals.diagonal(dim1=-2, dim2=-1).sum(-1).sqrt().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--reference", required=True, help="a checkout of the authors' repository")
    parser.add_argument("--lengths", nargs="+", type=int, default=[100, 250, 500, 1000])
    options = start(parser, repetitions=3)
    prody.confProDy(verbosity="none")
    table = Table(options.threads, options.device, f"random weights, f32, medians of {options.repetitions}", options.json)
    with tempfile.TemporaryDirectory() as folder:
        sides = networks(options.reference, folder, options.device)
        ours = Ours(options.threads, options.device, "f32", options.binary)
        for length in options.lengths:
            path = f"{folder}/{length}.pdb"
            made_up(path, length)
            ours("open", path)
            read = frames(path, options.device)
            table.compare(f"{length}: both networks", lambda: rmsf(gaussian(sides, read)[0]),
                          lambda: ours("dynamics", "dynaprot", folder), options.repetitions, device=options.device,
                          job="dynaprot", residues=length)
            table.compare(f"{length}: both networks and 100 samples",
                          lambda: conformations(*gaussian(sides, read), 100).square().mean().item(),
                          lambda: ours("sample", "dynaprot", 100, folder), options.repetitions, close=math.inf, device=options.device,
                          job="sample", residues=length)
        ours.close()


main()
