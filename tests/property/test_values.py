"""Any dataset, any part of it: what the readers give is what h5py and numpy give."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from readers import opened as opened
from readers import pool as pool

from h5nuvola.model import Budget, Selection
from h5nuvola.storage.hdf5 import plan
from h5nuvola.storage.hdf5.file import Hdf5

Opened = Callable[[Path], Hdf5]
NUMBER = itertools.count()
KINDS = ["u1", "<i2", ">i4", "<u8", "<i8", "<f2", ">f4", "<f8", "<c8", "?", "S5", "<f4"]
SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(folder: Path, array: np.ndarray, options: dict[str, Any]) -> Path:
    path = folder / f"{next(NUMBER)}.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("d", data=array, **options)
    return path


@st.composite
def stored(draw: st.DrawFn, kinds: list[str], least: int = 0, most: int = 4) -> tuple[np.ndarray, dict[str, Any]]:
    shape = draw(hnp.array_shapes(min_dims=least, max_dims=most, min_side=1, max_side=12))
    array = draw(hnp.arrays(draw(st.sampled_from(kinds)), shape, fill=st.nothing() if len(shape) < 2 else None))
    options: dict[str, Any] = {}
    if shape and draw(st.booleans()):
        options["chunks"] = tuple(draw(st.integers(1, side)) for side in shape)
        options["compression"] = draw(st.sampled_from([None, "gzip", "lzf"]))
        options["shuffle"] = draw(st.booleans())
        options["fletcher32"] = draw(st.booleans())
    return array, options


@st.composite
def item(draw: st.DrawFn, length: int) -> int | slice:
    if draw(st.booleans()):
        return draw(st.integers(-length, length - 1))
    start, stop = draw(st.integers(0, length)), draw(st.integers(0, length))
    return slice(start, stop, draw(st.integers(1, 4)))


@SETTINGS
@given(data=st.data(), made=stored(KINDS))
def test_any_part_is_what_h5py_gives(opened: Opened, tmp_path: Path, data: st.DataObject, made: tuple[np.ndarray, dict[str, Any]]) -> None:
    array, options = made
    path = write(tmp_path, array, options)
    selection = Selection(tuple(data.draw(item(length)) for length in array.shape))
    with h5py.File(path) as file:
        expected = np.asarray(file["d"][tuple(selection.fit(array.shape).items)])
    ours = opened(path).read("/d", selection)
    assert ours is not None
    assert (ours.dtype, ours.shape, ours.tobytes()) == (expected.dtype, expected.shape, expected.tobytes())


@SETTINGS
@given(data=st.data(), made=stored(["u1", ">i2", "<i8", "<f4", ">f8", "<f2"], 2, 3), method=st.sampled_from(["max", "min", "mean"]))
def test_any_picture_is_reduced_as_numpy_would(
    opened: Opened, tmp_path: Path, data: st.DataObject, made: tuple[np.ndarray, dict[str, Any]], method: Any
) -> None:
    array, options = made
    items: list[int | slice] = [0] * (array.ndim - 2)
    for length in array.shape[-2:]:
        start = data.draw(st.integers(0, length - 1))
        items.append(slice(start, data.draw(st.integers(start + 1, length))))
    fy, fx = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    image = array[tuple(items)]
    ours = opened(write(tmp_path, array, options)).reduce("/d", Selection(tuple(items)), (fy, fx), method)
    assert ours.shape == (-(-image.shape[0] // fy), -(-image.shape[1] // fx))
    for y, x in np.ndindex(ours.shape):
        block = image[y * fy : y * fy + fy, x * fx : x * fx + fx]
        block = block[~np.isnan(block)] if block.dtype.kind == "f" else block.ravel()
        if not block.size:
            assert np.isnan(ours[y, x])
        elif method == "mean":
            with np.errstate(all="ignore"):
                mean = block.astype("f8").mean()
                assert ours[y, x] == pytest.approx(mean.astype(ours.dtype), rel=1e-5, nan_ok=True)
        else:
            assert ours[y, x] == (block.max() if method == "max" else block.min())


@SETTINGS
@given(
    y=hnp.arrays(st.sampled_from(["<f4", ">f8", "i2", "u8"]), st.integers(1, 400)),
    bins=st.integers(1, 40),
    chunk=st.integers(1, 50),
)
def test_any_line_keeps_its_extremes(opened: Opened, tmp_path: Path, y: np.ndarray, bins: int, chunk: int) -> None:
    line = opened(write(tmp_path, y, {"chunks": (min(chunk, len(y)),)})).envelope("/d", Selection(), bins)
    assert len(line.index) <= max(4 * bins, 2 * bins + 2)
    assert line.index[0] == 0
    assert line.index[-1] == len(y) - 1
    assert (np.diff(line.index) > 0).all()
    assert line.y.tobytes() == y.astype(y.dtype.newbyteorder("="))[line.index].tobytes()
    width = -(-len(y) // bins)
    for start in range(0, len(y), width):
        part = y[start : start + width]
        kept = line.y[(line.index >= start) & (line.index < start + width)]
        if part.dtype.kind == "f" and np.isnan(part).all():
            assert len(kept)
        else:
            assert np.nanmax(kept) == np.nanmax(part)
            assert np.nanmin(kept) == np.nanmin(part)


@given(data=st.data(), shape=hnp.array_shapes(max_dims=3, max_side=30))
def test_the_cost_counts_each_chunk_that_is_met(data: st.DataObject, shape: tuple[int, ...]) -> None:
    chunks = tuple(data.draw(st.integers(1, 8)) for _ in shape)
    selection = Selection(tuple(data.draw(item(length)) for length in shape)).fit(shape)
    marked = np.zeros(shape, bool)
    marked[selection.items] = True
    places = {tuple(int(n) // c for n, c in zip(place, chunks, strict=True)) for place in np.argwhere(marked)}
    nbytes, scanned, chunk = plan.cost(selection, shape, chunks, 2)
    assert nbytes == 2 * marked.sum()
    if nbytes:
        assert chunk == 2 * int(np.prod(chunks))
        # With steps below the chunk's length and 1 on the way, every chunk between is met; else the count is exact or above.
        assert scanned >= len(places) * chunk
    plan.check((nbytes, scanned, chunk), Budget())
