"""Everything about an object but its values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from h5py import h5a, h5d, h5p, h5s, h5t, h5z
from readers import LocalBlob, RemoteBlob
from readers import opened as opened
from readers import pool as pool

from h5nuvola import errors
from h5nuvola.model import Ref
from h5nuvola.storage.hdf5.file import Hdf5
from h5nuvola.storage.hdf5.pool import Pool

Opened = Callable[[Path], Hdf5]


@pytest.fixture
def nexus(tmp_path: Path) -> Path:
    path = tmp_path / "nexus.h5"
    with h5py.File(path, "w") as file:
        file.attrs["default"] = "entry"
        entry = file.create_group("entry")
        entry.attrs["NX_class"] = "NXentry"
        entry.attrs["default"] = "data"
        entry["definition"] = "NXfluo"
        data = entry.create_group("data")
        data.attrs.update({"NX_class": "NXdata", "signal": "counts", "axes": ["y", "x"]})
        counts = data.create_dataset(
            "counts", data=np.zeros((4, 6), "u2"), chunks=(2, 3), compression="gzip", shuffle=True, maxshape=(None, 6)
        )
        counts.attrs.update({"units": "counts", "gain": np.float32(0.1), "spectrum": np.arange(3), "on": True, "empty": h5py.Empty("f4")})
        counts.attrs["origin"] = data.ref
        data["x"] = np.arange(6.0)
        data["y"] = np.arange(4.0)
    return path


def test_a_dataset_is_described(opened: Opened, nexus: Path) -> None:
    facts = opened(nexus).describe("/entry/data/counts")
    assert facts.ref == Ref("tests", "nexus.h5", "/entry/data/counts")
    assert (facts.kind, facts.shape, facts.maxshape, facts.chunks, facts.layout) == ("dataset", (4, 6), (None, 6), (2, 3), "chunked")
    assert [(step.name, step.available) for step in facts.filters] == [("shuffle", True), ("gzip", True)]
    assert facts.type is not None
    assert (facts.type.kind, facts.type.text, facts.type.numpy, facts.nbytes) == ("uint", "uint16", "<u2", 48)
    assert facts.definition == "NXfluo"
    assert facts.parent_attrs["axes"].value == ["y", "x"]
    assert facts.root_attrs["default"].value == "entry"
    assert [(node.key, node.shape, node.type) for node in facts.siblings] == [
        ("counts", (4, 6), "uint16"),
        ("x", (6,), "float64"),
        ("y", (4,), "float64"),
    ]
    assert facts.file_size == nexus.stat().st_size
    assert facts.problem is None
    assert facts.attr_count == 6


def test_attributes_come_as_values_and_as_text(opened: Opened, nexus: Path) -> None:
    attrs = opened(nexus).describe("/entry/data/counts").attrs
    assert {name: (attr.value, attr.text) for name, attr in attrs.items()} == {
        "units": ("counts", "counts"),
        "gain": (float(np.float32(0.1)), "0.1"),
        "spectrum": ([0, 1, 2], "[0, 1, 2]"),
        "on": (True, "True"),
        "empty": (None, "empty"),
        "origin": ("→ /entry/data", "→ /entry/data"),
    }


def test_local_and_remote_say_the_same(pool: Pool, nexus: Path) -> None:
    local, remote = LocalBlob(nexus), RemoteBlob(nexus)
    remote.revision, remote.mtime = local.revision, local.mtime
    here, there = (Hdf5(pool, blob, Ref("tests", "nexus.h5")) for blob in (local, remote))
    assert here.describe("/entry/data/counts") == there.describe("/entry/data/counts")
    local.close()


@pytest.mark.parametrize(
    ("value", "shown"),
    [(np.zeros(600, "f8"), "4.8 kB, not shown"), (np.zeros((20, 20), "u1"), "400 bytes, not shown")],
)
def test_large_attributes_are_named_not_read(opened: Opened, tmp_path: Path, value: np.ndarray, shown: str) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["a"] = value
    attr = opened(tmp_path / "a.h5").describe("/").attrs["a"]
    assert (attr.value, attr.text, attr.shape) == (None, shown, value.shape)


def test_attributes_come_in_a_page_with_those_apps_look_for(opened: Opened, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w", libver="latest") as file:
        for n in range(5000):
            h5a.create(file.id, b"a%05d" % n, h5t.NATIVE_INT32, h5s.create(h5s.SCALAR))
        file.attrs["units"] = "mm"
    facts = opened(tmp_path / "a.h5").describe("/")
    assert facts.attr_count == 5001
    assert len(facts.attrs) <= 65
    assert facts.attr("units") == "mm"


def test_a_list_of_region_references_is_not_read(opened: Opened, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        h5a.create(file.id, b"v", h5t.vlen_create(h5t.STD_REF_DSETREG), h5s.create_simple((1,)))
        h5d.create(file.id, b"d", h5t.vlen_create(h5t.STD_REF_DSETREG), h5s.create_simple((1,)))
    file_ = opened(tmp_path / "a.h5")
    assert "crashes" in file_.describe("/").attrs["v"].text
    with pytest.raises(errors.TypeUnsupported):
        file_.read("/d")


def test_children_come_in_natural_order_and_pages(opened: Opened, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for n in (10, 2, 1, 33):
            file.create_group(f"scan_{n}").attrs["NX_class"] = "NXentry"
        file["Alpha"] = 1
    page, total = opened(tmp_path / "a.h5").children("/", 1, 3)
    assert total == 5
    assert [(node.label, node.kind, node.nxclass) for node in page] == [(f"scan_{n}", "group", "NXentry") for n in (1, 2, 10)]


def test_a_group_of_many_names_is_paged(opened: Opened, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w", libver="latest") as file:
        group = file.create_group("g")
        for n in range(20_000):
            group.id.links.create_soft(b"n%d" % n, b"/g")
    page, total = opened(tmp_path / "a.h5").children("/g", 19_998, 100)
    assert total == 20_000
    assert [node.key for node in page] == ["n19998", "n19999"]


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/external", errors.LinkRefused.code, "passwd"),
        ("/virtual", errors.LinkRefused.code, "other.h5"),
        ("/itself", errors.LinkRefused.code, "this same file"),
        ("/filter", errors.FilterMissing.code, "30000"),
        ("/time", errors.TypeUnsupported.code, "time"),
    ],
)
def test_what_cannot_be_read_says_why_before_it_is_tried(opened: Opened, tmp_path: Path, path: str, code: str, words: str) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        plist = h5p.create(h5p.DATASET_CREATE)
        plist.set_external(b"/etc/passwd", 0, 16)
        h5d.create(file.id, b"external", h5t.NATIVE_UINT8, h5s.create_simple((16,)), plist)
        for name, source in (("virtual", "other.h5"), ("itself", ".")):
            layout = h5py.VirtualLayout((10,), "i8")
            layout[:] = h5py.VirtualSource(source, name, (10,))
            file.create_virtual_dataset(name, layout)
        plist = h5p.create(h5p.DATASET_CREATE)
        plist.set_chunk((16,))
        plist.set_filter(30000, h5z.FLAG_OPTIONAL, (1,))
        dataset = h5d.create(file.id, b"filter", h5t.NATIVE_UINT8, h5s.create_simple((16,)), plist)
        dataset.write_direct_chunk((0,), bytes(16))
        h5d.create(file.id, b"time", h5t.UNIX_D32LE, h5s.create_simple((2,)))
    reader = opened(tmp_path / "a.h5")
    facts = reader.describe(path)
    assert facts.problem is not None
    assert (facts.problem.code, words in facts.problem.sentence) == (code, True)
    assert facts.shape is not None
    with pytest.raises(errors.from_code(code)):
        reader.read(path)


def test_a_filter_that_was_skipped_is_not_missed(opened: Opened, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        plist = h5p.create(h5p.DATASET_CREATE)
        plist.set_chunk((4,))
        plist.set_filter(30000, h5z.FLAG_OPTIONAL, (1,))
        dataset = h5d.create(file.id, b"d", h5t.NATIVE_UINT8, h5s.create_simple((4,)), plist)
        dataset.write_direct_chunk((0,), b"\1\2\3\4", 1)
    values = opened(tmp_path / "a.h5").read("/d")
    assert values is not None
    assert values.tolist() == [1, 2, 3, 4]


# --- what cannot be opened ------------------------------------------------------------------------------------------


def whole(tmp_path: Path) -> bytes:
    with h5py.File(tmp_path / "whole.h5", "w") as file:
        file["x"] = np.arange(1000)
    return (tmp_path / "whole.h5").read_bytes()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda data: b"", errors.NotHdf5, "empty"),
        (lambda data: b"x,y\n1,2\n", errors.NotHdf5, "text file"),
        (lambda data: b"CDF\x01" + bytes(100), errors.NotHdf5, "netCDF-3"),
        (lambda data: b"\0" * 3000, errors.NotHdf5, "does not begin"),
        (lambda data: data[:4000], errors.Truncated, "end of"),
        (lambda data: data[:9] + b"\xff" * 80 + data[89:], errors.Unreadable, "cannot be opened"),
    ],
)
@pytest.mark.parametrize("blob", [LocalBlob, RemoteBlob])
def test_files_that_do_not_open_say_why(
    pool: Pool, tmp_path: Path, make: Callable[[bytes], bytes], error: type[errors.H5nuvolaError], words: str, blob: type[RemoteBlob]
) -> None:
    path = tmp_path / "bad.h5"
    path.write_bytes(make(whole(tmp_path)))
    with pytest.raises(error, match=words) as caught:
        Hdf5(pool, blob(path), Ref("tests", "bad.h5")).describe()
    assert "bad.h5" in caught.value.sentence
    assert "/proc" not in caught.value.sentence
    if error is errors.Truncated:
        assert caught.value.figures == {"The header says": "10 kB", "The file holds": "4 kB"}


def test_a_file_still_open_for_writing_says_so(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "writing.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file["x"] = 1
        file.flush()
        (tmp_path / "copy.h5").write_bytes(path.read_bytes())
    with pytest.raises(errors.StillWriting, match="open for writing"):
        opened(tmp_path / "copy.h5").describe()


def test_a_file_behind_a_user_block_opens(opened: Opened, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w", userblock_size=512) as file:
        file["x"] = 1
    assert opened(tmp_path / "a.h5").describe().children == 1


# --- the entrance ---------------------------------------------------------------------------------------------------


def test_the_default_chain_leads_to_the_signal(opened: Opened, nexus: Path) -> None:
    assert opened(nexus).entrance() == "/entry/data/counts"


def test_a_circle_of_defaults_ends(opened: Opened, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["default"] = "a"
        file.create_group("a").attrs["default"] = "/b"
        file.create_group("b").attrs["default"] = "/a"
        file["b/picture"] = np.zeros((5, 5))
    assert opened(tmp_path / "a.h5").entrance() == "/b/picture"


def test_without_conventions_the_richest_dataset_is_the_entrance(opened: Opened, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["line"] = np.zeros(10_000)
        file["g/picture"] = np.zeros((5, 5))
        file["names"] = ["a"] * 50
    assert opened(tmp_path / "a.h5").entrance() == "/g/picture"


def test_the_entrance_is_found_beside_a_group_of_thousands(opened: Opened, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for number in range(3000):
            file[f"many/point_{number}"] = number
        file["z/picture"] = np.zeros((30, 30))
    assert opened(tmp_path / "a.h5").entrance() == "/z/picture"


def test_an_old_nexus_file_names_its_signal_by_number(opened: Opened, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        data = file.create_group("entry/data")
        data.attrs["NX_class"] = "NXdata"
        data["big"] = np.zeros((50, 50))
        data["counts"] = np.zeros(5)
        data["counts"].attrs["signal"] = 1
    assert opened(tmp_path / "a.h5").entrance() == "/entry/data/counts"


def test_an_empty_file_opens_at_its_root(opened: Opened, tmp_path: Path) -> None:
    h5py.File(tmp_path / "a.h5", "w").close()
    assert opened(tmp_path / "a.h5").entrance() == "/"
