"""Every route of the API and every callback: right answers to right questions, and 4xx with a sentence to any other."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import h5py
import numpy as np
import pytest
from dash import Dash
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import HTML, write_samples

from h5nuvola.main import create_app
from h5nuvola.settings import Settings

SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
FUZZ = settings(max_examples=300, deadline=None, database=None, derandomize=True, suppress_health_check=SLOW)
SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("data")
    write_samples(made)
    return made


@pytest.fixture(scope="module")
def app(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dash]:
    sources = [{"name": "data", "root": str(folder)}]
    made = create_app(Settings.load(environ={}, sources=sources, read_seconds=5, cache_dir=tmp_path_factory.mktemp("cache")))
    yield made
    made.server.extensions["h5nuvola"].close()


@pytest.fixture(scope="module")
def client(app: Dash) -> FlaskClient:
    return app.server.test_client()


def _json(client: FlaskClient, route: str, **query: str) -> Any:
    answer = client.get(f"/api/{route}?{urlencode(query)}")
    assert answer.status_code == 200, answer.data[:300]
    return answer.json


def _values(folder: Path, name: str) -> Any:
    with h5py.File(folder / "scan.h5") as file:
        return file[f"/entry/{name}"][()]


# --- right answers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["image", "stack", "line", "number", "table", "rgb"])
@pytest.mark.parametrize("part", ["", "3", "1:20:3", "-1"])
def test_numpy_files_are_exactly_what_is_stored(client: FlaskClient, folder: Path, name: str, part: str) -> None:
    expected = _values(folder, name)
    answer = client.get(f"/api/data?s=data&f=scan.h5&p=/entry/{name}&format=npy&i={part}")
    if (np.ndim(expected) == 0 and part) or (part == "3" and name == "stack"):
        assert answer.status_code == 422
        return
    found = np.load(io.BytesIO(answer.data), allow_pickle=False)
    index = {"": (), "3": 3, "1:20:3": slice(1, 20, 3), "-1": -1}[part]
    expected = np.asarray(expected[index])
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def test_json_and_csv_hold_the_same_values(client: FlaskClient, folder: Path) -> None:
    found = _json(client, "data", s="data", f="scan.h5", p="/entry/image", i="2:4,5:8")
    np.testing.assert_array_equal(np.array(found["values"], found["dtype"]), _values(folder, "image")[2:4, 5:8])
    answer = client.get("/api/data?s=data&f=scan.h5&p=/entry/table&format=csv&i=0:3")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True))))
    assert rows[0] == ["id", "energy", "name"]
    assert [row[0] for row in rows[1:]] == ["0", "1", "2"]
    assert [float(row[1]) for row in rows[1:]] == _values(folder, "table")["energy"][:3].tolist()
    assert "attachment" in answer.headers["Content-Disposition"]
    assert _json(client, "data", s="data", f="scan.h5", p="/entry/words")["values"] == ["α", "beta", "gamma"]


def test_a_spreadsheet_runs_nothing(client: FlaskClient, folder: Path) -> None:
    with h5py.File(folder / "formulas.h5", "w") as file:
        file["x"] = ["=cmd|' /C calc'!A0", "@SUM(1)", "+1", "-1", "plain"]
    answer = client.get("/api/data?s=data&f=formulas.h5&p=/x&format=csv")
    cells = [row[0] for row in csv.reader(io.StringIO(answer.get_data(as_text=True))) if row]
    assert [cell[0] for cell in cells] == ["'", "'", "'", "'", "p"]


def test_folders_and_files_are_found(client: FlaskClient, app: Dash) -> None:
    entries = _json(client, "folder", s="data")["entries"]
    names = [entry["name"] for entry in entries]
    assert names[0] == "inner"
    assert {"scan.h5", "notes.h5"} <= set(names)
    assert _json(client, "folder", s="data", f="inner")["entries"][0]["file"] == "inner/deep.h5"
    assert _json(client, "folder", s="data", count="1", start="1")["entries"][0]["name"] == names[1]
    app.server.extensions["h5nuvola"].index().wait("data", 20)
    hits = _json(client, "find", q="dep")["hits"]
    assert [hit["file"] for hit in hits] == ["inner/deep.h5"]
    assert [hits[0]["text"][at] for at in hits[0]["positions"]] == list("dep")
    assert _json(client, "find", q="nothing like that")["total"] == 0


def test_a_file_is_walked_page_by_page_and_searched(client: FlaskClient) -> None:
    whole = _json(client, "children", s="data", f="scan.h5", p="/entry")
    for at, node in enumerate(whole["nodes"]):
        assert _json(client, "children", s="data", f="scan.h5", p="/entry", start=str(at), count="1")["nodes"] == [node]
    links = {node["key"]: node for node in _json(client, "children", s="data", f="scan.h5", p="/links")["nodes"]}
    assert links["soft"]["link"] == "soft"
    assert links["soft"]["problem"] is None
    for name in ("dangling", "external"):
        assert links[name]["problem"]["sentence"]
    hits = _json(client, "search", s="data", f="scan.h5", q="imge")["hits"]
    assert hits[0]["path"] == "/entry/image"
    assert _json(client, "preview", s="data", f="scan.h5")["datasets"]


def test_tiles_and_values_are_exact(client: FlaskClient, folder: Path) -> None:
    image = _values(folder, "image")
    answer = client.get("/api/tile?s=data&f=scan.h5&p=/entry/image&level=0&row=0&col=0")
    found = np.frombuffer(answer.data, answer.headers["X-Tile-Type"]).reshape([int(n) for n in answer.headers["X-Tile-Shape"].split(",")])
    np.testing.assert_array_equal(found, image)
    assert answer.headers["X-Tile-Exact"] == "1"
    assert _json(client, "value", s="data", f="scan.h5", p="/entry/image", i="3,4")["value"] == image[3, 4]


# --- any other question -----------------------------------------------------------------------------------------------

ODD = ["", "..", "/", "\0", "%00", "\udcff", "\\xff", "-1", "1e9", "9" * 30, "NaN", HTML, "a" * 5000]
TEXT = st.text(max_size=30) | st.sampled_from(ODD)
FILES = st.sampled_from(["scan.h5", "cut.h5", "notes.h5", "inner", "inner/deep.h5", "odd_filter.h5"]) | TEXT
PATHS = st.sampled_from(["/", "/entry", *(f"/entry/{name}" for name in ("image", "table", "words", "number")), "/links/virtual"]) | TEXT
PARTS = st.sampled_from(["", ":", "0", ":,:", "0,:,:", "0:5,3", "::2", "-1", "5:1"]) | TEXT
NUMBERS = st.integers(-3, 1 << 70).map(str) | TEXT
QUERY = st.fixed_dictionaries(
    {"s": st.just("data") | TEXT, "f": FILES, "p": PATHS},
    optional={
        "i": PARTS,
        "q": TEXT,
        "format": st.sampled_from(["npy", "csv", "json"]) | TEXT,
        "reduce": st.sampled_from(["max", "min", "mean"]) | TEXT,
        **dict.fromkeys(("start", "count", "level", "row", "col", "c", "z", "rev", "x"), NUMBERS),
    },
)
ROUTES = ["sources", "folder", "find", "children", "search", "describe", "preview", "data", "thumb", "tile", "value"]


def test_every_route_of_the_api_is_tried(app: Dash) -> None:
    known = {rule.rule.removeprefix("/api/") for rule in app.server.url_map.iter_rules() if rule.rule.startswith("/api/")}
    assert known == set(ROUTES)


@FUZZ
@given(route=st.sampled_from(ROUTES), query=QUERY)
def test_no_question_breaks_the_api(client: FlaskClient, route: str, query: dict[str, str]) -> None:
    answer = client.get(f"/api/{route}?{urlencode(query, errors='surrogatepass')}")
    assert answer.status_code < 500, (answer.status_code, answer.data[:300])
    if answer.status_code >= 400:
        assert answer.json is not None
        assert len(answer.json["message"]) > 9
        assert "Error" not in answer.json["message"]
    elif answer.mimetype == "application/json":
        json.loads(answer.data)


@FUZZ
@given(route=st.sampled_from(ROUTES), raw=st.binary(max_size=60))
def test_no_bytes_break_the_api(client: FlaskClient, route: str, raw: bytes) -> None:
    answer = client.get(f"/api/{route}", query_string=raw.decode("latin-1").replace("#", ""))
    assert answer.status_code < 500, answer.data[:300]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
REF = st.fixed_dictionaries({"s": st.just("data"), "f": FILES, "p": PATHS}) | JUNK


def _post(client: FlaskClient, body: Any) -> None:
    answer = client.post("/_dash-update-component", data=body, content_type="application/json", headers=SAME)
    assert answer.status_code < 500, (answer.status_code, body[:600])
    assert b"Traceback" not in answer.data


@FUZZ
@given(body=JUNK.map(json.dumps) | st.binary(max_size=80) | st.text(max_size=80))
def test_no_body_breaks_the_callbacks(client: FlaskClient, body: Any) -> None:
    _post(client, body)


@FUZZ
@given(data=st.data())
def test_no_values_break_a_callback(client: FlaskClient, app: Dash, data: st.DataObject) -> None:
    """Bodies as the browser sends them, of every callback there is, with anything in the place of the values."""
    known = _known(client)
    one = data.draw(st.sampled_from(known))
    outputs = [{"id": found.rsplit(".", 1)[0], "property": found.rsplit(".", 1)[1]} for found in one["output"].strip(".").split("...")]

    def filled(dependency: dict[str, str]) -> dict[str, Any]:
        value = data.draw(REF if dependency["id"] == "view-ref" else JUNK)
        return {"id": dependency["id"], "property": dependency["property"], "value": value}

    body = {
        "output": one["output"],
        "outputs": outputs if len(outputs) > 1 else outputs[0],
        "inputs": [filled(found) for found in one["inputs"]],
        "state": [filled(found) for found in one["state"]],
        "changedPropIds": [f"{found['id']}.{found['property']}" for found in one["inputs"][:1]],
    }
    damage = data.draw(st.sampled_from(["", "", "", "inputs", "outputs", "state", "changedPropIds", "output"]))
    if damage:
        body[damage] = data.draw(JUNK)
    _post(client, json.dumps(body))


def _known(client: FlaskClient) -> list[dict[str, Any]]:
    found = client.get("/_dash-dependencies").json
    assert found is not None
    served = [one for one in found if not one.get("clientside_function") and not str(one["output"]).startswith("{")]
    assert len(served) > 3
    return served
