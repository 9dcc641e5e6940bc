"""Routes behind the tile canvas: pieces of a plane as raw numbers, and single values exactly as stored.

A plane is cut into tiles of 512 × 512 at every level; level L makes blocks of 2^L pixels one number. Rows
and columns may have levels of their own, so that long and narrow planes stay sharp.
"""

from __future__ import annotations

import gzip
import hashlib
import warnings
from collections.abc import Callable
from typing import Any, get_args

import numpy as np
from flask import Blueprint, Response, request

from h5nuvola.api.request import answers, number, ref, reply, user
from h5nuvola.errors import BadRequest, BadSelection, FileChanged, TypeUnsupported
from h5nuvola.model import Selection
from h5nuvola.storage.dataset import Dataset, Method
from h5nuvola.storage.library import Library
from h5nuvola.ui import formats

TILE = 512
LEVELS = 24
MANY = 64  # values that one answer of /value holds
SMALL = 16 << 10  # bytes that are not worth packing
EXACT_INTEGER = 1 << 53  # beyond it JavaScript's numbers lose digits


def blueprint(library: Library) -> Blueprint:
    """The routes over one library."""
    routes = Blueprint("tiles", __name__)

    @routes.get("/tile")
    @answers
    def tile() -> Response:
        dataset = library.open(user(), ref())
        known = _revision(dataset)
        level = number("level", 0, 0, LEVELS)
        levels = level, number("levelx", level, 0, LEVELS)
        row, column = number("row", 0, 0, 1 << 40), number("col", 0, 0, 1 << 40)
        method: Method | None = next((one for one in get_args(Method) if one == request.args.get("reduce", "max")), None)
        if method is None:
            raise BadRequest(f"“reduce” is one of {', '.join(get_args(Method))}.", "Correct the address.")
        plane = Plane.parse(dataset, request.args.get("i", ""), request.args.get("c", ""))
        tag = hashlib.sha256(f"{dataset.facts.revision}\0{request.query_string.decode('latin-1')}".encode()).hexdigest()[:32]
        if known and tag in request.if_none_match:
            return _kept(Response(status=304), tag, known)
        values, exact = for_drawing(plane.tile(levels, (row, column), method))
        body = values.tobytes()
        answer = Response(body, mimetype="application/octet-stream")
        if request.args.get("z") == "1" and len(body) > SMALL and "gzip" in request.headers.get("Accept-Encoding", ""):
            # Level 1: on a network it takes less time than the bytes it saves; on this very machine nobody asks for it.
            answer.set_data(gzip.compress(body, 1))
            answer.headers["Content-Encoding"] = "gzip"
        answer.headers["X-Tile-Type"] = values.dtype.name
        answer.headers["X-Tile-Shape"] = ",".join(map(str, values.shape))
        answer.headers["X-Tile-Exact"] = "1" if exact and levels == (0, 0) else "0"
        return _kept(answer, tag, known)

    @routes.get("/value")
    @answers
    def value() -> Response:
        dataset = library.open(user(), ref())
        _revision(dataset)
        selection = Selection.parse(request.args.get("i", "")).fit(dataset.shape)
        count = int(np.prod(selection.shape(dataset.shape), dtype=object))
        if count > MANY:
            raise BadRequest(f"The slice holds {count} values.", f"This address answers at most {MANY}; /api/data gives more.")
        found = dataset.read(selection)
        listed = [_number(one) for one in found.ravel().tolist()] if found.dtype.kind in "biufc" else []
        plain = listed[0] if found.ndim == 0 and listed else listed
        return reply({"text": formats.text(found[()] if found.ndim == 0 else found, dataset.facts.type), "value": plain})

    return routes


