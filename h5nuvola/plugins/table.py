"""Table: rows of any dataset, read in blocks as they come into sight; compounds flattened, every value exact."""

from __future__ import annotations

import csv
import io
import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import dash_ag_grid as dag
import dash_mantine_components as dmc
import numpy as np
from dash import ClientsideFunction, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from h5nuvola.errors import H5nuvolaError
from h5nuvola.model import Facts, Index, Selection, TypeInfo
from h5nuvola.plugin import Plugin, View
from h5nuvola.rules import Clause, kind, ndim
from h5nuvola.ui import formats
from h5nuvola.ui.attrs import attrs
from h5nuvola.ui.cards import empty_card
from h5nuvola.ui.early import PATIENCE, early
from h5nuvola.ui.parts import divider, gap, segmented, tool
from h5nuvola.ui.slicer import place as placed
from h5nuvola.ui.slicer import slicer

ROWS = 200  # of one block
CELLS = 40_000  # of one block at most
COLUMNS = 1_000  # in one window of columns
ELEMENTS = 16  # of an array member that get columns of their own
LETTERS = 300  # of one cell
CSV_CELLS = 2_000_000
DIGITS = {("int", 8): 20, ("uint", 8): 20, ("float", 8): 23, ("float", 4): 13, ("float", 2): 9, ("int", 4): 11, ("uint", 4): 11}
DIGITS |= {(kind, size): 6 for kind in ("int", "uint") for size in (1, 2)} | {("complex", 16): 36, ("complex", 8): 24, ("bool", 1): 6}

plugin = Plugin(
    name="table",
    title="Table",
    icon="table",
    description="Rows and columns of any dataset: compounds, matrices, texts, enums with their names; 64-bit integers exactly.",
    rule=kind("dataset")
    & ndim(at_least=1)
    & Clause(lambda facts: math.prod(facts.shape or ()) > 0, "It holds values", "It holds no values", 0)
    & (
        Clause(
            lambda facts: facts.type is not None and facts.type.kind == "compound",
            "Its rows have named members",
            "Its rows have no members",
            30,
        )
        | Clause(lambda facts: facts.type is not None and not facts.type.numeric, "Its values are no numbers", "Its values are numbers", 10)
        | Clause(lambda facts: _narrow(facts), "It has a few columns only", "It has not just a few columns", 3)
        | Clause(lambda facts: True, "Anything can be listed in rows", "", 0)
    ),
)
plugin.state("row", Input("row", "value"), default="0")
plugin.state("c", Input("first", "value"), default="0")
plugin.state("digits", Input("digits", "value"), default="exact")
plugin.state("i", Input("slice-selection", "data"), default="")


def _compound(facts: Facts) -> bool:
    return facts.type is not None and facts.type.kind == "compound"


def _narrow(facts: Facts) -> bool:
    return facts.shape is not None and len(facts.shape) == 2 and facts.shape[1] <= 8 < facts.shape[0]


