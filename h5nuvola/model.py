"""The plain values that travel through the house: where data lies, what it is, which part is wanted, what it may cost."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote, unquote_to_bytes

from h5nuvola.errors import BadRequest, BadSelection

# --- names -----------------------------------------------------------------------------------------------------------
# HDF5 link names and POSIX file names are bytes. A `Ref` carries them as text that survives JSON, URLs and
# JavaScript (whose encodeURIComponent throws on the lone surrogates of Python's surrogateescape):
# valid UTF-8 stays as it is, any other byte becomes \xHH, and a backslash becomes two.

_ESCAPED = re.compile(r"\\(\\|x[0-9a-f]{2})")


def encode_name(raw: bytes) -> str:
    """The reversible text form of a name: invalid UTF-8 as `\\xHH`, a backslash doubled."""
    text = raw.replace(b"\\", b"\\\\").decode("utf-8", "surrogateescape")
    return re.sub("[\udc80-\udcff]", lambda m: f"\\x{ord(m[0]) - 0xDC00:02x}", text)


def decode_name(text: str) -> bytes:
    """The bytes behind `encode_name`'s text; an invalid escape is a BadRequest."""
    parts: list[bytes] = []
    position = 0
    try:
        for found in _ESCAPED.finditer(text):
            parts.append(text[position : found.start()].encode())
            parts.append(b"\\" if found[1] == "\\" else bytes([int(found[1][1:], 16)]))
            position = found.end()
        parts.append(text[position:].encode())
    except UnicodeEncodeError:
        raise BadRequest("The address holds characters that are no text.", "Copy the whole address again.") from None
    return b"".join(parts)


def visible(text: str) -> str:
    """Text made safe to look at: control, bidi and zero-width characters shown as `␛`-like or `⟨U+202E⟩` marks."""
    return _INVISIBLE.sub(lambda m: chr(0x2400 + ord(m[0])) if ord(m[0]) < 0x20 else f"⟨U+{ord(m[0]):04X}⟩", text)


_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]")


# --- where -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ref:
    """Where something lies: a source's name, a file in it, an object in that. All three are untrusted text."""

    source: str
    file: str = ""
    path: str = "/"

    @classmethod
    def parse(cls, query: Mapping[str, Any]) -> Ref:
        """The Ref in a query string's `s`, `f` and `p`; BadRequest when one is not plain text or too long."""
        values = {}
        for key, limit in (("s", 200), ("f", 4096), ("p", 65536)):
            value = query.get(key, "")
            if not isinstance(value, str) or len(value) > limit:
                raise BadRequest(f"The address has a strange “{key}” part.", "Start again from the home page.")
            values[key] = value
        if not values["s"]:
            raise BadRequest("The address names no source.", "Start again from the home page.")
        for value in values.values():
            decode_name(value)
        path = "/" + "/".join(part for part in values["p"].split("/") if part)
        return cls(values["s"], values["f"].strip("/") if values["f"].strip("/") else "", path)

    def query(self, **state: str) -> str:
        """The query string that `parse` reads back, with further view state after it."""
        # Without `p` an address means "whatever this file opens with", so the root of a file is written out.
        pairs = {"s": self.source, "f": self.file, "p": self.path if self.file else "", **state}
        return "&".join(f"{key}={quote(value, safe='/:,')}" for key, value in pairs.items() if value)

    @property
    def parts(self) -> tuple[str, ...]:
        """The names along the path, from the root down."""
        return tuple(part for part in self.path.split("/") if part)

    @property
    def name(self) -> str:
        """The last name of the path, else the file's own, else the source's."""
        return (self.parts or tuple(self.file.split("/")[-1:]) or (self.source,))[-1] or self.source

    def child(self, key: str) -> Ref:
        """The Ref of a child, by its encoded name."""
        return Ref(self.source, self.file, self.path.rstrip("/") + "/" + key)

    @property
    def parent(self) -> Ref:
        """The Ref one group up; the root's parent is the root."""
        return Ref(self.source, self.file, "/" + "/".join(self.parts[:-1]))


def unquote(text: str) -> str:
    """Percent-decoded text; bytes that are no UTF-8 become `encode_name`'s escapes."""
    raw = unquote_to_bytes(text)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return encode_name(raw)


# --- which part ------------------------------------------------------------------------------------------------------

Index = int | slice


