"""Every plot has the shared configuration and the colours of the style sheet, and shows text of files as text."""

from __future__ import annotations

import ast
import base64
import re
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
from looking import components
from plotly.offline import get_plotlyjs

import h5nuvola
from h5nuvola.main import assets_folder
from h5nuvola.plugins import line
from h5nuvola.ui.graph import COLOURS, GRAPH_CONFIG, dressed, graph, label, packed, template

PACKAGE = Path(h5nuvola.__file__).parent


def test_nothing_is_sent_to_a_cloud():
    assert (GRAPH_CONFIG["showSendToCloud"], GRAPH_CONFIG["plotlyServerURL"]) == (False, "")
    assert not any(str(value).startswith("http") for value in GRAPH_CONFIG.values())


def test_every_setting_exists_in_the_plotly_that_is_served():
    script = get_plotlyjs()
    begin = script.index("plotlyServerURL:{valType")
    known = set(re.findall(r"(\w+):\{valType", script[begin - 400 : begin + 6000]))
    assert set(GRAPH_CONFIG) <= known
    # Every default of plotly's own that names a server is overridden.
    defaults = re.findall(r'(\w+):\{valType:"string"[^{}]*dflt:"https?:', script[begin - 400 : begin + 6000])
    assert set(defaults) <= set(GRAPH_CONFIG)


def test_no_graph_is_made_past_the_shared_one():
    made = [
        f"{file.relative_to(PACKAGE)}:{node.lineno}"
        for file in PACKAGE.rglob("*.py")
        if file.name != "graph.py"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("dcc.Graph", "Graph")
    ]
    assert made == []


def test_the_graph_of_an_app_has_the_shared_configuration(opened):
    view = line.plugin.render(opened("/few"), {})
    graphs = [one for one in components(view) if type(one).__name__ == "Graph"]
    assert [one.config for one in graphs] == [dict(GRAPH_CONFIG)]


def test_a_figure_keeps_its_data_and_layout():
    made = graph("a", go.Figure(go.Scatter(y=[1, 2]), layout={"title": {"text": "A"}})).figure
    assert made["data"][0]["type"] == "scatter"
    assert made["layout"]["title"]["text"] == "A"
    assert made["layout"]["template"] == template()
    assert dressed({})["data"] == []


@pytest.mark.parametrize("dark", [False, True])
def test_colours_are_those_of_the_style_sheet(dark):
    sheet = (assets_folder() / "tokens.css").read_text()
    theme = re.search(rf'^\[data-mantine-color-scheme="{"dark" if dark else "light"}"\] {{(.*?)^}}', sheet, re.S | re.M)[1]
    tokens = dict(re.findall(r"--([\w-]+): (#\w+);", theme))
    for name, colour in COLOURS[dark].items():
        if name != "series":
            assert tokens[name] == colour, name
    script = (assets_folder() / "theme-plot.js").read_text()
    assert ", ".join(f'"{colour}"' for colour in COLOURS[dark]["series"]) in script


@pytest.mark.parametrize("dark", [False, True])
def test_curves_stand_out_from_the_ground(dark):
    for ground in ("canvas", "body"):
        for colour in COLOURS[dark]["series"]:
            assert _contrast(colour, COLOURS[dark][ground]) >= 3


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_of_a_file_is_no_markup():
    assert label('<a href="https://example.org">x</a>\u202e') == '&lt;a href="https://example.org"&gt;x&lt;/a&gt;⟨U+202E⟩'
    assert label("a &lt; b") == "a &amp;lt; b"


@pytest.mark.parametrize("kind", ["?", "<i2", ">i4", "<u4", "<f4", ">f8", "<f2", "<i8"])
def test_packed_numbers_arrive_as_they_are(kind):
    values = np.array([0, 1, 1, 0] if kind == "?" else [0, 1, 100, 7]).astype(kind)
    sent = packed(values)
    back = np.frombuffer(base64.b64decode(sent["bdata"]), "<" + sent["dtype"])
    assert back.tolist() == values.astype(float).tolist()


def test_packed_numbers_keep_what_is_not_a_number():
    sent = packed(np.array([1.5, np.nan, np.inf]))
    assert np.isnan(np.frombuffer(base64.b64decode(sent["bdata"]), "<f8")[1])
