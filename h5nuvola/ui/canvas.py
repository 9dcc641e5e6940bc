"""The tile canvas: pictures of any size drawn by assets/canvas*.js under plotly's transparent axes.

The server says here what is to be drawn and where its pixels lie on the axes; the browser asks for tiles and colours them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from dash import html

from h5nuvola.errors import H5nuvolaError
from h5nuvola.model import Budget, Selection, visible
from h5nuvola.storage.dataset import Dataset, Method
from h5nuvola.ui import colormaps
from h5nuvola.ui.attrs import attrs
from h5nuvola.ui.early import warm
from h5nuvola.ui.graph import graph, label

TOLERANCE = 1e-3  # of one step, by which an axis may miss even spacing and still count as even
LONGEST_AXIS = 1 << 21
TILE = 512
OVERVIEW = 1024  # pixels of the longest side of the level that range and histogram are taken from
OVERVIEW_BYTES = 1 << 21
NARROW = 8.0  # pictures longer than this in one direction fill their place instead of keeping equal steps


@dataclass(frozen=True, slots=True)
class Axis:
    """Where the pixels of one dimension lie: pixel `i` is centred on `first + i * step`."""

    length: int
    first: float = 0.0
    step: float = 1.0
    title: str = ""
    units: str = "px"
    known: bool = False  # from an axis dataset; else pixels are counted
    warning: str = ""

    @property
    def edges(self) -> tuple[float, float]:
        """The outer edges of the first and the last pixel."""
        return self.first - self.step / 2, self.first + (self.length - 0.5) * self.step


def axis_of(dataset: Dataset, dimension: int, title: str) -> Axis:
    """The Axis of a dimension, from its coordinate dataset when that is evenly spaced, else by counting pixels."""
    length = dataset.shape[dimension]
    counted = Axis(length, title=title)
    described = dataset.plottable.axes[dimension]
    if described is None:
        return counted
    name = visible(described.name)
    if length > LONGEST_AXIS:
        return Axis(length, title=title, warning=f"The axis “{name}” is too long to be read here; pixels are counted.")
    try:
        coordinate = dataset.at(described.path)
        if coordinate.facts.type is None or coordinate.facts.type.kind not in ("int", "uint", "float"):
            return Axis(length, title=title, warning=f"The axis “{name}” holds no numbers; pixels are counted.")
        values = np.asarray(coordinate[...], dtype=float)
    except H5nuvolaError as error:
        return Axis(length, title=title, warning=f"The axis “{name}” could not be read ({error.sentence}) Pixels are counted.")
    spaced = even(values, described.edges)
    if spaced is None:
        return Axis(length, title=title, warning=f"The axis “{name}” is not evenly spaced; pixels are counted.")
    return Axis(length, *spaced, title=coordinate.label, units=coordinate.units, known=True)


def even(values: np.ndarray[Any, Any], edges: bool = False) -> tuple[float, float] | None:
    """First centre and step of evenly spaced coordinates (or bin edges); None when they are not, or not finite."""
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        return None
    count = values.size - 1
    step = float(values[-1] - values[0]) / count if count else 1.0
    if step == 0 or not math.isfinite(step):
        return None
    if np.abs(values - (values[0] + step * np.arange(values.size))).max() > TOLERANCE * abs(step):
        return None
    return float(values[0]) + (step / 2 if edges else 0.0), step


@dataclass(frozen=True, slots=True)
class Picture:
    """A plane through a dataset as the canvas draws it: which dimensions, on which axes, from where to where."""

    dataset: Dataset
    selection: str
    rows: int
    columns: int
    x: Axis
    y: Axis
    channels: int | None = None
    window: tuple[float, float, float, float] | None = None  # x0, x1, y0, y1 in axis values
    upward: bool = False  # the first row at the bottom
    warnings: tuple[str, ...] = field(default=())

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """The whole picture as a window: left, right, bottom, top."""
        (left, right), (first, last) = self.x.edges, self.y.edges
        if self.x.known:
            left, right = min(left, right), max(left, right)
        low, high = min(first, last), max(first, last)
        if self.upward:
            return left, right, low, high
        return left, right, high, low

    @property
    def ratio(self) -> float | None:
        """Height of one y unit over width of one x unit for equal aspect; None when equal steps make no sense."""
        if self.x.known != self.y.known or self.x.units != self.y.units:
            return None
        height, width = abs(self.y.step) * self.y.length, abs(self.x.step) * self.x.length
        return 1.0 if 1 / NARROW <= height / width <= NARROW else None


def fitting(shape: tuple[int, int], itemsize: int, budget: Budget) -> tuple[float, float, float, float] | None:
    """The central window, in pixels (x0, x1, y0, y1), of a plane that would cost too much to see whole; None when it does not."""
    rows, columns = shape
    if rows * columns * itemsize <= budget.scan_nbytes:
        return None
    # A quarter of the budget: the window grows by up to 2 × 2 to whole tiles.
    pixels = budget.scan_nbytes / 4 / itemsize
    height = min(rows, math.sqrt(pixels))
    width = min(columns, pixels / height)
    height = min(rows, pixels / width)
    return (columns - width) / 2 - 0.5, (columns + width) / 2 - 0.5, (rows - height) / 2 - 0.5, (rows + height) / 2 - 0.5


def canvas(id: str, picture: Picture, display: dict[str, Any], slicer: str = "") -> html.Div:
    """The canvas with its axes, ids `<id>` and `<id>-graph`. `display` holds cmap, scale, range, invert and reduce."""
    dataset = picture.dataset
    spec = {
        "ref": dataset.ref.query(),
        "revision": dataset.facts.revision,
        "ndim": dataset.ndim,
        "rows": picture.rows,
        "columns": picture.columns,
        "channels": picture.channels,
        "shape": [dataset.shape[picture.rows], dataset.shape[picture.columns]],
        "itemsize": drawn_size(dataset),
        "sourceItemsize": max(1, dataset.facts.type.size if dataset.facts.type else 1),
        "scan": dataset.budget.scan_nbytes,
        "overview": overview(picture),
        "selection": picture.selection,
        "x": _axis(picture.x, "x"),
        "y": _axis(picture.y, "y"),
        "extent": picture.extent,
        "label": visible(dataset.plottable.label),
        "units": visible(dataset.units),
        "path": visible(dataset.path),
        "slicer": slicer,
        "maps": colormaps.packed(),
        "diverging": [one.name for one in colormaps.COLORMAPS if one.diverging],
    }
    axes: Any = graph(f"{id}-graph", _figure(picture, display))
    # Plotly's own double click would show its one invisible point.
    axes.config = {**axes.config, "doubleClick": False}
    return html.Div(
        [
            html.Canvas(className="h5n-canvas-pixels", **attrs(aria_hidden="true")),
            axes,
            html.Div(className="h5n-canvas-note", role="status"),
        ],
        id=id,
        className="h5n-canvas",
        tabIndex=0,
        role="group",
        **attrs(
            data_spec=json.dumps(spec),
            data_display=json.dumps(display),
            aria_label=describe(picture),
            aria_roledescription="picture",
        ),
    )


def overview(picture: Picture) -> tuple[int, int]:
    """The levels (rows, columns) of the overview, which the browser asks for whatever part is seen; level L makes 2^L pixels one."""
    dataset = picture.dataset
    rows, columns = dataset.shape[picture.rows], dataset.shape[picture.columns]
    pixel = drawn_size(dataset) * (1 if picture.channels is None else 4)
    y, x = (max(0, math.ceil(math.log2(max(length, 1) / OVERVIEW))) for length in (rows, columns))
    while -(-rows // 2**y) * -(-columns // 2**x) * pixel > OVERVIEW_BYTES:
        y, x = y + 1, x + 1
    return y, x


def warm_overview(picture: Picture, method: Method) -> None:
    """Begins to read the overview's tiles, which the browser will ask for as soon as it has drawn the page."""
    dataset = picture.dataset
    cost = dataset.shape[picture.rows] * dataset.shape[picture.columns] * max(1, dataset.dtype.itemsize)
    if picture.channels is not None or dataset.dtype.kind not in "biuf" or cost > dataset.budget.scan_nbytes:
        return
    levels = overview(picture)
    items = list(Selection.parse(picture.selection).fit(dataset.shape).items)
    spans = []
    for axis, level in zip((picture.rows, picture.columns), levels, strict=True):
        length, size = dataset.shape[axis], TILE << level
        spans.append([slice(start, min(start + size, length), 1) for start in range(0, length, size)])
    for rows in spans[0]:
        for columns in spans[1]:
            items[picture.rows], items[picture.columns] = rows, columns
            warm(partial(dataset.reduce, Selection(tuple(items)), (1 << levels[0], 1 << levels[1]), method))


