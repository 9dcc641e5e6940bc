"""Inside a reader: open a file from a descriptor or from the web process, and keep the last few open."""

from __future__ import annotations

import io
import os
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import h5py

from h5nuvola import errors
from h5nuvola.storage.hdf5.wire import Channel

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_PIECE = 8 << 20
_KEPT = 8


@dataclass(slots=True)
class OpenFile:
    """A file that is open in this reader, with what was learned of it. `remote` is None for a local one."""

    h5: h5py.File
    inode: tuple[int, int] | None
    remote: RemoteFile | None
    listings: dict[int, Any] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)


class RemoteFile(io.RawIOBase):
    """A file whose bytes the web process fetches: each read is a question over the socket, so a reader needs no network."""

    def __init__(self, channel: Channel, size: int) -> None:
        super().__init__()
        self.channel = channel
        self.size = size
        self.position = 0
        self.failed = False

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.position, os.SEEK_END: self.size}[whence]
        self.position = base + offset
        return self.position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")[: max(self.size - self.position, 0)]
        done = 0
        while done < len(view):
            data = self._get(self.position + done, min(len(view) - done, _PIECE))
            view[done : done + len(data)] = data
            done += len(data)
        self.position += done
        return done

    def _get(self, offset: int, n: int) -> Any:
        # A short answer is an error: HDF5 would take the rest of its buffer for zeros.
        self.channel.send({"get": [offset, n]})
        message = self.channel.receive()
        if "got" not in message.header or len(message.block) != n:
            self.failed = True
            raise OSError("the storage does not answer")
        return message.block


