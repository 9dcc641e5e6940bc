"""What was once read or computed: in memory, bounded in bytes and made once for all who wait; and on disk, without pickle."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Generic, TypeVar

import diskcache

from h5nuvola.errors import BadSetting
from h5nuvola.model import visible

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


class Memory(Generic[K]):
    """Values in memory by key, the least recently used dropped beyond `nbytes`. Each is made once, however many ask at a time."""

    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes
        self.used = 0
        self._kept: OrderedDict[K, tuple[Any, int]] = OrderedDict()
        self._making: dict[K, Future[Any]] = {}
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._making = {}

    def get(self, key: K, make: Callable[[], T], nbytes: Callable[[T], int]) -> T:
        """The value of `key`, made by the first who asks. What `make` raises reaches all who wait for it and is not kept."""
        return self.get_many([key], lambda keys: {keys[0]: make()}, nbytes)[0]

    def get_many(self, keys: Sequence[K], make: Callable[[list[K]], Mapping[K, T]], nbytes: Callable[[T], int]) -> list[T]:
        """The values of `keys`; those that nobody has or is making are asked of `make` together."""
        if self._pid != os.getpid():  # forked: who was making a value stayed with the parent
            self._reset()
        values: dict[K, T] = {}
        waiting: dict[K, Future[T]] = {}
        mine: dict[K, Future[T]] = {}
        with self._lock:
            for key in dict.fromkeys(keys):
                if key in self._kept:
                    self._kept.move_to_end(key)
                    values[key] = self._kept[key][0]
                elif key in self._making:
                    waiting[key] = self._making[key]
                else:
                    mine[key] = self._making[key] = Future()
        if mine:
            try:
                made = make(list(mine))
                values |= {key: made[key] for key in mine}
                sizes = {key: nbytes(values[key]) for key in mine}
            except BaseException as error:
                self._settle(mine, {}, {}, error)
                raise
            self._settle(mine, values, sizes, None)
        values |= {key: future.result() for key, future in waiting.items()}
        return [values[key] for key in keys]

    def __contains__(self, key: K) -> bool:
        return key in self._kept

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._kept.clear()
            self.used = 0

    def _settle(self, mine: Mapping[K, Future[T]], values: Mapping[K, T], sizes: Mapping[K, int], error: BaseException | None) -> None:
        with self._lock:
            for key in mine:
                del self._making[key]
                # What alone is half of everything would push all the rest out.
                if error is None and sizes[key] <= self.nbytes // 2:
                    self._kept[key] = (values[key], sizes[key])
                    self.used += sizes[key]
            while self.used > self.nbytes:
                self.used -= self._kept.popitem(last=False)[1][1]
        for key, future in mine.items():
            if error is None:
                future.set_result(values[key])
            else:
                future.set_exception(error)


class _PlainDisk(diskcache.Disk):  # type: ignore[misc]
    """diskcache pickles what it does not know, and unpickling runs whatever somebody put into the folder (CVE-2025-69872)."""

    def put(self, key: Any) -> tuple[str, bool]:
        if not isinstance(key, str):
            raise TypeError("keys of the disk cache are text")
        return key, True

    def get(self, key: Any, raw: bool) -> str:
        if not raw or not isinstance(key, str):
            raise ValueError("a key that is no text")
        return key

    def store(self, value: Any, read: bool, key: Any = diskcache.UNKNOWN) -> Any:
        if read or not isinstance(value, bytes):
            raise TypeError("values of the disk cache are bytes")
        return super().store(value, read, key=key)

    def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> Any:
        # 1: bytes in the table, 2: bytes in a file. 3 is text, 4 a pickle.
        if mode not in (1, 2) or read:
            raise ValueError("an entry that is no bytes")
        return super().fetch(mode, filename, value, read)


class Disk:
    """Bytes and JSON by key in a folder that only this account may enter. A cache that fails is an empty one, never an error."""

    def __init__(self, folder: Path, nbytes: int = 1 << 30) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if folder.stat().st_uid != os.geteuid():
                raise BadSetting(f"The cache folder “{visible(str(folder))}” belongs to somebody else.", "Choose another `cache_dir`.")
            folder.chmod(0o700)
            self._cache = diskcache.Cache(str(folder), disk=_PlainDisk, size_limit=nbytes, eviction_policy="least-recently-used", timeout=1)
        except (OSError, sqlite3.Error, diskcache.Timeout) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise BadSetting(f"The cache folder “{visible(str(folder))}” cannot be used: {why}.", "Choose another `cache_dir`.") from None

    def get(self, key: str) -> bytes | None:
        """The bytes kept under `key`; None when there are none."""
        try:
            value = self._cache.get(key)
        except (OSError, ValueError, sqlite3.Error, diskcache.Timeout):
            return None
        return value if isinstance(value, bytes) else None

    def put(self, key: str, value: bytes) -> None:
        """Keeps bytes under `key`, until room is needed."""
        if not isinstance(value, bytes):
            raise TypeError("values of the disk cache are bytes")
        try:
            self._cache.set(key, value)
        except (OSError, sqlite3.Error, diskcache.Timeout):
            return  # a full or read-only disk: computed again next time

    def get_json(self, key: str) -> Any:
        """The plain value kept under `key`; None when there is none."""
        raw = self.get(key)
        try:
            return None if raw is None else json.loads(raw)
        except ValueError:
            return None

    def put_json(self, key: str, value: Any) -> None:
        """Keeps a value that JSON can write: ValueError or TypeError for any other."""
        self.put(key, json.dumps(value, allow_nan=False).encode())

    def close(self) -> None:
        self._cache.close()