class Plane:
    """A 2-D window through a dataset: two dimensions in full, perhaps a third that holds colour channels, the others at an index."""

    def __init__(self, dataset: Dataset, items: tuple[int | slice, ...], channels: int | None) -> None:
        self.dataset = dataset
        self.items = items
        self.channels = channels
        self.rows, self.columns = (axis for axis, item in enumerate(items) if isinstance(item, slice) and axis != channels)

    @classmethod
    def parse(cls, dataset: Dataset, text: str, channels: str) -> Plane:
        """The plane of a selection like `17,:,:`; `channels` is the number of the colour dimension or empty."""
        if dataset.facts.type is None or not dataset.facts.type.numeric:
            raise TypeUnsupported(f"“{dataset.name}” holds no numbers that could be drawn.", "Look at it as a table or text.")
        if channels and (not channels.isdecimal() or int(channels) >= dataset.ndim):
            raise BadSelection("“c” names no dimension of this dataset.", f"It has {dataset.ndim}.")
        channel = int(channels) if channels else None
        selection = Selection.parse(text)
        if text and len(selection.items) != dataset.ndim:
            raise BadSelection(f"The slice has {len(selection.items)} parts, the dataset {dataset.ndim} dimensions.", "Name each of them.")
        items = selection.fit(dataset.shape).items
        full = [axis for axis, item in enumerate(items) if isinstance(item, slice)]
        if any(items[axis] != slice(0, dataset.shape[axis], 1) for axis in full):
            raise BadSelection("A picture takes whole dimensions.", "Write “:” for the two that are shown and an index for the others.")
        if len(full) != (2 if channel is None else 3) or (channel is not None and channel not in full):
            raise BadSelection("A picture has two dimensions.", "Write “:” for the two that are shown and an index for the others.")
        if channel is not None and dataset.shape[channel] > 4:
            raise BadSelection(f"Dimension {channel} holds {dataset.shape[channel]} values, no colour channels.", "Colours have 3 or 4.")
        return cls(dataset, items, channel)

    def tile(self, levels: tuple[int, int], place: tuple[int, int], method: Method) -> np.ndarray[Any, Any]:
        """The numbers of the tile in row and column `place`, shape (rows, columns) or (rows, columns, channels)."""
        blocks = 1 << levels[0], 1 << levels[1]
        spans = []
        for axis, block, index in zip((self.rows, self.columns), blocks, place, strict=True):
            start, length = index * TILE * block, self.dataset.shape[axis]
            if start >= length:
                raise BadSelection(f"There is no tile in row {place[0]}, column {place[1]}.", "The picture ends before it.")
            spans.append(slice(start, min(start + TILE * block, length), 1))
        if self.channels is None:
            return self._reduce(spans, blocks, method)
        parts = [self._reduce(spans, blocks, method, channel) for channel in range(self.dataset.shape[self.channels])]
        return np.stack(parts, axis=-1)

    def _reduce(self, spans: list[slice], blocks: tuple[int, int], method: Method, channel: int = 0) -> np.ndarray[Any, Any]:
        items = list(self.items)
        items[self.rows], items[self.columns] = spans
        if self.channels is not None:
            items[self.channels] = channel
        selection = Selection(tuple(items))
        if self.dataset.dtype.kind == "c":
            return blockwise(np.abs(self.dataset.read(selection)), blocks, method)
        return self.dataset.reduce(selection, blocks, method)


def blockwise(values: np.ndarray[Any, Any], blocks: tuple[int, int], method: Method) -> np.ndarray[Any, Any]:
    """A 2-D array of floats with blocks made one value, NaN left out and partial blocks at the edges."""
    if blocks == (1, 1):
        return values
    padding = [(0, -length % block) for length, block in zip(values.shape, blocks, strict=True)]
    rows, columns = ((length + more) // block for length, (_, more), block in zip(values.shape, padding, blocks, strict=True))
    padded = np.pad(values, padding, constant_values=np.nan).reshape(rows, blocks[0], columns, blocks[1])
    ways: dict[str, Callable[..., Any]] = {"max": np.nanmax, "min": np.nanmin, "mean": np.nanmean}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # blocks of NaN alone stay NaN
        return np.asarray(ways[method](padded, axis=(1, 3)))


def for_drawing(values: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], bool]:
    """Little-endian numbers that a browser can draw, and whether they are still the exact values.

    Small integers and float32 stay as they are, complex numbers become their amplitude, all else float32, or float64
    where float32 would make neighbouring values one.
    """
    kind, size = values.dtype.kind, values.dtype.itemsize
    if kind == "b" or (kind == "u" and size == 1):
        return np.ascontiguousarray(values).view(np.uint8), True
    if kind == "u" and size == 2:
        return np.ascontiguousarray(values, "<u2"), True
    if kind == "i" and size <= 2:
        return np.ascontiguousarray(values, "<i2"), True
    if kind == "f" and size == 4:
        return np.ascontiguousarray(values, "<f4"), True
    if kind == "c":
        return _floats(np.abs(values)), False
    if kind in "uif":
        return _floats(values), False
    raise TypeUnsupported(f"Values of type {values.dtype} cannot be drawn.", "Look at them as a table.")


def _floats(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if values.dtype.itemsize > 4 or values.dtype.kind in "ui":
        finite = values[np.isfinite(values)]
        if finite.size:
            low, high = float(finite.min()), float(finite.max())
            largest = max(abs(low), abs(high))
            # Times of 1.7e9 s that differ by seconds, or amounts of 1e-50: as float32 they would be one flat colour.
            if largest > 3e38 or 0 < largest < 1e-30 or 0 < high - low < 1e-4 * largest:
                return np.ascontiguousarray(values, "<f8")
    return np.ascontiguousarray(values, "<f4")


def _revision(dataset: Dataset) -> str:
    """The revision that the page was made for, if it says so. FileChanged when the file has another by now."""
    asked = request.args.get("rev", "")
    if asked and asked != dataset.facts.revision:
        raise FileChanged("The file was rewritten since this page was opened.", "Reload the page to see the new version.")
    return asked


def _kept(answer: Response, tag: str, known: str) -> Response:
    """Says how long the browser may keep a tile: only of a revision that its address names."""
    if known:
        answer.set_etag(tag)
        answer.headers["Cache-Control"] = "private, max-age=3600, immutable"
    else:
        answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _number(value: Any) -> Any:
    """A value for JSON that JavaScript reads back exactly: large integers and complex numbers as text."""
    if isinstance(value, complex) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) > EXACT_INTEGER):
        return formats.number(value)
    return value
