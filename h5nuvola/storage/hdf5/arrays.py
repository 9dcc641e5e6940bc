"""Arrays as plain bytes and back, without pickle: what travels between a reader and the web process.

Plain arrays go as they lie in memory. Arrays of Python objects go column-wise: strings as JSON, lists of numbers as one flat
array with its lengths, compounds with such members as one column a member.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from h5nuvola.errors import TypeUnsupported

_DTYPE = re.compile(r"[<>|=][biufcSVMm]\d{1,10}(\[\d{0,9}[a-zA-Z]{1,3}\])?\Z")
_DEEPEST = 24


class Block:
    """The buffers that follow a header, each on a multiple of 64 bytes."""

    def __init__(self) -> None:
        self.parts: list[Any] = []
        self.size = 0

    def add(self, buffer: Any) -> list[int]:
        """Where the buffer lies: offset and number of bytes."""
        if padding := -self.size % 64:
            self.parts.append(bytes(padding))
            self.size += padding
        view = memoryview(buffer).cast("B") if memoryview(buffer).nbytes else memoryview(b"")
        self.parts.append(view)
        at = [self.size, view.nbytes]
        self.size += view.nbytes
        return at


def pack(array: np.ndarray[Any, Any], block: Block) -> dict[str, Any]:
    """The JSON description of an array whose bytes were added to `block`. TypeUnsupported for objects of unknown kinds."""
    shape = list(array.shape)
    if not array.dtype.hasobject:
        return {"is": "plain", "shape": shape, "dtype": write_dtype(array.dtype), "at": block.add(_bytes_of(array))}
    if array.dtype.names:
        return {"is": "columns", "shape": shape, "columns": [[name, pack(array[name], block)] for name in array.dtype.names]}
    items = array.ravel().tolist() if array.ndim else [array.item()]
    if all(isinstance(item, str) for item in items):
        return {"is": "text", "shape": shape, "at": block.add(json.dumps(items).encode())}
    if all(isinstance(item, np.ndarray) for item in items):
        lengths = np.array([len(item) for item in items], "<i8")
        flat = np.concatenate(items)
        return {"is": "ragged", "shape": shape, "lengths": pack(lengths, block), "flat": pack(flat, block)}
    raise TypeUnsupported("The values mix types that cannot be shown together.")


def _bytes_of(array: np.ndarray[Any, Any]) -> Any:
    # memoryview knows neither datetimes nor compounds: look at the same memory as bytes.
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8) if array.size and array.dtype.itemsize else b""


def unpack(spec: Any, block: Any, depth: int = 0) -> np.ndarray[Any, Any]:
    """The array described by `pack`; plain ones lie in `block` itself and are read-only. ValueError when it makes no sense."""
    if not isinstance(spec, dict) or depth > _DEEPEST:
        raise ValueError("no description of an array")
    shape = _shape(spec.get("shape"))
    count = math.prod(shape)
    kind = spec.get("is")
    if kind == "plain":
        dtype = read_dtype(spec.get("dtype"))
        raw = _part(spec, block)
        if len(raw) != count * dtype.itemsize:
            raise ValueError("an array of the wrong size")
        if not len(raw):
            return np.zeros(shape, dtype)
        return np.frombuffer(raw, dtype).reshape(shape)
    if kind == "text":
        items = json.loads(bytes(_part(spec, block)))
        if not isinstance(items, list) or len(items) != count or not all(isinstance(item, str) for item in items):
            raise ValueError("no list of texts")
        return _objects(items, shape)
    if kind == "ragged":
        lengths = unpack(spec.get("lengths"), block, depth + 1)
        flat = unpack(spec.get("flat"), block, depth + 1)
        if lengths.shape != (count,) or lengths.dtype != np.dtype("<i8") or (lengths < 0).any() or not flat.ndim:
            raise ValueError("no lengths")
        if sum(lengths.tolist()) != len(flat):
            raise ValueError("lengths that do not fit")
        return _objects(np.split(flat, np.cumsum(lengths)[:-1]) if count else [], shape)
    if kind == "columns":
        return _columns(spec.get("columns"), shape, block, depth)
    raise ValueError("an unknown kind of array")


def _columns(columns: Any, shape: tuple[int, ...], block: Any, depth: int) -> np.ndarray[Any, Any]:
    if not isinstance(columns, list) or not all(isinstance(c, list) and len(c) == 2 and isinstance(c[0], str) for c in columns):
        raise ValueError("no columns")
    members = [(name, unpack(spec, block, depth + 1)) for name, spec in columns]
    if any(member.shape[: len(shape)] != shape for _, member in members):
        raise ValueError("columns of different lengths")
    array = np.empty(shape, np.dtype([(name, member.dtype, member.shape[len(shape) :]) for name, member in members]))
    for name, member in members:
        array[name] = member
    return array


def _objects(items: Sequence[Any], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    array = np.empty(len(items), object)
    for index, item in enumerate(items):
        array[index] = item
    return array.reshape(shape)


def _shape(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > 64 or not all(type(n) is int and 0 <= n < 1 << 62 for n in value):
        raise ValueError("no shape")
    return tuple(value)


def _part(spec: dict[str, Any], block: Any) -> memoryview:
    at = spec.get("at")
    if not isinstance(at, list) or len(at) != 2 or not all(type(n) is int and n >= 0 for n in at) or at[0] + at[1] > len(block):
        raise ValueError("a place outside of the block")
    return memoryview(block)[at[0] : at[0] + at[1]]


def write_dtype(dtype: np.dtype[Any]) -> Any:
    """A numpy dtype without objects as JSON."""
    if dtype.names is None or dtype.fields is None:
        return dtype.str
    fields = [dtype.fields[name] for name in dtype.names]
    formats = [
        [write_dtype(field[0].subdtype[0]), list(field[0].subdtype[1])] if field[0].subdtype else [write_dtype(field[0]), []]
        for field in fields
    ]
    return {"names": list(dtype.names), "formats": formats, "offsets": [field[1] for field in fields], "itemsize": dtype.itemsize}


def read_dtype(spec: Any, depth: int = 0) -> np.dtype[Any]:
    """The dtype written by `write_dtype`; ValueError for anything else, above all for objects."""
    if isinstance(spec, str) and _DTYPE.match(spec):
        return np.dtype(spec)
    if not isinstance(spec, dict) or set(spec) != {"names", "formats", "offsets", "itemsize"} or depth > 128:
        raise ValueError("no type of numbers")
    formats = [np.dtype((read_dtype(base, depth + 1), _shape(shape))) for base, shape in spec["formats"]]
    dtype = np.dtype({"names": spec["names"], "formats": formats, "offsets": spec["offsets"], "itemsize": spec["itemsize"]})
    if dtype.hasobject:
        raise ValueError("a type with objects")
    return dtype
