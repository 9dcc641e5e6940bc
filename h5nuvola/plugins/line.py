"""Line: a curve of any length, thinned on the server for the screen so that no peak is lost, read anew at every zoom."""

from __future__ import annotations

import csv
import io
import math
import re
import time
from typing import Any

import numpy as np
from dash import ClientsideFunction, Input, Output, Patch, State, dcc, html, no_update
from dash.development.base_component import Component

from h5nuvola.model import Facts
from h5nuvola.plugin import Plugin, View
from h5nuvola.plugins.curve import SPECTRA, Curve, along_of, direction_of, read, selection_of, span, window_of
from h5nuvola.rules import Clause, attr, kind, ndim, numeric, parent_attr
from h5nuvola.ui import formats
from h5nuvola.ui.attrs import attrs
from h5nuvola.ui.cards import empty_card
from h5nuvola.ui.early import PATIENCE, SOON, early
from h5nuvola.ui.graph import dressed, graph, label, packed
from h5nuvola.ui.parts import divider, gap, link, segmented, select, tool
from h5nuvola.ui.slicer import slicer

MARKED = 200  # points that get markers
BARS = 300  # points that get error bars; more get a band
CSV_ROWS = 1_000_000
EXACT = 2**53  # integers beyond are rounded by JavaScript
REREAD = 4 << 20  # bytes of complex numbers, which nothing keeps: more of them are not read before they are asked for

plugin = Plugin(
    name="line",
    title="Line",
    icon="chart-line",
    description="A curve with its axis, errors and bin edges; of data with more dimensions one row at a time.",
    rule=kind("dataset")
    & numeric()
    & Clause(lambda facts: _points(facts) > 1, "It has two or more points in a row", "It has not two points in a row", 1)
    & (
        Clause(lambda facts: len(facts.shape or ()) == 1, "It is a curve: one dimension", "It is no curve of one dimension", 20)
        | attr("interpretation", *SPECTRA)
        | parent_attr("interpretation", *SPECTRA)
        | ndim(at_least=2)
    ),
)
for _key, _id, _prop, _default in (
    ("y", "yscale", "value", "linear"),
    ("x", "xscale", "value", "linear"),
    ("style", "style", "value", "auto"),
    ("part", "part", "value", "amplitude"),
    ("errors", "errors", "value", "on"),
    ("xr", "xr", "data", ""),
    ("yr", "yr", "data", ""),
    ("along", "along", "data", ""),
    ("i", "slice-selection", "data", ""),
):
    plugin.state(_key, Input(_id, _prop), default=_default)

CHOICES = [Input("yscale", "value"), Input("xscale", "value"), Input("style", "value"), Input("part", "value"), Input("errors", "value")]
WINDOW = [State("xr", "data"), State("yr", "data")]
WHERE = [State("along", "data")]


def _points(facts: Facts) -> int:
    return max(facts.shape) if facts.shape and math.prod(facts.shape) else 0


# --- page ------------------------------------------------------------------------------------------------------------


