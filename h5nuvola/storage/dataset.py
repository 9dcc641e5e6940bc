"""A lazy handle on one dataset: it knows its Facts and reads only what is asked for, with the user's rights and a Budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from h5nuvola.conventions.plottable import Axis, Plottable, plottable
from h5nuvola.errors import BadSelection
from h5nuvola.model import Attribute, Budget, Facts, Index, Node, Ref, Selection, User

if TYPE_CHECKING:
    from h5nuvola.storage.library import Library

Method = Literal["max", "min", "mean"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """A line thinned for the screen: the indices kept, their values, and x and errors there when asked for."""

    index: np.ndarray[Any, Any]
    y: np.ndarray[Any, Any]
    x: np.ndarray[Any, Any] | None = None
    errors: np.ndarray[Any, Any] | None = None
    thinned: bool = False


class Dataset:
    """What an app is given. Slice it like a numpy array; nothing is read before that."""

    def __init__(self, library: Library, user: User, facts: Facts, budget: Budget) -> None:
        self._library = library
        self._user = user
        self._budget = budget
        self.facts = facts

    # --- what it is

    @property
    def ref(self) -> Ref:
        return self.facts.ref

    @property
    def name(self) -> str:
        return self.facts.name

    @property
    def path(self) -> str:
        return self.facts.ref.path

    @property
    def file(self) -> str:
        return self.facts.ref.file

    @property
    def shape(self) -> tuple[int, ...]:
        return self.facts.shape or ()

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=object)) if self.shape else 1

    @property
    def dtype(self) -> np.dtype[Any]:
        """numpy's type of the elements; `object` where numpy has none (variable-length strings and arrays, references)."""
        return np.dtype(self.facts.type.numpy if self.facts.type and self.facts.type.numpy else object)

    @property
    def chunks(self) -> tuple[int, ...] | None:
        return self.facts.chunks

    @property
    def attrs(self) -> Mapping[str, Any]:
        """Attribute values by name; one too large to carry is None."""
        return {name: attr.value for name, attr in self.facts.attrs.items()}

    @property
    def budget(self) -> Budget:
        """What one read through this handle may cost."""
        return self._budget

    @property
    def units(self) -> str:
        return self.plottable.units

    @property
    def label(self) -> str:
        """What stands at an axis: the long name or the name, with the units."""
        picture = self.plottable
        return f"{picture.label} ({picture.units})" if picture.units and picture.units not in picture.label else picture.label

    @property
    def plottable(self) -> Plottable:
        return plottable(self.facts)

    @property
    def axes(self) -> tuple[Dataset | None, ...]:
        """The coordinate dataset of each dimension; None where the index counts."""
        return tuple(self._axis(axis) for axis in self.plottable.axes)

    def _axis(self, axis: Axis | None) -> Dataset | None:
        return None if axis is None else self.at(axis.path)

    # --- neighbours

    def at(self, path: str) -> Dataset:
        """Another dataset of the same file by its absolute path, with the same rights and Budget."""
        return self._library.open(self._user, Ref(self.ref.source, self.ref.file, path), self._budget)

    def sibling(self, name: str) -> Dataset:
        """The dataset of this name in the same group."""
        return self.at(self.ref.parent.child(name).path)

    @property
    def parent_attrs(self) -> Mapping[str, Attribute]:
        return self.facts.parent_attrs

    def children(self, start: int = 0, count: int = 200) -> tuple[list[Node], int]:
        """A page of what a group holds, in natural order, and how much there is."""
        return self._library.children(self._user, self.ref, start, count)

    # --- values

    def __getitem__(self, key: Index | EllipsisType | tuple[Index | EllipsisType, ...]) -> np.ndarray[Any, Any]:
        return self.read(_selection(key, self.ndim))

    def read(self, selection: Selection, budget: Budget | None = None) -> np.ndarray[Any, Any]:
        """The selected values, exactly as stored. OverBudget before anything is read when they are too many."""
        return self._library.read(self._user, self.facts, selection.fit(self.shape), budget or self._budget)

    def reduce(self, selection: Selection, factors: tuple[int, int], method: Method = "max") -> np.ndarray[Any, Any]:
        """The 2-D window `selection`, blocks of `factors` (rows, columns) made one value by `method`; NaN is left out."""
        return self._library.reduce(self._user, self.facts, selection.fit(self.shape), factors, method, self._budget)

    def envelope(self, selection: Selection, bins: int, x: str | None = None, errors: str | None = None) -> Envelope:
        """The 1-D window `selection` with at most four points a bin, no peak lost. `x` and `errors` are paths of 1-D datasets."""
        return self._library.envelope(self._user, self.facts, selection.fit(self.shape), bins, x, errors, self._budget)

    def locate(self, low: float, high: float) -> tuple[int, int] | None:
        """For a 1-D monotonic axis: the index range [start, stop) that covers low…high; None when it is not monotonic."""
        return self._library.locate(self._user, self.facts, low, high, self._budget)


def _selection(key: Any, ndim: int) -> Selection:
    items = list(key) if isinstance(key, tuple) else [key]
    if items.count(...) > 1:
        raise BadSelection("A slice can have one “…” only.", "Leave one of them out.")
    if ... in items:
        place = items.index(...)
        items[place : place + 1] = [slice(None)] * (ndim - len(items) + 1)
    for item in items:
        if not isinstance(item, int | np.integer | slice):
            raise BadSelection(f"A dataset cannot be indexed with {type(item).__name__}.", "Use integers, slices and “…”.")
    return Selection(tuple(item if isinstance(item, slice) else int(item) for item in items))
