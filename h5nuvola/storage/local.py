"""Folders of this machine and NFS mounts: the same code, each with its own patience."""

from __future__ import annotations

import errno
import os
import stat as modes
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from h5nuvola.errors import FileChanged, FileNotFound, NotAFile, PermissionMissing, SourceUnavailable
from h5nuvola.model import Entry, Problem, visible
from h5nuvola.settings import SourceKind
from h5nuvola.storage.guard import Guard
from h5nuvola.storage.names import contain, inside, missing, parts, relative
from h5nuvola.storage.source import Info, Stat, folder_entry, join, likely, ordered

T = TypeVar("T")
# O_NONBLOCK: opening a pipe without a writer would wait for ever. O_NOFOLLOW: the path is real already; a link is somebody's swap.
_OPEN = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_STEP = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class LocalSource:
    """A folder, whose files are opened read-only and never outside it."""

    def __init__(self, name: str, root: Path, kind: SourceKind = "local", seconds: float = 5.0, seconds_to_read: float = 10.0) -> None:
        self.name = name
        self.kind: SourceKind = kind
        self.root = root
        self.seconds_to_read = seconds_to_read
        self._guard = Guard(name, seconds)

    def info(self) -> Info:
        return Info(self.name, self.kind, str(self.root), self._guard.seconds)

    def stat(self, file: str) -> Stat:
        def look() -> Stat:
            real = contain(self.root, file)
            found = os.lstat(real)
            folder = modes.S_ISDIR(found.st_mode)
            address = relative(Path(os.path.realpath(self.root)), real)
            return Stat(address, folder, "" if folder else revision(found), 0 if folder else found.st_size, found.st_mtime)

        return self._run(file, look)

    def list(self, folder: str = "") -> list[Entry]:
        def look() -> list[Entry]:
            real = contain(self.root, folder)
            if not real.is_dir():
                raise FileNotFound(f"“{visible(folder)[-200:]}” is a file, not a folder.", "Open it instead.")
            return ordered(entry for entry, _ in self._scan(real, folder, self._above(real, folder)))

        return self._run(folder, look)

    def open(self, file: str) -> LocalBlob:
        def look() -> LocalBlob:
            fd = _open_inside(Path(os.path.realpath(self.root, strict=True)), contain(self.root, file), file)
            return LocalBlob(self, file, fd, os.fstat(fd))

        return self._run(file, look, discard=LocalBlob.close)

    def walk(self, limit: int) -> Iterator[Entry]:
        try:
            real = contain(self.root, "")
        except OSError as error:
            raise self._unavailable(error) from None
        seen: set[tuple[int, int]] = set()
        # Linked folders last, so that a file reachable both ways is found under its own name.
        waiting, linked = deque([(real, "")]), deque[tuple[Path, str]]()
        count = 0
        while waiting or linked:
            folder, address = waiting.popleft() if waiting else linked.popleft()
            try:
                here = os.stat(folder)
                if (here.st_dev, here.st_ino) in seen:
                    continue
                seen.add((here.st_dev, here.st_ino))
                for entry, target in self._scan(folder, address, frozenset()):
                    if not entry.folder:
                        if count >= limit:
                            return
                        count += 1
                        yield entry
                    elif entry.problem is None and target is not None:
                        (waiting if target.parent == folder else linked).append((target, entry.file))
            except OSError as error:
                if not address:
                    raise self._unavailable(error) from None
                # One folder without rights, or gone meanwhile, says nothing of the others.

    def close(self) -> None:
        """Nothing is kept open."""

    def _scan(self, folder: Path, address: str, above: frozenset[Path]) -> Iterator[tuple[Entry, Path | None]]:
        """The entries of a real folder and, for folders, where they really are; links that leave or loop are left out."""
        real_root = Path(os.path.realpath(self.root))
        with os.scandir(folder) as found:
            for item in found:
                name, file = join(address, os.fsencode(item.name))
                target = folder / item.name
                try:
                    if item.is_symlink():
                        target = Path(os.path.realpath(target, strict=True))
                        if not inside(real_root, target) or inside(target, folder) or target in above:
                            continue
                    status = item.stat()
                except OSError:
                    continue  # a link that leads nowhere, or a file gone since
                if modes.S_ISDIR(status.st_mode):
                    yield folder_entry(name, file, status.st_mtime, target.name), target
                elif modes.S_ISREG(status.st_mode):
                    yield Entry(name, file, False, status.st_size, status.st_mtime, likely(name)), None
                else:
                    problem = Problem(NotAFile.code, "This is a pipe, a socket or a device, not a file.")
                    yield Entry(name, file, False, 0, status.st_mtime, False, problem), None

    def _above(self, real: Path, folder: str) -> frozenset[Path]:
        """The real folders along an address that went through a link: x/to_y/to_x must not lead round and round."""
        names = [os.fsdecode(part) for part in parts(folder)]
        plain = Path(os.path.realpath(self.root)).joinpath(*names)
        if plain == real:
            return frozenset()
        return frozenset(Path(os.path.realpath(self.root.joinpath(*names[:n]))) for n in range(len(names)))

    def _run(self, file: str, look: Callable[[], T], discard: Callable[[T], object] | None = None) -> T:
        try:
            return self._guard.run(look, discard=discard)
        except PermissionError:
            raise PermissionMissing(
                f"The server's account may not read “{visible(file)[-200:] or visible(self.name)}”.",
                "Ask its owner for the right to read it.",
            ) from None
        except OSError as error:
            raise self._unavailable(error) from None

    def _unavailable(self, error: OSError) -> SourceUnavailable:
        why = "its folder is not there" if error.errno == errno.ENOENT else f"the system says “{error.strerror or type(error).__name__}”"
        return SourceUnavailable(
            f"The source “{visible(self.name)}” cannot be reached: {why}.",
            "If it is a network mount, it may come back by itself; other sources work meanwhile.",
            {"source": self.name},
        )


