"""Reading npz archives, with numpy or without it."""

from __future__ import annotations

import ast
import struct
import sys
import zipfile
from array import array
from pathlib import Path
from typing import Any

try:
    import numpy
except ImportError:
    numpy = None


def read_npz(path: Path) -> "dict[str, Any]":
    """Arrays by name: numbers as numpy arrays or nested lists, texts as lists of str."""
    with zipfile.ZipFile(path) as archive:
        return {name[: -len(".npy")]: _array(archive.read(name)) for name in archive.namelist()}


def _array(data: bytes) -> Any:
    if data[:6] != b"\x93NUMPY":
        raise ValueError("not a numpy array")
    wide = data[6] > 1
    start = 12 if wide else 10
    (length,) = struct.unpack("<I" if wide else "<H", data[8:start])
    header = ast.literal_eval(data[start : start + length].decode("utf-8" if data[6] > 2 else "latin-1"))
    kind, shape, body = header["descr"], header["shape"], data[start + length :]
    if kind.startswith("<U"):
        width = 4 * int(kind[2:])
        return [body[i : i + width].decode("utf-32-le").rstrip("\0") for i in range(0, len(body), width)]
    if numpy is not None:
        return numpy.frombuffer(body, dtype=kind).reshape(shape).copy()
    values = array({"<f8": "d", "<f4": "f", "<i8": "q", "<i4": "i"}[kind], body)
    if sys.byteorder == "big":
        values.byteswap()
    return _nested(values.tolist(), shape)


def _nested(values: "list[Any]", shape: "tuple[int, ...]") -> "list[Any]":
    for size in reversed(shape[1:]):
        values = [values[i : i + size] for i in range(0, len(values), size)]
    return values
