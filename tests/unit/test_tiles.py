"""Tiles: the right numbers of the right part, small types as they are, and a sentence for everything that makes no sense."""

from __future__ import annotations

import gzip
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from flask import Flask, g
from werkzeug.test import TestResponse

from h5nuvola.api import tiles
from h5nuvola.model import LOCAL_USER, Ref
from h5nuvola.settings import Settings
from h5nuvola.storage.library import Library

Get = Callable[..., TestResponse]


def write(path: Path) -> None:
    rng = np.random.default_rng(3)
    with h5py.File(path, "w") as file:
        file["stack"] = rng.integers(0, 60000, (3, 700, 1100), dtype="u2")
        holes = rng.normal(size=(600, 520)).astype("f4")
        holes[:40, :40] = np.nan
        file["holes"] = holes
        file["big_endian"] = np.arange(12, dtype=">i2").reshape(3, 4) - 5
        file["counter"] = np.arange(6, dtype="i8").reshape(2, 3) + 2**60
        file["times"] = np.arange(400.0).reshape(20, 20) + 1.7e9
        file["double"] = rng.normal(size=(5, 6))
        file["half"] = np.array([[0.5, -1.5]], "f2")
        file["wave"] = np.exp(1j * np.linspace(0, 6, 900 * 30)).reshape(900, 30) * np.arange(1, 31)
        file["mask"] = np.eye(4, dtype=bool)
        file["signed"] = np.array([[-128, 127]], "i1")
        file["colour"] = rng.integers(0, 255, (530, 20, 3), dtype="u1")
        file["planes"] = np.moveaxis(file["colour"][()], -1, 0)
        file["text"] = np.array([["a", "b"], ["c", "d"]], "S3")
        file["curve"] = np.arange(5.0)
        file.create_dataset("large", (70000, 70000), "u2", chunks=(500, 500), fillvalue=7)
        states = h5py.enum_dtype({"idle": 0, "moving": 1}, "u1")
        file.create_dataset("state", data=[[0, 1]], dtype=states)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiles")
    write(folder / "a.h5")
    return folder


@pytest.fixture(scope="module")
def library(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    settings = Settings.load(environ={}, sources=[{"name": "data", "root": str(folder)}], cache_dir=tmp_path_factory.mktemp("cache"))
    library = Library(settings)
    yield library
    library.close()


@pytest.fixture(scope="module")
def get(library: Library) -> Get:
    app = Flask(__name__)
    app.register_blueprint(tiles.blueprint(library), url_prefix="/api")

    @app.before_request
    def somebody() -> None:
        g.user = LOCAL_USER

    client = app.test_client()

    def ask(path: str, route: str = "tile", headers: dict[str, str] | None = None, **query: Any) -> TestResponse:
        return client.get(f"/api/{route}", query_string={"s": "data", "f": "a.h5", "p": path, **query}, headers=headers)

    return ask


@pytest.fixture(scope="module")
def truth(folder: Path) -> Callable[[str], Any]:
    def read(path: str) -> Any:
        with h5py.File(folder / "a.h5") as file:
            return file[path][()]

    return read


def array(answer: TestResponse) -> np.ndarray[Any, Any]:
    assert answer.status_code == 200, answer.text
    shape = tuple(map(int, answer.headers["X-Tile-Shape"].split(",")))
    return np.frombuffer(answer.data, np.dtype(answer.headers["X-Tile-Type"]).newbyteorder("<")).reshape(shape)


# --- numbers


@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 2), (1, 0), (1, 2)])
def test_level_0_is_the_data_itself_with_smaller_tiles_at_the_edges(get: Get, truth: Any, row: int, column: int) -> None:
    answer = get("/stack", i="2,:,:", level=0, row=row, col=column)
    wanted = truth("/stack")[2, row * 512 : row * 512 + 512, column * 512 : column * 512 + 512]
    np.testing.assert_array_equal(array(answer), wanted)
    assert (answer.headers["X-Tile-Type"], answer.headers["X-Tile-Exact"]) == ("uint16", "1")


