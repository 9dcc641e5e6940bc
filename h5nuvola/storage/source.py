"""What every source offers, and how its entries are named, marked and ordered, wherever they lie."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from h5nuvola.errors import NotHdf5
from h5nuvola.model import Entry, Problem, encode_name
from h5nuvola.settings import SourceKind
from h5nuvola.storage.blob import Blob

# Endings under which HDF5 is stored. Any other file can be opened as well; these are offered first.
ENDINGS = (
    *(".h5", ".hdf5", ".hdf", ".he5", ".nxs", ".nx", ".nx5", ".nexus", ".nc", ".nc4", ".mat", ".cxi", ".nwb", ".emd", ".hspy", ".ims"),
    *(".h5ad", ".h5mu", ".loom", ".h5md", ".h5part", ".h5oina", ".dream3d", ".kap", ".kwik", ".kwd", ".cgns", ".med", ".mnc", ".fast5"),
    *(".jld2", ".snirf", ".spd", ".h5m"),
)


@dataclass(frozen=True, slots=True)
class Stat:
    """What the storage says of one file or folder."""

    file: str  # encoded address once symbolic links are followed: what decides about rights
    folder: bool
    revision: str  # names the content; "" for a folder
    size: int = 0
    mtime: float = 0.0


@dataclass(frozen=True, slots=True)
class Info:
    """What a source card says of a source, without asking the storage."""

    name: str
    kind: SourceKind
    where: str
    seconds: float


class OpenBlob(Blob, Protocol):
    """A Blob as a source hands it out: to be closed, and able to say whether it is still the file's content."""

    def current(self) -> str:
        """The revision the file has now. Raises FileNotFound when it is gone."""

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


class Source(Protocol):
    """A named place of files. Addresses are encoded and relative; every error is one of `h5nuvola.errors`."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> SourceKind: ...

    @property
    def seconds_to_read(self) -> float:
        """Longest time that one read of a file of this source may take."""

    def info(self) -> Info:
        """Name, kind and place; asks nobody."""

    def stat(self, file: str) -> Stat:
        """Size, time and revision. Raises FileNotFound, PermissionMissing or NotAllowed, SourceUnavailable, BadRequest."""

    def list(self, folder: str = "") -> list[Entry]:
        """The entries of a folder: folders first, then by name as people count. Raises as `stat`."""

    def open(self, file: str) -> OpenBlob:
        """The bytes of a regular file, to be closed. Raises as `stat`, and NotAFile."""

    def walk(self, limit: int) -> Iterator[Entry]:
        """The files of the whole source, at most `limit`, in no order. May take long: not for the thread that serves a page."""

    def close(self) -> None:
        """Ends what is kept open between calls."""


def likely(name: str) -> bool:
    """Whether a name ends as HDF5 files do."""
    return name.lower().endswith(ENDINGS)


def folder_entry(name: str, file: str, mtime: float = 0.0, real_name: str = "") -> Entry:
    """The row of a folder; a Zarr store is one, and says that it cannot be opened. `real_name` is where a link leads."""
    zarr = (real_name or name).lower().endswith(".zarr")
    problem = Problem(NotHdf5.code, "This is a Zarr store; this version opens HDF5 only.", "Convert it to HDF5.") if zarr else None
    return Entry(name, file, folder=True, mtime=mtime, problem=problem)


def join(folder: str, raw: bytes) -> tuple[str, str]:
    """The encoded name of an entry and its address."""
    name = encode_name(raw)
    return name, f"{folder}/{name}" if folder else name


def ordered(entries: Iterable[Entry]) -> list[Entry]:
    """Folders first, then by name with numbers as numbers: scan_2 before scan_10."""
    return sorted(entries, key=lambda entry: (not entry.folder, _natural(entry.name), entry.name))


def _natural(name: str) -> list[str | int]:
    return [int(piece) if at % 2 else piece for at, piece in enumerate(re.split(r"(\d+)", name.casefold()))]