@plugin.layout
def layout(dataset: Any, state: dict[str, str]) -> View:
    """Toolbar, plot, a slider for each further dimension, status."""
    facts: Facts = dataset.facts
    if facts.type is None or not facts.type.numeric or not facts.shape or _points(facts) < 1:
        return View(_empty(facts))
    along = along_of(facts, dataset.plottable.interpretation, state["along"])
    picture = dataset.plottable
    scale = [("linear", "Lin"), ("log", "Log")]
    chosen = {key: state[key] if state[key] in allowed else allowed[0] for key, allowed in ALLOWED.items()}
    tools: list[Component] = [
        html.Span("y", className="tool-label"),
        segmented(scale, chosen["y"], label="Scale of y", id="yscale"),
        html.Span("x", className="tool-label"),
        segmented(scale, chosen["x"], label="Scale of x", id="xscale"),
        select([("auto", "Auto"), ("line", "Line"), ("points", "Points"), ("both", "Both"), ("steps", "Steps")], chosen["style"],
               label="Drawn as", width=96, id="style"),
    ]  # fmt: skip
    views = [("amplitude", "Amplitude"), ("phase", "Phase"), ("real", "Real"), ("imag", "Imag")]
    parts = segmented(views, chosen["part"], label="Part", id="part")
    errors = segmented([("on", "Errors"), ("off", "No errors")], chosen["errors"], label="Errors", id="errors")
    if facts.type.kind == "complex":
        tools.append(parts)
    if picture.errors is not None:
        tools.append(errors)
    if len(facts.shape) > 1:
        tools += [divider(), _directions(facts, along)]
    tools += [
        gap(),
        tool("zoom-reset", "Show all", id="reset"),
        tool("photo", "Save the plot as PNG", id="png"),
        tool("download", "Save the shown points as CSV", id="csv"),
    ]
    stores: list[Component] = [
        dcc.Store(id="xr", data=state["xr"] if window_of(state["xr"]) else ""),
        dcc.Store(id="yr", data=state["yr"] if window_of(state["yr"]) else ""),
        dcc.Store(id="along", data=str(along) if state["along"] else ""),
        dcc.Download(id="file"),
        html.Span(id="sink", hidden=True),
    ]
    names = [axis.name if axis else "" for axis in picture.axes]
    ready = None
    if facts.type.kind != "complex" or (facts.nbytes or 0) <= REREAD:
        given = (chosen["y"], chosen["x"], chosen["style"], chosen["part"], chosen["errors"], state["i"])
        patience = PATIENCE if facts.type.kind == "complex" else SOON
        ready = early(lambda: finished(dataset, *given, state["xr"], state["yr"], state["along"]), patience)
    empty: dict[str, Any] = {"data": [], "layout": {"xaxis": {"visible": False}, "yaxis": {"visible": False}}}
    figure, told, noted = ready or (empty, (), "")
    if ready is None:
        # A long or failing read holds back no page: it asks for its curve itself, and a card may stand in place.
        stores.append(dcc.Interval(id="late", interval=1, max_intervals=1))
    strip = slicer("slice", facts.shape, shown=(along,), labels=names, value=state["i"])
    status: list[Any] = [
        html.Span(id="cursor", className="cursor"),
        html.Span(noted, id="notes", className="tone-warn"),
        gap(),
        html.Span(told, id="cost"),
    ]
    body = [html.Div(graph("graph", figure), className="line-stage"), *stores]
    deep = len(facts.shape) > 1
    return View(body if deep else [*body, strip], toolbar=tools, footer=strip if deep else (), status=status)


ALLOWED = {
    "y": ("linear", "log"),
    "x": ("linear", "log"),
    "style": ("auto", "line", "points", "both", "steps"),
    "part": ("amplitude", "phase", "real", "imag"),
    "errors": ("on", "off"),
}


def _empty(facts: Facts) -> Component:
    said = (
        "It holds no values yet."
        if facts.shape is not None and 0 in facts.shape
        else "A curve is made of numbers in at least one dimension."
    )
    figures = [("Shape", formats.shape(facts.shape)), ("Type", facts.type.text if facts.type else "unknown")]
    card = empty_card("No curve here", said, icon_name="chart-line", where=facts.ref.path, facts=figures, advice="Try another app for it.")
    return html.Div(card, className="stage-center")


def _directions(facts: Facts, along: int) -> Component:
    links = [
        link(str(axis), f"view/line?{facts.ref.query(along=str(axis))}", **({"aria-current": "page"} if axis == along else {}))
        for axis in range(len(facts.shape or ()))
    ]
    return html.Nav([html.Span("dim", className="tool-label"), *links], className="segments", **attrs(aria_label="Dimension along x"))


# --- callbacks -------------------------------------------------------------------------------------------------------

OUTPUTS = (Output("graph", "figure"), Output("cost", "children"), Output("notes", "children"))


@plugin.callback(
    *OUTPUTS, *CHOICES, Input("slice-selection", "data"), *WINDOW, *WHERE, Input("late", "n_intervals"), prevent_initial_call=True
)
def draw(
    dataset: Any,
    yscale: str,
    xscale: str,
    style: str,
    part: str | None,
    errors: str | None,
    selection: str,
    xr: str,
    yr: str,
    along: str,
    late: int | None = None,
) -> Any:
    """The whole figure, after a choice in the toolbar or another slice."""
    figure, told, noted = finished(dataset, yscale, xscale, style, part, errors, selection, xr, yr, along)
    return dressed(figure), told, noted


