"""A pool of real reader processes, and blobs over local bytes, for tests of the HDF5 room."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from h5nuvola.model import Ref
from h5nuvola.storage.hdf5.file import Hdf5
from h5nuvola.storage.hdf5.pool import Pool


class LocalBlob:
    """A local file, handed to the reader as a descriptor."""

    def __init__(self, path: Path) -> None:
        self.fd: int | None = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        state = os.fstat(self.fd)
        self.revision = f"{state.st_ino}-{state.st_mtime_ns}-{state.st_size}"
        self.size = state.st_size
        self.mtime = state.st_mtime
        self.name = path.name

    def get(self, offset: int, n: int) -> bytes:
        assert self.fd is not None
        return os.pread(self.fd, n, offset)

    def close(self) -> None:
        if self.fd is not None:
            os.close(self.fd)


class RemoteBlob:
    """The same file without a descriptor: the reader has to ask for every byte. `before` may raise, as a storage would."""

    def __init__(self, path: Path, before: Callable[[], None] = lambda: None) -> None:
        self.data = path.read_bytes()
        self.revision = f"remote-{path}-{path.stat().st_mtime_ns}"
        self.size = len(self.data)
        self.mtime = 0.0
        self.name = path.name
        self.fd = None
        self.before = before
        self.gets = 0

    def get(self, offset: int, n: int) -> bytes:
        self.before()
        self.gets += 1
        return self.data[offset : offset + n]


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    """One pool for all tests of a process."""
    with Pool(readers=2) as readers:
        yield readers


@pytest.fixture
def opened(pool: Pool) -> Iterator[Callable[[Path], Hdf5]]:
    """Opens local files as `Hdf5` and closes their descriptors after the test."""
    blobs: list[LocalBlob] = []

    def open_file(path: Path) -> Hdf5:
        blobs.append(LocalBlob(path))
        return Hdf5(pool, blobs[-1], Ref("tests", path.name))

    yield open_file
    for blob in blobs:
        blob.close()
