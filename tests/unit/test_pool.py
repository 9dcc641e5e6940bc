"""Reader processes: shared, killed at deadlines, replaced after crashes, and never trusted."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest
from readers import LocalBlob, RemoteBlob
from readers import opened as opened
from readers import pool as pool

from h5nuvola import errors
from h5nuvola.model import Budget, Ref, Selection
from h5nuvola.storage.hdf5.arrays import Block, pack, read_dtype, unpack
from h5nuvola.storage.hdf5.file import Hdf5
from h5nuvola.storage.hdf5.pool import Pool
from h5nuvola.storage.hdf5.wire import Channel, Gone


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["numbers"] = np.arange(100_000.0)
        file["lists"] = np.arange(3)
    return tmp_path / "a.h5"


@pytest.fixture
def alone() -> Iterator[Pool]:
    """A pool of one reader which a test may mistreat."""
    with Pool(readers=1) as readers:
        yield readers


def kill_readers(pool: Pool, number: int) -> None:
    for reader in [*pool._idle, *pool._busy]:
        reader.process.send_signal(number)


class Stopping(RemoteBlob):
    """A blob at whose first read something is done to the reader that asked."""

    def __init__(self, path: Path, act: Callable[[], None]) -> None:
        super().__init__(path, self.once)
        self.act = act
        self.done = False

    def once(self) -> None:
        if not self.done:
            self.done = True
            self.act()


def test_many_threads_share_few_readers(pool: Pool, path: Path) -> None:
    blob = LocalBlob(path)
    file = Hdf5(pool, blob, Ref("tests", "a.h5"))

    def one(start: int) -> bool:
        part = file.read("/numbers", Selection((slice(start, start + 10_000),)))
        return part is not None and bool((part == np.arange(start, start + 10_000.0)).all())

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(one, range(0, 90_000, 1000)))
    blob.close()
    assert pool.state()["busy"] == 0


def test_a_remote_file_is_read_through_the_caller(pool: Pool, path: Path) -> None:
    blob = RemoteBlob(path)
    assert Hdf5(pool, blob, Ref("tests", "a.h5")).read("/numbers") == pytest.approx(np.arange(100_000.0))
    assert blob.gets > 1


def test_the_storages_own_error_reaches_the_caller_and_the_reader_lives(alone: Pool, path: Path) -> None:
    def fail() -> None:
        raise errors.SourceUnavailable("The bucket is gone.")

    alone.ping()
    processes = [reader.process.pid for reader in alone._idle]
    with pytest.raises(errors.SourceUnavailable, match="bucket"):
        Hdf5(alone, RemoteBlob(path, fail), Ref("tests", "a.h5")).describe()
    assert [reader.process.pid for reader in alone._idle] == processes
    # A file of which a read failed is opened again rather than served from half a cache.
    assert Hdf5(alone, RemoteBlob(path), Ref("tests", "a.h5")).describe().children == 2


def test_a_short_read_of_the_storage_is_no_zeros(pool: Pool, path: Path) -> None:
    blob = RemoteBlob(path)
    file = Hdf5(pool, blob, Ref("tests", "a.h5"))
    file.describe("/numbers")
    blob.data = blob.data[: len(blob.data) // 2]
    with pytest.raises(errors.H5nuvolaError):
        file.read("/numbers")


def test_a_crash_is_told_remembered_and_costs_one_reader(alone: Pool, path: Path) -> None:
    blob = Stopping(path, lambda: kill_readers(alone, 11))
    file = Hdf5(alone, blob, Ref("tests", "a.h5"))
    with pytest.raises(errors.Damaged, match="crashed") as caught:
        file.read("/numbers")
    assert caught.value.figures == {"Ended by": "SIGSEGV"}
    assert alone.ended == 1
    with pytest.raises(errors.Damaged):
        file.read("/numbers")
    assert alone.ended == 1
    # Other parts of the same file are served by the replacement.
    assert file.describe("/lists").shape == (3,)


def test_after_three_crashes_an_object_is_left_alone(alone: Pool, path: Path) -> None:
    for start in range(4):
        blob = Stopping(path, lambda: kill_readers(alone, 11))
        with pytest.raises(errors.Damaged):
            Hdf5(alone, blob, Ref("tests", "a.h5")).read("/numbers", Selection((start,)))
    assert alone.ended == 3


def test_a_read_that_hangs_is_killed_at_its_deadline(alone: Pool, path: Path) -> None:
    alone.ping()
    blob = Stopping(path, lambda: kill_readers(alone, 19))  # SIGSTOP
    begun = time.monotonic()
    with pytest.raises(errors.TooSlow) as caught:
        Hdf5(alone, blob, Ref("tests", "a.h5")).read("/numbers", budget=Budget(seconds=0.5))
    assert time.monotonic() - begun >= 0.5
    assert "0.5 s" in caught.value.sentence
    alone.ping()
    assert alone.state() == {"readers": 1, "idle": 1, "busy": 0, "ended": 1}


def test_a_frozen_description_is_damage(alone: Pool, path: Path) -> None:
    alone.ping()
    blob = LocalBlob(path)
    kill_readers(alone, 19)
    with pytest.raises(errors.Damaged, match="did not come back"):
        Hdf5(alone, blob, Ref("tests", "a.h5")).describe("/", seconds=0.3)
    blob.close()


def test_a_reader_that_died_while_idle_is_replaced(alone: Pool, path: Path) -> None:
    alone.ping()
    reader = alone._idle[0]
    reader.process.kill()
    reader.process.wait()
    alone.ping()
    assert alone._idle[0] is not reader


def test_a_machine_that_starts_no_more_processes_recovers(alone: Pool, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blob = LocalBlob(path)
    file = Hdf5(alone, blob, Ref("tests", "a.h5"))
    file.describe()
    with monkeypatch.context() as patch:
        patch.setattr("h5nuvola.storage.hdf5.process.sys.executable", "/nonexistent")
        for reader in [*alone._idle, alone._spare]:
            assert reader is not None
            reader.process.kill()
            reader.process.wait()
        with pytest.raises(errors.Busy):
            file.describe("/", seconds=0.2)
    assert file.describe().children == 2
    blob.close()


def test_busy_when_no_reader_gets_free(alone: Pool, path: Path) -> None:
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        entered.set()
        leave.wait(20)

    blob = RemoteBlob(path, hold)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(Hdf5(alone, blob, Ref("tests", "a.h5")).describe)
        assert entered.wait(20)
        with pytest.raises(errors.Busy):
            alone.ping(0.2)
        leave.set()
        assert first.result().children == 2


def test_a_reader_goes_when_its_socket_closes(path: Path) -> None:
    pool = Pool(readers=1)
    pool.ping()
    reader = pool._idle[0]
    reader.channel.socket.shutdown(socket.SHUT_RDWR)
    assert reader.process.wait(20) == 0
    pool.close()
    with pytest.raises(errors.Busy):
        pool.ping()


def test_readers_hold_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    with Pool(readers=1) as pool:
        pool.ping()
        environment = Path(f"/proc/{pool._idle[0].process.pid}/environ").read_bytes()
        limits = Path(f"/proc/{pool._idle[0].process.pid}/limits").read_text()
    assert b"hunter2" not in environment
    assert next(line for line in limits.splitlines() if "core file" in line).split()[4] == "0"
    assert str(3 << 30) in next(line for line in limits.splitlines() if "address space" in line)


def test_a_file_rewritten_in_place_is_read_anew(opened: Callable[[Path], Hdf5], tmp_path: Path) -> None:
    path = tmp_path / "same.h5"
    for value in (1, 2):
        with h5py.File(path, "w") as file:
            file["x"] = value
        # One second may hold both: only the nanoseconds tell the revisions apart.
        os.utime(path, ns=(value, value))
        assert opened(path).read("/x") == value


# --- nothing that comes back is trusted -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=">i2").reshape(2, 3),
        np.array([1 + 2j, np.nan]),
        np.array(3.5, np.longdouble),
        np.array([b"a", b"bc"]),
        np.zeros((0, 4), "f4"),
        np.array(["x", "\udcff", ""], object),
        np.array([(1, (2.5, [1, 2]))], [("a", "i4"), ("b", [("c", "f8"), ("d", "u1", (2,))])]),
        np.array(["2020-01-01", "NaT"], "M8[ns]"),
    ],
)
def test_arrays_survive_the_way(array: np.ndarray) -> None:
    block = Block()
    spec = pack(array, block)
    back = unpack(spec, b"".join(block.parts))
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert repr(back.tolist()) == repr(array.tolist())


def test_lists_and_compounds_with_text_survive_the_way() -> None:
    lists = np.empty(3, object)
    for index in range(3):
        lists[index] = np.arange(index, dtype="f4")
    table = np.empty(3, [("n", "i4"), ("t", object), ("l", object)])
    table["n"], table["t"], table["l"] = [1, 2, 3], ["a", "b", "c"], lists
    block = Block()
    back = unpack(pack(table, block), b"".join(block.parts))
    assert back["t"].tolist() == ["a", "b", "c"]
    assert [part.tolist() for part in back["l"]] == [[], [0.0], [0.0, 1.0]]


@pytest.mark.parametrize(
    "spec",
    [
        None,
        {"is": "plain", "shape": [2], "dtype": "O", "at": [0, 16]},
        {"is": "plain", "shape": [2], "dtype": "<f8", "at": [0, 8]},
        {"is": "plain", "shape": [2], "dtype": "<f8", "at": [56, 16]},
        {"is": "plain", "shape": [-1], "dtype": "<f8", "at": [0, 8]},
        {"is": "plain", "shape": [1], "dtype": "<f8", "at": [-8, 8]},
        {"is": "text", "shape": [2], "at": [0, 64]},
        {"is": "columns", "shape": [2], "columns": [["a", {"is": "plain", "shape": [1], "dtype": "<f8", "at": [0, 8]}]]},
        {"is": "pickle", "shape": [2], "at": [0, 64]},
    ],
)
def test_nonsense_is_no_array(spec: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpack(spec, bytes(64))


@pytest.mark.parametrize("spec", ["O", "|O8", 3, {"names": ["a"], "formats": [["O", []]], "offsets": [0], "itemsize": 8}, "<f8,<f8"])
def test_no_type_brings_objects(spec: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_dtype(spec)


def test_shared_memory_that_could_shrink_is_refused() -> None:
    ours, theirs = socket.socketpair()
    memory = os.memfd_create("x")
    os.write(memory, bytes(100_000))
    text = b"{}"
    header = b"h5n1" + len(text).to_bytes(4, "little") + (100_000).to_bytes(8, "little") + b"\1"
    socket.send_fds(theirs, [header + text], [memory])
    os.close(memory)
    with pytest.raises(Gone, match="still change"):
        Channel(ours).receive(time.monotonic() + 5)
    ours.close()
    theirs.close()


@pytest.mark.parametrize("sent", [b"", b"nonsense" * 10, b"h5n1" + b"\xff" * 40])
def test_what_is_no_message_ends_the_conversation(sent: bytes) -> None:
    ours, theirs = socket.socketpair()
    theirs.sendall(sent)
    theirs.close()
    with pytest.raises(Gone):
        Channel(ours).receive(time.monotonic() + 5)
    ours.close()