def finished(
    dataset: Any, yscale: str, xscale: str, style: str, part: str | None, errors: str | None, selection: str, xr: str, yr: str, along: str
) -> tuple[dict[str, Any], str, str]:
    """The figure, what it cost, and what has to be said about it."""
    begin = time.perf_counter()
    curve = read(dataset, selection, along, xr, part or ALLOWED["part"][0], errors != "off", log_y=yscale == "log")
    figure = {"data": traces(curve, style), "layout": frame(dataset, curve, yscale, xscale, xr, yr)}
    return figure, cost(curve, begin), "; ".join(curve.notes)


@plugin.callback(
    Output("graph", "figure", allow_duplicate=True),
    Output("cost", "children", allow_duplicate=True),
    Output("notes", "children", allow_duplicate=True),
    Input("xr", "data"),
    *[State(one.component_id, one.component_property) for one in CHOICES],
    State("slice-selection", "data"),
    *WHERE,
    prevent_initial_call=True,
)
def zoom(
    dataset: Any, xr: str, yscale: str, xscale: str, style: str, part: str | None, errors: str | None, selection: str, along: str
) -> Any:
    """The points of the window that is now in sight; axes and choices stay as they are."""
    begin = time.perf_counter()
    curve = read(dataset, selection, along, xr, part or ALLOWED["part"][0], errors != "off", log_y=yscale == "log")
    patch = Patch()
    patch["data"] = traces(curve, style)
    return patch, cost(curve, begin), "; ".join(curve.notes)


@plugin.callback(
    Output("file", "data"),
    Input("csv", "n_clicks"),
    State("xr", "data"),
    State("slice-selection", "data"),
    *WHERE,
    prevent_initial_call=True,
)
def save(dataset: Any, clicks: int | None, xr: str, selection: str, along: str) -> Any:
    """Every stored point of the window in sight, exactly, as CSV; at most a million rows."""
    if not clicks:
        return no_update
    direction = direction_of(dataset, along)
    axis = dataset.plottable.axes[direction]
    start, stop, _ = span(dataset, direction, axis, xr, margin=0.0)
    stop = min(stop, start + CSV_ROWS)
    chosen = selection_of(dataset, selection, direction, start, stop)
    y = dataset.read(chosen)
    columns: list[tuple[str, Any]] = [("index", range(start, stop))]
    if axis is not None:
        x = dataset.at(axis.path)
        columns.append((x.label, x[start:stop]))
    columns.append((dataset.label, y))
    if dataset.plottable.errors:
        columns.append(("errors", dataset.at(dataset.plottable.errors).read(chosen)))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([formats.text(name) for name, _ in columns])
    writer.writerows(zip(*([formats.text(value) for value in values] for _, values in columns), strict=True))
    name = re.sub(r"[^\w.-]+", "_", dataset.name)[:80] or "line"
    return {"content": out.getvalue(), "filename": f"{name}.csv", "type": "text/csv", "base64": False}


plugin.clientside(
    ClientsideFunction("h5nuvola_line", "window"),
    Output("xr", "data"),
    Output("yr", "data"),
    Input("graph", "relayoutData"),
    State("xr", "data"),
    State("yr", "data"),
    State("graph", "id"),
    prevent_initial_call=True,
)
plugin.clientside(
    ClientsideFunction("h5nuvola_line", "cursor"),
    Output("cursor", "children"),
    Input("graph", "hoverData"),
    State("graph", "id"),
)
plugin.clientside(
    ClientsideFunction("h5nuvola_line", "press"),
    Output("sink", "children"),
    Input("reset", "n_clicks"),
    Input("png", "n_clicks"),
    State("graph", "id"),
    State("view-ref", "data"),
    prevent_initial_call=True,
)


# --- what is drawn ---------------------------------------------------------------------------------------------------


