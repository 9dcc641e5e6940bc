"""Inside a reader: follow a path part by part, so that HDF5 never crosses a link by itself.

HDF5 silently follows external links in the middle of a path, out of the folder the user may read; opened through a Python
file object it resolves them inside the same file, which gives wrong data. Here hard links are opened, soft links are
resolved by us, and whatever leads out of the file is refused by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import h5py
from h5py import h5d, h5g, h5l, h5o, h5t

from h5nuvola import errors
from h5nuvola.model import decode_name, encode_name, visible

MOST_SOFT = 16
ObjectId: TypeAlias = Any  # h5py's GroupID, DatasetID or TypeID; h5py has no types for mypy


@dataclass(slots=True)
class Found:
    """An object with the names that led to it and the soft links followed, in words."""

    id: ObjectId
    names: list[bytes]
    parents: list[h5g.GroupID]
    links: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        return path_of(self.names)


def label(raw: bytes | str) -> str:
    """A name for eyes; h5py hands some names over as text."""
    return visible(raw.decode("utf-8", "surrogateescape") if isinstance(raw, bytes) else raw)


def path_of(names: list[bytes]) -> str:
    """Encoded names as a path."""
    return "/" + "/".join(encode_name(name) for name in names)


def resolve(file: h5py.File, path: str) -> Found:
    """The object at an encoded path. ObjectNotFound, LinkRefused, Damaged; soft links are followed, at most 16."""
    return follow(file, [decode_name(part) for part in path.split("/") if part])


def follow(file: h5py.File, wanted: list[bytes], start: list[bytes] | None = None) -> Found:
    """The object at these names, from the root or from the group at `start`."""
    root = h5g.open(file.id, b"/")
    found = Found(root, [], [])
    left = [*(start or []), *wanted][::-1]
    hops = 0
    while left:
        name = left.pop()
        if name == b".":
            continue
        group = found.id
        if not isinstance(group, h5g.GroupID):
            raise errors.ObjectNotFound(f"“{label(b'/'.join(found.names))}” is no group, so nothing lies in it.", "Go up to its group.")
        info = link_info(group, name)
        if info.type == h5l.TYPE_HARD:
            found = Found(open_object(group, name), [*found.names, name], [*found.parents, group], found.links)
        elif info.type == h5l.TYPE_SOFT:
            hops += 1
            if hops > MOST_SOFT:
                raise errors.ObjectNotFound(
                    f"“{label(name)}” leads through more than {MOST_SOFT} soft links: perhaps they form a circle.",
                    "The link itself is damaged; open its target directly.",
                )
            target = link_value(group, name)
            found.links.append(f"{label(name)} → {label(target)}")
            if target.startswith(b"/"):
                found = Found(root, [], [], found.links)
            left += [part for part in target.split(b"/") if part][::-1]
        else:
            raise refused(group, name, info.type)
    return found


def link_info(group: h5g.GroupID, name: bytes) -> Any:
    """The kind of a link. ObjectNotFound when the group has no such name."""
    if b"\0" in name:
        # A C string would end there and open something else.
        raise errors.ObjectNotFound(f"The file has no “{label(name)}” here.", "Go up and choose from the list.")
    try:
        return group.links.get_info(name)
    except (KeyError, RuntimeError, ValueError, OSError) as error:
        if "exist" in str(error) or "not found" in str(error) or isinstance(error, KeyError):
            raise errors.ObjectNotFound(f"The file has no “{label(name)}” here.", "Go up and choose from the list.") from None
        raise


def link_value(group: h5g.GroupID, name: bytes) -> bytes:
    value = group.links.get_val(name)
    return value if isinstance(value, bytes) else b""


def refused(group: h5g.GroupID, name: bytes, kind: int) -> errors.LinkRefused:
    """The error for a link that leads out of the file."""
    if kind != h5l.TYPE_EXTERNAL:
        return errors.LinkRefused(f"“{label(name)}” is a link of a kind ({kind}) that only the program which wrote it knows.")
    file, path = group.links.get_val(name)
    return errors.LinkRefused(
        f"“{label(name)}” is a link to “{label(path)}” in the file “{label(file)}”; links to other files are not followed.",
        "Open that file itself.",
    )


def target_text(group: h5g.GroupID, name: bytes, kind: int) -> str:
    """Where a soft or external link leads, in words."""
    if kind == h5l.TYPE_SOFT:
        return label(link_value(group, name))
    if kind == h5l.TYPE_EXTERNAL:
        file, path = group.links.get_val(name)
        return f"{label(path)} in {label(file)}"
    return ""


def open_object(group: h5g.GroupID, name: bytes) -> ObjectId:
    """The object behind one hard link."""
    kind = h5o.get_info(group, name).type
    if kind == h5o.TYPE_DATASET:
        return h5d.open(group, name)
    if kind == h5o.TYPE_GROUP:
        return h5g.open(group, name)
    return h5t.open(group, name)


def address(thing: ObjectId) -> int:
    """What tells objects of one file apart, however they were reached."""
    return int(h5o.get_info(thing).addr)
