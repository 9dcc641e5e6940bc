"""Inside a reader: references in words, and small values as plain Python and as text."""

from __future__ import annotations

import time
from typing import Any

import h5py
import numpy as np
from h5py import h5o, h5r, h5s, h5t

from h5nuvola.model import visible

LONGEST_TEXT = 4096
_NAMING_SECONDS = 1.0


class Namer:
    """Names what object and region references point to.

    HDF5 finds a name by walking through the file, so the time for it is bounded: after a second the rest go by their number.
    """

    def __init__(self, file: h5py.File, known: dict[int, str]) -> None:
        self.file = file
        self.known = known
        self.spent = 0.0

    def __call__(self, reference: Any) -> str:
        """`→ /path`, with the part of it for a region reference."""
        if not reference:
            return "→ nothing"
        if isinstance(reference, h5r.RegionReference):
            return f"→ {self._name(reference)}{self._region(reference)}"
        return f"→ {self._name(reference)}"

    def path(self, reference: Any) -> str:
        return self._name(reference)

    def _name(self, reference: Any) -> str:
        try:
            address = int(h5o.get_info(h5r.dereference(reference, self.file.id)).addr)
            if address in self.known:
                return self.known[address]
            if self.spent > _NAMING_SECONDS:
                return "(an object not looked up)"
            begun = time.monotonic()
            raw = h5r.get_name(reference, self.file.id)
            self.spent += time.monotonic() - begun
        except (ValueError, RuntimeError, OSError, KeyError):
            return "(an object that is gone)"
        name = visible(raw.decode("utf-8", "surrogateescape")) if raw else "(an object without a name)"
        if len(self.known) < 100_000:
            self.known[address] = name
        return name

    def _region(self, reference: Any) -> str:
        try:
            space = h5r.get_region(reference, self.file.id)
            kind = space.get_select_type()
            if kind == h5s.SEL_ALL:
                return " [all]"
            if kind == h5s.SEL_NONE:
                return " [nothing]"
            if kind == h5s.SEL_HYPERSLABS and space.is_regular_hyperslab():
                start, stride, count, block = space.get_regular_hyperslab()
                return f" [{', '.join(_span(*dim) for dim in zip(start, stride, count, block, strict=True))}]"
            return f" ({space.get_select_npoints()} points)"
        except (ValueError, RuntimeError, OSError, KeyError):
            return " (a region that cannot be read)"


def _span(start: int, stride: int, count: int, block: int) -> str:
    if count == 1:
        return f"{start}:{start + block}"
    if block == 1:
        return f"{start}:{start + (count - 1) * stride + 1}:{stride}"
    return f"{start}:{start + (count - 1) * stride + block} ({count} blocks of {block})"


def text_of(raw: bytes | str) -> str:
    """A stored string as Python text; bytes that are no UTF-8 as `\\xb5`."""
    data = raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogateescape")
    return data.decode("utf-8", "backslashreplace")


def value_of(item: Any, dtype: np.dtype[Any], namer: Namer) -> Any:
    """A value as JSON can say it: numbers, text, lists; None for complex numbers, compounds and opaque bytes."""
    if isinstance(item, np.ndarray):
        if item.dtype.hasobject or item.dtype.kind in "SV" or (item.dtype.kind == "f" and item.dtype.itemsize > 8):
            inner = _inner(dtype)
            values = [value_of(element, inner, namer) for element in item]
            return None if any(value is None for value in values) else values
        return item.tolist() if item.dtype.kind in "biuf" else None
    if isinstance(item, (bytes, str)):
        return text_of(item)
    if isinstance(item, (h5r.Reference, h5r.RegionReference)):
        return namer(item)
    if isinstance(item, (np.bool_, np.integer, bool, int)):
        return item.item() if isinstance(item, np.generic) else item
    if isinstance(item, np.floating):
        exact = float(item)
        return exact if np.isnan(item) or type(item)(exact) == item else None
    return None


def _inner(dtype: np.dtype[Any]) -> np.dtype[Any]:
    base = h5t.check_vlen_dtype(dtype)
    return np.dtype(base) if base is not None else dtype


def show(item: Any, namer: Namer, names: dict[int, str] | None = None) -> str:
    """A value as text for eyes, at most about 4,000 letters."""
    pieces: list[str] = []
    _write(item, namer, names or {}, pieces, [LONGEST_TEXT])
    text = "".join(pieces)
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"


def _write(item: Any, namer: Namer, names: dict[int, str], pieces: list[str], left: list[int]) -> None:
    if isinstance(item, np.ndarray):
        if item.ndim == 0:
            _write(item[()], namer, names, pieces, left)
            return
        pieces.append("[")
        for index, element in enumerate(item):
            if index:
                pieces.append(", ")
            if left[0] < 0:
                pieces.append("…")
                break
            _write(element, namer, names, pieces, left)
        pieces.append("]")
        return
    if isinstance(item, np.void) and item.dtype.names:
        pieces.append("(")
        for index, name in enumerate(item.dtype.names):
            pieces.append(f"{', ' if index else ''}{visible(name)}: ")
            _write(item[name], namer, names, pieces, left)
        pieces.append(")")
        return
    if isinstance(item, (bytes, str)):
        text = visible(text_of(item[: LONGEST_TEXT * 4]))
    elif isinstance(item, (h5r.Reference, h5r.RegionReference)):
        text = namer(item)
    elif isinstance(item, np.void):
        text = "0x" + item.tobytes()[:64].hex()
    elif isinstance(item, np.integer) and int(item) in names:
        text = f"{names[int(item)]} ({item})"
    else:
        text = str(item)
    left[0] -= len(text)
    pieces.append(text)
