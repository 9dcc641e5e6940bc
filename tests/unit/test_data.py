"""Values as JSON and CSV: nothing rounded, nothing that a spreadsheet would run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from h5nuvola.api import data, thumbs
from h5nuvola.model import LOCAL_USER
from h5nuvola.settings import Settings
from h5nuvola.storage.library import Library


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder = tmp_path_factory.mktemp("data")
    with h5py.File(folder / "a.h5", "w") as file:
        file["ints"] = np.array([[2**63 - 1, -(2**63)], [0, 1]])
        file["floats"] = np.array([0.1, np.nan, np.inf, -np.inf, 5e-324])
        file["complex"] = np.array([1 + 2j, complex(np.nan, 0)])
        file["text"] = ["=1+1", "plain", "µ"]
        file["table"] = np.array([(1, 2.5, b"@x"), (2, np.nan, b"ok")], [("id", "i4"), ("v", "f8"), ("=name", "S4")])
        file["cube"] = np.arange(24.0).reshape(2, 3, 4)
        file["picture"] = np.add.outer(np.arange(1000), np.arange(1000)).astype("u2")
        file["long"] = np.ones((2, 4000), "f4")
        file["rgb"] = np.full((40, 50, 3), (250, 10, 20), "u1")
        file["nan"] = np.full((30, 30), np.nan)
        file["one"] = 3
    settings = Settings.load(environ={}, sources=[{"name": "d", "root": str(folder)}], cache_dir=tmp_path_factory.mktemp("cache"))
    library = Library(settings)
    server = Flask("test")
    server.before_request(lambda: setattr(g, "user", LOCAL_USER))
    server.register_blueprint(data.blueprint(library), url_prefix="/api")
    server.register_blueprint(thumbs.blueprint(library), url_prefix="/api")
    yield server.test_client()
    library.close()


def _values(client: FlaskClient, path: str, selection: str = "") -> Any:
    answer = client.get("/api/data", query_string={"s": "d", "f": "a.h5", "p": path, "i": selection})
    assert answer.status_code == 200
    return json.loads(answer.data)["values"]


def test_json_keeps_large_integers_and_names_what_json_lacks(client: FlaskClient) -> None:
    assert _values(client, "/ints") == [[2**63 - 1, -(2**63)], [0, 1]]
    assert _values(client, "/floats") == [0.1, "nan", "inf", "-inf", 5e-324]
    assert _values(client, "/complex") == [[1.0, 2.0], ["nan", 0.0]]
    assert _values(client, "/text", "2") == "µ"
    assert _values(client, "/table", "0") == [1, 2.5, "@x"]
    assert _values(client, "/cube", "1,2,::2") == [20.0, 22.0]


def test_numpy_files_hold_the_very_bytes(client: FlaskClient, tmp_path: Path) -> None:
    answer = client.get("/api/data", query_string={"s": "d", "f": "a.h5", "p": "/ints", "format": "npy"})
    (tmp_path / "x.npy").write_bytes(answer.data)
    assert np.array_equal(np.load(tmp_path / "x.npy", allow_pickle=False), [[2**63 - 1, -(2**63)], [0, 1]])
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_spreadsheet_finds_no_formula(client: FlaskClient) -> None:
    text = client.get("/api/data", query_string={"s": "d", "f": "a.h5", "p": "/text", "format": "csv"}).get_data(as_text=True)
    assert text.splitlines() == ["'=1+1", "plain", "µ"]
    table = client.get("/api/data", query_string={"s": "d", "f": "a.h5", "p": "/table", "format": "csv"}).get_data(as_text=True)
    assert table.splitlines() == ["id,v,'=name", "1,2.5,'@x", "2,nan,ok"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"p": "/cube", "format": "csv"}, 400, "H5N-1400"),
        ({"p": "/text", "format": "npy"}, 422, "H5N-2207"),
        ({"p": "/ints", "format": "xls"}, 400, "H5N-1400"),
        ({"p": "/ints", "i": "9"}, 422, "H5N-1422"),
        ({"p": "/gone"}, 404, "H5N-1407"),
        ({"p": "/"}, 404, "H5N-1407"),
    ],
)
def test_what_cannot_be_given_is_a_sentence(client: FlaskClient, query: dict[str, str], status: int, code: str) -> None:
    answer = client.get("/api/data", query_string={"s": "d", "f": "a.h5", **query})
    assert answer.status_code == status
    told = answer.get_json()
    assert told["code"] == code
    assert told["message"].endswith(".")


def _thumb(client: FlaskClient, path: str) -> Any:
    return client.get("/api/thumb", query_string={"s": "d", "f": "a.h5", "p": path})


def test_a_thumbnail_keeps_the_shape_of_the_picture(client: FlaskClient) -> None:
    import cv2

    answer = _thumb(client, "/picture")
    assert answer.mimetype == "image/png"
    shown = cv2.imdecode(np.frombuffer(answer.data, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape[0] == shown.shape[1] >= 200
    # Viridis: the small corner is violet (blue over red over green), the large one yellow.
    blue, green, red = (int(value) for value in shown[0, 0])
    assert blue > red > green
    blue, green, red = (int(value) for value in shown[-1, -1])
    assert min(red, green) > blue


def test_a_photograph_keeps_its_colours(client: FlaskClient) -> None:
    import cv2

    shown = cv2.imdecode(np.frombuffer(_thumb(client, "/rgb").data, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown[10, 10].tolist() == [20, 10, 250]


def test_a_curve_is_drawn_and_what_has_no_picture_answers_without_one(client: FlaskClient) -> None:
    assert _thumb(client, "/floats").mimetype == "image/svg+xml"
    assert b"<polyline" in _thumb(client, "/floats").data
    assert _thumb(client, "/long").status_code == 200
    assert _thumb(client, "/nan").status_code in (200, 204)
    for path in ("/one", "/text", "/table", "/gone"):
        assert _thumb(client, path).status_code == 204
