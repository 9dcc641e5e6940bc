"""Still parts of a page: what is sent as data is the same page, and nothing that runs can be sent."""

from __future__ import annotations

import json

import dash_mantine_components as dmc
import pytest
from dash import html
from looking import components, words

from h5nuvola.ui.still import still

HOSTILE = "<img src=x onerror=alert(1)>"


def test_everything_inside_arrives_in_order():
    inside = [
        html.P(["a ", html.B(HOSTILE), " z"], className="note", style={"--size": "3px", "maxWidth": "2px"}),
        "text",
        html.A("there", href="/view?p=/x", **{"data-nav": "", "aria-current": "page"}),
    ]
    part = still(html.Div(inside, className="outer", id="place"))
    assert (part.className, part.id, getattr(part, "children", None)) == ("outer", "place", None)
    assert json.loads(getattr(part, "data-still")) == [
        ["p", {"class": "note", "style": {"--size": "3px", "max-width": "2px"}}, "a ", ["b", {}, HOSTILE], " z"],
        "text",
        ["a", {"href": "/view?p=/x", "data-nav": "", "aria-current": "page"}, "there"],
    ]
    assert HOSTILE in words(part)
    assert [type(one).__name__ for one in components(part)] == ["Div", "P", "B", "A"]


def test_what_is_not_there_is_not_sent():
    sent = json.loads(getattr(still(html.Ul([html.Li(hidden=False, title=None), None, html.Li(hidden=True)])), "data-still"))
    assert sent == [["li", {}], ["li", {"hidden": True}]]


def test_a_control_cannot_be_still():
    with pytest.raises(TypeError, match="Select"):
        still(html.Div(html.Div(dmc.Select())))


@pytest.mark.parametrize("attribute", [html.Iframe(srcDoc="<script></script>"), html.Button(n_clicks=1)])
def test_no_script_and_no_click_can_be_sent(attribute):
    with pytest.raises(ValueError, match="cannot be an attribute"):
        still(html.Div(attribute))
