"""Inside a reader: an HDF5 datatype in words, and whether its values can be read."""

from __future__ import annotations

from typing import Any

import numpy as np
from h5py import h5t

from h5nuvola.model import TypeInfo, TypeKind, visible

MOST_FIELDS = 1000
MOST_NAMES = 1000
_DEEPEST = 100


def dtype_of(tid: h5t.TypeID) -> np.dtype[Any] | None:
    """h5py's dtype for a type; None when it has none."""
    try:
        dtype: np.dtype[Any] = np.dtype(tid.dtype)
        return dtype
    except (TypeError, ValueError, KeyError, NotImplementedError, UnicodeDecodeError, RuntimeError, OSError, RecursionError):
        return None


def describe(tid: h5t.TypeID, depth: int = 0) -> TypeInfo:
    """The type in words, its members included."""
    size = int(tid.get_size())
    if depth > _DEEPEST:
        return TypeInfo("unknown", "nested too deep", size)
    kind = tid.get_class()
    dtype = dtype_of(tid)
    numpy = dtype.str if dtype is not None and not dtype.hasobject and dtype.names is None and dtype.subdtype is None else None
    if kind == h5t.INTEGER:
        signed = tid.get_sign() == h5t.SGN_2
        return TypeInfo("int" if signed else "uint", f"{'' if signed else 'u'}int{_bits(tid)}{_order(tid)}", size, numpy)
    if kind == h5t.FLOAT:
        return TypeInfo("float", f"float{_bits(tid)}{_order(tid)}", size, numpy)
    if kind == h5t.STRING:
        if tid.is_variable_str():
            return TypeInfo("string", "string", size)
        return TypeInfo("string", f"string ({size} byte{'s' if size != 1 else ''})", size, numpy)
    if kind == h5t.ENUM:
        return _enum(tid, size, numpy, dtype, depth)
    if kind == h5t.COMPLEX or (kind == h5t.COMPOUND and dtype is not None and dtype.kind == "c"):
        return TypeInfo("complex", f"complex{size * 8}{_order(tid) if kind == h5t.COMPLEX else ''}", size, numpy)
    if kind == h5t.COMPOUND:
        count = tid.get_nmembers()
        fields = tuple(
            (visible(tid.get_member_name(i).decode("utf-8", "surrogateescape")), describe(tid.get_member_type(i), depth + 1))
            for i in range(min(count, MOST_FIELDS))
        )
        return TypeInfo("compound", f"compound of {count}", size, fields=fields)
    if kind == h5t.ARRAY:
        base = describe(tid.get_super(), depth + 1)
        shape = tuple(int(n) for n in tid.get_array_dims())
        return TypeInfo("array", f"array {'×'.join(map(str, shape))} of {base.text}", size, base=base, shape=shape)
    if kind == h5t.VLEN:
        base = describe(tid.get_super(), depth + 1)
        return TypeInfo("vlen", f"lists of {base.text}", size, base=base)
    return _rest(tid, kind, size, numpy)


def _rest(tid: h5t.TypeID, kind: int, size: int, numpy: str | None) -> TypeInfo:
    if kind == h5t.OPAQUE:
        raw = tid.get_tag()
        tag = visible(raw.decode("utf-8", "surrogateescape") if isinstance(raw, bytes) else str(raw))[:60]
        return TypeInfo("opaque", f"opaque ({size} bytes{', ' + tag if tag else ''})", size, numpy)
    if kind == h5t.BITFIELD:
        return TypeInfo("bitfield", f"bitfield ({size * 8} bits)", size, numpy)
    if kind == h5t.REFERENCE:
        if tid.equal(h5t.STD_REF_OBJ):
            return TypeInfo("reference", "object reference", size)
        if tid.equal(h5t.STD_REF_DSETREG):
            return TypeInfo("region", "region reference", size)
        return TypeInfo("unknown", "reference (HDF5 1.12)", size)
    if kind == h5t.TIME:
        return TypeInfo("time", "time", size)
    return TypeInfo("unknown", f"type of class {kind}", size)


def _enum(tid: h5t.TypeID, size: int, numpy: str | None, dtype: np.dtype[Any] | None, depth: int) -> TypeInfo:
    if dtype is not None and dtype.kind == "b":
        return TypeInfo("bool", "bool", size, numpy)
    count = tid.get_nmembers()
    names = tuple(
        (visible(tid.get_member_name(i).decode("utf-8", "surrogateescape")), int(tid.get_member_value(i)))
        for i in range(min(count, MOST_NAMES))
    )
    return TypeInfo("enum", f"enum of {count}", size, numpy, base=describe(tid.get_super(), depth + 1), names=names)


def _bits(tid: h5t.TypeID) -> str:
    size, precision = int(tid.get_size()) * 8, int(tid.get_precision())
    # x86's long double keeps 80 of its 128 bits: everybody calls it float128.
    return str(size) if precision == size or size == 128 else f"{size} ({precision} bits used)"


def _order(tid: h5t.TypeID) -> str:
    return " big-endian" if tid.get_size() > 1 and tid.get_order() == h5t.ORDER_BE else ""


def unreadable(tid: h5t.TypeID, info: TypeInfo) -> str:
    """Why values of this type cannot be read, as a sentence; empty when they can."""
    kinds = set(_kinds(info))
    if "time" in kinds:
        return "HDF5's “time” type cannot be read by any current library."
    if "unknown" in kinds:
        return f"Values of this type ({info.text}) cannot be read by h5py."
    if _lists_of_references(info):
        return "Lists of region references cannot be read safely: HDF5 crashes on them."
    if dtype_of(tid) is None:
        return f"Values of this type ({info.text}) have no counterpart in numpy."
    return ""


def _kinds(info: TypeInfo) -> list[TypeKind]:
    found: list[TypeKind] = [info.kind]
    for _, member in info.fields:
        found += _kinds(member)
    return found + _kinds(info.base) if info.base else found


def _lists_of_references(info: TypeInfo) -> bool:
    # A valid file with vlen<region reference> ends h5py 3.16 with SIGSEGV.
    if info.kind == "vlen" and info.base and "region" in _kinds(info.base):
        return True
    return any(_lists_of_references(member) for _, member in info.fields) or (info.base is not None and _lists_of_references(info.base))
