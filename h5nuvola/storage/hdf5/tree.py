"""Inside a reader: what a group holds, page by page, and bounded walks over the whole file."""

from __future__ import annotations

import re
import time
from collections import deque
from dataclasses import replace
from operator import itemgetter
from typing import Any

from h5py import h5, h5d, h5g, h5l, h5o

from h5nuvola import errors
from h5nuvola.model import LinkKind, Node, Problem, decode_name, encode_name
from h5nuvola.storage.hdf5 import attributes, datatypes, links, plan
from h5nuvola.storage.hdf5.opening import OpenFile, words

MOST_PAGE = 1000
MOST_CACHED = 500_000
DEEPEST = 64
_FAILURES = (OSError, RuntimeError, ValueError, KeyError, TypeError, OverflowError, NotImplementedError)
_DIGITS = re.compile(rb"(\d+)")
_SHAPE = bytes.maketrans(b"123456789", b"000000000")
_KINDS: dict[int, LinkKind] = {h5l.TYPE_HARD: "hard", h5l.TYPE_SOFT: "soft", h5l.TYPE_EXTERNAL: "external"}


def natural(name: bytes) -> list[tuple[int, int, bytes]]:
    """A sort key by which scan_2 comes before scan_10."""
    return [(0, int(part), part) if part.isdigit() and len(part) < 20 else (1, 0, part.lower()) for part in _DIGITS.split(name) if part]


def _sort(found: list[tuple[bytes, int]]) -> None:
    # Of names that differ only in digits at the same places, plain order is natural order: 50,000 keys cost half a second.
    if len({name.translate(_SHAPE) for name, _ in found}) == 1:
        found.sort(key=itemgetter(0))  # as pairs they take three times as long
    else:
        found.sort(key=lambda entry: (natural(entry[0]), entry[0]))


def listing(file: OpenFile, group: h5g.GroupID) -> list[tuple[bytes, int]]:
    """The names in a group with their kind of link, in natural order; one pass over the group, then remembered."""
    where = links.address(group)
    found: list[tuple[bytes, int]] | None = file.listings.get(where)
    if found is None:
        found = []

        def take(name: bytes, info: Any) -> None:
            # `info` is one object that HDF5 overwrites with each link.
            found.append((name, int(info.type)))

        group.links.iterate(take, info=True, order=h5.ITER_NATIVE)
        _sort(found)
        if sum(map(len, file.listings.values())) + len(found) > MOST_CACHED:
            file.listings.clear()
        file.listings[where] = found
    return found


def children(file: OpenFile, path: str, start: int, count: int) -> tuple[list[Node], int]:
    """The rows `start` to `start + count` of a group and how many it has. Types and shapes are read for these rows only."""
    found = links.resolve(file.h5, path)
    if not isinstance(found.id, h5g.GroupID):
        raise errors.ObjectNotFound(f"“{path}” is no group, so nothing lies in it.", "Go up to its group.")
    listed = listing(file, found.id)
    rows = listed[max(start, 0) : max(start, 0) + min(max(count, 0), MOST_PAGE)]
    # The address shown stays the one asked for, whatever soft links led here.
    where = "/" + "/".join(part for part in path.split("/") if part)
    return [node(file, found.id, found.names, where, name, kind) for name, kind in rows], len(listed)


def position(file: OpenFile, path: str, key: str) -> int:
    """The row of a group on which the link with this key stands; -1 when it has none."""
    found = links.resolve(file.h5, path)
    if not isinstance(found.id, h5g.GroupID):
        raise errors.ObjectNotFound(f"“{path}” is no group, so nothing lies in it.", "Go up to its group.")
    name = decode_name(key)
    return next((index for index, (listed, _) in enumerate(listing(file, found.id)) if listed == name), -1)


