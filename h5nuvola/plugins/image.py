"""Image: a plane of numbers as a picture, with colours, range, axes and the frames of a stack."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Input, Output, State, dcc, html

from h5nuvola.conventions.plottable import text_of
from h5nuvola.model import Facts
from h5nuvola.plugin import Dataset, Plugin, View
from h5nuvola.rules import AnyOf, Rule, attr, kind, longer_than, ndim, numeric, parent_attr
from h5nuvola.ui import colormaps
from h5nuvola.ui.attrs import attrs
from h5nuvola.ui.canvas import Axis, Picture, axis_of, canvas, fitting, warm_overview, warnings_of
from h5nuvola.ui.parts import divider, gap, section, segmented, select, tool
from h5nuvola.ui.slicer import place, slicer

SCALES = (("lin", "Lin"), ("log", "Log"), ("sqrt", "√"))
RANGES = (("auto", "Auto"), ("minmax", "Min – max"), ("fixed", "Fixed"))
METHODS = (("max", "Max"), ("mean", "Mean"), ("min", "Min"))
LIKELY: tuple[Rule, ...] = (
    longer_than(1, -2, -1),
    longer_than(15, -2, -1),
    attr("interpretation", "image", "rgb-image", "rgba-image"),
    parent_attr("interpretation", "image", "rgb-image", "rgba-image"),
    attr("CLASS", "IMAGE"),
)

plugin = Plugin(
    name="image",
    title="Image",
    icon="photo",
    description="A plane of numbers as a picture, with the frames of a stack",
    rule=kind("dataset") & numeric() & ndim(at_least=2) & AnyOf(LIKELY),
)


@plugin.layout
def layout(dataset: Dataset, state: Mapping[str, str]) -> View:
    """The picture with its tools, the frame slider and the histogram."""
    rows, columns, channels = planes(dataset.facts)
    shown = (rows, columns) if channels is None else (rows, columns, channels)
    selection = place(state["i"], dataset.shape, shown)
    picture = _picture(dataset, selection, rows, columns, channels, state["view"])
    display = _display(state)
    warm_overview(picture, display["reduce"])
    colours = channels is None
    names = [_name(dataset, axis) for axis in range(dataset.ndim)]
    frames = slicer("slice", dataset.shape, shown, names, selection)
    several = any(part != ":" and dataset.shape[axis] > 1 for axis, part in enumerate(selection.split(",")))
    body: list[Any] = [html.P(text, className="h5n-canvas-warning", role="note") for text in picture.warnings]
    body.append(canvas("canvas", picture, display, slicer="slice"))
    body += [
        dcc.Store(id="range", data=display["range"]),
        dcc.Store(id="inverted", data="1" if display["invert"] else ""),
        dcc.Store(id="window", data=state["view"]),
    ]
    if not several:
        body.append(frames)
    return View(
        body=body,
        toolbar=_toolbar(display, colours),
        footer=frames if several else (),
        status=[html.Span(id="readout", className="h5n-readout"), gap(), html.Span(id="cost", className="h5n-cost")],
        aside=section("Histogram", html.Div(id="histogram", className="h5n-histogram")) if colours else (),
    )


def planes(facts: Facts) -> tuple[int, int, int | None]:
    """The dimensions shown as rows and columns, and the one that holds colour channels if any."""
    shape = facts.shape or ()
    count = len(shape)
    truecolor = text_of(facts.attrs.get("IMAGE_SUBCLASS")) == "IMAGE_TRUECOLOR"
    wish = text_of(facts.attrs.get("interpretation")) or text_of(facts.parent_attrs.get("interpretation"))
    if count >= 3 and (truecolor or wish in ("rgb-image", "rgba-image")):
        order = {"INTERLACE_PLANE": (-2, -1, -3), "INTERLACE_LINE": (-3, -1, -2)}
        found = order.get(text_of(facts.attrs.get("INTERLACE_MODE")) if truecolor else "", (-3, -2, -1))
        if shape[found[2]] in (3, 4) and facts.type is not None and facts.type.kind in ("uint", "int", "float"):
            return found[0] + count, found[1] + count, found[2] + count
    return count - 2, count - 1, None


def _name(dataset: Dataset, dimension: int) -> str:
    axis = dataset.plottable.axes[dimension]
    if axis is not None:
        return axis.name
    return "Frame" if dataset.ndim == 3 else f"Dim {dimension}"


def _picture(dataset: Dataset, selection: str, rows: int, columns: int, channels: int | None, view: str) -> Picture:
    x, y = axis_of(dataset, columns, "x (px)"), axis_of(dataset, rows, "y (px)")
    upward = y.known or text_of(dataset.facts.attrs.get("DISPLAY_ORIGIN")) == "LL"
    warnings = [*dataset.plottable.warnings, *warnings_of((x, y))]
    window = _window(view)
    itemsize = (dataset.facts.type.size if dataset.facts.type else 1) * (dataset.shape[channels] if channels is not None else 1)
    central = fitting((y.length, x.length), max(1, itemsize), dataset.budget)
    if central is not None:
        warnings.append("The whole picture is larger than one view may read. It opens at its middle; zoom and pan from there.")
    made = Picture(dataset, selection, rows, columns, x, y, channels, window, upward, tuple(dict.fromkeys(warnings)))
    if window is None and central is not None:
        return Picture(dataset, selection, rows, columns, x, y, channels, _on_axes(made, central), upward, made.warnings)
    return made


def _on_axes(picture: Picture, pixels: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    def values(axis: Axis, low: float, high: float, falling: bool) -> tuple[float, float]:
        ends = sorted((axis.first + low * axis.step, axis.first + high * axis.step), reverse=falling)
        return ends[0], ends[1]

    left, right, bottom, top = picture.extent
    return (
        *values(picture.x, pixels[0], pixels[1], left > right),
        *values(picture.y, pixels[2], pixels[3], bottom > top),
    )


def _window(text: str) -> tuple[float, float, float, float] | None:
    """Four numbers of the address as a window; None for anything that is none."""
    try:
        x0, x1, y0, y1 = (float(part) for part in text.split(","))
    except ValueError:
        return None
    ends = (x0, x1, y0, y1)
    return ends if all(map(math.isfinite, ends)) and x0 != x1 and y0 != y1 else None


def _display(state: Mapping[str, str]) -> dict[str, Any]:
    """How the picture is coloured, from the address; what makes no sense there becomes the default."""
    wanted = state["range"]
    limits = wanted.split(",")
    if len(limits) == 2:
        try:
            low, high = map(float, limits)
            wanted = wanted if math.isfinite(low) and math.isfinite(high) and low < high else "auto"
        except ValueError:
            wanted = "auto"
    elif wanted != "minmax":
        wanted = "auto"
    return {
        "cmap": state["cmap"] if state["cmap"] in colormaps.NAMES else colormaps.DEFAULT,
        "scale": state["scale"] if state["scale"] in dict(SCALES) else "lin",
        "range": wanted,
        "invert": state["invert"] == "1",
        "reduce": state["reduce"] if state["reduce"] in dict(METHODS) else "max",
    }


def _toolbar(display: Mapping[str, Any], colours: bool) -> list[Any]:
    fixed = "," in display["range"]
    low, high = display["range"].split(",") if fixed else ("", "")
    limits = [
        dmc.NumberInput(
            id=f"range-{end}", label=end.capitalize(), value=float(value) if value else "", hideControls=True, size="sm", debounce=400
        )
        for end, value in (("low", low), ("high", high))
    ]
    dropdown = html.Div(
        [
            html.Div("Range", className="label"),
            segmented(RANGES, "fixed" if fixed else display["range"], label="Range", id="range-mode"),
            html.Div(limits, className="h5n-limits"),
            html.Div("Pixels made one when zoomed out", className="label"),
            segmented(METHODS, display["reduce"], label="Pixels made one by", id="reduce"),
        ],
        className="h5n-range",
    )
    menu = dmc.Popover(
        [dmc.PopoverTarget(tool("adjustments", "Range of the colours", **attrs(aria_haspopup="dialog"))), dmc.PopoverDropdown(dropdown)],
        width=300,
        position="bottom-start",
        shadow="md",
        trapFocus=True,
        keepMounted=True,
        withRoles=False,  # they would stand on the <div> around the button, which has no role that allows them
    )
    colouring = [
        select(colormaps.options(), display["cmap"], label="Colour map", id="cmap"),
        segmented(SCALES, display["scale"], label="Scale", id="scale"),
        menu,
        tool("contrast-2", "Invert the colours", pressed=display["invert"], id="invert"),
    ]
    # Without colours to choose the controls stay in the page, so that the callbacks find them.
    return [
        *(colouring if colours else [html.Div(colouring, hidden=True)]),
        gap(),
        tool("hand-stop", "Pan", pressed=True, id="pan", **attrs(data_tool="pan")),
        tool("zoom-in-area", "Zoom into a rectangle", pressed=False, id="zoom", **attrs(data_tool="zoom")),
        tool("zoom-reset", "Show all", key="0", id="reset", **attrs(data_tool="reset")),
        divider(),
        tool("download", "Download as PNG", id="png", **attrs(data_tool="png")),
    ]


# --- what happens in the browser alone

plugin.clientside(
    ClientsideFunction("h5nuvola_image", "range"),
    Output("range", "data"),
    Output("range-mode", "value"),
    Input("range-mode", "value"),
    Input("range-low", "value"),
    Input("range-high", "value"),
    State("range", "data"),
    prevent_initial_call=True,
)
plugin.clientside(
    ClientsideFunction("h5nuvola_image", "invert"),
    Output("inverted", "data"),
    Output("invert", "aria-pressed"),
    Input("invert", "n_clicks"),
    State("inverted", "data"),
    prevent_initial_call=True,
)
plugin.clientside(
    ClientsideFunction("h5nuvola_image", "display"),
    Output("canvas", "data-display"),
    Input("cmap", "value"),
    Input("scale", "value"),
    Input("range", "data"),
    Input("inverted", "data"),
    Input("reduce", "value"),
    prevent_initial_call=True,
)

plugin.state("cmap", Input("cmap", "value"), colormaps.DEFAULT)
plugin.state("scale", Input("scale", "value"), "lin")
plugin.state("range", Input("range", "data"), "auto")
plugin.state("invert", Input("inverted", "data"))
plugin.state("reduce", Input("reduce", "value"), "max")
plugin.state("view", Input("window", "data"))
plugin.state("i", Input("slice-selection", "data"))
