"""Inside a reader: attributes, a page of them, each looked at before it is read."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from h5py import h5, h5a, h5t

from h5nuvola.model import Attribute, TypeInfo, encode_name, visible
from h5nuvola.storage.hdf5 import datatypes
from h5nuvola.storage.hdf5.opening import size_text, words
from h5nuvola.storage.hdf5.plain import LONGEST_TEXT, Namer, show, text_of, value_of

MOST = 64
LARGEST = 4096
MOST_VALUES = 256
# Looked for by name in objects with more attributes than a page, because apps are chosen by them.
WANTED = (b"NX_class", b"default", b"signal", b"axes", b"auxiliary_signals", b"interpretation", b"units", b"long_name", b"CLASS", b"target")


def number_of(thing: Any) -> int:
    """How many attributes an object has."""
    return int(h5a.get_num_attrs(thing))


def page(thing: Any, namer: Namer, most: int = MOST) -> dict[str, Attribute]:
    """The first attributes in the order they are stored, by encoded name."""
    names: list[bytes] = []

    def take(name: bytes) -> bool | None:
        names.append(name)
        return True if len(names) >= most else None

    h5a.iterate(thing, take, order=h5.ITER_NATIVE)
    if len(names) >= most:
        names += [name for name in WANTED if name not in names and h5a.exists(thing, name)]
    return {encode_name(name): read(thing, name, namer) for name in names}


def text(thing: Any, name: bytes) -> str:
    """A short string attribute as text; empty when there is none or it is something else."""
    try:
        if not h5a.exists(thing, name):
            return ""
        found = h5a.open(thing, name)
        if found.get_type().get_class() != h5t.STRING or found.shape is None or math.prod(found.shape) != 1:
            return ""
        if found.get_type().get_size() > LARGEST:
            return ""
        value = np.asarray(_values(found)).reshape(-1)[0]
        return text_of(value)[:LONGEST_TEXT] if isinstance(value, (bytes, str)) else ""
    except (OSError, RuntimeError, ValueError, KeyError, TypeError):
        return ""


def read(thing: Any, name: bytes, namer: Namer) -> Attribute:
    """One attribute; what is too large or cannot be read says so in its text, with no value."""
    key = encode_name(name)
    try:
        found = h5a.open(thing, name)
        tid = found.get_type()
        info = datatypes.describe(tid)
        shape = None if found.shape is None else tuple(int(n) for n in found.shape)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, OverflowError) as error:
        return Attribute(key, "unknown", None, f"cannot be read: {words(error)}")
    if shape is None:
        return Attribute(key, info.text, None, "empty")
    nbytes = math.prod(shape) * info.size
    one_string = info.kind == "string" and math.prod(shape) == 1
    if nbytes > (16 * LARGEST if one_string else LARGEST) or math.prod(shape) > MOST_VALUES or info.size > 16 * LARGEST:
        return Attribute(key, info.text, shape, f"{size_text(nbytes)}, not shown")
    if (reason := datatypes.unreadable(tid, info)) and not _dimension_list(info):
        return Attribute(key, info.text, shape, reason)
    try:
        value = _values(found)
        return _attribute(key, info, shape, value, found.dtype, namer)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        return Attribute(key, info.text, shape, f"cannot be read: {words(error)}")


def _attribute(key: str, info: TypeInfo, shape: tuple[int, ...], value: Any, dtype: np.dtype[Any], namer: Namer) -> Attribute:
    names = {number: name for name, number in info.names}
    shown = show(value, namer, names)
    plain = value_of(value, dtype, namer)
    if isinstance(plain, str) and len(plain) > 16 * LARGEST:
        shown = f"{shown[:1000]}… ({size_text(len(plain))})"
        plain = None
    elif len(shown) > LONGEST_TEXT and not isinstance(plain, str):
        plain = None
    return Attribute(key, visible(info.text), shape, shown, plain)


def _dimension_list(info: TypeInfo) -> bool:
    """Lists of object references are netCDF's dimension scales; only lists of region references crash."""
    return info.kind == "vlen" and info.base is not None and info.base.kind == "reference"


def _values(found: h5a.AttrID) -> Any:
    """The value as numpy gives it, exactly as `h5py.AttributeManager` reads it."""
    dtype = found.dtype
    mtype = h5t.py_create(dtype)
    shape = found.shape
    if dtype.subdtype is not None:
        dtype, inner = dtype.subdtype
        shape = shape + inner
    array = np.zeros(shape, dtype=dtype)
    found.read(array, mtype=mtype)
    return array if array.ndim else array[()]


def number(thing: Any, name: bytes) -> float | None:
    """A single number in an attribute, or the number its text says; None when there is none."""
    try:
        if not h5a.exists(thing, name):
            return None
        found = h5a.open(thing, name)
        if found.get_type().get_class() == h5t.STRING:
            return float(text(thing, name))
        if found.shape is None or math.prod(found.shape) != 1 or found.get_type().get_class() not in (h5t.INTEGER, h5t.FLOAT):
            return None
        return float(np.asarray(_values(found)).reshape(-1)[0])
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, OverflowError):
        return None