def traces(curve: Curve, style: str) -> list[dict[str, Any]]:
    """Always three traces, so that a zoom never changes which is which: the curve, the lower and the upper edge of its errors."""
    few = len(curve.y) <= MARKED
    edged = curve.steps and _edged(curve)
    mode = {"line": "lines", "points": "markers", "both": "lines+markers", "steps": "lines"}.get(
        style, "lines+markers" if few and not edged else "lines"
    )
    x = packed(curve.x)
    shape = "hv" if edged else "hvh" if curve.steps or style == "steps" else "linear"
    main: dict[str, Any] = {
        "type": "scatter",
        "x": x,
        "y": packed(curve.y),
        "mode": mode,
        "line": {"width": 1.5, "shape": shape},
        "marker": {"size": 5 if few else 3},
        "hovertemplate": "%{x}<br><b>%{y}</b><extra></extra>",
        "meta": {"y": curve.y.dtype.str[1:], "x": curve.x.dtype.str[1:], "index": int(curve.index[0]) if len(curve.index) else 0},
        "connectgaps": False,
        "zorder": 1,
        "showlegend": False,
    }
    if curve.y.dtype.kind in "iu" and curve.y.dtype.itemsize == 8 and len(curve.y) and _beyond(curve.y):
        main["customdata"] = [str(value) for value in curve.y]
        main["hovertemplate"] = "%{x}<br><b>%{customdata}</b><extra></extra>"
    below: dict[str, Any] = {
        "type": "scatter",
        "x": [],
        "y": [],
        "mode": "lines",
        "hoverinfo": "skip",
        "showlegend": False,
        "line": {"width": 0},
    }
    above = {**below, "fill": "tonexty", "fillcolor": "rgba(92,124,250,.22)"}
    if curve.errors is not None:
        bars = np.abs(np.asarray(curve.errors, float))
        if len(bars) <= BARS:
            main["error_y"] = {"type": "data", "array": packed(bars), "width": 2, "thickness": 1}
        else:
            y = np.asarray(curve.y, float)
            low, high = y - bars, y + bars
            if curve.log_y:
                positive = y[y > 0]
                low = np.maximum(low, positive.min() / 10 if len(positive) else 1e-300)
            below |= {"x": x, "y": packed(low)}
            above |= {"x": x, "y": packed(high)}
    return [main, below, above]


def _edged(curve: Curve) -> bool:
    return len(curve.index) > 1 and curve.index[-1] == curve.index[-2]


def _beyond(values: np.ndarray[Any, Any]) -> bool:
    return int(values.max()) > EXACT or int(values.min()) < -EXACT


def frame(dataset: Any, curve: Curve, yscale: str, xscale: str, xr: str, yr: str) -> dict[str, Any]:
    """The layout: axes with their labels and ranges. Ranges of log axes are exponents for plotly."""
    title = label(dataset.at(curve.axis.path).label) if curve.axis is not None else "index"
    spikes = {
        "showspikes": True,
        "spikemode": "across",
        "spikethickness": 1,
        "spikedash": "solid",
        "spikesnap": "data",
        "spikecolor": "#748ffc",
    }
    whole = {"tickformat": ",d"} if curve.axis is None and xscale == "linear" else {}
    layout: dict[str, Any] = {
        "uirevision": "kept",
        "hovermode": "x",
        "hoverdistance": -1,
        "spikedistance": -1,
        "showlegend": False,
        "xaxis": {"type": xscale, "title": {"text": title}, "uirevision": xscale, **_range(xr, xscale), **spikes, **whole},
        "yaxis": {"type": yscale, "title": {"text": label(dataset.label)}, "uirevision": yscale, **_range(yr, yscale)},
    }
    names = dataset.facts.type.names if dataset.facts.type and dataset.facts.type.kind in ("enum", "bool") else ()
    if dataset.facts.type and dataset.facts.type.kind == "bool" and not names:
        names = (("false", 0), ("true", 1))
    names = tuple(sorted(names, key=lambda one: one[1]))
    if names and len(names) <= 24 and yscale == "linear":
        layout["yaxis"] |= {"tickvals": [value for _, value in names], "ticktext": [label(name) for name, _ in names]}
    return layout


def _range(text: str, scale: str) -> dict[str, Any]:
    window = window_of(text)
    if window is None or (scale == "log" and window[0] <= 0):
        return {"autorange": True}
    return {"range": [math.log10(end) for end in window] if scale == "log" else list(window), "autorange": False}


def cost(curve: Curve, begin: float) -> str:
    """How much is drawn of how much, and what it took."""
    shown = formats.plural(curve.covered, "point")
    if curve.thinned:
        shown = f"{formats.count(len(curve.y))} of {shown}"
    whole = "" if curve.covered == curve.total else f" · {formats.count(curve.total)} in all"
    return f"{shown}{whole} · {formats.milliseconds(time.perf_counter() - begin)}"
