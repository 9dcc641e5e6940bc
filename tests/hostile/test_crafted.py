"""Files made to crash, to hang, to swallow memory or to show what lies elsewhere: always a sentence, never harm."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from h5py import h5a, h5d, h5p, h5s, h5t
from readers import LocalBlob, RemoteBlob
from readers import opened as opened
from readers import pool as pool

from h5nuvola import errors
from h5nuvola.model import Budget, Ref, Selection
from h5nuvola.storage.hdf5.file import Hdf5
from h5nuvola.storage.hdf5.pool import Pool

Opened = Callable[[Path], Hdf5]
SECRET = b"TOP-SECRET"


def everything(file: Hdf5) -> list[object]:
    """All that a visitor could ask of a file, with each error as its sentence."""
    told: list[object] = []
    budget = Budget(seconds=5)

    def ask(question: Callable[[], object]) -> object:
        try:
            answer = question()
        except errors.H5nuvolaError as error:
            answer = f"{type(error).__name__}: {error.sentence} {error.advice} {error.figures}"
        told.append(answer)
        return answer

    ask(file.entrance)
    ask(file.children)
    nodes = ask(lambda: file.walk(200))
    for node in nodes[0] if isinstance(nodes, tuple) else []:
        ask(lambda path=node.path: file.describe(path))
        ask(lambda path=node.path: file.children(path))
        ask(lambda path=node.path: file.read(path, budget=budget))
        ask(lambda path=node.path: file.reduce(path, Selection(), (2, 2), "max", budget))
        ask(lambda path=node.path: file.envelope(path, Selection(), 100, budget=budget))
        ask(lambda path=node.path: file.locate(path, 0, 1, budget))
    return told


def raw_storage(file: h5py.File, secret: Path) -> None:
    for name, path in (("absolute", bytes(secret)), ("relative", b"../secret.txt"), ("environ", b"/proc/self/environ")):
        plist = h5p.create(h5p.DATASET_CREATE)
        plist.set_external(path, 0, len(SECRET))
        h5d.create(file.id, name.encode(), h5t.NATIVE_UINT8, h5s.create_simple((len(SECRET),)), plist)


def virtual(file: h5py.File, secret: Path) -> None:
    for name, source, where in (
        ("itself", ".", "itself"),
        ("ping", ".", "pong"),
        ("pong", ".", "ping"),
        ("absolute", str(secret.with_suffix(".h5")), "secret"),
        ("relative", "../secret.h5", "secret"),
        ("gone", "gone.h5", "x"),
    ):
        layout = h5py.VirtualLayout((10,), "u1")
        layout[:] = h5py.VirtualSource(source, where, (10,))
        file.create_virtual_dataset(name, layout)


def unlimited_virtual(file: h5py.File, secret: Path) -> None:
    layout = h5py.VirtualLayout((10,), "u1", maxshape=(None,))
    source = h5py.VirtualSource(str(secret.with_suffix(".h5")), "secret", (10,), maxshape=(None,))
    layout[: h5s.UNLIMITED :] = source[: h5s.UNLIMITED :]
    file.create_virtual_dataset("v", layout)


def links(file: h5py.File, secret: Path) -> None:
    file["absolute"] = h5py.ExternalLink(str(secret.with_suffix(".h5")), "/secret")
    file["relative"] = h5py.ExternalLink("../secret.h5", "/secret")
    file["through"] = h5py.SoftLink("/relative")
    file["root"] = h5py.SoftLink("/")
    file["self"] = h5py.SoftLink("/self")


def cycles(file: h5py.File, secret: Path) -> None:
    group = file.create_group("g")
    group["self"] = group
    group["root"] = file["/"]
    for _ in range(60):
        below = group.create_group("a")
        group["b"] = below
        group = below


def regions(file: h5py.File, secret: Path) -> None:
    d = file.create_dataset("d", data=np.arange(100).reshape(10, 10))
    references = np.empty(1, object)
    references[0] = np.array([d.regionref[0:2, 0:2]] * 3, dtype=h5py.regionref_dtype)
    attribute = h5a.create(d.id, b"v", h5t.vlen_create(h5t.STD_REF_DSETREG), h5s.create_simple((1,)))
    attribute.write(references, mtype=h5t.py_create(h5py.vlen_dtype(h5py.regionref_dtype)))


def chunk_bomb(file: h5py.File, secret: Path) -> None:
    n = 1 << 30
    plist = h5p.create(h5p.DATASET_CREATE)
    plist.set_chunk((n,))
    plist.set_deflate(9)
    dataset = h5d.create(file.id, b"d", h5t.NATIVE_UINT8, h5s.create_simple((n,)), plist)
    dataset.write_direct_chunk((0,), zlib.compress(bytes(1 << 20), 9))


def lying_chunk(file: h5py.File, secret: Path) -> None:
    plist = h5p.create(h5p.DATASET_CREATE)
    plist.set_chunk((1024,))
    plist.set_deflate(9)
    dataset = h5d.create(file.id, b"d", h5t.NATIVE_UINT8, h5s.create_simple((1024,)), plist)
    packer = zlib.compressobj(1)
    stream = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    dataset.write_direct_chunk((0,), stream)


def huge_type(file: h5py.File, secret: Path) -> None:
    h5d.create(file.id, b"d", h5t.array_create(h5t.NATIVE_UINT8, (1 << 30,)), h5s.create(h5s.SCALAR))
    plist = h5p.create(h5p.DATASET_CREATE)
    plist.set_alloc_time(h5d.ALLOC_TIME_LATE)
    h5d.create(file.id, b"large", h5t.NATIVE_UINT8, h5s.create_simple((2**60,)), plist)
    deep = np.dtype([("x", "i4")])
    for _ in range(40):
        deep = np.dtype([("n", deep), ("v", "i4")])
    file.create_dataset("deep", (2,), deep)


def names(file: h5py.File, secret: Path) -> None:
    for name in (b"..", b" ", b"a\nb", b"<script>", b"\xff\xfe", "\u202egpj.exe".encode(), b"x" * 60_000, b"\xed\xa0\x80", b"a\\x00"):
        h5d.create(file.id, name, h5t.NATIVE_INT32, h5s.create(h5s.SCALAR))
        h5a.create(file.id, name, h5t.NATIVE_INT32, h5s.create(h5s.SCALAR))


CRAFTED = [raw_storage, virtual, unlimited_virtual, links, cycles, regions, chunk_bomb, lying_chunk, huge_type, names]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_bytes(SECRET)
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["secret"] = np.frombuffer(SECRET, "u1")
    return tmp_path / "secret.txt"


@pytest.mark.parametrize("craft", CRAFTED, ids=lambda craft: craft.__name__)
@pytest.mark.parametrize("blob", [LocalBlob, RemoteBlob])
def test_nothing_gets_out_and_nobody_is_harmed(
    pool: Pool, tmp_path: Path, secret: Path, craft: Callable[[h5py.File, Path], None], blob: type[RemoteBlob]
) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    with h5py.File(folder / "crafted.h5", "w", libver="latest") as file:
        craft(file, secret)
    before = pool.ended
    told = everything(Hdf5(pool, blob(folder / "crafted.h5"), Ref("tests", "crafted.h5")))
    assert len(told) >= 3
    for answer in told:
        if isinstance(answer, np.ndarray):
            assert SECRET not in answer.tobytes()
        assert "makes no sense" not in str(answer)
        assert "/proc/self/fd" not in str(answer)
    # All of these are seen through before HDF5 gets to act on them: no reader dies of them.
    assert pool.ended == before
    pool.ping()


def test_a_bomb_is_refused_by_its_size(opened: Opened, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "bomb.h5", "w") as file:
        chunk_bomb(file, tmp_path)
    with pytest.raises(errors.OverBudget, match="chunk") as caught:
        opened(tmp_path / "bomb.h5").read("/d", Selection((0,)))
    assert caught.value.figures["This view needs"] == "1.07 GB"


def test_memory_is_bounded_even_when_the_file_lies(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("s", data="B" * (200 << 20), dtype=h5py.string_dtype())
    blob = LocalBlob(tmp_path / "a.h5")
    with Pool(readers=1, memory=400 << 20) as small:
        with pytest.raises((errors.OverBudget, errors.Unreadable)):
            Hdf5(small, blob, Ref("tests", "a.h5")).read("/s")
        small.ping()
    blob.close()


def test_damaged_files_never_take_the_pool_with_them(pool: Pool, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "good.h5", "w") as file:
        file["g/lists"] = np.arange(2000).reshape(40, 50)
        file.create_dataset("z", data=np.arange(3000.0), chunks=(100,), compression="gzip", shuffle=True)
        file["t"] = ["a", "bb", "ccc"]
        file["g"].attrs["names"] = ["x", "y"]
        file["soft"] = h5py.SoftLink("/g/lists")
    good = (tmp_path / "good.h5").read_bytes()
    rng = np.random.default_rng(20260101)
    for number in range(40):
        damaged = np.frombuffer(good, "u1").copy()
        # Most of the first 6 kB are structures rather than values.
        places = rng.integers(0, 6000, 6)
        damaged[places] ^= rng.integers(1, 255, 6).astype("u1")
        path = tmp_path / f"damaged{number}.h5"
        path.write_bytes(damaged.tobytes())
        blob = LocalBlob(path)
        everything(Hdf5(pool, blob, Ref("tests", path.name)))
        blob.close()
    pool.ping()
    assert pool.state()["busy"] == 0
