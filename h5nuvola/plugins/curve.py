"""What the line app reads: the points of a curve that a window shows, thinned for the screen so that no peak is lost."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from h5nuvola.conventions.plottable import Axis
from h5nuvola.errors import H5nuvolaError
from h5nuvola.model import Facts, Index, Selection
from h5nuvola.ui import formats

BINS = 1600  # of the screen; each keeps at most four points
SCATTERED = 20_000  # points of a curve whose x goes back and forth, where no part can be read by its x alone
SPECTRA = ("spectrum", "scaler", "scalar")


def along_of(facts: Facts, interpretation: str, wanted: str) -> int:
    """The dimension that runs along x: the one asked for, else the last, unless that one is a handful of columns."""
    shape = facts.shape or ()
    if re.fullmatch(r"\d{1,2}", wanted) and int(wanted) < len(shape):
        return int(wanted)
    last = len(shape) - 1
    if len(shape) > 1 and interpretation not in SPECTRA and shape[-1] < 10 <= shape[-2]:
        return last - 1
    return last


@dataclass(slots=True)
class Curve:
    """The points to draw of one curve, and what has to be said about them."""

    x: np.ndarray[Any, Any]
    y: np.ndarray[Any, Any]
    errors: np.ndarray[Any, Any] | None
    index: np.ndarray[Any, Any]
    thinned: bool
    total: int  # points of the whole curve
    covered: int  # stored points that the drawn ones stand for
    steps: bool  # a value holds between its edges
    log_y: bool
    axis: Axis | None  # what x holds; None for the index
    notes: list[str]


def read(dataset: Any, selection: str, along: str, xr: str, part: str, errors: bool, log_y: bool = False) -> Curve:
    """The points of the window `xr` and half as much on both sides, thinned to about four a pixel."""
    direction = direction_of(dataset, along)
    picture = dataset.plottable
    axis = picture.axes[direction]
    notes = list(picture.warnings[:2])
    if axis is not None and not _plain_axis(dataset, axis):
        notes.append(f"The axis “{formats.text(axis.name)}” holds no real numbers; the index is shown")
        axis = None
    start, stop, ordered = span(dataset, direction, axis, xr, margin=0.5)
    total = dataset.shape[direction]
    bins = BINS * 2 if ordered and stop - start < total else BINS if ordered else SCATTERED
    chosen = selection_of(dataset, selection, direction, start, stop)
    kind = dataset.facts.type.kind if dataset.facts.type else ""
    if kind == "complex":
        index, y, bars, thinned = _complex(dataset, chosen, part, bins)
        at = None
    else:
        path = picture.errors if errors and dataset.ndim == 1 else None
        found = dataset.envelope(chosen, bins, x=axis.path if axis is not None else None, errors=path)
        index, y, at, bars, thinned = found.index + start, found.y, found.x, found.errors, found.thinned
    if axis is None:
        x = index
    elif at is not None and not (axis.edges and not thinned):
        x = at
    else:
        x = _axis_values(dataset, axis, index, start, stop)
    steps = kind in ("bool", "enum")
    if axis is not None and axis.edges and not thinned and len(x) == len(index) + 1:
        y = np.append(y, y[-1:])
        bars = None if bars is None else np.append(bars, bars[-1:])
        index = np.append(index, index[-1:])
        steps = True
    if y.dtype.kind == "f" and (missing := int(np.count_nonzero(~np.isfinite(y)))):
        notes.append(f"{formats.plural(missing, 'point')} not finite, shown as gaps")
    if log_y and y.dtype.kind in "iuf" and (hidden := int(np.count_nonzero(y <= 0))):
        notes.append(f"{formats.plural(hidden, 'point')} not above 0, not on the log axis")
    return Curve(x, y, bars, index, thinned, total, stop - start, steps, log_y, axis, notes)


def direction_of(dataset: Any, along: str) -> int:
    return along_of(dataset.facts, dataset.plottable.interpretation, along or "")


def _plain_axis(dataset: Any, axis: Axis) -> bool:
    try:
        kind = dataset.at(axis.path).facts.type
    except H5nuvolaError:
        return False
    return kind is not None and kind.kind in ("int", "uint", "float")


def selection_of(dataset: Any, text: str, direction: int, start: int, stop: int) -> Selection:
    given = Selection.parse(text or "").fit(dataset.shape).items
    items: list[Index] = [one if isinstance(one, int) else one.start for one in given]
    items[direction] = slice(start, stop)
    return Selection(tuple(items))


def span(dataset: Any, direction: int, axis: Axis | None, xr: str, margin: float) -> tuple[int, int, bool]:
    """The index range of the window with `margin` of its length on both sides, and whether x has an order."""
    total = dataset.shape[direction]
    window = window_of(xr)
    if window is None:
        return 0, total, True
    low, high = window
    if axis is None:
        first, last = math.floor(max(low, 0)), math.ceil(min(high, total)) + 1
    else:
        found = dataset.at(axis.path).locate(low, high)
        if found is None:
            return 0, total, False
        first, last = found[0] - 1, found[1] + 1
    spare = math.ceil((last - first) * margin)
    start = min(max(first - spare, 0), max(total - 2, 0))
    return start, max(min(last + spare, total), min(start + 2, total)), True


def window_of(text: str | None) -> tuple[float, float] | None:
    """`"0.5:2"` as two finite numbers in order; None for anything else."""
    parts = (text or "").split(":")
    if len(parts) != 2:
        return None
    try:
        low, high = sorted(map(float, parts))
    except ValueError:
        return None
    return (low, high) if math.isfinite(low) and math.isfinite(high) and low < high else None


def _axis_values(dataset: Any, axis: Axis, index: np.ndarray[Any, Any], start: int, stop: int) -> np.ndarray[Any, Any]:
    values = np.asarray(dataset.at(axis.path)[start : stop + int(axis.edges)])
    return values if axis.edges and len(index) == stop - start else values[index - start]


def _complex(dataset: Any, chosen: Selection, part: str, bins: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], None, bool]:
    start = next(item.start for item in chosen.items if isinstance(item, slice))
    values = dataset.read(chosen)
    y = np.angle(values) if part == "phase" else values.real if part == "real" else values.imag if part == "imag" else np.abs(values)
    keep = thin(y, bins)
    return keep + start, y[keep], None, len(keep) < len(y)


def thin(y: np.ndarray[Any, Any], bins: int) -> np.ndarray[Any, Any]:
    """The indices of the first, least, greatest and last value of each bin, in order: at most four a bin."""
    if len(y) <= 4 * bins:
        return np.arange(len(y))
    edges = np.linspace(0, len(y), bins + 1).astype(np.int64)
    low, high = np.where(np.isnan(y), np.inf, y), np.where(np.isnan(y), -np.inf, y)
    kept = {0, len(y) - 1}
    for first, last in pairwise(edges):
        kept |= {int(first), int(last) - 1, int(first + low[first:last].argmin()), int(first + high[first:last].argmax())}
    return np.array(sorted(kept))
