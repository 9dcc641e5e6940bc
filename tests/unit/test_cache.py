from __future__ import annotations

import os
import pickle
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import diskcache
import pytest

from h5nuvola.errors import BadSetting
from h5nuvola.storage.cache import Disk, Memory


def test_a_hundred_cold_calls_make_once() -> None:
    cache: Memory[str] = Memory(1000)
    gate, started = threading.Barrier(100), threading.Event()
    made = []

    def make() -> bytes:
        made.append(1)
        started.wait(0.05)  # long enough for the others to arrive; the test holds for any length
        return b"value"

    def call(_: int) -> bytes:
        gate.wait()
        return cache.get("key", make, len)

    with ThreadPoolExecutor(100) as pool:
        assert set(pool.map(call, range(100))) == {b"value"}
    assert made == [1]


def test_a_failure_reaches_all_who_wait_and_is_not_kept() -> None:
    cache: Memory[str] = Memory(1000)
    making, go = threading.Event(), threading.Event()

    def fail() -> bytes:
        making.set()
        go.wait(30)
        raise LookupError("gone")

    def never() -> bytes:
        raise AssertionError("made twice")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get, "key", fail, len)
        assert making.wait(30)
        second = pool.submit(cache.get, "key", never, len)
        while not cache._making["key"]._condition._waiters:  # type: ignore[attr-defined]
            time.sleep(0.001)
        go.set()
        for future in (first, second):
            with pytest.raises(LookupError, match="gone"):
                future.result(30)
    assert cache.get("key", lambda: b"ok", len) == b"ok"


def test_the_least_recently_used_goes_first() -> None:
    cache: Memory[int] = Memory(40)
    value: Callable[[], bytes] = lambda: bytes(10)  # noqa: E731
    for key in range(4):
        cache.get(key, value, len)
    cache.get(0, value, len)
    cache.get(4, value, len)
    assert [key for key in range(5) if key in cache] == [0, 2, 3, 4]
    assert cache.used == 40
    assert len(cache.get(9, lambda: bytes(1000), len)) == 1000
    assert 9 not in cache
    assert cache.used == 40
    cache.clear()
    assert cache.used == 0


def test_many_keys_are_made_together_and_each_once() -> None:
    cache: Memory[int] = Memory(1000)
    asked: list[list[int]] = []

    def make(keys: list[int]) -> dict[int, str]:
        asked.append(keys)
        return {key: str(key) for key in keys}

    assert cache.get_many([1, 2, 1], make, len) == ["1", "2", "1"]
    assert cache.get_many([3, 2, 4], make, len) == ["3", "2", "4"]
    assert asked == [[1, 2], [3, 4]]


def test_a_forked_process_does_not_wait_for_its_parent() -> None:
    cache: Memory[str] = Memory(1000)
    making, go = threading.Event(), threading.Event()

    def make() -> bytes:
        making.set()
        go.wait(30)
        return b""

    thread = threading.Thread(target=cache.get, args=("key", make, len))
    thread.start()
    assert making.wait(30)
    child = os.fork()
    if child == 0:
        os._exit(0 if cache.get("key", lambda: b"mine", len) == b"mine" else 1)
    assert os.waitpid(child, 0)[1] == 0
    go.set()
    thread.join(30)


def test_bytes_and_json_on_disk(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "cache")
    disk.put("small", b"s")
    disk.put("large", bytes(200_000))
    disk.put_json("facts", {"shape": [1, 2], "name": "é"})
    disk.close()
    again = Disk(tmp_path / "cache")
    assert again.get("small") == b"s"
    assert again.get("large") == bytes(200_000)
    assert again.get_json("facts") == {"shape": [1, 2], "name": "é"}
    assert again.get("nothing") is None
    assert again.get_json("small") is None
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700
    with pytest.raises(TypeError):
        again.put("key", {"a": 1})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="JSON"):
        again.put_json("key", float("nan"))
    again.close()


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (os.environ["H5NUVOLA_TEST_BOMB"],)


def test_a_pickle_in_the_folder_is_never_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = tmp_path / "exploded"
    monkeypatch.setenv("H5NUVOLA_TEST_BOMB", str(bomb))
    with diskcache.Cache(str(tmp_path / "cache")) as planted:
        planted["value"] = Bomb()
        planted["large"] = [Bomb(), bytes(100_000)]
        pickle.dumps(Bomb())  # it can be pickled, so it is one
    disk = Disk(tmp_path / "cache")
    assert disk.get("value") is None
    assert disk.get("large") is None
    assert not bomb.exists()
    disk.put("value", b"mine")
    assert disk.get("value") == b"mine"
    disk.close()


def test_a_damaged_cache_is_an_empty_one_or_a_sentence(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "cache")
    disk.put("large", bytes(200_000))
    for file in (tmp_path / "cache").rglob("*.val"):
        file.unlink()
    assert disk.get("large") is None
    disk.close()
    with sqlite3.connect(tmp_path / "cache" / "cache.db") as db:
        db.execute("DROP TABLE Cache")
    db.close()
    (tmp_path / "cache" / "cache.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(BadSetting, match="cannot be used"):
        Disk(tmp_path / "cache")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BadSetting, match="cannot be used"):
        Disk(tmp_path / "file")
