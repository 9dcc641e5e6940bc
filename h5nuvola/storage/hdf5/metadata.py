"""Inside a reader: everything about one object but its values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import h5py
from h5py import h5d, h5g, h5l

from h5nuvola import errors
from h5nuvola.model import Attribute, Facts, Kind, Node, Ref
from h5nuvola.storage.hdf5 import attributes, datatypes, links, plan, tree
from h5nuvola.storage.hdf5.opening import OpenFile, words
from h5nuvola.storage.hdf5.plain import Namer, text_of

SIBLINGS = 64
_FAILURES = (OSError, RuntimeError, ValueError, KeyError, TypeError, OverflowError)


def describe(file: OpenFile, path: str) -> Facts:
    """The Facts of the object at `path`; its Ref names only the path, the caller knows the rest."""
    found = links.resolve(file.h5, path)
    namer = Namer(file.h5, file.names)
    thing = found.id
    root = found.parents[0] if found.parents else thing
    parent = found.parents[-1] if found.parents else None
    attrs, count = _attrs(thing, namer)
    common: dict[str, Any] = {
        "ref": Ref("", "", path),
        "revision": "",
        "attrs": attrs,
        "attr_count": count,
        "parent_attrs": _attrs(parent, namer)[0] if parent is not None else {},
        "root_attrs": _attrs(root, namer)[0] if root is not thing else attrs,
        "definition": _definition(found),
        "links": tuple(found.links[:32]),
    }
    if parent is not None:
        common["siblings"] = _siblings(file, found)
    if isinstance(thing, h5g.GroupID):
        kind: Kind = "group" if found.names else "file"
        return Facts(kind=kind, children=int(thing.get_num_objs()), **common)
    if isinstance(thing, h5d.DatasetID):
        return Facts(kind="dataset", **common, **_dataset(thing))
    return Facts(kind="datatype", type=datatypes.describe(thing), **common)


def _attrs(thing: Any, namer: Namer) -> tuple[Mapping[str, Attribute], int]:
    try:
        return attributes.page(thing, namer), attributes.number_of(thing)
    except _FAILURES as error:
        # One damaged attribute table must not hide the object itself.
        return {"": Attribute("", "unknown", None, f"The attributes cannot be read: {words(error)}")}, 1


def _dataset(dataset: h5d.DatasetID) -> dict[str, Any]:
    stored = plan.storage(dataset)
    tid = dataset.get_type()
    info = datatypes.describe(tid)
    return {
        "shape": stored.shape,
        "type": info,
        "layout": stored.layout,
        "maxshape": stored.maxshape,
        "chunks": stored.chunks,
        "filters": stored.filters,
        "stored_nbytes": stored.stored_nbytes,
        "problem": plan.problem(dataset, stored, tid, info),
    }


def _siblings(file: OpenFile, found: links.Found) -> tuple[Node, ...]:
    parent = found.parents[-1]
    where = links.path_of(found.names[:-1])
    try:
        listed = tree.listing(file, parent)
        chosen = listed[:SIBLINGS]
        if all(name != found.names[-1] for name, _ in chosen):
            chosen = chosen[: SIBLINGS - 1] + [entry for entry in listed if entry[0] == found.names[-1]][:1]
        return tuple(tree.node(file, parent, found.names[:-1], where, name, kind) for name, kind in chosen)
    except _FAILURES:
        return ()


def _definition(found: links.Found) -> str:
    """The text of the nearest NXentry's `definition`."""
    groups = [*found.parents, *([found.id] if isinstance(found.id, h5g.GroupID) else [])]
    for group in reversed(groups):
        if attributes.text(group, b"NX_class") in ("NXentry", "NXsubentry"):
            return _short_text(group, b"definition")
    return ""


def _short_text(group: h5g.GroupID, name: bytes) -> str:
    try:
        if links.link_info(group, name).type != h5l.TYPE_HARD:
            return ""
        dataset = links.open_object(group, name)
        if not isinstance(dataset, h5d.DatasetID):
            return ""
        facts = _dataset(dataset)
        if facts["problem"] or facts["type"].kind != "string" or facts["type"].size > 4096 or facts["shape"] not in ((), (1,)):
            return ""
        value = h5py.Dataset(dataset)[()]
        return text_of(value if facts["shape"] == () else value[0])[:200]
    except (*_FAILURES, errors.H5nuvolaError):
        return ""