def node(file: OpenFile, group: h5g.GroupID, names: list[bytes], where: str, name: bytes, kind: int) -> Node:
    """One row: a link and what it leads to, a soft one resolved from the group's real place `names`. What cannot be opened
    carries its problem."""
    key = encode_name(name)
    path = f"{where.rstrip('/')}/{key}"
    link = _KINDS.get(kind, "user")
    text = links.label(name)
    if b"/" in name or not name or name == b".":
        sentence = "This name cannot be used in a path, so the object cannot be opened by it."
        return Node(key, text, path, "link", link, problem=Problem(errors.ObjectNotFound.code, sentence))
    try:
        if kind == h5l.TYPE_HARD:
            return _object_node(links.open_object(group, name), key, text, path)
        if kind != h5l.TYPE_SOFT:
            refusal = links.refused(group, name, kind)
            problem = Problem(refusal.code, refusal.sentence, refusal.advice)
            return Node(key, text, path, "link", link, links.target_text(group, name, kind), problem=problem)
        target = links.target_text(group, name, kind)
        try:
            return replace(_object_node(links.follow(file.h5, [name], names).id, key, text, path), link=link, target=target)
        except errors.H5nuvolaError as error:
            problem = Problem(error.code, error.sentence, error.advice)
            return Node(key, text, path, "link", link, target, problem=problem)
    except _FAILURES as error:
        return Node(key, text, path, "link", link, problem=Problem(errors.Damaged.code, f"This cannot be opened: {words(error)}."))


def _object_node(thing: links.ObjectId, key: str, text: str, path: str) -> Node:
    if isinstance(thing, h5g.GroupID):
        nxclass = attributes.text(thing, b"NX_class")
        return Node(key, text, path, "group", nxclass=nxclass[:100], children=int(thing.get_num_objs()))
    if not isinstance(thing, h5d.DatasetID):
        info = datatypes.describe(thing)
        return Node(key, text, path, "datatype", type=info.text, typekind=info.kind)
    stored = plan.storage(thing)
    tid = thing.get_type()
    info = datatypes.describe(tid)
    problem = plan.problem(thing, stored, tid, info)
    return Node(key, text, path, "dataset", shape=stored.shape, type=info.text, typekind=info.kind, problem=problem)


def walk(file: OpenFile, limit: int, seconds: float, width: int | None = None) -> tuple[list[Node], bool]:
    """All objects reached by hard links, breadth first, each once; and whether the walk was cut by count, depth or time.

    `width` is how many links of one group are looked at; the others do not count as cut.

    Soft and external links are not followed: a soft link to the root has no end.
    """
    until = time.monotonic() + seconds
    root = h5g.open(file.h5.id, b"/")
    seen = {links.address(root)}
    nodes: list[Node] = []
    waiting: deque[tuple[h5g.GroupID, str, int]] = deque([(root, "/", 0)])
    cut = False
    while waiting:
        group, where, depth = waiting.popleft()
        try:
            listed = listing(file, group)
        except _FAILURES:
            continue
        for name, kind in listed[:width]:
            if len(nodes) >= limit or time.monotonic() > until:
                return nodes, True
            if kind != h5l.TYPE_HARD or b"/" in name or not name or name == b".":
                continue
            try:
                info = h5o.get_info(group, name)
                address = int(info.addr)
                if address in seen:
                    continue
                seen.add(address)
                key = encode_name(name)
                path = f"{where.rstrip('/')}/{key}"
                thing = links.open_object(group, name)
                nodes.append(_light(thing, key, links.label(name), path))
            except _FAILURES:
                continue
            if isinstance(thing, h5g.GroupID):
                if depth + 1 < DEEPEST:
                    waiting.append((thing, path, depth + 1))
                else:
                    cut = True
    return nodes, cut


def _light(thing: links.ObjectId, key: str, text: str, path: str) -> Node:
    if isinstance(thing, h5g.GroupID):
        return Node(key, text, path, "group", nxclass=attributes.text(thing, b"NX_class")[:100])
    if not isinstance(thing, h5d.DatasetID):
        return Node(key, text, path, "datatype")
    info = datatypes.describe(thing.get_type())
    return Node(key, text, path, "dataset", shape=plan.storage(thing).shape, type=info.text, typekind=info.kind)