@dataclass(frozen=True, slots=True)
class Selection:
    """A part of a dataset: per dimension an index or a slice with positive step, as numpy writes it."""

    items: tuple[Index, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Selection:
        """`"17,:,0:100:2"` as a Selection; BadSelection for anything else."""
        items: list[Index] = []
        for part in (piece.strip() for piece in text.split(",")) if text.strip() else ():
            try:
                if ":" in part:
                    bounds = [int(piece) if piece.strip() else None for piece in part.split(":")]
                    if len(bounds) > 3:
                        raise ValueError
                    items.append(slice(*bounds))
                else:
                    items.append(int(part))
            except ValueError:
                raise BadSelection(
                    f"“{visible(part)[:60]}” is no index or slice.", "Write one like 3 or 0:100:2, joined by commas."
                ) from None
        if len(items) > 32:
            raise BadSelection("The slice has more than 32 parts.", "A dataset has at most 32 dimensions.")
        return cls(tuple(items))

    def __str__(self) -> str:
        def write(item: Index) -> str:
            if isinstance(item, int):
                return str(item)
            text = f"{'' if item.start is None else item.start}:{'' if item.stop is None else item.stop}"
            return text if item.step is None else f"{text}:{item.step}"

        return ",".join(write(item) for item in self.items)

    def fit(self, shape: Sequence[int]) -> Selection:
        """The same selection with every dimension named and every bound inside `shape`; BadSelection if it cannot be."""
        if len(self.items) > len(shape):
            raise BadSelection(f"The slice has {len(self.items)} parts, the dataset {len(shape)} dimensions.", "Leave the extra parts out.")
        items: list[Index] = []
        for axis, length in enumerate(shape):
            item = self.items[axis] if axis < len(self.items) else slice(None)
            if isinstance(item, int):
                index = item + length if item < 0 else item
                if not 0 <= index < length:
                    raise BadSelection(
                        f"Index {item} is out of range in dimension {axis}.",
                        f"It holds {length} values: 0 to {length - 1}." if length else "It is empty.",
                    )
                items.append(index)
            else:
                if item.step is not None and item.step < 1:
                    raise BadSelection(f"The step {item.step} in dimension {axis} is not positive.", "Use a step of 1 or more.")
                start, stop, step = item.indices(length)
                items.append(slice(start, max(start, stop), step))
        return Selection(tuple(items))

    def shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The shape of what this selection gives from a dataset of `shape`."""
        return tuple(
            len(range(*item.indices(length))) for item, length in zip(self.fit(shape).items, shape, strict=True) if isinstance(item, slice)
        )


@dataclass(frozen=True, slots=True)
class Budget:
    """What one read may cost. Checked before the first byte is read."""

    nbytes: int = 64 << 20  # of the array handed back
    scan_nbytes: int = 1 << 30  # decoded on the way, for reductions that hand back little
    chunk_nbytes: int = 512 << 20  # of one decoded chunk
    seconds: float = 10.0


# --- what ------------------------------------------------------------------------------------------------------------

Kind = Literal["file", "group", "dataset", "datatype", "link"]
TypeKind = Literal[
    "int",
    "uint",
    "float",
    "complex",
    "bool",
    "enum",
    "string",
    "compound",
    "array",
    "vlen",
    "opaque",
    "bitfield",
    "reference",
    "region",
    "time",
    "unknown",
]
LinkKind = Literal["hard", "soft", "external", "user"]


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """An HDF5 datatype in words and, where numpy has it, as numpy's type string."""

    kind: TypeKind
    text: str  # "uint16", "string (12 bytes)", "compound of 5"
    size: int  # bytes an element; of the pointer for variable-length ones
    numpy: str | None = None  # "<u2"; None where numpy has no plain type
    fields: tuple[tuple[str, TypeInfo], ...] = ()  # compound members
    base: TypeInfo | None = None  # of an enum, array or vlen
    shape: tuple[int, ...] = ()  # of an array type
    names: tuple[tuple[str, int], ...] = ()  # enum names and values, at most 1000

    @property
    def numeric(self) -> bool:
        return self.kind in ("int", "uint", "float", "complex", "bool", "enum", "bitfield")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its value as plain Python (None when too large or not expressible) and always as text."""

    name: str
    type: str
    shape: tuple[int, ...] | None
    text: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Filter:
    """One step of a dataset's compression pipeline."""

    id: int
    name: str
    available: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something cannot be opened or read: an error's code with its own words."""

    code: str
    sentence: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One row of a tree: a link in a group and what it leads to."""

    key: str  # encoded name, unique among its siblings
    label: str  # the same for eyes
    path: str
    kind: Kind
    link: LinkKind = "hard"
    target: str = ""  # where a soft or external link leads, in words
    shape: tuple[int, ...] | None = None
    type: str = ""  # the type in words
    typekind: str = ""  # TypeKind, for the icon
    nxclass: str = ""
    children: int = 0  # of a group
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one object without reading a value: what rules, apps and the metadata panel see."""

    ref: Ref
    kind: Kind
    revision: str
    shape: tuple[int, ...] | None = None  # () scalar, None null or no dataset
    type: TypeInfo | None = None
    attrs: Mapping[str, Attribute] = field(default_factory=dict)
    attr_count: int = 0
    parent_attrs: Mapping[str, Attribute] = field(default_factory=dict)
    root_attrs: Mapping[str, Attribute] = field(default_factory=dict)
    siblings: tuple[Node, ...] = ()  # at most 64, of the same group, itself included
    children: int = 0  # of a group
    definition: str = ""  # text of the nearest NXentry's `definition`
    layout: str = ""  # contiguous, chunked, compact, virtual, external
    maxshape: tuple[int | None, ...] | None = None
    chunks: tuple[int, ...] | None = None
    filters: tuple[Filter, ...] = ()
    stored_nbytes: int | None = None
    file_size: int = 0
    file_mtime: float = 0.0
    links: tuple[str, ...] = ()  # soft links followed on the way, in words
    problem: Problem | None = None  # why values cannot be read; None when they can

    @property
    def name(self) -> str:
        return self.ref.name

    @property
    def nbytes(self) -> int:
        """Bytes of all elements, as they would lie in memory."""
        if self.shape is None or self.type is None:
            return 0
        total = self.type.size
        for length in self.shape:
            total *= length
        return total

    def attr(self, name: str, default: Any = None) -> Any:
        """The value of an attribute of the object itself, else `default`."""
        found = self.attrs.get(name)
        return default if found is None or found.value is None else found.value


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a folder: a file or a folder in a source."""

    name: str  # encoded
    file: str  # encoded path in the source
    folder: bool
    size: int = 0
    mtime: float = 0.0
    likely: bool = True  # by its ending an HDF5 file, or a folder
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result with the positions of the letters that matched, for highlighting."""

    ref: Ref
    text: str
    positions: tuple[int, ...]
    score: float
    size: int = 0
    mtime: float = 0.0
    node: Node | None = None


@dataclass(frozen=True, slots=True)
class User:
    """Who asks. Until login exists there is one, who may read every source."""

    name: str
    groups: frozenset[str] = frozenset()


LOCAL_USER = User("local")
