"""Files and addresses that cannot be used: each has its own sentence on the page and in the API, and the page stays usable."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import h5py
import numpy as np
import pytest
from samples import write_samples
from served import Served, app_of, card, components, serve, texts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bad") / "data"
    write_samples(made)
    (made / "private.h5").write_bytes((made / "other.h5").read_bytes())
    (made / "private.h5").chmod(0)
    (made / "locked").mkdir()
    (made / "locked" / "a.h5").write_bytes(b"")
    (made / "locked").chmod(0)
    os.mkfifo(made / "pipe.h5")
    return made


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Served]:
    one = serve(f"data={folder}", rights=False)
    yield one
    one.stop()
    (folder / "locked").chmod(0o755)


CASES = [
    ("nothing.h5", "", 404, "H5N-1406", "no “nothing.h5”"),
    ("nowhere/scan.h5", "", 404, "H5N-1406", "nowhere"),
    ("inner", "", 403, "H5N-4033", "folder"),
    ("pipe.h5", "", 403, "H5N-4033", "pipe"),
    ("notes.h5", "", 422, "H5N-2201", "text file"),
    ("empty.h5", "", 422, "H5N-2201", "empty"),
    ("cut.h5", "", 422, "H5N-2203", "end of"),
    ("private.h5", "", 403, "H5N-4032", "may not read"),
    ("locked/a.h5", "", 403, "H5N-4032", "may not"),
    ("../bad/data/scan.h5", "", 400, "H5N-1400", ".."),
    ("scan.h5", "/nothing/here", 404, "H5N-1407", "no “nothing”"),
    ("scan.h5", "/entry/image/pixel", 404, "H5N-1407", "no group"),
    ("scan.h5", "/links/dangling", 404, "H5N-1407", "nowhere"),
    ("scan.h5", "/links/external", 403, "H5N-4107", "other.h5"),
]


@pytest.mark.parametrize(("file", "path", "status", "code", "words"), CASES, ids=[f"{file}{path}" for file, path, *_ in CASES])
def test_each_has_its_own_sentence(server: Served, file: str, path: str, status: int, code: str, words: str) -> None:
    for route in ("describe", "data", "children"):
        answer = server.get(f"/api/{route}", s="data", f=file, p=path)
        assert (answer.status, answer.json["code"]) == (status, code), (route, answer.json)
        assert words in answer.json["message"], route
        assert answer.json["advice"], route
        assert "Traceback" not in answer.json["message"]
    page, tree = server.page("/view", f"?s=data&f={quote(file)}&p={quote(path)}")
    assert page.status == 200
    shown = card(tree)
    assert shown is not None
    assert words in shown
    assert code in shown
    # The way on: the rest of the workbench is there, and a button that leads home or to another app.
    assert any(node["props"].get("href") or node["type"] == "Button" for node in components(tree))


VALUES = [
    ("scan.h5", "/links/virtual", 403, "H5N-4107", "virtual dataset"),
    ("scan.h5", "/links/raw", 403, "H5N-4107", "outside of this file"),
    ("odd_filter.h5", "/packed", 422, "H5N-2206", "filter 30000"),
]


@pytest.mark.parametrize(("file", "path", "status", "code", "words"), VALUES, ids=[path for _, path, *_ in VALUES])
def test_facts_are_shown_where_values_cannot_be(server: Served, file: str, path: str, status: int, code: str, words: str) -> None:
    described = server.get("/api/describe", s="data", f=file, p=path)
    assert described.status == 200
    assert described.json["problem"]["code"] == code
    answer = server.get("/api/data", s="data", f=file, p=path)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert words in answer.json["message"]
    assert answer.json["advice"]
    _, tree = server.page("/view", f"?s=data&f={file}&p={path}")
    shown = card(tree)
    assert shown is not None
    assert words in shown
    assert any("uint8" in text or "int64" in text for text in texts(tree)), "its type stays visible"


@pytest.mark.parametrize("source", ["nobody", "data/inner", "s3://bucket", ""])
def test_an_unknown_source(server: Served, source: str) -> None:
    answer = server.get("/api/describe", s=source, f="scan.h5")
    assert answer.status in (400, 404)
    assert "source" in answer.json["message"]
    _, tree = server.page("/view", f"?s={quote(source, safe='')}&f=scan.h5")
    assert "source" in str(card(tree))


SLICES = ["64,:", "-65,:", ":,96", "0:10:-1", "0,0,0", "x", "1.5", "::::", "0:10:0", "9" * 40, ",".join("0" * 40), "１,:", "1e3"]


@pytest.mark.parametrize("part", SLICES)
def test_a_slice_that_does_not_fit(server: Served, part: str) -> None:
    for route in ("data", "value", "tile"):
        answer = server.get(f"/api/{route}", s="data", f="scan.h5", p="/entry/image", i=part)
        if part == "１,:" and answer.status in (200, 400):
            continue  # digits of other scripts are digits to Python
        assert answer.status == 422, (route, answer.body[:200])
        assert answer.json["code"] == "H5N-1422"
        assert answer.json["advice"]
    for app in ("image", "line", "table"):
        page, tree = server.page(f"/view/{app}", f"?s=data&f=scan.h5&p=/entry/image&i={quote(part)}")
        assert page.status == 200
        assert card(tree) is None or "H5N-6000" not in card(tree), card(tree)


def test_an_app_that_does_not_fit_says_so(server: Served) -> None:
    for app in ("image", "line", "table", "text"):
        for name in ("image", "line", "number", "words", "table", "rgb", "stack", ""):
            page, tree = server.page(f"/view/{app}", f"?s=data&f=scan.h5&p=/entry/{name}")
            assert page.status == 200
            assert app_of(tree) == app
            assert "H5N-6000" not in str(card(tree)), (app, name, card(tree))
    answer = server.get("/view/nothing", s="data", f="scan.h5")
    assert answer.status == 404


def _write(path: Path, value: int, size: int = 200_000) -> None:
    part = path.with_name(".part")
    with h5py.File(part, "w") as file:
        file.create_dataset("x", data=np.full(size, value), chunks=(1000,), compression="gzip")
    part.replace(path)


def test_a_file_rewritten_while_its_page_is_open(server: Served, folder: Path) -> None:
    path = folder / "changing.h5"
    _write(path, 1)
    known = server.get("/api/describe", s="data", f="changing.h5", p="/x").json
    assert server.get("/api/data", s="data", f="changing.h5", p="/x", i="0:3").json["values"] == [1, 1, 1]
    _write(path, 2)
    # The page that still shows the first version names its revision: it is told, and nothing of the second is mixed in.
    answer = server.get("/api/value", s="data", f="changing.h5", p="/x", i="0", rev=known["revision"])
    assert (answer.status, answer.json["code"]) == (409, "H5N-1409")
    assert "Reload" in answer.json["advice"]
    assert server.get("/api/data", s="data", f="changing.h5", p="/x", i="0:3").json["values"] == [2, 2, 2]
    assert server.get("/api/describe", s="data", f="changing.h5", p="/x").json["revision"] != known["revision"]


def test_a_file_cut_while_it_is_open(server: Served, folder: Path) -> None:
    path = folder / "cutting.h5"
    _write(path, 7)
    assert server.get("/api/describe", s="data", f="cutting.h5", p="/x").status == 200
    os.truncate(path, path.stat().st_size // 2)
    answer = server.get("/api/data", s="data", f="cutting.h5", p="/x")
    assert answer.status in (409, 422)
    assert answer.json["advice"]
    path.unlink()
    assert server.get("/api/data", s="data", f="cutting.h5", p="/x").status == 404


def test_a_file_rewritten_in_place_again_and_again_never_mixes(server: Served, folder: Path) -> None:
    path = folder / "mixing.h5"
    answers = []
    for value in range(12):
        _write(path, value, size=20_000)
        reply = server.get("/api/data", s="data", f="mixing.h5", p="/x", format="json")
        assert reply.status in (200, 409)
        if reply.status == 200:
            assert set(reply.json["values"]) == {value}
            answers.append(value)
    assert len(answers) > 6


def test_a_source_that_goes_away(folder: Path, tmp_path: Path) -> None:
    gone = tmp_path / "mount"
    shutil.copytree(folder / "inner", gone)
    one = serve(f"data={folder / 'inner'}", f"mount={gone}")
    try:
        assert one.get("/api/folder", s="mount").status == 200
        gone.rename(tmp_path / "elsewhere")
        for route in ("folder", "describe"):
            answer = one.get(f"/api/{route}", s="mount", f="" if route == "folder" else "deep.h5")
            assert answer.status == 503
            assert "mount" in answer.json["message"]
            assert answer.headers["Retry-After"]
        assert one.get("/api/describe", s="data", f="deep.h5").status == 200
        assert one.get("/-/ready").status == 200
        (tmp_path / "elsewhere").rename(gone)
        assert one.get("/api/describe", s="mount", f="deep.h5").status == 200
    finally:
        one.stop()
