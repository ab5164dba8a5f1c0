"""What is predicted from coordinates, with ProDy's ANM beside ours, in one run. benches/README.md says how to read it.

    pip install torch prody
    python3 benches/structures.py [FILE …] [--lengths 100 250 300 500 1000 1500]

Without files, chains of packed helices are made up: their speed is that of real ones, their dynamics mean nothing.
"""
import argparse
import math
import os
import statistics
import tempfile

import numpy as np
import prody
import torch

from side_by_side import Ours, Table, start

NAMES = ["ALA", "LEU", "LYS", "GLU", "SER", "VAL", "ILE", "THR", "ASP", "PHE", "GLY", "ARG", "ASN", "GLN", "TYR"]
# Atoms of an α-helix about its axis: name, radius in Å, angle in degrees, height in Å; 1.5 Å and 100° a residue.
ATOMS = [("N", 1.55, -28.3, -0.9), ("CA", 2.29, 0.0, 0.0), ("C", 1.66, 27.2, 1.09), ("O", 2.05, 35.0, 2.3), ("CB", 3.29, -19.0, -0.7)]
IN_A_HELIX, SPACING = 18, 10.0


def made_up(path, residues):
    """A PDB file of helices side by side, up and down in turns."""
    side = math.ceil(math.sqrt(math.ceil(residues / IN_A_HELIX)))
    with open(path, "w") as file:
        serial = 0
        for i in range(residues):
            helix, at = divmod(i, IN_A_HELIX)
            row, column = divmod(helix, side)
            column = column if row % 2 == 0 else side - 1 - column
            name = NAMES[i * 7 % len(NAMES)]
            for atom, radius, angle, height in ATOMS:
                if (name, atom) == ("GLY", "CB"):
                    continue
                turn, z = math.radians(100 * at + angle), 1.5 * at + height
                y = radius * math.sin(turn)
                if helix % 2 == 1:  # turned about the x axis
                    y, z = -y, 1.5 * IN_A_HELIX - z
                serial += 1
                file.write(f"ATOM  {serial:5d}  {atom:<3} {name} A{i + 1:4d}    {SPACING * column + radius * math.cos(turn):8.3f}"
                           f"{SPACING * row + y:8.3f}{z:8.3f}{1:6.2f}{20:6.2f}          {atom[0]:>2}\n")


def anm(positions):
    model = prody.ANM()
    model.buildHessian(positions, cutoff=15.0)
    model.calcModes(None)
    return float(np.trace(model.getCovariance()))


def measure(options, table, ours, path, name):
    residues = int(ours("open", path)[0])
    table.note(f"{name}: {residues} residues")
    positions = prody.parsePDB(path).select("protein and name CA").getCoords()
    if len(positions) <= options.longest_anm:
        # The two scale their amplitudes in ways of their own: no value to compare here, tests/golden/prody does.
        table.compare(f"{residues}: ANM", lambda: anm(positions), lambda: ours("dynamics", "anm"), options.repetitions,
                      close=math.inf, job="anm", residues=residues)
    whole = {}
    for job in (["dynamics", "learned"], ["dynamics", "dynaprot"], ["sample", "learned", 100], ["sample", "dynaprot", 100],
                ["map", "stability"], ["map", "structure"]):
        ours(*job)  # loads
        times = [ours(*job)[1:] for _ in range(options.repetitions)]
        wall, cpu = (statistics.median(t[i] for t in times) for i in (0, 1))
        whole[" ".join(map(str, job))] = (wall, cpu)
        table.note(f"{residues}: {' '.join(map(str, job))}", residues=residues, job=job, wall_ms=wall, cpu_ms=cpu)
    sums = lambda *jobs: dict(wall_ms=sum(whole[j][0] for j in jobs), cpu_ms=sum(whole[j][1] for j in jobs))
    table.note(f"{residues}: both maps", residues=residues, job="maps", **sums("map stability", "map structure"))
    table.note(f"{residues}: everything", residues=residues, job="everything", peak_gigabytes=ours.peak_gigabytes(),
               **sums("sample learned 100", "map stability", "map structure"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*", help="PDB files")
    parser.add_argument("--lengths", nargs="+", type=int, default=[100, 250, 300, 500, 1000, 1500])
    parser.add_argument("--longest-anm", type=int, default=1000, help="ProDy decomposes 3N × 3N")
    parser.add_argument("--dtype", default="f32", choices=["f32", "bf16", "f16"])
    options = start(parser, repetitions=3)
    prody.confProDy(verbosity="none")
    table = Table(options.threads, options.device, f"{options.dtype}, medians of {options.repetitions}; ProDy {prody.__version__} left", options.json)
    with tempfile.TemporaryDirectory() as folder:
        chosen = [(path, os.path.basename(path)) for path in options.files]
        for length in [] if chosen else options.lengths:
            made_up(f"{folder}/{length}.pdb", length)
            chosen.append((f"{folder}/{length}.pdb", "packed helices"))
        for path, name in chosen:
            ours = Ours(options.threads, options.device, options.dtype, options.binary)
            measure(options, table, ours, path, name)
            ours.close()


if __name__ == "__main__":
    main()