class LocalBlob:
    """An open local file. Its descriptor is closed with it."""

    def __init__(self, source: LocalSource, file: str, fd: int, status: os.stat_result) -> None:
        self._source = source
        self._file = file
        self.fd: int | None = fd
        self.revision = revision(status)
        self.size = status.st_size
        self.mtime = status.st_mtime
        self.name = file.rsplit("/", 1)[-1]

    def get(self, offset: int, n: int) -> bytes:
        expected = max(0, min(n, self.size - offset))
        fd = self.fd
        if fd is None:
            raise ValueError("the file is closed")

        def read() -> bytes:
            pieces, have = [], 0
            while have < expected and (piece := os.pread(fd, expected - have, offset + have)):
                pieces.append(piece)
                have += len(piece)
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)

        data = self._source._run(self._file, read) if expected else b""
        # A file cut while it was read, or an NFS server that lost it, gives fewer bytes and no error.
        if len(data) < expected:
            raise FileChanged(f"“{visible(self.name)}” became shorter while it was read.", "Reload the page.")
        return data

    def current(self) -> str:
        return self._source.stat(self._file).revision

    def close(self) -> None:
        fd, self.fd = self.fd, None
        if fd is not None:
            os.close(fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def revision(status: os.stat_result) -> str:
    """What names a local file's content. The time in nanoseconds: two versions written in one second are two."""
    return f"{status.st_dev}-{status.st_ino}-{status.st_mtime_ns}-{status.st_size}"


def _open_inside(real_root: Path, real: Path, file: str) -> int:
    """A descriptor of a regular file, reached folder by folder so that a link slipped in since `contain` is not followed."""
    step = os.open(real_root, _STEP)
    try:
        below = real.parts[len(real_root.parts) :]
        for part in below[:-1]:
            following = os.open(part, _STEP, dir_fd=step)
            os.close(step)
            step = following
        if not below:
            raise NotAFile("This is a folder, not a file.", "Open a file in it.")
        # Looked at before it is opened: merely opening a device may set it in motion.
        _regular(os.stat(below[-1], dir_fd=step, follow_symlinks=False), file)
        fd = os.open(below[-1], _OPEN, dir_fd=step)
        try:
            _regular(os.fstat(fd), file)
        except BaseException:
            os.close(fd)
            raise
        return fd
    except (FileNotFoundError, NotADirectoryError):
        raise missing(file) from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise missing(file) from None
        raise
    finally:
        os.close(step)


def _regular(status: os.stat_result, file: str) -> None:
    if modes.S_ISDIR(status.st_mode):
        raise NotAFile(f"“{visible(file)[-200:]}” is a folder, not a file.", "Open a file in it.")
    if not modes.S_ISREG(status.st_mode):
        raise NotAFile(f"“{visible(file)[-200:]}” is a pipe, a socket or a device, not a file.", "Only regular files are opened.")