# --- columns ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, the way to its values in a block of rows, and their type."""

    head: str
    way: tuple[str | tuple[int, ...], ...]
    type: TypeInfo | None

    def values(self, block: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The values in a block whose first dimension is the rows."""
        for step in self.way:
            key: Any = step if isinstance(step, str) else (slice(None), *step)
            block = block[key]
        return block


def columns(facts: Facts, first: int = 0, count: int = COLUMNS) -> tuple[list[Column], int]:
    """The columns `first` to `first + count` of a dataset, and how many it has."""
    shape, whole = facts.shape or (), facts.type
    if whole is not None and whole.kind == "compound":
        found = _members(whole, (), "")
        return found[first : first + count], len(found)
    if len(shape) == 1:
        return [Column(formats.text(facts.name), (), whole)][first:], 1
    wide = shape[-1]
    return [Column(str(index), ((index - first,),), whole) for index in range(first, min(first + count, wide))], wide


def _members(type: TypeInfo, way: tuple[str | tuple[int, ...], ...], head: str) -> list[Column]:
    found: list[Column] = []
    for name, member in type.fields:
        found += _flat(member, (*way, name), f"{head}.{formats.text(name)}" if head else formats.text(name))
    return found


def _flat(type: TypeInfo, way: tuple[str | tuple[int, ...], ...], head: str) -> list[Column]:
    if type.kind == "compound":
        return _members(type, way, head)
    if type.kind == "array" and type.base is not None and 0 < math.prod(type.shape) <= ELEMENTS:
        parts: list[Column] = []
        for index in np.ndindex(*type.shape):
            parts += _flat(type.base, (*way, tuple(map(int, index))), f"{head}[{','.join(map(str, index))}]")
        return parts
    return [Column(head, way, type)]


def _rows(facts: Facts) -> int:
    """The length of the dimension that runs down the table."""
    shape = facts.shape or (0,)
    return shape[_down(facts)]


def _down(facts: Facts) -> int:
    return -1 if _compound(facts) or len(facts.shape or ()) == 1 else -2


def _shown(facts: Facts) -> tuple[int, ...]:
    return (-1,) if _down(facts) == -1 else (-2, -1)


def _block_rows(facts: Facts) -> int:
    wide = min(columns(facts)[1], COLUMNS)
    return max(20, min(ROWS, CELLS // max(wide, 1)))


# --- page ------------------------------------------------------------------------------------------------------------


@plugin.layout
def layout(dataset: Any, state: dict[str, str]) -> View:
    """Toolbar with the row to go to, the grid, a slider for each further dimension."""
    facts: Facts = dataset.facts
    if facts.type is None or not facts.shape or 0 in facts.shape:
        return View(_empty(facts))
    total = _rows(facts)
    first = _first(facts, state["c"])
    shown, wide = columns(facts, first)
    tools: list[Component] = [
        html.Span("Row", className="tool-label"),
        _whole("row", min(_int(state["row"]), total - 1), total - 1, "Go to row"),
        html.Span(f"/ {formats.count(total - 1)}", className="tool-label mono"),
    ]
    across = [
        divider(),
        html.Span("Columns", className="tool-label"),
        _whole("first", first, max(wide - 1, 0), "First column", step=COLUMNS),
        html.Span(_window(first, len(shown), wide), id="window", className="tool-label mono"),
    ]
    if wide > COLUMNS:
        tools.append(html.Span(across, className="tool-group"))
    digits = state["digits"] if state["digits"] in ("exact", "short") else "exact"
    floats = wide > COLUMNS or any(column.type is not None and column.type.kind in ("float", "complex") for column in shown)
    if floats:
        digits_tool = segmented([("exact", "Exact"), ("short", "6 digits")], digits, label="Digits", id="digits")
        tools.append(html.Span([divider(), digits_tool], className="tool-group"))
    tools.append(gap())
    tools.append(tool("download", "Save rows from the first in sight as CSV", id="csv"))
    strip = slicer("slice", facts.shape, _shown(facts), [axis.name if axis else "" for axis in dataset.plottable.axes], state["i"])
    deep = len(facts.shape) > len(_shown(facts))
    size = f"{formats.plural(total, 'row')} × {formats.plural(wide, 'column')}"
    # What the grid asks for first lies in the page already, unless it takes long.
    stop = min(_block_rows(facts), total)
    answer, cost = early(lambda: answered(dataset, state["i"], 0, stop, first, digits), PATIENCE) or (None, "")
    ahead = {**answer, "first": first, "digits": digits, "selection": placed(state["i"], facts.shape, _shown(facts))} if answer else None
    body = [
        html.Div(_grid(facts, first), className="table-stage"),
        dcc.Store(id="ahead", data=ahead),
        dcc.Store(id="ask"),
        dcc.Store(id="from"),
        dcc.Download(id="file"),
        html.Span(id="sink", hidden=True),
        html.Span(id="sink-row", hidden=True),
    ]
    status = [html.Span(size), html.Span(id="cell", className="cursor"), gap(), html.Span(cost, id="cost")]
    return View(body if deep else [*body, strip], toolbar=tools, footer=strip if deep else (), status=status)


def _grid(facts: Facts, first: int) -> Component:
    grid: Component = dag.AgGrid(
        id="grid",
        rowModelType="infinite",
        columnDefs=definitions(facts, first),
        defaultColDef={"resizable": True, "sortable": False, "filter": False, "suppressMovable": True, "minWidth": 64},
        className="h5n-grid",
        style={"height": "100%", "width": "100%"},
        dashGridOptions={
            # The true count, or the first jump far down finds no row there. One request at a time: the grid keeps but one answer's place.
            "infiniteInitialRowCount": _rows(facts),
            "cacheBlockSize": _block_rows(facts),
            "maxConcurrentDatasourceRequests": 1,
            "maxBlocksInCache": 40,
            "blockLoadDebounceMillis": 30,
            "rowHeight": 30,
            "headerHeight": 34,
            "enableCellTextSelection": True,
            "ensureDomOrder": True,
            "suppressFieldDotNotation": True,
            "suppressColumnVirtualisation": False,
            "tooltipShowDelay": 600,
            "animateRows": False,
        },
    )
    return grid


def definitions(facts: Facts, first: int) -> list[dict[str, Any]]:
    """The grid's columns: the row's index, then a window of the dataset's."""
    index = {
        "field": "row",
        "headerName": "",
        "pinned": "left",
        "width": 44 + 9 * len(str(_rows(facts))),
        "cellClass": "cell-row",
        "resizable": False,
    }
    found = columns(facts, first)[0]
    made: list[dict[str, Any]] = [index]
    for place, column in enumerate(found):
        right = column.type is not None and column.type.kind in ("int", "uint", "float", "complex", "bitfield")
        long = column.type is not None and column.type.kind in ("string", "vlen", "reference", "region", "opaque", "array")
        letters = 28 if long else DIGITS.get((column.type.kind, column.type.size), 14) if column.type is not None else 14
        width = max(8 * letters + 26, min(8 * len(column.head) + 44, 320))
        made.append(
            {
                "field": f"c{first + place}",
                "headerName": column.head,
                "headerTooltip": f"{column.head}: {column.type.text}" if column.type else column.head,
                "tooltipField": f"c{first + place}" if long else None,
                "width": width,
                "cellClass": "cell-number" if right else "cell-text",
                "headerClass": "ag-right-aligned-header" if right else "",
                **({"flex": 1} if len(found) <= 3 and long else {}),
            }
        )
    return [{key: value for key, value in one.items() if value is not None} for one in made]


def _whole(id: str, value: int, last: int, words: str, step: int = 1) -> Component:
    box: Component = dmc.NumberInput(
        id=id, value=value, min=0, max=last, step=step, allowDecimal=False, allowNegative=False, clampBehavior="blur", size="sm", w=104,
        debounce=300, **attrs(aria_label=words),
    )  # fmt: skip
    return box


def _window(first: int, count: int, wide: int) -> str:
    last = first + count - 1
    return f"– {formats.count(last)}" if last == wide - 1 else f"– {formats.count(last)} of {formats.count(wide - 1)}"


def _empty(facts: Facts) -> Component:
    grows = facts.shape is not None and 0 in facts.shape
    said = "Nothing has been written into this dataset yet." if grows else "It is no list: it has no dimension to run down a table."
    figures = [("Shape", formats.shape(facts.shape)), ("Type", facts.type.text if facts.type else "unknown")]
    card = empty_card(
        "No rows", said, icon_name="table", where=facts.ref.path, facts=figures, advice="" if grows else "The Text app shows it."
    )
    return html.Div(card, className="stage-center")


# --- callbacks -------------------------------------------------------------------------------------------------------


plugin.clientside(
    ClientsideFunction("h5nuvola_table", "rows"),
    Output("grid", "getRowsResponse"),
    Output("ask", "data"),
    Output("ahead", "data"),
    Input("grid", "getRowsRequest"),
    State("ahead", "data"),
    State("first", "value"),
    State("digits", "value"),
    State("slice-selection", "data"),
    prevent_initial_call=True,
)


@plugin.callback(
    Output("grid", "getRowsResponse", allow_duplicate=True),
    Output("cost", "children"),
    Input("ask", "data"),
    State("first", "value"),
    State("digits", "value"),
    State("slice-selection", "data"),
    prevent_initial_call=True,
)
def rows(dataset: Any, request: Any, first: Any, digits: str, selection: str) -> Any:
    """A block of rows. What cannot be read says so in its own rows: without an answer the grid would wait for ever."""
    if not isinstance(request, dict):
        return no_update, no_update
    facts: Facts = dataset.facts
    total = _rows(facts)
    start = min(max(_int(request.get("startRow")), 0), total)
    stop = min(max(_int(request.get("endRow")), start), total, start + ROWS)
    place = _first(facts, first)
    try:
        return answered(dataset, selection, start, stop, place, digits)
    except H5nuvolaError as error:
        said = {f"c{place}": f"not readable: {error.sentence}"}
        return {"rowData": [{"row": index, **said} for index in range(start, stop)], "rowCount": total}, error.title


def answered(dataset: Any, selection: str, start: int, stop: int, first: int, digits: str) -> tuple[dict[str, Any], str]:
    """The rows `start` to `stop` as the grid takes them, and what they cost."""
    begin = time.perf_counter()
    cells = block(dataset, selection, start, stop, first, COLUMNS, digits == "short")
    keys = [f"c{first + number}" for number in range(len(cells))]
    data = [{"row": start + offset, **dict(zip(keys, line, strict=True))} for offset, line in enumerate(zip(*cells, strict=True))]
    said = f"rows {formats.count(start)} to {formats.count(max(stop - 1, start))}"
    return {"rowData": data, "rowCount": _rows(dataset.facts)}, f"{said} · {formats.milliseconds(time.perf_counter() - begin)}"


@plugin.callback(Output("grid", "columnDefs"), Output("window", "children"), Input("first", "value"), prevent_initial_call=True)
def across(dataset: Any, first: Any) -> Any:
    """Another window of columns."""
    place = _first(dataset.facts, first)
    shown, wide = columns(dataset.facts, place)
    return definitions(dataset.facts, place), _window(place, len(shown), wide)


@plugin.callback(
    Output("file", "data"),
    Input("from", "data"),
    State("first", "value"),
    State("slice-selection", "data"),
    prevent_initial_call=True,
)
def save(dataset: Any, pressed: Any, first: Any, selection: str) -> Any:
    """The rows from the first in sight as CSV, at most two million cells."""
    if not isinstance(pressed, dict):
        return no_update
    facts: Facts = dataset.facts
    place = _first(facts, first)
    shown, _ = columns(facts, place)
    start = min(max(_int(pressed.get("row")), 0), _rows(facts))
    stop = min(_rows(facts), start + max(CSV_CELLS // max(len(shown), 1), 1))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["row", *(column.head for column in shown)])
    step = _block_rows(facts) * 20
    for low in range(start, stop, step):
        high = min(low + step, stop)
        writer.writerows(zip(range(low, high), *block(dataset, selection, low, high, place, COLUMNS, False, letters=1 << 20), strict=True))
    name = re.sub(r"[^\w.-]+", "_", dataset.name)[:80] or "table"
    return {"content": out.getvalue(), "filename": f"{name}.csv", "type": "text/csv", "base64": False}


plugin.clientside(
    ClientsideFunction("h5nuvola_table", "refresh"),
    Output("sink", "children"),
    Input("first", "value"),
    Input("digits", "value"),
    Input("slice-selection", "data"),
    State("grid", "id"),
    prevent_initial_call=True,
)
plugin.clientside(ClientsideFunction("h5nuvola_table", "go"), Output("sink-row", "children"), Input("row", "value"), State("grid", "id"))
plugin.clientside(
    ClientsideFunction("h5nuvola_table", "press"),
    Output("from", "data"),
    Input("csv", "n_clicks"),
    State("grid", "id"),
    prevent_initial_call=True,
)
plugin.clientside(
    ClientsideFunction("h5nuvola_table", "cell"), Output("cell", "children"), Input("grid", "cellClicked"), prevent_initial_call=True
)


# --- values ----------------------------------------------------------------------------------------------------------


def block(
    dataset: Any, selection: str, start: int, stop: int, first: int, count: int, short: bool, letters: int = LETTERS
) -> list[Sequence[str]]:
    """Rows `start` to `stop` as text, column by column."""
    facts: Facts = dataset.facts
    shown, _ = columns(facts, first, count)
    given = Selection.parse(selection or "").fit(facts.shape or ()).items
    items: list[Index] = [one if isinstance(one, int) else one.start for one in given]
    items[_down(facts)] = slice(start, stop)
    if _down(facts) == -2:
        items[-1] = slice(first, first + len(shown))
    array = dataset.read(Selection(tuple(items)))
    return [written(column.values(array), column.type, short, letters) for column in shown]


def written(values: np.ndarray[Any, Any], type: TypeInfo | None, short: bool, letters: int = LETTERS) -> Sequence[str]:
    """The cells of a column as text, exact unless `short`."""
    kind = values.dtype.kind
    plain = values.ndim == 1 and (type is None or type.kind not in ("enum", "opaque"))
    write: Callable[[Any], str] | None = None
    if plain and kind in "iu":
        return list(map(str, values.tolist()))
    if plain and kind == "f":
        write = _short if short else formats.number
        return [write(value) for value in (values.tolist() if values.dtype.itemsize == 8 else values)]
    return [formats.text(value, type, letters) for value in values]


def _short(value: Any) -> str:
    return "NaN" if value != value else f"{value:.6g}"


def _first(facts: Facts, value: Any) -> int:
    return min(max(_int(value), 0), max(columns(facts, 0, 0)[1] - 1, 0))


def _int(value: Any) -> int:
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        return 0
