"""The wheel's calls against the program's own files; run with the program installed, or ``$DYNASCOPE`` naming it."""

import csv
import io
import math
import sys

import pytest

import dynascope
from dynascope import _arrays

UBIQUITIN = "example:1ubi.pdb"


def table(words):
    return list(csv.DictReader(io.StringIO(dynascope.run(words).output)))


@pytest.fixture(params=["numpy", "lists"])
def arrays(request, monkeypatch):
    if request.param == "lists":
        monkeypatch.setattr(_arrays, "numpy", None)
    elif _arrays.numpy is None:
        pytest.skip("numpy is not installed")
    return request.param


def test_dynamics_are_the_programs(arrays):
    motion = dynascope.dynamics(UBIQUITIN)
    rows = table(["dynamics", UBIQUITIN, "--csv", "-"])
    assert len(motion.rmsf) == len(rows) == 76
    for value, row in zip(motion.rmsf, rows):
        assert math.isclose(value, float(row["rmsf_angstrom"]), abs_tol=1e-4)
    trace = sum(motion.marginals[0][i][i] for i in range(3))
    assert math.isclose(math.sqrt(trace), motion.rmsf[0], rel_tol=1e-6)
    assert [str(n) for n in motion.residue_number] == [row["residue_number"] for row in rows]
    assert set(motion.chain) == {"A"}
    assert motion.provenance["source"] == "learned"


def test_a_scan_is_the_programs(arrays):
    found = dynascope.scan(UBIQUITIN, method="stability")
    rows = table(["scan", UBIQUITIN, "--method", "stability", "--csv", "-"])
    assert len(rows) == 76 * 19
    for row in rows[:: 97]:
        value = found.score[int(row["index"]) - 1][found.letters.index(row["mutant_residue"])]
        assert math.isclose(value, float(row["score"]), abs_tol=1e-4)
        assert found.wild_type[int(row["index"]) - 1] == row["wild_type"]


def test_every_entry_of_a_list_has_a_row():
    rows = dynascope.score(UBIQUITIN, ["K48A", "A48K", "L67S:I44A"], method="stability")
    assert [row["written"] for row in rows] == ["K48A", "A48K", "L67S:I44A"]
    assert rows[0]["score"] is not None and rows[1]["score"] is None and rows[1]["note"]


def test_samples_are_models(tmp_path):
    path = dynascope.sample(UBIQUITIN, tmp_path / "ensemble.pdb", n=3)
    assert path.read_text().count("\nENDMDL") == 3


def test_errors_are_the_programs_own():
    with pytest.raises(dynascope.DynascopeError, match="no-such-file.pdb") as error:
        dynascope.dynamics("no-such-file.pdb")
    assert error.value.code == 2


def test_the_version_is_a_version():
    assert dynascope.version().count(".") == 2
    assert sys.version_info >= (3, 8)
