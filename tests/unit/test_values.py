"""Values as h5py gives them, and pictures and lines made small, within a budget."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from h5py import h5d, h5p, h5s, h5t
from readers import opened as opened
from readers import pool as pool

from h5nuvola import errors
from h5nuvola.model import Budget, Selection
from h5nuvola.storage.hdf5.file import Hdf5

Opened = Callable[[Path], Hdf5]
MIB = 1 << 20

PLAIN = {
    "u1": np.array([0, 255], "u1"),
    "i8": np.array([-(2**63), 2**63 - 1]),
    "u8": np.array([2**64 - 1, 2**53 + 1], "u8"),
    "big": np.array([1.5, np.nan], ">f4"),
    "half": np.array([np.nan, 65504], "f2"),
    "long": np.array([1, np.nan, 3], "g") / 3,
    "complex": np.array([1 + 2j, complex(np.nan, np.inf)]),
    "bool": np.array([True, False]),
    "bytes": np.array([b"ab", b"\xff"]),
    "zero": np.zeros((0, 5)),
    "table": np.array([(1, 2.5, b"x", [1, 2])], [("i", ">i2"), ("f", "f8"), ("s", "S3"), ("a", "u1", (2,))]),
    "dates": np.array(["2020-01-01", "NaT"], "M8[s]").astype(h5py.opaque_dtype("M8[s]")),
    "scalar": np.float32(0.1),
    "void": np.array([np.void(b"\0\1\2")]),
}


@pytest.fixture
def make(opened: Opened, tmp_path: Path) -> Callable[..., Hdf5]:
    """A file with these datasets."""

    def make_file(**datasets: object) -> Hdf5:
        with h5py.File(tmp_path / "a.h5", "w") as file:
            for name, data in datasets.items():
                if callable(data):
                    data(file)
                else:
                    file[name] = data
        return opened(tmp_path / "a.h5")

    return make_file


def same(ours: np.ndarray | None, theirs: object) -> bool:
    expected = np.asarray(theirs)
    return ours is not None and ours.dtype == expected.dtype and ours.shape == expected.shape and ours.tobytes() == expected.tobytes()


def test_plain_values_are_exact(make: Callable[..., Hdf5], tmp_path: Path) -> None:
    file = make(**PLAIN)
    with h5py.File(tmp_path / "a.h5") as oracle:
        for name in PLAIN:
            assert same(file.read(f"/{name}"), oracle[name][()]), name


def test_text_lists_and_references_have_one_form(make: Callable[..., Hdf5]) -> None:
    def write(file: h5py.File) -> None:
        file["d"] = np.arange(100).reshape(10, 10)
        file.create_dataset("text", data=[b"caf\xc3\xa9", b"\xff\x80", b""], dtype=h5py.string_dtype())
        file["one"] = "alone"
        lists = file.create_dataset("lists", (3,), h5py.vlen_dtype("i4"))
        lists[0], lists[2] = [1, 2, 3], [7]
        file.create_dataset("refs", data=[file["d"].ref, h5py.Reference()], dtype=h5py.ref_dtype)
        regions = file.create_dataset("regions", (1,), h5py.regionref_dtype)
        regions[0] = file["d"].regionref[0:2, 3:5]
        rows = np.zeros(2, [("n", "i4"), ("t", h5py.string_dtype()), ("r", h5py.ref_dtype)])
        rows["n"], rows["t"], rows["r"] = [1, 2], ["a", "b"], file["d"].ref
        file["rows"] = rows

    file = make(write=write)
    values = {name: file.read(f"/{name}") for name in ("text", "one", "lists", "refs", "regions", "rows")}
    assert all(array is not None for array in values.values())
    got = {name: array.tolist() for name, array in values.items() if array is not None}
    assert got["text"] == ["café", "\udcff\udc80", ""]
    assert got["one"] == "alone"
    assert [part.tolist() for part in got["lists"]] == [[1, 2, 3], [], [7]]
    assert got["refs"] == ["→ /d", "→ nothing"]
    assert got["regions"] == ["→ /d [0:2, 3:5]"]
    assert got["rows"] == [(1, "a", "→ /d"), (2, "b", "→ /d")]


def test_a_null_dataspace_has_no_value(make: Callable[..., Hdf5]) -> None:
    file = make(null=h5py.Empty("f4"))
    assert file.read("/null") is None
    assert file.describe("/null").shape is None


def test_opaque_bytes_with_a_tag_are_read_where_h5py_gives_up(make: Callable[..., Hdf5]) -> None:
    def write(file: h5py.File) -> None:
        kind = h5t.create(h5t.OPAQUE, 2)
        kind.set_tag(b"mine")
        dataset = h5d.create(file.id, b"o", kind, h5s.create_simple((3, 2)))
        dataset.write(h5s.ALL, h5s.ALL, np.arange(12, dtype="u1").view("V2").reshape(3, 2), kind)

    values = make(write=write).read("/o", Selection((slice(1, 3), 1)))
    assert values is not None
    assert values.tobytes() == bytes([6, 7, 10, 11])


def test_selections_are_checked(make: Callable[..., Hdf5]) -> None:
    file = make(d=np.arange(12).reshape(3, 4), group=lambda f: f.create_group("g"))
    part = file.read("/d", Selection((-1, slice(0, 4, 2))))
    assert part is not None
    assert part.tolist() == [8, 10]
    for selection in (Selection((3,)), Selection((0, 0, 0)), Selection((slice(0, 3, -1),))):
        with pytest.raises(errors.BadSelection):
            file.read("/d", selection)
    with pytest.raises(errors.ObjectNotFound):
        file.read("/g")


def late(name: str, shape: tuple[int, ...], chunks: tuple[int, ...] | None = None) -> Callable[[h5py.File], None]:
    def write(file: h5py.File) -> None:
        plist = h5p.create(h5p.DATASET_CREATE)
        plist.set_alloc_time(h5d.ALLOC_TIME_LATE if chunks is None else h5d.ALLOC_TIME_INCR)
        if chunks:
            plist.set_chunk(chunks)
        h5d.create(file.id, name.encode(), h5t.NATIVE_UINT8, h5s.create_simple(shape), plist)

    return write


@pytest.mark.parametrize(
    ("shape", "chunks", "selection", "budget", "words"),
    [
        ((2**60,), None, Selection(), Budget(), "too big for one view"),
        ((2**30,), (2**30,), Selection((slice(0, 1),)), Budget(), "chunk"),
        ((2**10, 2**20), (1, 2**20), Selection((slice(None), 0)), Budget(scan_nbytes=64 * MIB), "decoded"),
        ((100,), None, Selection(), Budget(nbytes=99), "too big for one view"),
    ],
)
def test_a_read_is_weighed_before_it_begins(
    make: Callable[..., Hdf5], shape: tuple[int, ...], chunks: tuple[int, ...] | None, selection: Selection, budget: Budget, words: str
) -> None:
    file = make(d=late("d", shape, chunks))
    with pytest.raises(errors.OverBudget, match=words) as caught:
        file.read("/d", selection, budget)
    assert set(caught.value.figures) == {"This view needs", "Limit for one view"}


def test_a_small_part_of_a_huge_dataset_is_cheap(make: Callable[..., Hdf5]) -> None:
    part = make(d=late("d", (2**31, 2**31), (1024, 1024))).read("/d", Selection((slice(2**30, 2**30 + 2), 5)))
    assert part is not None
    assert part.tolist() == [0, 0]


def test_long_texts_count_against_the_budget(make: Callable[..., Hdf5]) -> None:
    with pytest.raises(errors.OverBudget, match="too long"):
        make(t=["x" * MIB] * 3).read("/t", budget=Budget(nbytes=2 * MIB))


# --- pictures -------------------------------------------------------------------------------------------------------


def blocks(image: np.ndarray, fy: int, fx: int, method: Callable[..., np.ndarray]) -> np.ndarray:
    """The plain way to say it: one block after the other."""
    out = [[method(image[y : y + fy, x : x + fx], axis=(0, 1)) for x in range(0, image.shape[1], fx)] for y in range(0, image.shape[0], fy)]
    return np.array(out)


@pytest.mark.parametrize("factors", [(1, 1), (2, 3), (7, 1), (100, 100)])
def test_blocks_at_the_edges_may_be_partial(make: Callable[..., Hdf5], factors: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(0, 60_000, (33, 50)).astype(">u2")
    file = make(i=lambda f: f.create_dataset("i", data=image, chunks=(8, 12), compression="gzip"))
    assert (file.reduce("/i", Selection(), factors, "max") == blocks(image, *factors, np.max)).all()
    assert (file.reduce("/i", Selection(), factors, "min") == blocks(image, *factors, np.min)).all()
    mean = file.reduce("/i", Selection(), factors, "mean")
    assert mean.dtype == np.float32
    assert mean == pytest.approx(blocks(image, *factors, np.mean), rel=1e-6)


def test_not_a_number_counts_only_where_nothing_else_is(make: Callable[..., Hdf5]) -> None:
    image = np.array([[np.nan, 1, np.nan, np.nan], [3, np.nan, np.nan, np.nan]])
    file = make(i=image)
    for method, expected in (("max", 3), ("min", 1), ("mean", 2)):
        reduced = file.reduce("/i", Selection(), (2, 2), method)  # type: ignore[arg-type]
        assert reduced[0, 0] == expected
        assert np.isnan(reduced[0, 1])


def test_a_window_of_one_frame_and_a_colour_picture(make: Callable[..., Hdf5]) -> None:
    stack = np.arange(3 * 20 * 30).reshape(3, 20, 30)
    colour = np.random.default_rng(2).integers(0, 255, (20, 31, 3)).astype("u1")
    file = make(s=lambda f: f.create_dataset("s", data=stack, chunks=(2, 7, 7)), c=colour)
    window = stack[1, 5:18, 3:30]
    assert (file.reduce("/s", Selection((1, slice(5, 18), slice(3, 30))), (4, 5)) == blocks(window, 4, 5, np.max)).all()
    assert (file.reduce("/c", Selection(), (3, 4)) == blocks(colour, 3, 4, np.max)).all()


@pytest.mark.parametrize("selection", [Selection((0, 0)), Selection(), Selection((0, slice(0, 9, 2), slice(None)))])
def test_an_image_needs_two_dimensions(make: Callable[..., Hdf5], selection: Selection) -> None:
    with pytest.raises(errors.BadSelection):
        make(s=np.zeros((5, 9, 9))).reduce("/s", selection, (2, 2))


def test_a_reduction_is_weighed_by_what_it_decodes(make: Callable[..., Hdf5]) -> None:
    file = make(d=late("d", (2**14, 2**14), (256, 256)))
    with pytest.raises(errors.OverBudget, match="decoded"):
        file.reduce("/d", Selection(), (64, 64), "max", Budget(scan_nbytes=64 * MIB))
    assert file.reduce("/d", Selection(), (64, 64), "max", Budget(nbytes=MIB)).shape == (256, 256)


# --- lines ----------------------------------------------------------------------------------------------------------


def test_a_short_line_comes_whole(make: Callable[..., Hdf5]) -> None:
    line = make(y=np.arange(10.0), e=np.full(10, 0.5), x=np.arange(11.0)).envelope("/y", Selection(), 100, "/x", "/e")
    assert line.index.tolist() == list(range(10))
    assert line.x is not None
    assert line.x.tolist() == [n + 0.5 for n in range(10)]
    assert line.errors is not None
    assert line.errors.tolist() == [0.5] * 10


def test_spikes_survive_thinning(make: Callable[..., Hdf5]) -> None:
    y = np.random.default_rng(3).random((3, 200_000))
    y[1, 77_777], y[1, 133_333] = 50, -50
    line = make(y=lambda f: f.create_dataset("y", data=y, chunks=(1, 5000))).envelope("/y", Selection((1,)), 500)
    assert len(line.index) <= 1002
    assert {0, 77_777, 133_333, 199_999} <= set(line.index.tolist())
    assert (line.y == y[1][line.index]).all()
    assert (np.diff(line.index) > 0).all()


def test_a_stepped_part_of_a_line_keeps_its_axis(make: Callable[..., Hdf5]) -> None:
    file = make(y=np.arange(1000) ** 2, x=np.linspace(5, 6, 1000))
    line = file.envelope("/y", Selection((slice(100, 900, 3),)), 10, "/x")
    assert line.x is not None
    assert (line.x == np.linspace(5, 6, 1000)[100:900:3][line.index]).all()
    assert (line.y == (np.arange(1000) ** 2)[100:900:3][line.index]).all()


def test_gaps_stay_gaps(make: Callable[..., Hdf5]) -> None:
    y = np.arange(1000.0)
    y[300:500] = np.nan
    line = make(y=y).envelope("/y", Selection(), 10)
    assert np.isnan(line.y[(line.index >= 300) & (line.index < 500)]).all()
    assert ((line.index >= 300) & (line.index < 500)).any()


@pytest.mark.parametrize(
    ("x", "error"), [("/short", errors.BadRequest), ("/words", errors.TypeUnsupported), ("/none", errors.ObjectNotFound)]
)
def test_an_axis_must_fit(make: Callable[..., Hdf5], x: str, error: type[errors.H5nuvolaError]) -> None:
    with pytest.raises(error):
        make(y=np.arange(10), short=np.arange(9), words=["a"] * 10).envelope("/y", Selection(), 5, x)


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (np.arange(0, 100, 10.0), (2, 7)),
        (np.arange(90, -1, -10.0), (3, 8)),
        (np.arange(0, 100, 10), (2, 7)),
        (np.array([0.0, 5, 3, 9]), None),
        (np.array([0.0, np.nan, 50]), None),
        (np.array([25.0]), (0, 1)),
        (np.zeros(0), (0, 0)),
    ],
)
def test_a_range_of_values_is_located(make: Callable[..., Hdf5], x: np.ndarray, expected: tuple[int, int] | None) -> None:
    file = make(x=x)
    assert file.locate("/x", 25, 55) == expected
    assert file.locate("/x", 55, 25) == expected
