"""Inside a reader: values of a part of a dataset, exact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
from h5py import h5d, h5r, h5s, h5t

from h5nuvola import errors
from h5nuvola.model import Budget, Problem, Selection, TypeInfo
from h5nuvola.storage.hdf5 import datatypes, links, plan
from h5nuvola.storage.hdf5.opening import OpenFile, size_text
from h5nuvola.storage.hdf5.plain import Namer


@dataclass(frozen=True, slots=True)
class Source:
    """A dataset whose values may be read: nothing about it leads out of the file."""

    data: h5py.Dataset
    stored: plan.Storage
    info: TypeInfo
    dtype: np.dtype[Any]
    shape: tuple[int, ...] | None

    @property
    def itemsize(self) -> int:
        return max(self.info.size, self.dtype.itemsize)

    def check(self, selection: Selection, budget: Budget, result: int | None = None) -> Selection:
        """The fitted selection. BadSelection, or OverBudget; `result` bytes are handed back instead of the selection itself."""
        shape = self.shape or ()
        nbytes, scanned, chunk = plan.cost(selection, shape, self.stored.chunks, self.itemsize)
        plan.check((nbytes if result is None else result, max(scanned, nbytes), chunk), budget)
        return selection.fit(shape)


def source(file: OpenFile, path: str) -> Source:
    """The dataset at `path`. ObjectNotFound when it is none; LinkRefused, FilterMissing, TypeUnsupported when it cannot be read."""
    found = links.resolve(file.h5, path)
    if not isinstance(found.id, h5d.DatasetID):
        raise errors.ObjectNotFound(f"“{links.label(found.path.encode())}” is no dataset, so it has no values.", "Choose a dataset in it.")
    stored = plan.storage(found.id)
    tid = found.id.get_type()
    info = datatypes.describe(tid)
    raise_problem(plan.problem(found.id, stored, tid, info))
    dtype = datatypes.dtype_of(tid)
    if dtype is None:
        raise errors.TypeUnsupported(f"Values of this type ({info.text}) have no counterpart in numpy.")
    return Source(h5py.Dataset(found.id), stored, info, dtype, stored.shape)


def raise_problem(problem: Problem | None) -> None:
    if problem:
        raise errors.from_code(problem.code)(problem.sentence, problem.advice)


def read(file: OpenFile, path: str, selection: Selection, budget: Budget) -> np.ndarray[Any, Any] | None:
    """The selected values, as h5py gives them; None for a null dataspace.

    Objects stand for what numpy has no type for: `str` for strings of variable length (other bytes than UTF-8 as surrogate
    escapes), arrays for lists of numbers, text like `→ /path` for references.
    """
    wanted = source(file, path)
    if wanted.shape is None:
        return None
    fitted = wanted.check(selection, budget)
    array = _stored(wanted, fitted)
    if wanted.dtype.hasobject:
        array = _without_pointers(array, wanted.dtype, Namer(file.h5, file.names), [budget.nbytes, budget.nbytes])
    return array


def _stored(wanted: Source, fitted: Selection) -> np.ndarray[Any, Any]:
    if wanted.info.kind == "opaque" and wanted.dtype.kind == "V":
        return _opaque(wanted, fitted)
    value = wanted.data[fitted.items]
    whole = isinstance(value, np.ndarray) and value.dtype.kind == "O" and value.shape == fitted.shape(wanted.shape or ())
    if wanted.dtype.kind != "O" or whole:
        return np.asarray(value)
    # One string or list: np.asarray would make a fixed string or a plain array of it.
    array = np.empty((), object)
    array[()] = value
    return array


def _opaque(wanted: Source, fitted: Selection) -> np.ndarray[Any, Any]:
    """Opaque bytes with their own tag as memory type: HDF5 converts only between equal tags, and h5py's type has none."""
    array = np.zeros(fitted.shape(wanted.shape or ()), wanted.dtype)
    if array.size:
        space = wanted.data.id.get_space()
        if wanted.shape:
            ranges = [range(item, item + 1) if isinstance(item, int) else range(item.start, item.stop, item.step) for item in fitted.items]
            space.select_hyperslab(tuple(r.start for r in ranges), tuple(map(len, ranges)), tuple(r.step for r in ranges))
        wanted.data.id.read(h5s.create_simple((array.size,)), space, array, wanted.data.id.get_type())
    return array


def _without_pointers(array: np.ndarray[Any, Any], dtype: np.dtype[Any], namer: Namer, left: list[int]) -> np.ndarray[Any, Any]:
    """The same array with h5py's objects (bytes, references) turned into text. OverBudget when the texts are too long."""
    if dtype.subdtype is not None:
        dtype = dtype.subdtype[0]
    if dtype.names and dtype.fields:
        members = [(name, _without_pointers(array[name], dtype.fields[name][0], namer, left)) for name in dtype.names]
        shape = array.shape
        result = np.empty(shape, np.dtype([(name, member.dtype, member.shape[len(shape) :]) for name, member in members]))
        for name, member in members:
            result[name] = member
        return result
    if not dtype.hasobject:
        return array
    inner = h5t.check_vlen_dtype(dtype)
    flat = np.empty(array.size, object)
    for index, item in enumerate(array.reshape(-1)):
        flat[index] = _object(item, inner, namer, left)
        if left[0] < 0:
            raise errors.OverBudget(
                "The texts or lists in this part are too long for one view.",
                "Choose fewer rows.",
                {"Limit for one view": size_text(left[1])},
            )
    return flat.reshape(array.shape)


def _object(item: Any, inner: Any, namer: Namer, left: list[int]) -> Any:
    if isinstance(item, (bytes, str)):
        left[0] -= len(item)
        return item.decode("utf-8", "surrogateescape") if isinstance(item, bytes) else item
    if isinstance(item, (h5r.Reference, h5r.RegionReference)):
        return namer(item)
    if isinstance(item, np.ndarray):
        left[0] -= item.nbytes
        base = np.dtype(inner) if inner is not None else item.dtype
        return _without_pointers(item, base, namer, left) if item.dtype.hasobject else item
    if inner is not None:
        return np.zeros(0, inner)
    return "→ nothing" if item is None or item == 0 else str(item)
