"""The whole program beside ProDy: python3 benches/elastic_network.py [PROGRAM]. Needs `pip install prody`.

ANM of enolase (3ENL, 436 residues). Ours is everything from the start of the process to the written npz, ProDy's
`buildHessian`, `calcModes(None)` and `getCovariance`; in turns, and the square fluctuations are compared each time.
Then ANM of 2 000 residues (copies of enolase side by side) with the peak of memory.
"""
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import prody

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "../target/release/dynascope")


def enolase():
    with open(os.path.join(HERE, "../tests/golden/prody/3enl.json")) as file:
        return np.array(json.load(file)["ca"])


def write(path, positions, length):
    """Cα atoms as PDB, a chain every `length`."""
    with open(path, "w") as out:
        for i, (x, y, z) in enumerate(positions):
            chain, number = chr(ord("A") + i // length), i % length + 1
            out.write(f"ATOM  {i + 1:5}  CA  ALA {chain}{number:4}    {x:8.3f}{y:8.3f}{z:8.3f}  1.00  0.00           C\n")
        out.write("END\n")


def ours(path, out):
    """Seconds by the wall clock and of CPU time, and the square fluctuations."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    command = [PROGRAM, "dynamics", path, "--chain", "all", "--source", "anm", "--npz", out, "--force"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with np.load(out) as arrays:
        return wall, cpu, arrays["rmsf"] ** 2


def theirs(positions):
    began, cpu = time.perf_counter(), time.process_time()
    anm = prody.ANM()
    anm.buildHessian(positions, cutoff=15.0)
    anm.calcModes(None)
    anm.getCovariance()
    return time.perf_counter() - began, time.process_time() - cpu, prody.calcSqFlucts(anm)


def main():
    prody.confProDy(verbosity="none")
    positions = enolase()
    print(f"ProDy {prody.__version__}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        path, out = os.path.join(folder, "in.pdb"), os.path.join(folder, "out.npz")
        write(path, positions, len(positions))
        ratios = []
        for _ in range(5):
            (wall, cpu, mine), (their_wall, their_cpu, golden) = ours(path, out), theirs(positions)
            off = np.abs(mine / mine.sum() * golden.sum() / golden - 1).max()
            ratios.append((their_wall / wall, their_cpu / cpu))
            print(f"dynascope {wall:.2f} s, CPU {cpu:.2f} s; ProDy {their_wall:.2f} s, CPU {their_cpu:.2f} s; "
                  f"ratio {ratios[-1][0]:.1f}, of CPU times {ratios[-1][1]:.1f}; largest relative difference {off:.0e}", flush=True)
        wall, cpu = (statistics.median(r) for r in zip(*ratios))
        print(f"median ratio {wall:.1f}, of CPU times {cpu:.1f}")
        many = np.concatenate([positions + [55 * (k % 3), 55 * (k // 3), 0] for k in range(5)])[:2000]
        write(path, many, len(positions))
        wall, cpu, _ = ours(path, out)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"2000 residues: {wall:.1f} s, CPU {cpu:.1f} s, peak {peak:.0f} MB")


if __name__ == "__main__":
    main()
