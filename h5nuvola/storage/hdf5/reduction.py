"""Inside a reader: a window of an image made smaller by whole factors, in tiles that follow the chunks."""

from __future__ import annotations

from typing import Any

import numpy as np

from h5nuvola import errors
from h5nuvola.model import Budget, Selection
from h5nuvola.storage.hdf5 import values
from h5nuvola.storage.hdf5.opening import OpenFile

TILE = 32 << 20  # bytes read at once
METHODS = ("max", "min", "mean")
Array = np.ndarray[Any, Any]


def reduce(file: OpenFile, path: str, selection: Selection, factors: tuple[int, int], method: str, budget: Budget) -> Array:
    """Blocks of `factors` (rows, columns) as their highest, lowest or mean value, NaN left out; partial blocks at the edges.

    Highest and lowest keep the type; means are float32, float64 for 8-byte numbers. Raises BadSelection unless the selection
    leaves two dimensions (three with a colour of 3 or 4), BadRequest for other factors or methods, TypeUnsupported.
    """
    wanted = values.source(file, path)
    fy, fx = factors
    if method not in METHODS:
        raise errors.BadRequest(f"“{method}” is no way to reduce an image.", f"Use one of {', '.join(METHODS)}.")
    if fy < 1 or fx < 1:
        raise errors.BadRequest("An image cannot be reduced by less than 1.", "Use whole factors from 1 up.")
    if wanted.dtype.kind not in "biuf":
        raise errors.TypeUnsupported(f"An image of {wanted.info.text} cannot be reduced.", "Read it as it is.")
    if wanted.shape is None:
        raise errors.BadSelection("This dataset is empty, so it holds no image.")
    fitted = selection.fit(wanted.shape)
    rows, columns, colours = _window(fitted, wanted.shape)
    out_shape = (-(-len(rows) // fy), -(-len(columns) // fx), *((colours,) if colours else ()))
    itemsize = 8 if method == "mean" else wanted.dtype.itemsize
    wanted.check(fitted, budget, result=int(np.prod(out_shape, dtype=object)) * itemsize)

    sliced = [axis for axis, item in enumerate(fitted.items) if isinstance(item, slice)]
    chunks = wanted.stored.chunks
    chunk_rows, chunk_columns = (chunks[sliced[0]], chunks[sliced[1]]) if chunks else (1, len(columns) or 1)
    row_steps, column_steps = _tiles(rows, columns, chunk_rows, chunk_columns, wanted.itemsize * max(colours, 1))
    total = _Total(out_shape, wanted.dtype.newbyteorder("="), method)
    items: list[int | slice] = list(fitted.items)
    for r0, r1 in row_steps:
        for c0, c1 in column_steps:
            items[sliced[0]] = slice(rows.start + r0, rows.start + r1)
            items[sliced[1]] = slice(columns.start + c0, columns.start + c1)
            tile = np.asarray(wanted.data[tuple(items)])
            tile = tile.astype(tile.dtype.newbyteorder("="), copy=False)
            total.add(tile, r0, c0, fy, fx)
    return total.result()


def _window(fitted: Selection, shape: tuple[int, ...]) -> tuple[range, range, int]:
    slices = [(item, length) for item, length in zip(fitted.items, shape, strict=True) if isinstance(item, slice)]
    colours = 0
    if len(slices) == 3 and shape and isinstance(fitted.items[-1], slice):
        last, length = slices[2]
        if length in (3, 4) and (last.start, last.stop, last.step) == (0, length, 1):
            colours = length
    if len(slices) != (3 if colours else 2) or any(item.step != 1 for item, _ in slices):
        raise errors.BadSelection(
            "An image needs a slice that leaves exactly two dimensions, without steps.", "Choose an index for the other dimensions."
        )
    return range(slices[0][0].start, slices[0][0].stop), range(slices[1][0].start, slices[1][0].stop), colours


def _tiles(
    rows: range, columns: range, chunk_rows: int, chunk_columns: int, itemsize: int
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Steps over rows and columns, from the window's corner, that end where chunks end: no chunk is decoded twice."""
    wide = max(len(columns), 1)
    if wide * min(chunk_rows, max(len(rows), 1)) * itemsize > TILE:
        wide = max(TILE // (chunk_rows * itemsize) // chunk_columns, 1) * chunk_columns
    high = max(TILE // (min(wide, max(len(columns), 1)) * itemsize) // chunk_rows, 1) * chunk_rows
    return _steps(rows, high, chunk_rows), _steps(columns, wide, chunk_columns)


def _steps(span: range, size: int, chunk: int) -> list[tuple[int, int]]:
    steps = []
    at = span.start
    while at < span.stop:
        end = min((at // chunk) * chunk + max(size, chunk), span.stop)
        steps.append((at - span.start, end - span.start))
        at = end
    return steps


class _Total:
    """The picture so far. A block that lies across two tiles is put together from both."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any], method: str) -> None:
        self.method = method
        self.dtype = dtype
        self.seen = np.zeros(shape[:2], bool)
        if method == "mean":
            self.sum = np.zeros(shape, np.longdouble if dtype.itemsize > 8 else np.float64)
            self.count = np.zeros(shape, np.int64)
        else:
            self.best = np.zeros(shape, dtype)

    def add(self, tile: Array, row: int, column: int, fy: int, fx: int) -> None:
        b0, b1 = row // fy, (row + tile.shape[0] - 1) // fy + 1
        c0, c1 = column // fx, (column + tile.shape[1] - 1) // fx + 1
        where = np.s_[b0:b1, c0:c1]
        if self.method == "mean":
            number = tile.astype(self.sum.dtype, copy=False)
            if tile.dtype.kind == "f":
                valid = ~np.isnan(tile)
                number = np.where(valid, number, 0) if not valid.all() else number
                self.count[where] += _fold(valid.astype(np.int64), np.add, row % fy, column % fx, fy, fx)
            else:
                ones = np.ones(tile.shape[:2], np.int64)
                counts = _fold(ones, np.add, row % fy, column % fx, fy, fx)
                self.count[where] += counts[..., None] if tile.ndim == 3 else counts
            self.sum[where] += _fold(number, np.add, row % fy, column % fx, fy, fx)
            return
        best = np.fmax if self.method == "max" else np.fmin
        part = _fold(tile, best, row % fy, column % fx, fy, fx)
        seen = self.seen[where]
        if not seen.any():
            self.best[where] = part
        else:
            mask = seen[..., None] if tile.ndim == 3 else seen
            self.best[where] = np.where(mask, best(self.best[where], part), part)
        self.seen[where] = True

    def result(self) -> Array:
        if self.method != "mean":
            return self.best
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            mean = self.sum / self.count
            return mean.astype(np.float32 if self.dtype.itemsize < 8 else mean.dtype)


def _fold(tile: Array, join: np.ufunc, skip_rows: int, skip_columns: int, fy: int, fx: int) -> Array:
    """`join` over blocks of fy × fx, the first of which lacks `skip_rows` rows and `skip_columns` columns."""
    tile = _fold_rows(tile, join, skip_rows, fy)
    turned = np.swapaxes(tile, 0, 1)
    return np.swapaxes(_fold_rows(turned, join, skip_columns, fx), 0, 1)


def _fold_rows(tile: Array, join: np.ufunc, skip: int, factor: int) -> Array:
    # Whole blocks first, in `factor` passes over strided rows (4 ms for 2048 × 2048 numbers of 2 bytes, ufunc.reduceat needs
    # 30); then what sticks out at both ends.
    if factor == 1:
        return tile
    head = min(-skip % factor, len(tile)) if skip else 0
    whole = (len(tile) - head) // factor
    body = tile[head : head + whole * factor]
    pieces = []
    if head:
        pieces.append(join.reduce(tile[:head], axis=0, keepdims=True))
    if whole:
        result = body[0::factor].copy()
        for offset in range(1, factor):
            join(result, body[offset::factor], out=result)
        pieces.append(result)
    if head + whole * factor < len(tile):
        pieces.append(join.reduce(tile[head + whole * factor :], axis=0, keepdims=True))
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
