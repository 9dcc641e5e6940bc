"""Inside a reader: the dataset a file should open with."""

from __future__ import annotations

import math

from h5py import h5d, h5g

from h5nuvola import errors
from h5nuvola.model import Node, encode_name
from h5nuvola.storage.hdf5 import attributes, links, plan, tree
from h5nuvola.storage.hdf5.opening import OpenFile

MOST_DEFAULTS = 16
MOST_WALKED = 2000
MOST_IN_GROUP = 200  # the first of 50,000 scans tell as much as 2,000 of them, and take a tenth of the time
WALK_SECONDS = 1.0
_NUMBERS = ("int", "uint", "float", "complex", "bool", "enum", "bitfield")
_FAILURES = (OSError, RuntimeError, ValueError, KeyError, TypeError)


def entrance(file: OpenFile, path: str = "/") -> str:
    """The path of that dataset: NeXus's @default chain from `path`, else the first NXdata with a signal, else the largest picture
    or line near the root, else `/`. A group other than the root that has neither a chain nor a signal is its own entrance."""
    start = _default(file, path)
    if start is not None:
        signal = _signal(file, start)
        if signal:
            return signal
        if isinstance(start.id, h5d.DatasetID):
            return start.path
    if path != "/":
        return _signal_at(file, path) or path
    nodes, _ = tree.walk(file, MOST_WALKED, WALK_SECONDS, MOST_IN_GROUP)
    for node in nodes:
        if node.kind == "group" and node.nxclass == "NXdata" and (signal := _signal_at(file, node.path)):
            return signal
    best = max((node for node in nodes if _worth(node)), key=_rank, default=None)
    return best.path if best else "/"


def _default(file: OpenFile, path: str) -> links.Found | None:
    """Where the chain of @default leads from `path`; None when it does not begin. A circle ends after 16 steps."""
    found = links.resolve(file.h5, path)
    for step in range(MOST_DEFAULTS):
        name = attributes.text(found.id, b"default") if isinstance(found.id, h5g.GroupID) else ""
        if not name:
            return found if step else None
        raw = [part for part in name.encode().split(b"/") if part]
        try:
            following = links.follow(file.h5, raw, [] if name.startswith("/") else found.names)
        except (*_FAILURES, errors.H5nuvolaError):
            return found if step else None
        if following.names == found.names:
            return found
        found = following
    return None


def _signal_at(file: OpenFile, path: str) -> str:
    try:
        return _signal(file, links.resolve(file.h5, path))
    except (*_FAILURES, errors.H5nuvolaError):
        return ""


def _signal(file: OpenFile, found: links.Found) -> str:
    """The path of the signal in an NXdata group: its @signal, else the child with @signal = 1; empty when there is none."""
    if not isinstance(found.id, h5g.GroupID):
        return ""
    if name := attributes.text(found.id, b"signal"):
        return _dataset_at(file, found, name.encode())
    if attributes.text(found.id, b"NX_class") not in ("NXdata", ""):
        return ""
    for child, _ in tree.listing(file, found.id)[:256]:
        try:
            thing = links.follow(file.h5, [child], found.names).id
            if isinstance(thing, h5d.DatasetID) and attributes.number(thing, b"signal") == 1:
                return _dataset_at(file, found, child)
        except (*_FAILURES, errors.H5nuvolaError):
            continue
    return ""


def _dataset_at(file: OpenFile, found: links.Found, name: bytes) -> str:
    try:
        thing = links.follow(file.h5, [name], found.names).id
    except (*_FAILURES, errors.H5nuvolaError):
        return ""
    if not isinstance(thing, h5d.DatasetID) or not plan.storage(thing).shape:
        return ""
    return f"{found.path.rstrip('/')}/{encode_name(name)}"


def _worth(node: Node) -> bool:
    return node.kind == "dataset" and node.typekind in _NUMBERS and bool(node.shape) and math.prod(node.shape or ()) > 1


def _rank(node: Node) -> tuple[int, int]:
    shape = node.shape or ()
    # Four dimensions and fewer can be shown; beyond that more dimensions are no merit. Axes of length 1 do not count.
    return min(sum(length > 1 for length in shape), 4), math.prod(shape)
