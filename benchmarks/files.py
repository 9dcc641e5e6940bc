"""The files that are measured: a long line, a large image, a long table, and a file of many datasets, each twice."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import h5py
import hdf5plugin
import numpy as np

TEXT = "Between two clicks this text is looked at."
REVISION = 1  # of the files; another number makes them anew
MAIN = "benchmark.h5"
MANY = ("many_0.h5", "many_1.h5")
NOTE = "note.h5"

FULL = {"points": 10_000_000, "side": 4096, "rows": 1_000_000, "datasets": 50_000}
TINY = {"points": 20_000, "side": 600, "rows": 2_000, "datasets": 300}

ROW = np.dtype([("index", "<i8"), ("time", "<f8"), ("energy", "<f4"), ("counts", "<u4"), ("channel", "<u2"), ("flag", "S6")])


def cached(sizes: dict[str, int] | None = None) -> Path:
    """The folder of the files, in the user's cache; they are written when they are not there yet."""
    sizes = sizes or FULL
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "h5nuvola" / f"benchmark-{REVISION}-{'-'.join(map(str, sizes.values()))}"
    if not all((folder / name).exists() for name in (MAIN, *MANY, NOTE)):
        folder.mkdir(parents=True, exist_ok=True)
        write(folder, sizes)
    return folder


def write(folder: Path, sizes: dict[str, int]) -> None:
    """Writes the files. A file has its name only once it is whole."""
    rng = np.random.default_rng(1)
    with _whole(folder / MAIN) as path, h5py.File(path, "w", libver="latest") as file:
        # Values that do compress, as those of detectors do, and that differ from chunk to chunk.
        file.create_dataset(
            "line_0",
            data=trace(sizes["points"], rng),
            chunks=(_chunk(65_536, sizes["points"]),),
            compression="gzip",
            compression_opts=1,
            shuffle=True,
        )
        file.create_dataset("image_0", data=image(sizes["side"], rng), chunks=(512, 512), **hdf5plugin.Bitshuffle(cname="lz4"))
        file.create_dataset(
            "table_0",
            data=table(sizes["rows"], rng),
            chunks=(_chunk(16_384, sizes["rows"]),),
            compression="gzip",
            compression_opts=1,
            shuffle=True,
        )
        for name in ("line", "image", "table"):
            file.copy(f"{name}_0", f"{name}_1")
        file["note"] = TEXT
    with _whole(folder / MANY[0]) as path, h5py.File(path, "w", libver="latest") as file:
        for number in range(sizes["datasets"]):
            file.create_dataset(f"point_{number:06d}", data=np.float64(number))
    with _whole(folder / MANY[1]) as path:
        shutil.copy(folder / MANY[0], path)
    with _whole(folder / NOTE) as path, h5py.File(path, "w", libver="latest") as file:
        file["note"] = TEXT
        file.attrs["default"] = "note"  # what the file opens with


def trace(points: int, rng: np.random.Generator) -> np.ndarray:
    """A drifting signal with noise and a few spikes, float32."""
    at = np.linspace(0, 1, points, dtype=np.float32)
    values = 20 * np.sin(40 * at) + 5 * np.sin(900 * at) + rng.normal(0, 1, points).astype(np.float32)
    values = np.round(values * 64) / 64
    values[rng.integers(0, points, 40)] += 100
    line: np.ndarray = values.astype("<f4")
    return line


def image(side: int, rng: np.random.Generator) -> np.ndarray:
    """Rings over a noisy background with hot pixels, uint16."""
    y, x = np.ogrid[:side, :side]
    radius = np.hypot(x - side / 2, y - side / 2).astype(np.float32)
    mean = 200 * np.exp(-radius / side) * (1 + 4 * np.exp(-(((radius % (side / 8)) - side / 16) ** 2) / 60)) + 5
    values: np.ndarray = rng.poisson(mean).astype("<u2")
    values[rng.integers(0, side, 200), rng.integers(0, side, 200)] = 60_000
    return values


def table(rows: int, rng: np.random.Generator) -> np.ndarray:
    """Events of a detector: six columns of five types."""
    values = np.zeros(rows, ROW)
    values["index"] = np.arange(rows)
    values["time"] = np.cumsum(rng.exponential(1e-3, rows))
    values["energy"] = rng.normal(6.4, 0.1, rows)
    values["counts"] = rng.poisson(100, rows)
    values["channel"] = rng.integers(0, 4096, rows)
    values["flag"] = rng.choice([b"ok", b"pileup", b"dark"], rows)
    return values


def _chunk(wanted: int, length: int) -> int:
    return min(wanted, length)


class _whole:
    """A temporary path beside `path` that takes its name when the block ends well."""

    def __init__(self, path: Path) -> None:
        self.path, self.part = path, path.with_name(f".{path.name}.{os.getpid()}")

    def __enter__(self) -> Path:
        return self.part

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is None:
            self.part.replace(self.path)
        else:
            self.part.unlink(missing_ok=True)
