"""Finding and running the program."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator


class Warnings(list):
    """What the program said on standard error, a line each."""


class DynascopeError(RuntimeError):
    """The program could not do what was asked; the text is its own."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        #: exit code: 1 something was refused, 2 it could not run
        self.code = code


@dataclass(frozen=True)
class Done:
    """What a run wrote."""

    output: str
    warnings: Warnings
    #: 0, or 1 where something was refused and the rest done
    code: int


def find_program() -> str:
    """Path of the program: ``$DYNASCOPE``, beside this Python, or on the path."""
    named = os.environ.get("DYNASCOPE")
    if named:
        return named
    name = "dynascope.exe" if os.name == "nt" else "dynascope"
    folders = [sysconfig.get_path("scripts"), os.path.dirname(sys.executable)]
    user = f"{os.name}_user"
    if user in sysconfig.get_scheme_names():
        folders.append(sysconfig.get_path("scripts", user))
    for folder in folders:
        candidate = os.path.join(folder, name)
        if os.access(candidate, os.X_OK):
            return candidate
    found = shutil.which(name)
    if found is None:
        raise DynascopeError("the program dynascope is neither beside this Python nor on the path", 2)
    return found


def run(words: "list[str]", *, text: "str | None" = None, refused: bool = False) -> Done:
    """Runs the program. With ``refused``, exit code 1 (some rows could not be done) is no error."""
    done = subprocess.run(
        [find_program(), *words],
        input=text,
        stdin=subprocess.DEVNULL if text is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode not in ((0, 1) if refused else (0,)):
        raise DynascopeError(done.stderr.strip() or f"exit code {done.returncode}", done.returncode)
    return Done(done.stdout, Warnings(done.stderr.splitlines()), done.returncode)


@contextlib.contextmanager
def run_to_file(words: "list[str]", option: str, name: str) -> "Iterator[tuple[Path, Warnings]]":
    """Runs the program with an output in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="dynascope-") as folder:
        path = Path(folder) / name
        done = run([*words, option, str(path)], refused=True)
        yield path, done.warnings