@pytest.mark.parametrize("method", ["max", "min", "mean"])
def test_a_level_makes_blocks_one_number_and_keeps_the_rest_at_the_edge(get: Get, truth: Any, method: str) -> None:
    answer = get("/holes", i=":,:", level=3, row=0, col=0, reduce=method)
    padded = np.pad(truth("/holes"), ((0, 0), (0, 0)), constant_values=np.nan).reshape(75, 8, 65, 8)
    with warnings.catch_warnings(action="ignore"):
        wanted = {"max": np.nanmax, "min": np.nanmin, "mean": np.nanmean}[method](padded, axis=(1, 3))
    np.testing.assert_allclose(array(answer), wanted, rtol=1e-6, atol=1e-6)
    assert np.isnan(array(answer)[0, 0])
    assert answer.headers["X-Tile-Exact"] == "0"


def test_rows_and_columns_may_have_levels_of_their_own(get: Get, truth: Any) -> None:
    found = array(get("/stack", i="0,:,:", level=2, levelx=0, row=0, col=1))
    np.testing.assert_array_equal(found, truth("/stack")[0, :, 512:1024].reshape(175, 4, 512).max(axis=1))


def test_colours_come_together_wherever_they_lie(get: Get, truth: Any) -> None:
    colour = truth("/colour")
    np.testing.assert_array_equal(array(get("/colour", i=":,:,:", c=2, row=1)), colour[512:])
    np.testing.assert_array_equal(array(get("/planes", i=":,:,:", c=0, row=1)), colour[512:])
    np.testing.assert_array_equal(array(get("/planes", i=":,:,:", c=0, level=1)), colour.reshape(265, 2, 10, 2, 3).max(axis=(1, 3)))


