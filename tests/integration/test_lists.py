"""What the lists and the tree of the page ask for: an order of their choice, and the page that holds a given name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import h5py
import pytest
from flask.testing import FlaskClient

from h5nuvola.main import create_app
from h5nuvola.settings import Settings

COUNT = 450


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder: Path = tmp_path_factory.mktemp("data")
    (folder / "inner").mkdir()
    for age, (name, size) in enumerate([("b.h5", 30), ("a.h5", 10), ("c.h5", 20)]):
        (folder / name).write_bytes(b"x" * size)
        os.utime(folder / name, (1_700_000_000 - age, 1_700_000_000 - age))
    with h5py.File(folder / "inner" / "many.h5", "w") as file:
        group = file.create_group("entry")
        for index in range(COUNT):
            group[f"point_{index}"] = index
        group["back\\slash"] = 1
    settings = Settings.load(environ={}, sources=[{"name": "data", "root": str(folder)}], cache_dir=tmp_path_factory.mktemp("cache"))
    app = create_app(settings)
    yield app.server.test_client()
    app.server.extensions["h5nuvola"].close()


def _json(client: FlaskClient, route: str, **query: str) -> Any:
    answer = client.get(f"/api/{route}?{urlencode(query)}")
    assert answer.status_code == 200, answer.data[:300]
    return answer.json


@pytest.mark.parametrize(
    ("sort", "desc", "expected"),
    [
        ("", "", ["a.h5", "b.h5", "c.h5"]),
        ("name", "1", ["c.h5", "b.h5", "a.h5"]),
        ("size", "", ["a.h5", "c.h5", "b.h5"]),
        ("size", "1", ["b.h5", "c.h5", "a.h5"]),
        ("mtime", "1", ["b.h5", "a.h5", "c.h5"]),
        ("no such column", "1", ["a.h5", "b.h5", "c.h5"]),
    ],
)
def test_a_folder_comes_in_the_order_asked_for_and_folders_first(client: FlaskClient, sort: str, desc: str, expected: list[str]) -> None:
    entries = _json(client, "folder", s="data", sort=sort, desc=desc)["entries"]
    assert [entry["name"] for entry in entries] == ["inner", *expected]


@pytest.mark.parametrize("key", ["point_0", "point_199", "point_200", "point_449", "back\\\\slash"])
def test_the_page_with_a_name_is_found_and_lies_where_paging_puts_it(client: FlaskClient, key: str) -> None:
    where = {"s": "data", "f": "inner/many.h5", "p": "/entry"}
    found = _json(client, "children", **where, at=key)
    assert key in [node["key"] for node in found["nodes"]]
    assert found["start"] % 200 == 0
    assert found == _json(client, "children", **where, start=str(found["start"]))


def test_a_name_that_is_not_there_gives_the_first_page(client: FlaskClient) -> None:
    found = _json(client, "children", s="data", f="inner/many.h5", p="/entry", at="gone")
    assert found["start"] == 0
    assert found["total"] == COUNT + 1


def test_what_has_no_picture_is_no_error(client: FlaskClient) -> None:
    for file in ("a.h5", "gone.h5", "inner"):
        answer = client.get(f"/api/thumb?s=data&f={file}")
        assert (answer.status_code, answer.data) == (204, b""), file
