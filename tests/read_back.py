#!/usr/bin/env python3
"""Loads what dynascope writes with the programs it is written for, and checks the numbers.

usage: python tests/read_back.py target/release/dynascope [STRUCTURE]

Needs numpy, and ProDy and Biopython for what only they can read (`pip install prody biopython`); what is not
installed is said and left out. Exits with 1 when anything differs.
"""

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

try:
    import prody

    prody.confProDy(verbosity="none")
except ImportError:
    prody = None
try:
    from Bio.PDB import MMCIFParser, PDBParser
except ImportError:
    PDBParser = MMCIFParser = None

failures = 0


def check(name, holds):
    global failures
    failures += not holds
    print(f"{'ok  ' if holds else 'FAIL'} {name}")


def near(a, b, tolerance):
    a, b = np.asarray(a, float), np.asarray(b, float)
    return a.shape == b.shape and bool(np.all(np.abs(a - b) <= tolerance))


def write(program, structure, folder):
    kinds = ["csv", "json", "npz", "pdb", "cif", "anisou", "nmd", "pml", "cxc", "svg", "png"]
    places = {kind: folder / (f"{kind}.pdb" if kind == "anisou" else f"x.{kind}") for kind in kinds}
    options = [part for kind in kinds for part in (f"--{kind}", str(places[kind]))]
    subprocess.run([program, "dynamics", "-q", structure, *options], check=True)
    run = [program, "sample", "-q", structure, "-n", "5", "--seed", "7", "-o", str(folder / "samples.pdb")]
    subprocess.run(run, check=True)
    scan = [program, "scan", "-q", structure, "--method", "stability"]
    subprocess.run([*scan, "--csv", str(folder / "scan.csv"), "--npz", str(folder / "scan.npz")], check=True)
    return places


def with_numpy(places, folder):
    arrays = np.load(places["npz"])
    with open(places["csv"], newline="") as file:
        rows = list(csv.DictReader(file))
    rmsf = arrays["rmsf"]
    check("npz and CSV agree on the RMSF", near(rmsf, [float(r["rmsf_angstrom"]) for r in rows], 1e-8))
    marginals = arrays["marginals"]
    trace = np.sqrt(np.trace(marginals, axis1=1, axis2=2))
    check("npz: the RMSF is the root of the trace", near(rmsf, trace, 1e-6))
    check("npz: covariances are symmetric and positive", bool(np.all(np.linalg.eigvalsh(marginals) > 0)))
    correlation = arrays["correlation"]
    check("npz: correlation is symmetric, 1 on its diagonal",
          near(correlation, correlation.T, 1e-9) and near(np.diag(correlation), np.ones(len(rmsf)), 1e-9))
    provenance = json.loads(str(arrays["provenance"].ravel()[0]))
    check("npz and JSON say the same provenance", provenance == json.loads(places["json"].read_text())["provenance"])
    scores = np.load(folder / "scan.npz")["score"]
    with open(folder / "scan.csv", newline="") as file:
        for row in csv.DictReader(file):
            column = "ACDEFGHIKLMNPQRSTVWY".index(row["mutant_residue"])
            if abs(scores[int(row["index"]) - 1, column] - float(row["score"])) > 1e-6:
                check(f"scan: {row['mutant']}", False)
                break
        else:
            check("scan: npz and CSV agree on every substitution", True)
    return arrays


def with_prody(places, folder, arrays):
    if prody is None:
        print("--   ProDy is not installed")
        return
    atoms = prody.parsePDB(str(places["pdb"])).select("name CA")
    check("ProDy: RMSF in the B column of the PDB file", near(atoms.getBetas(), arrays["rmsf"], 0.0051))
    check("ProDy: coordinates", near(atoms.getCoords(), arrays["coordinates"], 0.001))
    atoms = prody.parseMMCIF(str(places["cif"])).select("name CA")
    check("ProDy: RMSF in the B column of the mmCIF file", near(atoms.getBetas(), arrays["rmsf"], 1e-4))
    tensors = prody.parsePDB(str(places["anisou"])).getAnisous()
    m = arrays["marginals"]
    wanted = np.stack([m[:, i, j] for i, j in [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)]], axis=1)
    check("ProDy: ANISOU records are the covariances", near(tensors, wanted, 1e-4))
    modes, nmd_atoms = prody.parseNMD(str(places["nmd"]))
    check("ProDy: NMD coordinates", near(nmd_atoms.getCoords(), arrays["coordinates"], 0.001))
    vectors = modes.getArray()
    check("ProDy: NMD modes are orthogonal",
          near(vectors.T @ vectors, np.eye(vectors.shape[1]), 0.02) and vectors.shape[1] == 10)
    samples = prody.parsePDB(str(folder / "samples.pdb"))
    check("ProDy: five models", samples.numCoordsets() == 5)


def with_biopython(places, arrays):
    if PDBParser is None:
        print("--   Biopython is not installed")
        return
    for name, parser, kind, tolerance in [
        ("PDB", PDBParser(QUIET=True), "pdb", 0.0051),
        ("mmCIF", MMCIFParser(QUIET=True), "cif", 1e-4),
    ]:
        chains = list(parser.get_structure("x", str(places[kind])).get_chains())
        atoms = [residue["CA"] for chain in chains for residue in chain]
        check(f"Biopython: RMSF in the B column of the {name} file",
              near([a.get_bfactor() for a in atoms], arrays["rmsf"], tolerance))
        numbers = [a.get_parent().id[1] for a in atoms]
        check(f"Biopython: numbers of the {name} file", near(numbers, arrays["residue_number"], 0))
    atoms = PDBParser(QUIET=True).get_structure("x", str(places["anisou"])).get_atoms()
    tensors = np.array([a.get_anisou() for a in atoms])
    check("Biopython: ANISOU", near(tensors[:, 0], arrays["marginals"][:, 0, 0], 1e-4))


def main():
    program = sys.argv[1]
    example = Path(__file__).resolve().parent.parent / "assets" / "examples" / "1ubi.pdb"
    structure = sys.argv[2] if len(sys.argv) > 2 else str(example)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        places = write(program, structure, folder)
        arrays = with_numpy(places, folder)
        with_prody(places, folder, arrays)
        with_biopython(places, arrays)
        for kind, start in [("png", b"\x89PNG"), ("svg", b"<svg")]:
            check(f"{kind} begins as such", places[kind].read_bytes().lstrip().startswith(start))
    sys.exit(failures > 0)


main()
