"""One reader process seen from the web process: start it, ask it, end it. h5py is never imported here."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import h5nuvola
from h5nuvola import errors
from h5nuvola.model import visible
from h5nuvola.storage.blob import Blob
from h5nuvola.storage.hdf5.arrays import unpack
from h5nuvola.storage.hdf5.wire import Channel, Gone

STARTUP = 30.0  # seconds a new reader may take to load its libraries on a busy machine
LARGEST_GET = 16 << 20
LARGEST_ANSWER = 1 << 30
# A reader gets no more of the environment than it needs: no credentials, no proxies.
_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "HDF5_PLUGIN_PATH", "VIRTUAL_ENV", "TMPDIR")
# A second lock behind links.py and plan.py, which leave no way out of a file to HDF5: if it ever followed a link, opened raw
# storage or a virtual source by itself, relative names would lead nowhere. (Absolute names are not stopped by prefixes.)
_NOWHERE = ("HDF5_EXT_PREFIX", "HDF5_EXTFILE_PREFIX", "HDF5_VDS_PREFIX")
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLOSC_NTHREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation gave: plain JSON and arrays. Large arrays are read-only views of shared memory."""

    value: Any
    arrays: tuple[np.ndarray[Any, Any], ...] = ()


class Died(Exception):
    """The reader ended while it was asked; `signal` is 0 when it exited by itself."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = number


class Late(Exception):
    """The deadline passed; `waited` says whether most of the time went into waiting for the storage."""

    def __init__(self, waited: bool) -> None:
        super().__init__()
        self.waited = waited


class Reader:
    """A reader process. Used by one thread at a time; after Died or Late it can only be ended."""

    def __init__(self, memory: int) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= dict.fromkeys(_THREADS, "1") | dict.fromkeys(_NOWHERE, "/nonexistent")
        # -P keeps the working directory, which may be a folder of user data, off the module search path.
        environment["PYTHONPATH"] = str(Path(h5nuvola.__path__[0]).resolve().parent)
        with theirs:
            try:
                self.process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "h5nuvola.storage.hdf5.reader", str(theirs.fileno()), str(memory)],
                    pass_fds=(theirs.fileno(),),
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except BaseException:
                ours.close()
                raise
        self.channel = Channel(ours)
        self.revision = ""
        self.ready = False
        self.clean = False  # nothing of a conversation is left over: it may serve the next caller
        self.tired = False

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def wait_ready(self) -> None:
        """Wait until the reader has loaded its libraries. Busy when it does not come up."""
        if self.ready:
            return
        try:
            message = self.channel.receive(time.monotonic() + STARTUP)
            for fd in message.fds:
                os.close(fd)
        except (Gone, TimeoutError, OSError):
            raise errors.Busy("A reader process could not be started.", "Try again in a moment.") from None
        self.ready = True

    def ask(self, blob: Blob | None, op: str, args: dict[str, Any], deadline: float) -> Answer:
        """Run `op` in the reader, serving its reads of a remote blob meanwhile.

        Raises Died, Late, the reader's own error (one of errors.*) or whatever `blob.get` raised.
        """
        self.clean = False
        waited = 0.0
        begun = time.monotonic()
        failed: Exception | None = None
        request: dict[str, Any] = {"op": op, "args": args, "seconds": max(deadline - begun, 0.0)}
        fds: tuple[int, ...] = ()
        if blob is not None:
            request["file"] = {"revision": blob.revision, "size": blob.size, "name": visible(blob.name), "remote": blob.fd is None}
            fds = () if blob.fd is None else (blob.fd,)
            self.revision = blob.revision
        try:
            self.channel.send(request, fds=fds, deadline=deadline)
            while True:
                message = self.channel.receive(deadline, LARGEST_ANSWER)
                for fd in message.fds:
                    os.close(fd)
                wanted = message.header.get("get")
                if wanted is None:
                    break
                if blob is None or failed is not None:
                    raise Gone("a request for bytes that makes no sense")
                offset, n = _span(wanted)
                start = time.monotonic()
                try:
                    data = blob.get(offset, n)
                except Exception as error:  # the blob's own error travels past HDF5, which would only say "can't read"
                    failed = error
                    self.channel.send({"failed": True}, deadline=deadline)
                else:
                    self.channel.send({"got": len(data)}, [data], deadline=deadline)
                waited += time.monotonic() - start
        except Gone:
            if failed is not None:
                raise failed from None
            raise Died(self._reason()) from None
        except TimeoutError:
            if failed is not None:
                raise failed from None
            raise Late(waited > (time.monotonic() - begun) / 2) from None
        self.clean = True
        if failed is not None:
            raise failed
        return self._answer(message.header, message.block)

    def end(self) -> None:
        """Kill the process and wait for it; safe to call twice."""
        self.channel.close()
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()

    def _reason(self) -> int:
        """The signal that ended the process; a reader that only closed its socket is killed."""
        try:
            code = self.process.wait(1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = 0 * self.process.wait()
        return -code if code < 0 else 0

    def _answer(self, header: dict[str, Any], block: Any) -> Answer:
        self.tired = bool(header.get("tired"))
        if "error" in header:
            raise _error(header["error"])
        specs = header.get("arrays", [])
        try:
            if not isinstance(specs, list) or len(specs) > 16:
                raise ValueError("no list of arrays")
            return Answer(header.get("ok"), tuple(unpack(spec, block) for spec in specs))
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            # Only a reader taken over by a hostile file answers like this.
            self.tired = True
            raise errors.Damaged("The answer to this read makes no sense, so it was thrown away.") from None


def _span(wanted: Any) -> tuple[int, int]:
    match wanted:
        case [int(offset), int(n)] if 0 <= offset < 1 << 62 and 0 < n <= LARGEST_GET:
            return offset, n
    raise Gone("a request for bytes that makes no sense")


def _error(told: Any) -> errors.H5nuvolaError:
    """The reader's error as an exception of ours; its words are untrusted text."""
    if not isinstance(told, dict):
        return errors.Damaged("The file could not be read.")
    figures = told.get("figures")
    pairs = list(figures.items())[:16] if isinstance(figures, dict) else []
    return errors.from_code(str(told.get("code")))(
        visible(str(told.get("sentence", "")))[:2000],
        visible(str(told.get("advice", "")))[:2000],
        {visible(str(key))[:100]: visible(str(value))[:200] for key, value in pairs},
    )


def signal_name(number: int) -> str:
    """SIGSEGV for 11 and so on."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def question(revision: str, op: str, args: dict[str, Any]) -> tuple[str, str, str]:
    """What makes two requests the same."""
    return revision, op, json.dumps(args, sort_keys=True)
