"""Plots as this house draws them: one configuration, one look, and text from files that stays text."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import plotly.graph_objects as go
from dash import dcc

from h5nuvola.model import visible

# plotly.js puts a button on every figure that sends it to a public server, and its address is set by default; maps load
# their outlines from a public server too. Nothing a user looks at leaves this one.
GRAPH_CONFIG: Mapping[str, Any] = MappingProxyType(
    {
        "showSendToCloud": False,
        "plotlyServerURL": "",
        "topojsonURL": "/assets/",
        "displaylogo": False,
        "displayModeBar": False,  # the toolbar has the buttons
        "displayNotifier": False,
        "showTips": False,
        "showAxisRangeEntryBoxes": False,
        "responsive": True,
        "scrollZoom": True,
        "doubleClick": "reset+autosize",
        "typesetMath": False,
    }
)

SANS = "Inter Variable, system-ui, sans-serif"
MONO = "JetBrains Mono Variable, ui-monospace, monospace"

# The same colours stand in the style sheet; the browser swaps them there when the theme changes, and tests compare the two.
COLOURS = {
    False: {
        "body": "#ffffff",
        "canvas": "#f7f8fb",
        "line": "#e6e9f0",
        "ctl": "#868f9e",
        "ink": "#14171d",
        "ink2": "#3f4753",
        "dim": "#5b6472",
        "series": ("#3b5bdb", "#0b8a61", "#9c36b5", "#b35c00", "#c2255c", "#0b7285", "#5b6472"),
    },
    True: {
        "body": "#14171d",
        "canvas": "#0f1217",
        "line": "#262b35",
        "ctl": "#6b7484",
        "ink": "#eceff4",
        "ink2": "#c6ccd6",
        "dim": "#9aa4b2",
        "series": ("#91a7ff", "#3fc79a", "#d88bea", "#e5b045", "#ff9a9a", "#66d9e8", "#9aa4b2"),
    },
}


def template(dark: bool = False) -> dict[str, Any]:
    """The plotly template of the light or the dark look."""
    colour = COLOURS[dark]
    axis = {
        "gridcolor": colour["line"],
        "gridwidth": 1,
        "linecolor": colour["line"],
        "linewidth": 1,
        "zeroline": False,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": colour["ctl"],
        "tickfont": {"family": SANS, "size": 12, "color": colour["dim"]},
        "title": {"font": {"family": SANS, "size": 14, "color": colour["ink2"]}, "standoff": 8},
        "automargin": True,
        "exponentformat": "power",
    }
    return {
        "layout": {
            "font": {"family": SANS, "size": 14, "color": colour["ink2"]},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(colour["series"]),
            "xaxis": axis,
            "yaxis": axis,
            "margin": {"l": 64, "r": 24, "t": 20, "b": 52},
            "separators": ".\u2009",
            "hovermode": "closest",
            "dragmode": "zoom",
            "hoverlabel": {
                "bgcolor": colour["body"],
                "bordercolor": colour["ctl"],
                "font": {"family": MONO, "size": 13, "color": colour["ink"]},
                "align": "left",
                "namelength": -1,
            },
            "legend": {"font": {"size": 14, "color": colour["ink2"]}, "bgcolor": "rgba(0,0,0,0)"},
            "newshape": {"line": {"color": colour["series"][0], "width": 2}},
            "activeselection": {"fillcolor": colour["series"][0]},
        }
    }


def graph(id: Any, figure: go.Figure | Mapping[str, Any] | None = None, **props: Any) -> dcc.Graph:
    """A graph with the shared configuration; it fills its place unless `style` says otherwise."""
    config: Any = dict(GRAPH_CONFIG)
    props.setdefault("style", {"height": "100%", "width": "100%"})
    return dcc.Graph(id=id, figure=dressed(figure or {}), config=config, responsive=True, **props)


def dressed(figure: go.Figure | Mapping[str, Any]) -> dict[str, Any]:
    """A figure in the look of the house; a callback that hands back a whole figure sends it through here."""
    made = figure.to_plotly_json() if isinstance(figure, go.Figure) else dict(figure)
    return {"data": [], **made, "layout": {**(made.get("layout") or {}), "template": template()}}


def label(text: str) -> str:
    """Text of a file as plotly shows it letter by letter: plotly would take `<b>` or a link in it for markup."""
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_PACKED = {"b1": "u1", "i1": "i1", "u1": "u1", "i2": "i2", "u2": "u2", "i4": "i4", "u4": "u4", "f4": "f4", "f8": "f8"}


def packed(values: np.ndarray[Any, Any]) -> dict[str, str]:
    """A 1-D array of numbers in plotly's binary form: a third of the bytes of JSON, and NaN stays NaN."""
    array = np.ascontiguousarray(values)
    kind = _PACKED.get(array.dtype.str[1:], "f8")
    plain = array.astype("<" + kind, copy=False)
    return {"dtype": kind, "bdata": base64.b64encode(plain.tobytes()).decode("ascii")}
