"""Inside a reader: a long line thinned out to what a screen can show, and where on an axis a range of values lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from h5nuvola import errors as problems
from h5nuvola.model import Budget, Selection
from h5nuvola.storage.hdf5 import values
from h5nuvola.storage.hdf5.opening import OpenFile

STRETCH = 4 << 20  # values read at once
MOST_BINS = 100_000
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """Positions along the window, ascending, and the values there."""

    index: Array
    y: Array
    x: Array | None
    errors: Array | None


def envelope(file: OpenFile, path: str, selection: Selection, bins: int, x: str | None, errors: str | None, budget: Budget) -> Line:
    """The lowest and highest value of each of `bins` stretches of a line, with its first and last; all of a short line.

    NaN is passed over, but a stretch of nothing else keeps one, so that a gap stays a gap. Raises BadSelection unless one
    dimension is left, TypeUnsupported for anything but real numbers, OverBudget.
    """
    if not 1 <= bins <= MOST_BINS:
        raise problems.BadRequest(f"A line cannot be drawn in {bins} stretches.", f"Use 1 to {MOST_BINS}.")
    y = _Part(file, path, selection, budget)
    others = [_Part(file, errors, selection, budget) if errors else None, _Axis(file, x, y, budget) if x else None]
    if others[0] is not None and others[0].source.shape != y.source.shape:
        raise problems.BadRequest("The errors have another shape than the values.", "Leave the errors out.")
    if y.n <= 4 * bins:
        index = np.arange(y.n)
        thin = y.take(index)
    else:
        index, thin = _extremes(y, bins)
    bars, at = [None if part is None else part.take(index) for part in others]
    return Line(index.astype(np.int64), thin, at, bars)


class _Part:
    """One line of a dataset, read stretch by stretch."""

    def __init__(self, file: OpenFile, path: str, selection: Selection, budget: Budget) -> None:
        self.source = values.source(file, path)
        if self.source.dtype.kind not in "biuf":
            raise problems.TypeUnsupported(
                f"Values of the type {self.source.info.text} cannot be drawn as a line.", "Show them as a table."
            )
        if self.source.shape is None:
            raise problems.BadSelection("This dataset is empty, so it holds no line.")
        self.fitted = self.source.check(selection, budget, result=0)
        axes = [axis for axis, item in enumerate(self.fitted.items) if isinstance(item, slice)]
        if len(axes) != 1:
            raise problems.BadSelection("A line needs a slice that leaves exactly one dimension.", "Choose an index for the others.")
        self.axis = axes[0]
        item = self.fitted.items[self.axis]
        assert isinstance(item, slice)
        self.steps = range(item.start, item.stop, item.step)
        self.n = len(self.steps)

    def get(self, start: int, stop: int) -> Array:
        """The values at the positions start to stop of the line, in the machine's byte order."""
        part = self.steps[start:stop]
        items = list(self.fitted.items)
        items[self.axis] = slice(part.start, max(part.stop, part.start), part.step)
        array = np.asarray(self.source.data[tuple(items)])
        native: Array = array.astype(array.dtype.newbyteorder("="), copy=False)
        return native

    def stretches(self, size: int) -> list[tuple[int, int]]:
        return [(start, min(start + size, self.n)) for start in range(0, self.n, size)]

    def take(self, index: Array) -> Array:
        """The values at these ascending positions."""
        pieces = []
        for start, stop in self.stretches(STRETCH):
            first, last = np.searchsorted(index, [start, stop])
            if last > first:
                inside = index[first:last]
                low, high = int(inside[0]), int(inside[-1]) + 1
                pieces.append(self.get(low, high)[inside - low])
        return np.concatenate(pieces) if pieces else self.get(0, 0)


class _Axis(_Part):
    """The positions that belong to a line: one value each, or the edges on both sides of each."""

    def __init__(self, file: OpenFile, path: str, line: _Part, budget: Budget) -> None:
        super().__init__(file, path, Selection(), budget)
        length = (line.source.shape or ())[line.axis]
        if self.n not in (length, length + 1):
            raise problems.BadRequest(f"The axis has {self.n} values, the line {length}.", "Leave the axis out.")
        self.edges = self.n == length + 1
        self.steps = line.steps
        self.n = line.n

    def get(self, start: int, stop: int) -> Array:
        low = super().get(start, stop)
        if not self.edges:
            return low
        steps, self.steps = self.steps, range(self.steps.start + 1, self.steps.stop + 1, self.steps.step)
        high = super().get(start, stop)
        self.steps = steps
        wide = np.result_type(low.dtype, np.float64)
        middles: Array = low.astype(wide) + (high.astype(wide) - low.astype(wide)) / 2
        return middles


def _extremes(line: _Part, bins: int) -> tuple[Array, Array]:
    """Ascending positions and the values there, both from one reading: to decode the line is nearly all that it costs."""
    width = -(-line.n // bins)
    index, found = [], []
    for start, stop in line.stretches(max(STRETCH // width, 1) * width):
        y = line.get(start, stop)
        whole = len(y) // width * width
        kept = [np.array([0] * (start == 0) + [len(y) - 1] * (stop == line.n), np.int64)]
        for block, offset in ((y[:whole].reshape(-1, width), 0), (y[whole:].reshape(1, -1), whole)):
            if block.size:
                at = offset + np.arange(len(block)) * block.shape[1]
                kept += [at + _arg(block, np.argmin, np.inf), at + _arg(block, np.argmax, -np.inf)]
        inside = np.unique(np.concatenate(kept))
        index.append(start + inside)
        found.append(y[inside])
    return np.concatenate(index), np.concatenate(found)


def _arg(block: Array, find: Any, instead_of_nan: float) -> Array:
    if block.dtype.kind == "f" and (nan := np.isnan(block)).any():
        block = np.where(nan, block.dtype.type(instead_of_nan), block)
    return np.asarray(find(block, axis=1))


def locate(file: OpenFile, path: str, lo: float, hi: float, budget: Budget) -> tuple[int, int] | None:
    """The positions (start, stop) of an axis that cover the values lo to hi, with one neighbour on each side.

    None when the axis is neither rising nor falling all along, or holds NaN.
    """
    axis = _Part(file, path, Selection(), budget)
    lo, hi = min(lo, hi), max(lo, hi)
    rising = falling = True
    below = above = 0  # how many values lie under lo and over hi
    previous: Array | None = None
    for start, stop in axis.stretches(STRETCH):
        x = axis.get(start, stop)
        if x.dtype.kind == "f" and np.isnan(x).any():
            return None
        joined = x if previous is None else np.concatenate([previous, x])
        rising = rising and bool((joined[1:] >= joined[:-1]).all())
        falling = falling and bool((joined[1:] <= joined[:-1]).all())
        if not (rising or falling):
            return None
        below += int((x < lo).sum())
        above += int((x > hi).sum())
        previous = x[-1:]
    start, stop = (below, axis.n - above) if rising else (above, axis.n - below)
    return max(min(start, stop) - 1, 0), min(max(start, stop) + 1, axis.n)
