"""A small trajectory of the Cα of ubiquitin in every format, and what MDAnalysis, mdtraj and NumPy make of it.

python make.py 1ubi.pdb  (needs MDAnalysis, mdtraj and NumPy) writes run.xtc, run.trr, run.dcd, big-endian.dcd
and expected.json beside itself.
"""

import json
import pathlib
import struct
import sys
import warnings

import MDAnalysis
import mdtraj
import numpy as np
from MDAnalysis.analysis.rms import rmsd

warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).resolve().parent
FRAMES, ROUNDS, SOFTENING = 24, 30, 0.1

universe = MDAnalysis.Universe(sys.argv[1])
carbons = universe.select_atoms("protein and name CA and segid A")
start = carbons.positions.astype(float)
n = len(start)
random = np.random.default_rng(7)


def turned(points):
    q, r = np.linalg.qr(random.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    q[:, 0] *= np.sign(np.linalg.det(q))
    return points @ q.T + random.normal(size=3) * 20


# A loose tail, a wave along the chain and noise, tumbling.
softness = 0.2 + 2.0 * np.exp(-np.arange(n)[::-1] / 4.0)
wave = np.sin(np.arange(n) / 9.0)[:, None] * np.array([0.6, 0.2, -0.4])
frames = [
    turned(start + softness[:, None] * random.normal(size=(n, 3)) * 0.4 + wave * random.normal())
    for _ in range(FRAMES)
]

group = MDAnalysis.Merge(carbons)
for name in ["run.xtc", "run.trr", "run.dcd"]:
    with MDAnalysis.Writer(str(HERE / name), n) as writer:
        for frame in frames:
            group.atoms.positions = frame
            group.dimensions = [80, 80, 80, 90, 90, 90]
            writer.write(group.atoms)

# The same DCD with every record and number the other way round.
data = (HERE / "run.dcd").read_bytes()
swapped, at = b"", 0
while at < len(data):
    (length,) = struct.unpack_from("<i", data, at)
    body = data[at + 4 : at + 4 + length]
    if body[:4] == b"CORD":
        body = body[:4] + np.frombuffer(body[4:], "<i4").astype(">i4").tobytes()
    elif length == 4:
        body = body[::-1]
    elif length == 48:
        body = np.frombuffer(body, "<f8").astype(">f8").tobytes()
    elif length == 4 * n:
        body = np.frombuffer(body, "<f4").astype(">f4").tobytes()
    else:
        body = body[:4][::-1] + body[4:]
    swapped += struct.pack(">i", length) + body + struct.pack(">i", length)
    at += 8 + length
(HERE / "big-endian.dcd").write_bytes(swapped)


def read(name):
    with_it = MDAnalysis.Universe(str(HERE / "ca.pdb"), str(HERE / name))
    return np.array([frame.positions.astype(float) for frame in with_it.trajectory])


carbons.write(str(HERE / "ca.pdb"))


def superposed(moving, target, weights):
    w = weights / weights.sum()
    a, b = w @ moving, w @ target
    u, s, vt = np.linalg.svd((target - b).T @ ((moving - a) * w[:, None]))
    sign = np.diag([1, 1, np.sign(np.linalg.det(u @ vt))])
    return (moving - a) @ (u @ sign @ vt).T + b


def counted(models):
    """Superposed on the mean, weighted by the inverse of the variance until that settles."""
    models, target, weights = models.copy(), start.copy(), np.ones(n)
    for _ in range(ROUNDS):
        models = np.array([superposed(m, target, weights) for m in models])
        target = models.mean(0)
        variance = ((models - target) ** 2).sum((0, 2)) / (len(models) - 1) / 3
        weights = 1 / (variance + SOFTENING)
        target = superposed(target, start, weights)
    models = np.array([superposed(m, target, weights) for m in models])
    away = (models - models.mean(0)).reshape(len(models), -1)
    return away.T @ away / (len(models) - 1)


expected = {}
for name in ["run.xtc", "run.trr", "run.dcd"]:
    found = read(name)
    covariance = counted(found)
    blocks = covariance.reshape(n, 3, n, 3)
    traces = np.einsum("iaja->ij", blocks)
    again = mdtraj.load(str(HERE / name), top=str(HERE / "ca.pdb"))
    assert np.abs(10 * again.xyz - found).max() < 1e-3
    expected[name] = {
        "last_atom_of_frame_5": found[4, -1].tolist(),
        "first_atom_of_last_frame": found[-1, 0].tolist(),
        "rmsf": np.sqrt(np.diag(traces)).tolist(),
        "marginal_of_residue_70": blocks[69, :, 69, :].ravel().tolist(),
        "dccm_row_40": (traces[39] / np.sqrt(traces[39, 39] * np.diag(traces))).tolist(),
        "rmsd": [float(rmsd(f, start, superposition=True)) for f in found],
    }
    fast = 10 * mdtraj.rmsd(again, mdtraj.load(str(HERE / "ca.pdb")))
    assert np.abs(fast - expected[name]["rmsd"]).max() < 1e-3
expected["versions"] = {"MDAnalysis": MDAnalysis.__version__, "mdtraj": mdtraj.__version__}
(HERE / "ca.pdb").unlink()
(HERE / "expected.json").write_text(json.dumps(expected, indent=None) + "\n")