def drawn_size(dataset: Dataset) -> int:
    """Bytes of one drawn pixel as a rule; a tile that needs more says so itself."""
    kind, size = dataset.dtype.kind, dataset.dtype.itemsize
    return {"b": 1, "u": min(size, 4), "i": 2 if size <= 2 else 4}.get(kind, 4)


def describe(picture: Picture) -> str:
    """What the picture shows, in words, for those who do not see it."""
    rows, columns = picture.dataset.shape[picture.rows], picture.dataset.shape[picture.columns]
    at = f", at {picture.selection}" if Selection.parse(picture.selection).items and picture.dataset.ndim > 2 else ""
    return f"Picture of {visible(picture.dataset.path)}, {rows} rows of {columns} pixels{at}"


def _axis(axis: Axis, name: str) -> dict[str, Any]:
    return {
        "first": axis.first,
        "step": axis.step,
        "name": name,
        "units": visible(axis.units) if axis.known else "",
        "known": axis.known,
    }


def _figure(picture: Picture, display: dict[str, Any]) -> dict[str, Any]:
    x0, x1, y0, y1 = picture.window or picture.extent
    side: dict[str, Any] = {"showgrid": False, "showline": False, "constrain": "domain", "hoverformat": ""}
    x = {**side, "range": [x0, x1], "title": {"text": label(picture.x.title)}, "exponentformat": _exponents(picture.x)}
    y = {**side, "range": [y0, y1], "title": {"text": label(picture.y.title)}, "exponentformat": _exponents(picture.y)}
    if picture.ratio is not None:
        y |= {"scaleanchor": "x", "scaleratio": picture.ratio}
    bar = {
        "title": {"text": "", "side": "right", "font": {"size": 13}},
        "tickfont": {"size": 12},
        "thickness": 12,
        "outlinewidth": 0,
        "ticks": "outside",
        "ticklen": 3,
        "x": 1.0,
        "xpad": 24,
        "ypad": 0,
        "tickmode": "array",
        "tickvals": [],
        "ticktext": [],
        "len": 1.0,
    }
    # One invisible point carries the colour bar: 0…1 are the ends of the range, and the browser writes the ticks.
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": [None],
        "y": [None],
        "hoverinfo": "skip",
        "showlegend": False,
        "marker": {
            "color": [0],
            "cmin": 0,
            "cmax": 1,
            "size": 0.1,
            "showscale": picture.channels is None,
            "colorscale": colormaps.scale(str(display.get("cmap", colormaps.DEFAULT))),
            "reversescale": bool(display.get("invert")),
            "colorbar": bar,
        },
    }
    layout = {
        "xaxis": x,
        "yaxis": y,
        "hovermode": False,
        "dragmode": "pan",
        "margin": {"l": 64, "r": 24 if picture.channels is not None else 96, "t": 20, "b": 52},
        # Another dataset in the same page must not keep the zoom of the one before.
        "uirevision": f"{picture.dataset.ref.query()} {picture.window}",
        "showlegend": False,
    }
    return {"data": [trace], "layout": layout}


def _exponents(axis: Axis) -> str:
    return "power" if axis.known else "none"


def warnings_of(axes: Sequence[Axis]) -> tuple[str, ...]:
    """What is to be said about the axes of a picture."""
    return tuple(axis.warning for axis in axes if axis.warning)
