"""One HDF5 file as the rest of storage sees it: typed questions to the reader processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, TypeVar

import numpy as np
from pydantic import TypeAdapter, ValidationError

from h5nuvola import errors
from h5nuvola.model import Budget, Facts, Node, Ref, Selection
from h5nuvola.storage.blob import Blob
from h5nuvola.storage.hdf5.pool import Answer, Pool

Method = Literal["max", "min", "mean"]
Array = np.ndarray[Any, Any]
T = TypeVar("T")

_FACTS = TypeAdapter(Facts)
_NODES = TypeAdapter(tuple[list[Node], int])
_WALKED = TypeAdapter(tuple[list[Node], bool])
_RANGE = TypeAdapter(tuple[int, int] | None)
_TEXT = TypeAdapter(str)
_NUMBER = TypeAdapter(int)


@dataclass(frozen=True, slots=True)
class Line:
    """A line thinned out to what a screen can show: positions along the window (int64, ascending) and the values there."""

    index: Array
    y: Array
    x: Array | None = None
    errors: Array | None = None


class Hdf5:
    """An HDF5 file behind a pool of readers. Every method may raise Busy, TooSlow, NotHdf5, Truncated, StillWriting, Damaged,
    ObjectNotFound, LinkRefused and whatever the blob raises. Arrays handed back may be read-only."""

    def __init__(self, pool: Pool, blob: Blob, ref: Ref) -> None:
        """`ref` names the file; its path is not used."""
        self.pool = pool
        self.blob = blob
        self.ref = ref

    def describe(self, path: str = "/", seconds: float = 10.0) -> Facts:
        """All that is known of an object without reading its values."""
        facts = _valid(_FACTS, self._call("describe", {"path": path}, seconds).value)
        return replace(
            facts,
            ref=Ref(self.ref.source, self.ref.file, path),
            revision=self.blob.revision,
            file_size=self.blob.size,
            file_mtime=self.blob.mtime,
        )

    def children(self, path: str = "/", start: int = 0, count: int = 200, seconds: float = 10.0) -> tuple[list[Node], int]:
        """A page of a group's rows in natural order, at most 1000, and how many rows the group has."""
        return _valid(_NODES, self._call("children", {"path": path, "start": start, "count": count}, seconds).value)

    def position(self, path: str, key: str, seconds: float = 10.0) -> int:
        """The row of a group on which the link with this key stands; -1 when it has none."""
        return _valid(_NUMBER, self._call("position", {"path": path, "key": key}, seconds).value)

    def walk(self, limit: int = 10_000, seconds: float = 10.0) -> tuple[list[Node], bool]:
        """The objects of the whole file, each once, breadth first; and whether some were left out."""
        return _valid(_WALKED, self._call("walk", {"limit": limit, "seconds": seconds * 0.8}, seconds).value)

    def entrance(self, path: str = "/", seconds: float = 10.0) -> str:
        """The path of the dataset this file, or one of its groups, should open with; the same path when there is none."""
        return _valid(_TEXT, self._call("entrance", {"path": path}, seconds).value)

    def read(self, path: str, selection: Selection | None = None, budget: Budget | None = None) -> Array | None:
        """The selected values; None for a null dataspace, an array of shape () for one value.

        Strings of variable length are `str` in an object array (bytes that are no UTF-8 as surrogate escapes), lists are arrays
        in an object array, references texts like `→ /path`. Raises BadSelection, OverBudget, FilterMissing, TypeUnsupported.
        """
        budget = budget or Budget()
        args = {"path": path, "selection": str(selection or Selection()), "budget": asdict(budget)}
        arrays = self._call("read", args, budget.seconds).arrays
        return arrays[0] if arrays else None

    def reduce(
        self, path: str, selection: Selection, factors: tuple[int, int], method: Method = "max", budget: Budget | None = None
    ) -> Array:
        """A window of an image, made smaller by whole factors (rows, columns); NaN counts only where a block holds nothing else.

        `selection` leaves two dimensions, or three when the last is a colour (3 or 4 long). Blocks at the edges may be partial.
        """
        budget = budget or Budget()
        args = {"path": path, "selection": str(selection), "factors": list(factors), "method": method, "budget": asdict(budget)}
        return self._array(self._call("reduce", args, budget.seconds))

    def envelope(
        self,
        path: str,
        selection: Selection,
        bins: int,
        x: str | None = None,
        errors: str | None = None,
        budget: Budget | None = None,
    ) -> Line:
        """A line thinned out to the lowest and highest value of each of `bins` stretches, its ends included.

        `selection` leaves one dimension. `x` names a one-dimensional dataset of the same length along it, or one longer (edges
        of bins: the middles are given); `errors` a dataset of the same shape. Short lines come whole.
        """
        budget = budget or Budget()
        args = {"path": path, "selection": str(selection), "bins": bins, "x": x, "errors": errors, "budget": asdict(budget)}
        answer = self._call("envelope", args, budget.seconds)
        match answer.value, answer.arrays:
            case [bool(with_x), bool(with_errors)], [index, y, *more] if len(more) == with_x + with_errors:
                if all(array.shape == index.shape and array.ndim == 1 for array in (y, *more)) and index.dtype.kind == "i":
                    return Line(index, y, more[0] if with_x else None, more[-1] if with_errors else None)
        raise _nonsense()

    def locate(self, path: str, lo: float, hi: float, budget: Budget | None = None) -> tuple[int, int] | None:
        """The range of positions (start, stop) of a rising or falling axis that covers the values `lo` to `hi`, one neighbour on
        each side included; None when the axis goes up and down."""
        budget = budget or Budget()
        args = {"path": path, "lo": lo, "hi": hi, "budget": asdict(budget)}
        return _valid(_RANGE, self._call("locate", args, budget.seconds).value)

    def _call(self, op: str, args: Mapping[str, Any], seconds: float) -> Answer:
        return self.pool.call(self.blob, op, dict(args), seconds)

    def _array(self, answer: Answer) -> Array:
        if len(answer.arrays) != 1:
            raise _nonsense()
        return answer.arrays[0]


def _valid(adapter: TypeAdapter[T], value: Any) -> T:
    try:
        return adapter.validate_python(value)
    except ValidationError:
        raise _nonsense() from None


def _nonsense() -> errors.Damaged:
    # Only a reader taken over by a hostile file answers with other types than asked for.
    return errors.Damaged("The answer to this read makes no sense, so it was thrown away.")
