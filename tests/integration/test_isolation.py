"""Apps that misbehave: the page shows a card in place, the server and the other apps go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
from dash import Dash
from dashclient import DashClient, by_id, text, written

from h5nuvola.main import create_app
from h5nuvola.settings import Settings

APPS = {
    "layout-raises": "plugin.layout(lambda dataset: 1 / 0)",
    "layout-exits": "import sys\nplugin.layout(lambda dataset: sys.exit(3))",
    "callback-raises": """
plugin.layout(lambda dataset: [html.P(id="out"), html.Button("go", id="go")])
@plugin.callback(Output("out", "children"), Input("go", "n_clicks"))
def run(dataset, clicks):
    raise RuntimeError("a secret <script>alert(1)</script> failed")
""",
    "callback-two": """
plugin.layout(lambda dataset: [html.P(id="a"), html.P(id="b"), html.Button("go", id="go")])
@plugin.callback(Output("a", "children"), Output("b", "children"), Input("go", "n_clicks"))
def run(dataset, clicks):
    if clicks == 1:
        raise KeyError("first")
    return f"sum {dataset[...].sum():g}", dataset.path
""",
    "over-budget": """
plugin.layout(lambda dataset: [html.P(id="out"), html.Button("go", id="go")])
@plugin.callback(Output("out", "children"), Input("go", "n_clicks"))
def run(dataset, clicks):
    return dataset.sibling("huge")[...].sum()
""",
    "same-callback-twice": """
plugin.layout(lambda dataset: [html.P(id="out"), html.Button("go", id="go")])
for _ in range(2):
    @plugin.callback(Output("out", "children"), Input("go", "n_clicks"))
    def run(dataset, clicks):
        return "x"
""",
    "rule-raises": "plugin.layout(lambda dataset: html.P('never chosen'))",
}
HEAD = """
from dash import Input, Output, html
from h5nuvola.plugin import Plugin
from h5nuvola.rules import Clause, ndim
plugin = Plugin("{name}", title="{name}", rule={rule}, description="Misbehaves.")
"""
HERE = "s=data&f=a.h5&p=/x"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dash]:
    folder, plugins = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("plugins")
    with h5py.File(folder / "a.h5", "w") as file:
        file["x"] = np.arange(10.0)
        file.create_dataset("huge", (1 << 40,), "f8", chunks=(1 << 16,))
    for name, body in APPS.items():
        rule = 'Clause(lambda facts: 1 / 0, "y", "n", 99)' if name == "rule-raises" else "ndim(1)"
        (plugins / f"{name.replace('-', '_')}.py").write_text(HEAD.format(name=name, rule=rule) + body)
    made = create_app(_settings(folder, plugins, tmp_path_factory.mktemp("cache")))
    yield made
    made.server.extensions["h5nuvola"].close()


def _settings(folder: Path, plugins: Path, cache: Path) -> Settings:
    return Settings.load(environ={}, sources=[{"name": "data", "root": str(folder)}], plugin_folder=plugins, cache_dir=cache)


@pytest.fixture(scope="module")
def client(app: Dash) -> DashClient:
    return DashClient(app)


def _fire(client: DashClient, app: str, output: str, clicks: int = 1, shown: object = None) -> str:
    page = client.page(f"/view/{app}?{HERE}")
    values = {f"{app}--go.n_clicks": clicks, "view-ref.data": by_id(page, "view-ref")["props"]["data"], "view-problem.children": shown}
    answer = client.fire(f"{app}--{output}", values)
    assert answer.status_code == 200
    return written(answer)


@pytest.mark.parametrize("name", ["layout-raises", "layout-exits"])
def test_a_layout_that_fails_leaves_a_card_and_the_other_apps(client: DashClient, name: str) -> None:
    page = client.page(f"/view/{name}?{HERE}")
    assert "H5N-6000" in text(page)
    assert f"The app “{name}” could not do this" in text(page)
    assert "Table" in text(page)  # the other ways to look at it are still offered


def test_a_callback_that_raises_leaves_a_card_in_place(client: DashClient) -> None:
    told = _fire(client, "callback-raises", "out.children")
    assert "view-problem" in told
    assert "H5N-6000" in told
    assert "RuntimeError" in told
    assert "Traceback" not in told


def test_a_card_goes_away_when_the_callback_works_again(client: DashClient) -> None:
    failed = _fire(client, "callback-two", "a.children", clicks=1)
    assert "H5N-6000" in failed
    worked = _fire(client, "callback-two", "a.children", clicks=2, shown={"a": "card"})
    assert "sum 45" in worked
    assert '"view-problem": {"children": null}' in worked


def test_too_much_data_is_a_card_that_says_what_to_do(client: DashClient) -> None:
    told = _fire(client, "over-budget", "out.children")
    assert "H5N-3310" in told
    assert "view-problem" in told


def test_callbacks_that_dash_refuses_set_their_app_aside(client: DashClient) -> None:
    states = {one["name"]: one for one in client.http.get("/-/plugins").get_json()}
    assert states["same-callback-twice"]["state"] == "quarantined"
    assert "out" in states["same-callback-twice"]["reason"]
    assert states["line"]["state"] == "in service"


def test_a_rule_that_raises_says_so_and_the_data_opens(client: DashClient) -> None:
    page = client.page(f"/view?{HERE}")
    assert "Its rule failed: ZeroDivisionError" in text(page)
    assert by_id(page, "view-ref")["props"]["data"]["p"] == "/x"


def test_the_ref_in_the_page_is_not_trusted(client: DashClient) -> None:
    for where in (None, "text", {}, {"s": "nowhere", "f": "a.h5"}, {"s": "data", "f": "../a.h5"}, {"s": "data", "f": "a.h5", "p": 3}):
        answer = client.fire("callback-two--a.children", {"callback-two--go.n_clicks": 2, "view-ref.data": where})
        assert answer.status_code == 200
        assert "H5N-1" in written(answer)
        assert "sum" not in written(answer)
