"""Deny by default, headers, origins, hosts and addresses: what must hold for every route there is."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from dash import Dash, dcc
from flask.testing import FlaskClient
from samples import HTML, write_samples
from served import components, texts
from werkzeug.routing import Rule

from h5nuvola.main import create_app
from h5nuvola.settings import Settings
from h5nuvola.ui.graph import GRAPH_CONFIG

TOKEN = "a-token-for-tests"
OPEN = {"/-/live", "/-/ready"}
NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dash]:
    folder = tmp_path_factory.mktemp("data")
    write_samples(folder)
    sources = [{"name": "data", "root": str(folder)}, {"name": "gone", "root": str(folder / "inner"), "kind": "nfs"}]
    made = create_app(Settings.load(environ={}, sources=sources, token=TOKEN, cache_dir=tmp_path_factory.mktemp("cache")))
    yield made
    made.server.extensions["h5nuvola"].close()


@pytest.fixture
def stranger(app: Dash) -> FlaskClient:
    return app.server.test_client()


@pytest.fixture
def owner(app: Dash) -> FlaskClient:
    client = app.server.test_client()
    assert client.get(f"/?token={TOKEN}", headers=NAVIGATION).status_code == 303
    return client


def _addresses(rule: Rule) -> list[str]:
    path = re.sub(r"<[^>]*>", "x", rule.rule)
    return [path, f"{path}?s=data&f=scan.h5&p=/entry/image", f"{path}?token=wrong", f"{path}?token={TOKEN[:-1]}", f"{path}?token="]


def test_every_route_asks_for_the_token(app: Dash, stranger: FlaskClient) -> None:
    rules = list(app.server.url_map.iter_rules())
    assert len(rules) > 15
    answered = set()
    for rule in rules:
        for method in sorted(rule.methods or ()):
            for address in _addresses(rule):
                answer = stranger.open(address, method=method, headers={"Origin": "http://localhost"})
                if rule.rule in OPEN and answer.status_code == 200:
                    answered.add(rule.rule)
                    continue
                assert answer.status_code in (401, 404, 405), (method, address, answer.status_code)
                assert b"entry" not in answer.data
                assert "Set-Cookie" not in answer.headers
    assert answered == OPEN


def test_unknown_addresses_tell_strangers_nothing(stranger: FlaskClient) -> None:
    for address in ("/nothing", "/assets/base.css", "/assets/nothing.css", "/_dash-layout", "/_reload-hash", "/api/nothing", "/static/x"):
        assert stranger.get(address).status_code == 401


@pytest.mark.parametrize("cookie", ["", "x", TOKEN, "0" * 64, "é", "a" * 3000])
def test_a_wrong_cookie_opens_nothing(app: Dash, cookie: str) -> None:
    client = app.server.test_client()
    client.set_cookie("h5nuvola-8050", quote(cookie))
    assert client.get("/api/sources").status_code == 401


def test_a_token_becomes_a_cookie_and_leaves_the_address(stranger: FlaskClient) -> None:
    answer = stranger.get(f"/view?s=data&f=scan.h5&token={TOKEN}&p=/entry", headers=NAVIGATION)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/view?s=data&f=scan.h5&p=%2Fentry"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert TOKEN not in cookie
    assert stranger.get("/api/sources").status_code == 200


ELSEWHERE = ["//evil.example", "///evil.example", "/\\evil.example", "/%2F/evil.example", "//evil.example/%2e%2e", "/%0d%0aX: y"]


@pytest.mark.parametrize("path", ELSEWHERE)
def test_the_way_to_the_cookie_leads_to_no_other_site(stranger: FlaskClient, path: str) -> None:
    answer = stranger.get(f"{path}?token={TOKEN}", headers=NAVIGATION)
    if answer.status_code in (301, 302, 303, 307, 308):
        place = answer.headers["Location"]
        # What a browser takes for a path of this very site: one slash, then neither slash nor backslash; or our own host.
        assert re.match(r"/(?![/\\])", place) or place.startswith("http://localhost/"), place
        assert "\n" not in place
        assert "X" not in answer.headers


def test_headers_of_every_kind_of_answer(owner: FlaskClient, stranger: FlaskClient) -> None:
    addresses = ["/", "/view?s=data&f=scan.h5", "/nothing", "/assets/base.css", "/-/live", "/_dash-layout"]
    addresses += ["/api/sources", "/api/nothing", "/api/data?s=x"]
    for client in (owner, stranger):
        for address in addresses:
            answer = client.get(address, headers=NAVIGATION)
            answer.close()
            headers = answer.headers
            policy = headers["Content-Security-Policy"]
            assert "unsafe-eval" not in policy
            assert "frame-ancestors 'none'" in policy
            assert "object-src 'none'" in policy
            script = next(part for part in policy.split(";") if part.strip().startswith("script-src"))
            assert "unsafe-inline" not in script
            assert "http" not in script
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
            assert "no-store" in headers["Cache-Control"] or address.startswith("/assets/")
            assert "Access-Control-Allow-Origin" not in headers


def test_the_policy_covers_the_scripts_of_the_page(owner: FlaskClient) -> None:
    answer = owner.get("/", headers=NAVIGATION)
    policy = answer.headers["Content-Security-Policy"]
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", answer.get_data(as_text=True), re.DOTALL)
    assert len(scripts) > 5
    for attributes, body in scripts:
        if "src=" in attributes:
            assert re.search(r'src="/[^/]', attributes), attributes
        elif body.strip() and "application/json" not in attributes:
            hashed = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
            assert f"'sha256-{hashed}'" in policy, body[:80]
    assert not re.findall(r"\son\w+=", answer.get_data(as_text=True))


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "null"},
    ],
)
def test_other_sites_cannot_send(owner: FlaskClient, headers: dict[str, str]) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = owner.open("/_dash-update-component", method=method, headers=headers, json={})
        assert answer.status_code == 403, method
        assert answer.json is not None
        assert "another site" in answer.json["title"]


HOSTS = ["evil.example", "evil.example:8050", "127.0.0.1.evil.example", "localhost.evil.example", "169.254.169.254", "[::2]"]


@pytest.mark.parametrize("host", HOSTS)
def test_other_host_names_are_refused(owner: FlaskClient, host: str) -> None:
    answer = owner.get("/api/sources", headers={"Host": host})
    assert answer.status_code == 421
    assert b"data" not in answer.data


def test_unknown_addresses_are_real_404s(owner: FlaskClient) -> None:
    addresses = ["/nothing", "/view/nothing", "/view/image/more", "/index.php", "/.git/config"]
    for address in (*addresses, "/api/nothing", "/assets/nothing.js", "/-/nothing"):
        page = owner.get(address, headers=NAVIGATION)
        assert page.status_code == 404, address
        assert b"Traceback" not in page.data
        told = owner.get(address, headers={"Accept": "application/json"})
        assert told.status_code == 404
        assert told.json is not None
        assert told.json["message"]
    html = owner.get("/nothing", headers=NAVIGATION)
    assert html.mimetype == "text/html"
    assert b"<h1>" in html.data


OUTSIDE = ["..", "../..", "inner/..", "inner/../../x", "/etc/passwd", "//etc/passwd", "inner//deep.h5", "%2e%2e", "a\0b", "scan.h5\0.txt"]
OUTSIDE += ["s3::x", "file:///etc/passwd", "filecache::file:///etc/passwd", "\\x2e\\x2e", "\\x2f", "\\xzz", "\\"]
OUTSIDE += [".", "./scan.h5", "x" * 4000, "\udcff"]


@pytest.mark.parametrize("file", OUTSIDE, ids=ascii)
@pytest.mark.parametrize("route", ["folder", "describe", "children", "data", "preview", "thumb", "tile", "search"])
def test_no_address_leads_out_of_a_source(owner: FlaskClient, route: str, file: str) -> None:
    answer = owner.get(f"/api/{route}?s=data&f={quote(file, safe='', errors='surrogatepass')}&i=:,:&q=a")
    if route == "thumb":
        assert (answer.status_code, answer.data) == (204, b"")
        return
    assert answer.status_code in (400, 404) or (route == "preview" and answer.json["problem"]), answer.data[:200]
    assert b"root:x" not in answer.data
    assert answer.json


@pytest.mark.parametrize("path", ["/links/external", "/links/virtual", "/links/raw", "/links/external/secret"])
def test_what_lies_in_another_file_is_refused(owner: FlaskClient, path: str) -> None:
    for route in ("data", "value", "thumb"):
        answer = owner.get(f"/api/{route}?s=data&f=scan.h5&p={path}")
        if route == "thumb":
            assert (answer.status_code, answer.data) == (204, b"")
            continue
        assert answer.status_code == 403, (route, answer.data)
        assert answer.json["code"] == "H5N-4107"
        assert answer.json["advice"]


def _view(client: FlaskClient, query: str, app: str = "") -> object:
    known = client.get("/_dash-dependencies").json or []
    output = next(one["output"] for one in known if "_pages_content.children" in one["output"])
    inputs = [("pathname", f"/view{'/' + app if app else ''}"), ("search", query)]
    body = {
        "output": output,
        "outputs": [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}],
        "inputs": [{"id": "_pages_location", "property": name, "value": value} for name, value in inputs],
        "changedPropIds": ["_pages_location.pathname"],
    }
    answer = client.post("/_dash-update-component", json=body, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 200, answer.data[:300]
    assert answer.json is not None
    return answer.json["response"]["_pages_content"]["children"]


PATHS = ["image", "stack", "line", "number", "words", "table", "rgb", ""]


@pytest.mark.parametrize("name", PATHS)
def test_every_graph_of_every_app_keeps_to_this_server(app: Dash, owner: FlaskClient, name: str) -> None:
    plugins = [one["name"] for one in owner.get("/-/plugins").json or []]
    assert {"image", "line", "table", "text"} <= set(plugins)
    for plugin in ["", *plugins]:
        tree = _view(owner, f"?s=data&f=scan.h5&p=/entry/{name}", plugin)
        for node in components(tree):
            assert node["type"] not in ("Markdown", "Iframe", "Script"), node["type"]
            assert not [key for key in node["props"] if key.lower() in ("srcdoc", "innerhtml") or re.match("on[a-z]", key)]
            assert not node["props"].get("dangerously_allow_html")
            if node["type"] == "Graph":
                config = node["props"]["config"]
                assert config["showSendToCloud"] is False
                assert config["plotlyServerURL"] == ""
                assert {**GRAPH_CONFIG, **config}.keys() == GRAPH_CONFIG.keys()
                assert config["topojsonURL"] == GRAPH_CONFIG["topojsonURL"]


def test_the_shared_graph_configuration_is_the_only_one() -> None:
    package = Path(create_app.__code__.co_filename).parent
    made = [path.name for path in package.rglob("*.py") if re.search(r"\bdcc\.Graph\(", path.read_text())]
    assert made == ["graph.py"], f"{dcc.Graph.__name__} is made without the shared configuration"


def test_names_with_html_stay_text(owner: FlaskClient) -> None:
    file = quote(f"{HTML.replace('/', '')}.h5")
    shown = 0
    for name in (f"/{quote(HTML)}", f"/{quote(HTML)}/{quote(HTML)}", f"/{quote(HTML)}/text", f"/{quote(HTML)}/texts", ""):
        tree = _view(owner, f"?s=data&f={file}&p={name}")
        shown += sum(HTML in text for text in texts(tree))
        for node in components(tree):
            if node["type"] in ("A", "Link", "NavLink", "Anchor"):
                assert not str(node["props"].get("href", "")).lower().startswith(("javascript:", "data:", "//", "http"))
            if node["type"] == "Graph":
                assert "<img" not in str(node["props"]["figure"]), "plotly takes this for markup"
    assert shown > 4
    addresses = [f"/view?s=data&f={file}", f"/view?s=data&f={file}&p=/{quote(HTML)}", f"/{quote(HTML)}", f"/api/describe?s={quote(HTML)}"]
    for address in addresses:
        answer = owner.get(address, headers=NAVIGATION)
        assert b"<img" not in answer.data or answer.mimetype == "application/json"
