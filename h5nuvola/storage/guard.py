"""Keeps a hung storage from holding anybody else: its calls wait on threads of their own, and only for so long."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from h5nuvola.errors import SourceUnavailable
from h5nuvola.model import visible

T = TypeVar("T")


class _Job(Generic[T]):
    """One call on its way; `abandoned` once nobody waits for it any more."""

    def __init__(self, call: Callable[[], T], discard: Callable[[T], object] | None) -> None:
        self.call = call
        self.discard = discard
        self.done = threading.Event()
        self.result: T | None = None
        self.error: BaseException | None = None
        self.abandoned = False
        self.began = time.monotonic()


class Guard:
    """Runs blocking calls of one source on a few daemon threads, each call with a deadline.

    A call into a hung NFS mount never returns and cannot be stopped; its thread is lost until it does. When every thread is
    lost further calls fail at once. Daemon threads, so that a hung one does not keep the server from ending.
    """

    def __init__(self, name: str, seconds: float, threads: int = 8) -> None:
        self.name = name
        self.seconds = seconds
        self._limit = threads
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Condition()
        self._queue: deque[_Job[Any]] = deque()
        self._threads = 0
        self._idle = 0
        self._lost: set[_Job[Any]] = set()

    def run(self, call: Callable[[], T], seconds: float | None = None, discard: Callable[[T], object] | None = None) -> T:
        """What `call` returns or raises. `discard` gets a result that came too late, such as a file to close.

        Raises SourceUnavailable after `seconds` (of the source, unless told), or at once when all threads hang.
        """
        if self._pid != os.getpid():  # forked: the threads stayed with the parent, its lock may be held for ever
            self._reset()
        wait = self.seconds if seconds is None else seconds
        job = _Job(call, discard)
        with self._lock:
            if len(self._lost) >= self._limit:
                raise self._unavailable(time.monotonic() - min(lost.began for lost in self._lost))
            self._queue.append(job)
            if self._idle < len(self._queue) and self._threads < self._limit:
                self._threads += 1
                threading.Thread(target=self._work, name=f"storage-{self.name}", daemon=True).start()
            self._lock.notify()
        if not job.done.wait(wait):
            with self._lock:
                if not job.done.is_set():
                    job.abandoned = True
                    if job in self._queue:
                        self._queue.remove(job)
                    else:
                        self._lost.add(job)
                    raise self._unavailable(wait)
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[return-value]

    @property
    def hung(self) -> int:
        """How many calls have passed their deadline and not come back."""
        return len(self._lost) if self._pid == os.getpid() else 0

    def _work(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
                while not self._queue:
                    self._lock.wait()
                self._idle -= 1
                job = self._queue.popleft()
            try:
                job.result = job.call()
            except BaseException as error:  # whatever it is, it belongs to the caller
                job.error = error
            with self._lock:
                late = job.abandoned
                self._lost.discard(job)
                job.done.set()
            if late and job.error is None and job.discard is not None:
                job.discard(job.result)
            del job  # else its result, perhaps megabytes, stays until the next call

    def _unavailable(self, seconds: float) -> SourceUnavailable:
        return SourceUnavailable(
            f"The source “{visible(self.name)}” has not answered for {seconds:.3g} s.",
            "Try again in a moment; other sources work meanwhile.",
            {"source": self.name},
        )
