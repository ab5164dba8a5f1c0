"""Overlaps of adenylate kinase, open and closed, by ProDy: python make.py > expected.json

Needs `pip install prody`. Reads the examples of this package."""

import json
import pathlib

import numpy as np
import prody

prody.confProDy(verbosity="none")
EXAMPLES = pathlib.Path(__file__).resolve().parents[3] / "assets" / "examples"
MODES = 20


def carbons(name):
    return prody.parsePDB(str(EXAMPLES / name), subset="ca", chain="A")


def overlaps(here, there):
    """Of the modes of `here` with the way to `there`, all pairs superposed."""
    moved, _ = prody.superpose(there.copy(), here)
    way = prody.calcDeformVector(here, moved)
    anm = prody.ANM()
    anm.buildHessian(here, cutoff=15.0)
    anm.calcModes(n_modes=MODES)
    single = np.abs(prody.calcOverlap(anm, way)).flatten()
    together = prody.calcCumulOverlap(anm, way)
    return [list(map(float, single)), list(map(float, np.asarray(together).flatten()))]


opened, closed = carbons("4ake.pdb"), carbons("1ake.pdb")
print(
    json.dumps(
        {
            "prody": prody.__version__,
            "rmsd_angstrom": float(prody.calcRMSD(*prody.superpose(opened.copy(), closed)[:1], closed)),
            "open_to_closed": overlaps(opened, closed),
            "closed_to_open": overlaps(closed, opened),
        },
        indent=1,
    )
)