class Files:
    """The last few files this reader has opened, by revision."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.open_files: OrderedDict[str, OpenFile] = OrderedDict()

    def get(self, told: dict[str, Any], fds: list[int]) -> OpenFile:
        """The open file of a request. NotHdf5, Truncated, StillWriting, Damaged when it cannot be opened."""
        revision = str(told["revision"])
        found = self.open_files.get(revision)
        if found is not None:
            self.open_files.move_to_end(revision)
            return found
        opened = self._open_remote(told) if told["remote"] else self._open_local(told, fds[0])
        self.open_files[revision] = opened
        while len(self.open_files) > _KEPT:
            self._close(self.open_files.popitem(last=False)[1])
        return opened

    def forget(self, file: OpenFile) -> None:
        """Close a file whose storage failed: HDF5 may have cached half of what it asked for."""
        for revision in [revision for revision, other in self.open_files.items() if other is file]:
            del self.open_files[revision]
        self._close(file)

    def _close(self, file: OpenFile) -> None:
        try:
            file.h5.close()
        except (OSError, RuntimeError, ValueError):
            pass

    def _open_local(self, told: dict[str, Any], fd: int) -> OpenFile:
        state = os.fstat(fd)
        inode = (state.st_dev, state.st_ino)
        # HDF5 knows open files by device and inode: with an older revision of the same file still open it would serve its
        # cached metadata for the new content.
        for older in [file for file in self.open_files.values() if file.inode == inode]:
            self.forget(older)
        try:
            h5 = h5py.File(f"/proc/self/fd/{fd}", "r", locking=False)
        except Exception as error:
            raise open_error(error, told, lambda offset, n: os.pread(fd, n, offset)) from None
        return OpenFile(h5, inode, None)

    def _open_remote(self, told: dict[str, Any]) -> OpenFile:
        remote = RemoteFile(self.channel, int(told["size"]))

        def get(offset: int, n: int) -> bytes:
            remote.seek(offset)
            return remote.read(n) or b""

        try:
            h5 = h5py.File(remote, "r")
        except Exception as error:
            if remote.failed:
                raise errors.SourceUnavailable("The storage did not answer while the file was opened.", "Try again.") from None
            raise open_error(error, told, get) from None
        # HDF5 looks at the mark of a writer only in files it opens by name.
        start = get(h5.userblock_size, 12)
        if start[8:9] >= b"\3" and start[11] & 0x05:
            h5.close()
            raise open_error(OSError("already open for write"), told, get)
        return OpenFile(h5, None, remote)


def open_error(error: Exception, told: dict[str, Any], get: Callable[[int, int], bytes]) -> errors.H5nuvolaError:
    """Why a file cannot be opened, in words. `get` reads its bytes."""
    text = str(error)
    size = int(told["size"])
    name = f"“{told['name']}”"
    head = get(0, 4096) if size else b""
    if b"NCSAfami" in head[:1024]:
        return errors.Unreadable(
            f"{name} is one part of an HDF5 file that was split into a family of files.", "Join the parts with h5repart first."
        )
    if b"NCSAmult" in head[:1024] or "multi driver" in text:
        return errors.Unreadable(
            f"{name} is one part of an HDF5 file that was written with the multi or split driver.", "Copy it into one file with h5repack."
        )
    if "signature not found" in text or (size and SIGNATURE not in head and not _signed(get, size)):
        return _not_hdf5(name, size, head)
    if not size:
        return _not_hdf5(name, 0, head)
    if "truncated file" in text:
        # "truncated file: eof = 256, sblock->base_addr = 0, stored_eof = 264"
        numbers = [int(n) for n in re.findall(r"= ?(\d+)", text)]
        figures = {"The header says": size_text(numbers[2]), "The file holds": size_text(numbers[0])} if len(numbers) == 3 else {}
        return errors.Truncated(
            f"The end of {name} is missing.",
            _PARTS if _FAMILY.search(name) else "Copy the file again, or wait until the program that writes it has closed it.",
            figures,
        )
    if "open for write" in text or "SWMR write" in text or "consistency flag" in text:
        return errors.StillWriting(
            f"{name} is marked as still open for writing in another program.",
            "Wait until that program has closed it; if it died, clear the mark with h5clear -s.",
        )
    if isinstance(error, MemoryError):
        return errors.Damaged(f"Opening {name} asked for more memory than a reader has.", "Check the file with h5dump or h5check.")
    return errors.Damaged(f"{name} cannot be opened: {words(error)}.", "Check the file with h5dump or h5check.")


def _signed(get: Callable[[int, int], bytes], size: int) -> bool:
    """Whether the signature stands where HDF5 looks for it: at 0, 512, 1024, 2048 and so on."""
    offset = 512
    while offset + 8 <= size and offset < 1 << 24:
        if get(offset, 8) == SIGNATURE:
            return True
        offset *= 2
    return False


def _not_hdf5(name: str, size: int, head: bytes) -> errors.NotHdf5:
    if not size:
        return errors.NotHdf5(f"{name} is empty.", "Perhaps it is still being written or copied.")
    what = next((what for magic, what in _MAGIC if head.startswith(magic)), "")
    if not what and b"\0" not in head[:512] and sum(byte < 9 for byte in head[:512]) == 0:
        what = "a text file"
    sentence = f"{name} looks like {what}, not like a whole HDF5 file." if what else f"{name} does not begin like an HDF5 file."
    return errors.NotHdf5(sentence, _advice(name), {"It begins with": head[:8].hex(" ")})


# Written by the family driver: data00000.h5, data00001.h5 and so on. Only the first of them begins like an HDF5 file.
_FAMILY = re.compile(r"\d{3,}\.\w+”")
_PARTS = "If it is one part of a file split into numbered parts, join them with h5repart first."


def _advice(name: str) -> str:
    return _PARTS if _FAMILY.search(name) else "Choose an HDF5, NeXus or netCDF-4 file."


_MAGIC = (
    (b"CDF\x01", "a classic netCDF-3 file"),
    (b"CDF\x02", "a classic netCDF-3 file"),
    (b"CDF\x05", "a classic netCDF-3 file"),
    (b"\x0e\x03\x13\x01", "an HDF4 file"),
    (b"TREE", "one part of an HDF5 file that was written with the multi or split driver"),
    (b"HEAP", "one part of an HDF5 file that was written with the multi or split driver"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"MATLAB 5.0", "an older MATLAB file"),
    (b"\x93NUMPY", "a numpy file"),
)


def words(error: BaseException) -> str:
    """HDF5's own reason, without addresses and server paths."""
    text = str(error).strip().strip("'\"")
    found = re.search(r"\((.*)\)\s*$", text, re.DOTALL)
    text = found[1] if found else text
    if not isinstance(error, (OSError, RuntimeError, ValueError, KeyError)) or "/" in text or "errno" in text.lower() or not text:
        return "HDF5 could not read it"
    text = re.sub(r"\s+", " ", text)[:160]
    return f"HDF5 says “{text}”"


def size_text(n: float) -> str:
    """A number of bytes for people: 264 bytes, 3.2 MB."""
    for unit in ("bytes", "kB", "MB", "GB", "TB", "PB"):
        if n < 1000 or unit == "PB":
            break
        n /= 1000
    return f"{n:.0f} {unit}" if unit == "bytes" else f"{n:.3g} {unit}" if n < 1000 else f"{n:.0f} {unit}"
