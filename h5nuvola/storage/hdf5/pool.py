"""The pool of reader processes: who is idle, who died, what must not be tried again. h5py is never imported here."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from h5nuvola import errors
from h5nuvola.model import visible
from h5nuvola.storage.blob import Blob
from h5nuvola.storage.hdf5.process import Answer, Died, Late, Reader, question, signal_name

MEMORY = 3 << 30
READS = frozenset({"read", "reduce", "envelope", "locate"})
FORGET_SLOW = 60.0  # seconds after which a read that was too slow may be tried again
REMEMBERED = 512
CRASHES = 3  # of one operation on one object, after which its other parts are refused too

__all__ = ["Answer", "Pool"]


@dataclass(frozen=True, slots=True)
class _Bad:
    error: errors.H5nuvolaError
    until: float = math.inf


class Pool:
    """Up to `readers` processes that may be busy at once, and one warm spare. Thread-safe.

    The first processes start with the first call (or `start`), so a server may fork its workers before that, never after it;
    the others when they are needed.
    """

    def __init__(self, readers: int = 3, memory: int = MEMORY) -> None:
        """`memory` is the address space in bytes that one reader may take."""
        self.readers = readers
        self.memory = memory
        self._changed = threading.Condition()
        self._idle: list[Reader] = []
        self._busy: set[Reader] = set()
        self._spare: Reader | None = None
        self._bad: OrderedDict[tuple[str, ...], _Bad] = OrderedDict()
        self._crashes: OrderedDict[tuple[str, ...], int] = OrderedDict()
        self._started = False
        self._closed = False
        self.ended = 0  # readers that crashed or were killed at a deadline, for the metrics

    def start(self) -> None:
        """Start the first reader and the spare, if they are not yet there."""
        with self._changed:
            if self._started or self._closed:
                return
            self._started = True
            try:
                self._idle = [Reader(self.memory)]
                self._spare = Reader(self.memory)
            except OSError:
                # Too many processes or descriptors: `_take` tries again with each call.
                pass

    def close(self) -> None:
        """End every reader. Calls under way fail with Damaged or Busy."""
        with self._changed:
            self._closed = True
            readers = [*self._idle, *self._busy, *([self._spare] if self._spare else [])]
            self._idle, self._spare = [], None
            self._changed.notify_all()
        for reader in readers:
            reader.process.kill()
            reader.process.wait()
            if reader not in self._busy:
                reader.end()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ping(self, seconds: float = 5.0) -> None:
        """Return when a reader answers. Busy when none does in time."""
        try:
            self.call(None, "ping", {}, seconds)
        except (errors.Damaged, errors.TooSlow):
            raise errors.Busy("No reader process answers.", "Try again in a moment.") from None

    def state(self) -> dict[str, int]:
        """How many readers are idle and busy, and how many were ended, for the status page."""
        with self._changed:
            return {"readers": self.readers, "idle": len(self._idle), "busy": len(self._busy), "ended": self.ended}

    def call(self, blob: Blob | None, op: str, args: dict[str, Any], seconds: float) -> Answer:
        """Run one operation on a file, in some reader, within `seconds`.

        Raises Busy when no reader gets free in time, TooSlow at the deadline, Damaged when the reader crashed, the
        operation's own error, or what `blob.get` raised.
        """
        deadline = time.monotonic() + seconds
        key = question(blob.revision if blob else "", op, args)
        path = str(args.get("path", "/"))
        self._refuse_known(key, path)
        reader = self._take(key[0], deadline)
        try:
            if not reader.ready:
                # Loading the libraries does not count against the operation.
                begun = time.monotonic()
                reader.wait_ready()
                deadline += time.monotonic() - begun
            return reader.ask(blob, op, args, deadline)
        except Died as death:
            raise self._crashed(key, path, death.signal) from None
        except Late as late:
            raise self._late(key, path, seconds, blob is not None and blob.fd is None, late.waited) from None
        finally:
            self._give_back(reader, reader.clean and not reader.tired)

    # --- readers -----------------------------------------------------------------------------------------------------

    def _take(self, revision: str, deadline: float) -> Reader:
        self.start()
        with self._changed:
            while True:
                if self._closed:
                    raise errors.Busy("The server is shutting down.")
                self._bury()
                if not self._idle and len(self._busy) < self.readers and (replacement := self._replacement()):
                    self._idle.append(replacement)
                if self._idle:
                    # The reader which has this file open, else the one which has rested longest.
                    reader = next((r for r in reversed(self._idle) if r.revision == revision and r.ready), self._idle[0])
                    self._idle.remove(reader)
                    self._busy.add(reader)
                    return reader
                left = deadline - time.monotonic()
                if left <= 0:
                    raise errors.Busy("Every reader is at work.", "Try again in a moment.", {"Readers": str(self.readers)})
                self._changed.wait(left)

    def _bury(self) -> None:
        """Forget readers that died while idle, by the out-of-memory killer for one."""
        for reader in [reader for reader in self._idle if not reader.alive]:
            self._idle.remove(reader)
            reader.end()

    def _replacement(self) -> Reader | None:
        """The spare, for which another is started; None while the machine can start no more processes."""
        reader, self._spare = self._spare, None
        if reader is not None and not reader.alive:
            reader.end()
            reader = None
        try:
            reader = reader or Reader(self.memory)
            self._spare = Reader(self.memory)
        except OSError:
            pass
        return reader

    def _give_back(self, reader: Reader, usable: bool) -> None:
        if not usable:
            reader.end()
        with self._changed:
            self._busy.discard(reader)
            if not self._closed:
                if usable:
                    self._idle.append(reader)
                elif replacement := self._replacement():
                    self._idle.append(replacement)
                self._changed.notify()
                return
        reader.end()

    # --- what must not be tried again --------------------------------------------------------------------------------

    def _refuse_known(self, key: tuple[str, str, str], path: str) -> None:
        with self._changed:
            for known in (key, (key[0], key[1], "path", path)):
                bad = self._bad.get(known)
                if bad is not None and bad.until < time.monotonic():
                    del self._bad[known]
                elif bad is not None:
                    self._bad.move_to_end(known)
                    raise type(bad.error)(bad.error.sentence, bad.error.advice, bad.error.figures)

    def _remember(self, key: tuple[str, ...], bad: _Bad) -> None:
        with self._changed:
            self._bad[key] = bad
            while len(self._bad) > REMEMBERED:
                self._bad.popitem(last=False)

    def _crashed(self, key: tuple[str, str, str], path: str, number: int) -> errors.H5nuvolaError:
        self.ended += 1
        if self._closed:
            return errors.Busy("The server is shutting down.")
        figures = {"Ended by": signal_name(number)} if number else {}
        error = errors.Damaged(
            f"Reading “{visible(path)}” crashed the HDF5 library, so this part is not tried again.",
            "Other parts of the file may still be readable; check the file with h5dump or h5check.",
            figures,
        )
        self._remember(key, _Bad(error))
        where = (key[0], key[1], "path", path)
        with self._changed:
            self._crashes[where] = count = self._crashes.pop(where, 0) + 1
            while len(self._crashes) > REMEMBERED:
                self._crashes.popitem(last=False)
        if count >= CRASHES:
            self._remember(where, _Bad(error))
        return error

    def _late(self, key: tuple[str, str, str], path: str, seconds: float, remote: bool, waited: bool) -> errors.H5nuvolaError:
        self.ended += 1
        figures = {"Limit for one view": f"{seconds:.3g} s"}
        if key[1] in READS or remote:
            error: errors.H5nuvolaError = errors.TooSlow(
                f"Reading “{visible(path)}” took longer than {seconds:.3g} s.", "Choose a smaller part, or run it as a job.", figures
            )
            if not waited:
                self._remember(key, _Bad(error, time.monotonic() + FORGET_SLOW))
            return error
        error = errors.Damaged(
            f"HDF5 did not come back from “{visible(path)}” within {seconds:.3g} s, as it happens with damaged files.",
            "Check the file with h5dump or h5check.",
            figures,
        )
        self._remember(key, _Bad(error, time.monotonic() + 10 * FORGET_SLOW))
        return error
