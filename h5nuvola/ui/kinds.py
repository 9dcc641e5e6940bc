"""What an object looks like from afar: an icon, a word and a colour for every kind of data."""

from __future__ import annotations

from dataclasses import dataclass

from h5nuvola.model import Facts, Node

NUMBERS = ("int", "uint", "float", "complex", "bool", "enum", "bitfield")


@dataclass(frozen=True, slots=True)
class Look:
    """An icon, the word that goes with it, and the kind's colour token."""

    icon: str
    word: str
    tone: str


GROUP = Look("folder", "Group", "folder")
LINK = Look("link", "Link", "scalar")
TYPE = Look("tag", "Datatype", "scalar")
TEXT = Look("abc", "Text", "scalar")
SCALAR = Look("hash", "Scalar", "scalar")
TABLE = Look("table", "Table", "table")
CURVE = Look("chart-line", "Curve", "curve")
IMAGE = Look("photo", "Image", "image")
STACK = Look("stack-2", "Stack", "image")


def kind_of(found: Node | Facts) -> Look:
    """The look of a tree row or of a described object."""
    if found.kind in ("group", "file"):
        return GROUP
    if found.kind == "link":
        return LINK
    if found.kind == "datatype":
        return TYPE
    typekind = found.typekind if isinstance(found, Node) else (found.type.kind if found.type else "")
    shape = found.shape
    if not shape:
        return TEXT if typekind == "string" else SCALAR
    if typekind not in NUMBERS:
        return TABLE
    long = [length for length in shape if length > 1]
    if len(long) < 2:
        return CURVE
    return IMAGE if len(shape) == 2 or (len(shape) == 3 and shape[-1] in (3, 4)) else STACK
