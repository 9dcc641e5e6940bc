"""How a web process and its reader talk: one JSON header and one block of bytes a message, descriptors beside them."""

from __future__ import annotations

import fcntl
import json
import mmap
import os
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

FIXED = struct.Struct("<4sIQB")  # magic, bytes of JSON, bytes of the block, whether the block lies in a memfd
MAGIC = b"h5n1"
INLINE = 64 << 10
MAX_HEADER = 64 << 20
SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


class Gone(Exception):
    """The other end closed the connection or sent something that is no message."""


@dataclass(slots=True)
class Message:
    """What arrived: the header, the block and the descriptors that came along (the receiver closes them)."""

    header: dict[str, Any]
    block: bytes | bytearray | mmap.mmap = b""
    fds: list[int] = field(default_factory=list)


class Channel:
    """One end of the socket pair. Not thread-safe: one thread uses it at a time."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection

    def send(self, header: dict[str, Any], parts: Sequence[Any] = (), fds: Sequence[int] = (), deadline: float | None = None) -> None:
        """Send a message; `parts` are buffers which make the block, one after the other. TimeoutError at the deadline."""
        text = json.dumps(header, separators=(",", ":")).encode()
        views = [memoryview(part).cast("B") for part in parts if memoryview(part).nbytes]
        size = sum(view.nbytes for view in views)
        if size > INLINE:
            memory = _sealed(views, size)
            try:
                self._send_all(FIXED.pack(MAGIC, len(text), size, 1) + text, [memory, *fds], deadline)
            finally:
                os.close(memory)
        else:
            self._send_all(FIXED.pack(MAGIC, len(text), size, 0) + text + b"".join(views), fds, deadline)

    def receive(self, deadline: float | None = None, largest: int = 1 << 30) -> Message:
        """The next message. TimeoutError at the deadline; Gone when the other end is gone or talks nonsense."""
        start, fds = self._receive_start(deadline)
        try:
            magic, header_size, block_size, shared = FIXED.unpack(start)
            if magic != MAGIC or header_size > MAX_HEADER or block_size > largest or (not shared and block_size > INLINE):
                raise Gone("not a message of ours")
            try:
                header = json.loads(bytes(self._receive(header_size, deadline)))
            except (ValueError, RecursionError) as error:
                raise Gone("a header that is no JSON") from error
            if not isinstance(header, dict):
                raise Gone("a header that is no object")
            block: bytearray | mmap.mmap
            if shared:
                if not fds:
                    raise Gone("a block without its memory")
                memory = fds.pop(0)
                try:
                    block = _mapped(memory, block_size)
                finally:
                    os.close(memory)
            else:
                block = self._receive(block_size, deadline)
        except BaseException:
            for fd in fds:
                os.close(fd)
            raise
        return Message(header, block, fds)

    def close(self) -> None:
        self.socket.close()

    def _send_all(self, data: bytes, fds: Sequence[int], deadline: float | None) -> None:
        try:
            self._limit(deadline)
            sent = socket.send_fds(self.socket, [data], list(fds)) if fds else self.socket.send(data)
            view = memoryview(data)[sent:]
            while view:
                self._limit(deadline)
                view = view[self.socket.send(view) :]
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Gone("the other end has closed") from error

    def _receive_start(self, deadline: float | None) -> tuple[bytes, list[int]]:
        self._limit(deadline)
        try:
            data, fds, _, _ = socket.recv_fds(self.socket, FIXED.size, 2, socket.MSG_CMSG_CLOEXEC)
        except ConnectionResetError as error:
            raise Gone("the other end has closed") from error
        try:
            if not data:
                raise Gone("the other end has closed")
            return data + bytes(self._receive(FIXED.size - len(data), deadline)), list(fds)
        except BaseException:
            for fd in fds:
                os.close(fd)
            raise

    def _receive(self, size: int, deadline: float | None) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            self._limit(deadline)
            try:
                n = self.socket.recv_into(view)
            except ConnectionResetError as error:
                raise Gone("the other end has closed") from error
            if not n:
                raise Gone("the other end has closed in the middle of a message")
            view = view[n:]
        return data

    def _limit(self, deadline: float | None) -> None:
        if deadline is None:
            self.socket.settimeout(None)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.socket.settimeout(left)


def _sealed(views: Sequence[memoryview], size: int) -> int:
    """A memfd with these bytes which nobody can change or shrink any more."""
    memory = os.memfd_create("h5nuvola", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        for view in views:
            while view:
                view = view[os.write(memory, view) :]
        assert os.fstat(memory).st_size == size
        fcntl.fcntl(memory, fcntl.F_ADD_SEALS, SEALS)
    except BaseException:
        os.close(memory)
        raise
    return memory


def _mapped(memory: int, size: int) -> mmap.mmap:
    """The sealed memory as a read-only map.

    Without the seals a reader taken over by a hostile file could shrink the memory later: touching it would then end this
    process with SIGBUS.
    """
    try:
        if fcntl.fcntl(memory, fcntl.F_GET_SEALS) & SEALS != SEALS or os.fstat(memory).st_size != size or size == 0:
            raise Gone("shared memory that can still change")
        return mmap.mmap(memory, size, flags=mmap.MAP_PRIVATE | mmap.MAP_POPULATE, prot=mmap.PROT_READ)
    except (OSError, ValueError) as error:
        raise Gone("shared memory that cannot be mapped") from error
