"""How a protein moves and what mutations do to it: typed calls of the ``dynascope`` program.

Nothing is computed here. Each function runs the program that the wheel installed, reads the file that it
wrote, and returns the numbers: numpy arrays where numpy is installed, nested lists otherwise.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterable, Sequence, Union

from ._program import DynascopeError, Warnings, find_program, run, run_to_file
from ._arrays import read_npz

__all__ = [
    "Dynamics",
    "DynascopeError",
    "MutationMap",
    "Warnings",
    "dynamics",
    "find_program",
    "run",
    "sample",
    "scan",
    "score",
    "version",
]

PathLike = Union[str, "os.PathLike[str]"]

#: Columns of :attr:`MutationMap.score`.
LETTERS = "ACDEFGHIKLMNPQRSTVWY"


@dataclass(frozen=True)
class Dynamics:
    """How N residues move. What is not known is NaN."""

    #: (N) root mean square fluctuation, Å
    rmsf: Any
    #: (N, 3, 3) covariance in the frame of the file, Å²
    marginals: Any
    #: (N, 3, 3) covariance in the frame of each residue's backbone, Å²
    marginals_local: Any
    #: (N, N) as the source gives it, Å²
    coupling: Any
    #: (N, N) from −1 to 1
    correlation: Any
    #: (N, 3) Cα, Å
    coordinates: Any
    #: (N) as the author numbered them
    residue_number: Any
    #: (N)
    chain: Sequence[str]
    #: (N) ``""`` where there is none
    insertion_code: Sequence[str]
    #: program, source, model, weights, device, dtype, settings
    provenance: "dict[str, str]"
    #: what the program had to say about the input
    warnings: Warnings = field(default_factory=Warnings)


@dataclass(frozen=True)
class MutationMap:
    """Scores of all single substitutions of L residues."""

    #: (L, 20) in the order of :attr:`letters`; 0 at the wild type, NaN where unknown
    score: Any
    #: of the columns
    letters: str
    #: (L) one letter each
    wild_type: Sequence[str]
    #: (L) as the author numbered them
    residue_number: Any
    #: (L)
    chain: Sequence[str]
    #: (L) ``"~"``: the structure lacks this residue, the number counts the sequence
    insertion_code: Sequence[str]
    #: further (L, 20) arrays by name
    properties: "dict[str, Any]"
    #: program, method, model, weights, device, dtype, settings
    provenance: "dict[str, str]"
    #: what the program had to say about the input
    warnings: Warnings = field(default_factory=Warnings)

    @property
    def unit(self) -> "str | None":
        """Unit of the score, where it has one."""
        return self.provenance.get("unit")


def version() -> str:
    """Version of the program that is called."""
    return run(["--version"]).output.split()[1]


def dynamics(
    protein: PathLike,
    *,
    chain: "str | None" = None,
    source: "str | None" = None,
    weights: "PathLike | None" = None,
    device: "str | None" = None,
    options: Iterable[str] = (),
) -> Dynamics:
    """RMSF, 3 × 3 covariances and coupling of the residues of ``protein``.

    ``protein`` is a path or what else the program opens (``example:1ubi.pdb``). ``options`` are further
    words of ``dynascope dynamics``. Raises :class:`DynascopeError` with the program's own message.
    """
    words = _words(protein, options, chain=chain, source=source, weights=weights, device=device)
    arrays, warnings = _npz(["dynamics", *words])
    return Dynamics(
        **{name: arrays[name] for name in Dynamics.__dataclass_fields__ if name in arrays},
        warnings=warnings,
    )


def scan(
    protein: PathLike,
    *,
    method: "str | None" = None,
    chain: "str | None" = None,
    weights: "PathLike | None" = None,
    device: "str | None" = None,
    options: Iterable[str] = (),
) -> MutationMap:
    """Scores of all single substitutions by one method (``stability``, ``wt-marginals``, …)."""
    words = _words(protein, options, method=method, chain=chain, weights=weights, device=device)
    arrays, warnings = _npz(["scan", *words])
    own = {name: arrays.pop(name) for name in MutationMap.__dataclass_fields__ if name in arrays}
    return MutationMap(**own, letters=LETTERS, properties=arrays, warnings=warnings)


def score(
    protein: PathLike,
    mutations: Iterable[str],
    *,
    method: "str | None" = None,
    chain: "str | None" = None,
    weights: "PathLike | None" = None,
    device: "str | None" = None,
    options: Iterable[str] = (),
) -> "list[dict[str, Any]]":
    """One row for every entry of ``mutations``, in their order; ``score`` is None where ``note`` says why."""
    words = _words(protein, options, method=method, chain=chain, weights=weights, device=device)
    text = "".join(f"{mutation}\n" for mutation in mutations)
    done = run(["score", *words, "--mutations", "-", "--json", "-"], text=text, refused=True)
    return json.loads(done.output)["variants"]


def sample(
    protein: PathLike,
    output: PathLike,
    *,
    n: int = 100,
    seed: int = 1,
    chain: "str | None" = None,
    options: Iterable[str] = (),
) -> Path:
    """Writes ``n`` structures drawn from the predicted dynamics, one model each, and returns the path."""
    words = _words(protein, options, chain=chain)
    run(["sample", *words, "-n", str(n), "--seed", str(seed), "-o", os.fspath(output)])
    return Path(output)


def _words(protein: PathLike, options: Iterable[str], **named: Any) -> "list[str]":
    words = [os.fspath(protein)]
    for name, value in named.items():
        if value is not None:
            words += [f"--{name}", os.fspath(value)]
    return words + [str(option) for option in options]


def _npz(words: "list[str]") -> "tuple[dict[str, Any], Warnings]":
    with run_to_file(words, "--npz", "result.npz") as (path, warnings):
        arrays = read_npz(path)
    arrays["provenance"] = json.loads(arrays["provenance"][0])
    return arrays, warnings
