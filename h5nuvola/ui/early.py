"""Reads that begin while the page is still on its way: those done in time go along with it, the others are asked for again.

What the library keeps in memory (reduced planes, thinned lines) is read once all the same: who asks meanwhile gets the
same answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
SOON = 0.03  # seconds for which a page is held back by a read that a callback will find going on
PATIENCE = 0.1  # by one that would have to begin again
AT_ONCE = 8  # reads in all; further ones are left to those who need them

_threads = ThreadPoolExecutor(AT_ONCE, "early")
_places = threading.BoundedSemaphore(AT_ONCE)


def early(read: Callable[[], T], patience: float) -> T | None:
    """What `read` gives within `patience` seconds; None when it takes longer or fails, and is read to its end all the same."""
    future = _begin(read)
    if future is None or not wait([future], patience).done or future.exception() is not None:
        return None
    return future.result()


def warm(*reads: Callable[[], object]) -> None:
    """Begins reads whose answers will be asked for in a moment. Nobody waits, nothing is raised."""
    for read in reads:
        _begin(read)


def _begin(read: Callable[[], T]) -> Future[T] | None:
    if not _places.acquire(blocking=False):
        return None
    future = _threads.submit(read)
    future.add_done_callback(lambda _: _places.release())
    return future