@pytest.mark.parametrize("level", [0, 2])
def test_complex_numbers_are_drawn_by_their_amplitude(get: Get, truth: Any, level: int) -> None:
    found = array(get("/wave", i=":,:", level=level, row=0))
    size = 2**level
    amplitude = np.abs(truth("/wave"))[: 512 * size]
    rows, columns = found.shape
    assert (rows, columns) == (min(512, -(-900 // size)), -(-30 // size))
    np.testing.assert_allclose(found[0, 0], amplitude[:size, :size].max(), rtol=1e-6)
    np.testing.assert_allclose(found[-1, -1], amplitude[(rows - 1) * size :, (columns - 1) * size :].max(), rtol=1e-6)


@pytest.mark.parametrize(
    ("path", "kind", "exact"),
    [
        ("/mask", "uint8", "1"),
        ("/state", "uint8", "1"),
        ("/signed", "int16", "1"),
        ("/big_endian", "int16", "1"),
        ("/half", "float32", "0"),
        ("/double", "float32", "0"),
        ("/times", "float64", "0"),  # as float32 all of them would be one colour
        ("/counter", "float32", "0"),
    ],
)
def test_types_a_browser_can_draw(get: Get, truth: Any, path: str, kind: str, exact: str) -> None:
    answer = get(path, i=":,:")
    assert (answer.headers["X-Tile-Type"], answer.headers["X-Tile-Exact"]) == (kind, exact)
    np.testing.assert_allclose(array(answer).astype(float), truth(path).astype(float), rtol=1e-6)
    if exact == "1":
        np.testing.assert_array_equal(array(answer), truth(path))


@pytest.mark.parametrize(
    ("value", "kind"), [(1e300, "float64"), (1e-50, "float64"), (np.inf, "float32"), (0.0, "float32"), (1234.5, "float32")]
)
def test_doubles_that_float32_cannot_tell_stay_doubles(value: float, kind: str) -> None:
    values, exact = tiles.for_drawing(np.array([[value, value / 2]]))
    assert values.dtype == kind
    assert not exact
    np.testing.assert_allclose(values.astype(float), [[value, value / 2]], rtol=1e-6)


# --- what the browser may keep


def test_only_a_tile_of_a_named_revision_may_be_kept(get: Get, library: Library) -> None:
    revision = library.describe(LOCAL_USER, Ref("data", "a.h5", "/stack")).revision
    named = get("/stack", i="0,:,:", rev=revision)
    assert named.headers["Cache-Control"] == "private, max-age=3600, immutable"
    again = get("/stack", i="0,:,:", rev=revision, headers={"If-None-Match": named.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert get("/stack", i="1,:,:", rev=revision).headers["ETag"] != named.headers["ETag"]
    unnamed = get("/stack", i="0,:,:")
    assert "no-store" in unnamed.headers["Cache-Control"]
    assert "ETag" not in unnamed.headers


def test_another_revision_is_refused_so_that_two_never_mix_in_one_picture(get: Get) -> None:
    answer = get("/stack", i="0,:,:", rev="old")
    assert (answer.status_code, answer.json["code"]) == (409, "H5N-1409")


def test_large_tiles_are_packed_when_both_sides_want_it(get: Get, truth: Any) -> None:
    packed = get("/stack", i="0,:,:", z=1, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert np.frombuffer(gzip.decompress(packed.data), "<u2")[:512].tolist() == truth("/stack")[0, 0, :512].tolist()
    assert "Content-Encoding" not in get("/stack", i="0,:,:", z=1).headers
    assert "Content-Encoding" not in get("/mask", i=":,:", z=1, headers={"Accept-Encoding": "gzip"}).headers


# --- single values


@pytest.mark.parametrize(
    ("path", "place", "text", "value"),
    [
        ("/counter", "1,2", "1152921504606846981", "1152921504606846981"),
        ("/big_endian", "0,0", "-5", -5),
        ("/state", "0,1", "moving", 1),
        ("/mask", "0,0", "true", True),
        ("/half", "0,1", "-1.5", -1.5),
        ("/holes", "0,0", "NaN", None),
    ],
)
def test_a_value_is_told_exactly(get: Get, path: str, place: str, text: str, value: Any) -> None:
    answer = get(path, route="value", i=place)
    assert answer.json["text"].casefold() == text.casefold()
    assert answer.json["value"] == value


def test_a_colour_is_told_by_channel(get: Get, truth: Any) -> None:
    wanted = truth("/colour")[3, 4].tolist()
    assert get("/colour", route="value", i="3,4,:").json == {"text": str(wanted), "value": wanted}


def test_more_than_a_few_values_are_refused(get: Get) -> None:
    assert get("/stack", route="value", i="0,:,:").status_code == 400


# --- bad input


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/stack", {"i": "3,:,:"}, 422),  # frames are 0 to 2
        ("/stack", {"i": ":,:,:"}, 422),
        ("/stack", {"i": "0,0,:"}, 422),
        ("/stack", {"i": "0,:"}, 422),
        ("/stack", {"i": "0,0:5,:"}, 422),
        ("/stack", {"i": "0,:,::2"}, 422),
        ("/stack", {"i": "x"}, 422),
        ("/stack", {"i": "0,:,:", "c": "0"}, 422),
        ("/stack", {"i": "0,:,:", "c": "9"}, 422),
        ("/stack", {"i": ":,:,:", "c": "1"}, 422),  # 700 are no colours
        ("/stack", {"i": "0,:,:", "row": "2"}, 422),
        ("/stack", {"i": "0,:,:", "col": "3"}, 422),
        ("/stack", {"i": "0,:,:", "level": "5", "col": "1"}, 422),
        ("/stack", {"i": "0,:,:", "row": "-1"}, 400),
        ("/stack", {"i": "0,:,:", "level": "25"}, 400),
        ("/stack", {"i": "0,:,:", "level": "1.5"}, 400),
        ("/stack", {"i": "0,:,:", "reduce": "median"}, 400),
        ("/curve", {"i": ":"}, 422),
        ("/text", {"i": ":,:"}, 422),
        ("/nothing", {"i": ":,:"}, 404),
        ("/", {"i": ":,:"}, 422),
        ("/large", {"i": ":,:", "level": "7"}, 413),
    ],
)
def test_what_makes_no_sense_is_answered_by_a_sentence(get: Get, path: str, query: dict[str, str], status: int) -> None:
    answer = get(path, **query)
    assert answer.status_code == status, answer.text
    assert answer.json["message"].endswith((".", "”"))
    assert answer.json["advice"]


def test_a_value_out_of_range_is_answered_by_a_sentence(get: Get) -> None:
    answer = get("/stack", route="value", i="0,700,0")
    assert (answer.status_code, answer.json["message"]) == (422, "Index 700 is out of range in dimension 1.")
