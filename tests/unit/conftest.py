"""A library over a folder of its own, for tests of what apps make of real files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import dash
import h5py
import numpy as np
import pytest

from h5nuvola.model import LOCAL_USER, Budget, Ref
from h5nuvola.settings import Settings
from h5nuvola.storage.dataset import Dataset
from h5nuvola.storage.library import Library

GAIN = h5py.enum_dtype({"LOW": 0, "MID": 1, "HIGH": 2}, "u1")
ROW = np.dtype(
    [
        ("id", "<u8"),
        ("pos", [("x", "<f8"), ("y", "<f4")]),
        ("rgb", "u1", (3,)),
        ("spectrum", "<f4", (100,)),
        ("name", "S12"),
        ("gain", GAIN),
        ("ok", "?"),
        ("field", "<c16"),
    ]
)
HOSTILE = "<img src=x onerror=alert(1)>\u202e"


def _write(file: h5py.File) -> None:
    rng = np.random.default_rng(7)
    spike = rng.normal(size=1_000_000).astype("f4")
    spike[654_321:654_323] = 5000
    file["spike"] = spike
    nxdata = file.create_group("nxdata")
    nxdata.attrs.update({"NX_class": "NXdata", "signal": "counts", "axes": ["angle"]})
    nxdata["counts"] = np.arange(2000) ** 2
    nxdata["counts"].attrs["units"] = "counts"
    nxdata["angle"] = np.linspace(80, 20, 2000)
    nxdata["angle"].attrs.update({"units": "deg", "long_name": "<b>2θ</b>"})
    nxdata["counts_errors"] = np.full(2000, 2.5)
    edges = file.create_group("edges")
    edges.attrs.update({"NX_class": "NXdata", "signal": "n", "axes": ["bins"]})
    edges["n"] = np.arange(40)
    edges["bins"] = np.linspace(-2, 2, 41)
    maps = file.create_group("maps")
    maps.attrs.update({"NX_class": "NXdata", "signal": "data", "axes": ["row", "energy"]})
    maps["data"], maps["row"], maps["energy"] = np.arange(200.0).reshape(4, 50), np.arange(4) / 10, np.linspace(5, 9, 50)
    maps["energy"].attrs["units"] = "keV"
    walk = file.create_group("walk")
    walk.attrs.update({"NX_class": "NXdata", "signal": "y", "axes": ["x"]})
    walk["y"] = np.arange(5000.0)
    walk["x"] = rng.normal(size=5000)
    file["gaps"] = np.where(np.arange(100) % 10 == 0, np.nan, np.arange(100.0))
    file["wave"] = 2 * np.exp(1j * np.linspace(0, 6, 500))
    file["few"] = np.array([1.0, -2.0, 4.0])
    file["long_integers"] = np.array([2**63 - 1, 2**53 + 1, -5])
    file["flags"] = np.array([True, False, True])
    file.create_dataset("gains", data=np.array([0, 2, 1], "u1"), dtype=GAIN)
    file["matrix"] = np.arange(1000 * 3, dtype="f4").reshape(1000, 3) / 10
    file["image"] = np.arange(64 * 96.0).reshape(64, 96)
    file["spectra"] = np.arange(4 * 5 * 60).reshape(4, 5, 60)
    file["spectra"].attrs["interpretation"] = "spectrum"
    file.create_dataset("wide", shape=(50, 3000), dtype="f8", chunks=(10, 1000), fillvalue=0.1)
    rows = np.zeros(500, ROW)
    rows["id"] = np.arange(500) + 2**60
    rows["pos"]["x"], rows["pos"]["y"], rows["rgb"], rows["name"] = 0.1, 0.1, [1, 2, 3], b"peak"
    rows["gain"], rows["ok"], rows["field"] = np.arange(500) % 4, True, 1 - 2j
    file["rows"] = rows
    file["row"] = rows[7]
    file["none"] = h5py.Empty("f8")
    file.create_dataset("unwritten", shape=(0, 3), maxshape=(None, 3), dtype="f4")
    file["energy"] = 7112.000000001
    file["energy"].attrs["units"] = "eV"
    file["one"] = [3.5]
    file["long_integer"] = np.int64(2**62 + 1)
    file["words"] = "Alumina heating ramp"
    file["no_words"] = ""
    file["hostile"] = HOSTILE
    file["when"] = "2026-11-22T08:51:00+00:00"
    file["json"] = '{"scan": {"steps": [1, 2], "motor": "th"}}'
    file["story"] = "\n".join(f"line {number}" for number in range(20_000))
    file["names"] = ["α", HOSTILE, ""]
    file["opaque"] = np.void(bytes(range(256)) * 40)
    file.create_dataset("gain", data=np.uint8(2), dtype=GAIN)
    file.create_dataset("lead", data=file["nxdata"].ref, dtype=h5py.ref_dtype)
    file.create_dataset("region", data=file["image"].regionref[2:4, 5:9], dtype=h5py.regionref_dtype)
    lists = file.create_dataset("lists", (3,), h5py.vlen_dtype("i4"))
    lists[0], lists[1] = [1, 2, 3], [4]
    file["type"] = ROW
    file["gain_type"] = np.dtype(GAIN)
    file.create_group("hollow")
    many = file.create_group("many")
    for number in range(450):
        many.create_group(f"scan_{number:03}").attrs["NX_class"] = "NXentry"
    file["dangling"] = h5py.SoftLink("/nowhere")
    file["outside"] = h5py.ExternalLink("/etc/passwd", "/")


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Dataset]]:
    """`opened("/path")`: a handle on an object of one file that holds a bit of everything, as apps get it."""
    folder: Path = tmp_path_factory.mktemp("shelf")
    with h5py.File(folder / "all.h5", "w") as file:
        _write(file)
    dash.Dash("h5nuvola")  # links ask Dash for the prefix of their addresses
    settings = Settings.load(environ={}, sources=[{"name": "shelf", "root": str(folder)}], cache_dir=tmp_path_factory.mktemp("cache"))
    library = Library(settings)

    def handle(path: str, budget: Budget | None = None) -> Dataset:
        return library.open(LOCAL_USER, Ref("shelf", "all.h5", path), budget)

    yield handle
    library.close()
