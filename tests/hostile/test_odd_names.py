"""Names that look like something else: of files, groups, datasets, attributes, members. Each is listed, opened by the address that
the list gives, and shown as harmless text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import h5py
import numpy as np
import pytest
from dash import Dash
from flask.testing import FlaskClient
from h5py import h5d, h5s, h5t

from h5nuvola.main import create_app
from h5nuvola.settings import Settings

NAMES = [
    *(b" ", b"\t", b"a\nb", b"a\r\nSet-Cookie: x=1", b"<svg onload=alert(1)>", b"javascript:alert(1)", b"\"'`;&amp;"),
    *(b"%2e%2e%2fetc%2fpasswd", b"a%00b", "\u202egpj.exe".encode(), "a\u200bb".encode(), "\ufeffbom".encode(), "e\u0301".encode()),
    *("é".encode(), "💩".encode(), b"\xff\xfe\x80", b"caf\xe9", b"\xed\xa0\x80", b"=cmd|calc", b"{{7*7}}", b"${7*7}", b"__proto__"),
    *(b"constructor", b"?a=b#frag", b"C:\\x", b"\\xff", b"a.b", b"a[0]", b"null", b"-1", b"\x1b[31mred"),
    *(b"[x](javascript:alert(1))", b"...", b"+", b"a+b c", b"&s=other"),
]
FILES = [*(name for name in NAMES if name != b" "), b" ", b"-rf", b"..x"]
DANGEROUS = [chr(code) for code in (*range(0x20), 0x7F, 0x200B, 0x202E, 0xFEFF)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("data")
    with h5py.File(made / "names.h5", "w") as file:
        scalar, integer = h5s.create(h5s.SCALAR), h5t.NATIVE_INT32
        for number, name in enumerate(NAMES):
            dataset = h5d.create(file.id, name, integer, scalar)
            dataset.write(h5s.ALL, h5s.ALL, np.array(number, "i4"))
            h5py.h5a.create(dataset, name, integer, scalar)
            group = h5py.h5g.create(file.id, b"in " + name)
            h5d.create(group, name, integer, scalar).write(h5s.ALL, h5s.ALL, np.array(number, "i4"))
        compound = h5t.create(h5t.COMPOUND, 4 * 3)
        for number, name in enumerate((b"<script>alert(2)</script>", "\u202emember".encode(), b"a\nb")):
            compound.insert(name, 4 * number, integer)
        h5d.create(file.id, b"compound", compound, h5s.create_simple((2,)))
        enum = h5t.enum_create(h5t.NATIVE_INT8)
        enum.enum_insert(b"<i>ON</i>", 1)
        h5d.create(file.id, b"enum", enum, h5s.create_simple((2,)))
    # A name with a slash cannot be written through HDF5's functions: the bytes of one of the same length are changed.
    with h5py.File(made / "slash.h5", "w") as file:
        file["aXetcXpasswd"], file["good"] = 1, 2
    data = (made / "slash.h5").read_bytes()
    (made / "slash.h5").write_bytes(data.replace(b"aXetcXpasswd", b"a/etc/passwd"))
    (made / "files").mkdir()
    for name in FILES:
        path = os.path.join(os.fsencode(made / "files"), name + b".h5")
        with open(path, "wb") as copy:
            copy.write((made / "names.h5").read_bytes()[:100] + name)
    return made


@pytest.fixture(scope="module")
def client(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    sources = [{"name": "data", "root": str(folder)}]
    app: Dash = create_app(Settings.load(environ={}, sources=sources, cache_dir=tmp_path_factory.mktemp("cache")))
    yield app.server.test_client()
    app.server.extensions["h5nuvola"].close()


def _get(client: FlaskClient, route: str, **query: str) -> Any:
    answer = client.get(f"/api/{route}?{urlencode(query)}")
    assert answer.status_code == 200, (query, answer.data[:200])
    assert "Set-Cookie" not in answer.headers
    return answer.json


def _harmless(label: str) -> None:
    assert not [char for char in DANGEROUS if char in label], ascii(label)
    label.encode()  # no lone surrogates


def test_files_are_listed_and_opened_by_the_listed_address(client: FlaskClient) -> None:
    entries = _get(client, "folder", s="data", f="files", count="1000")["entries"]
    assert len(entries) == len(FILES)
    for entry in entries:
        _harmless(entry["label"])
        # It is opened: what stands in it is no HDF5, and the answer says so of this very file.
        answer = client.get(f"/api/describe?{urlencode({'s': 'data', 'f': entry['file']})}")
        assert answer.status_code == 422, (entry, answer.data)
        _harmless(answer.json["message"])


def test_objects_are_listed_and_opened_by_the_listed_path(client: FlaskClient) -> None:
    nodes = _get(client, "children", s="data", f="names.h5", count="1000")["nodes"]
    assert len(nodes) == 2 * len(NAMES) + 2
    seen = set()
    for node in nodes:
        _harmless(node["label"])
        facts = _get(client, "describe", s="data", f="names.h5", p=node["path"])
        assert facts["kind"] == node["kind"]
        if node["kind"] == "group":
            (inner,) = _get(client, "children", s="data", f="names.h5", p=node["path"])["nodes"]
            seen.add(_get(client, "data", s="data", f="names.h5", p=inner["path"])["values"])
        elif node["key"] not in ("compound", "enum"):
            number = _get(client, "data", s="data", f="names.h5", p=node["path"])["values"]
            seen.add(-number - 1)
            (attribute,) = facts["attrs"].values()
            assert attribute["type"]
    assert seen == {*range(len(NAMES)), *(-n - 1 for n in range(len(NAMES)))}


def test_downloads_keep_their_headers(client: FlaskClient) -> None:
    for node in _get(client, "children", s="data", f="names.h5", count="1000")["nodes"]:
        if node["kind"] == "dataset":
            answer = client.get(f"/api/data?{urlencode({'s': 'data', 'f': 'names.h5', 'p': node['path'], 'format': 'csv'})}")
            assert answer.status_code == 200, node
            assert answer.headers["Content-Disposition"].startswith("attachment; filename=\"data.csv\"; filename*=UTF-8''")
            assert answer.headers["Content-Disposition"].isprintable()
            assert "Set-Cookie" not in answer.headers


def test_a_name_with_a_slash_is_shown_and_not_opened(client: FlaskClient) -> None:
    nodes = {node["label"]: node for node in _get(client, "children", s="data", f="slash.h5")["nodes"]}
    odd = nodes["a/etc/passwd"]
    assert odd["problem"]["sentence"]
    assert client.get("/api/data?s=data&f=slash.h5&p=/a/etc/passwd").status_code == 404
    assert _get(client, "data", s="data", f="slash.h5", p="/good")["values"] == 2


def test_every_object_is_found_by_search(client: FlaskClient) -> None:
    found = _get(client, "search", s="data", f="names.h5", q="", count="1000")
    assert found["total"] >= 3 * len(NAMES)
    for hit in found["hits"]:
        _harmless(hit["text"])
