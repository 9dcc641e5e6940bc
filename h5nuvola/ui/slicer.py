"""The strip that moves through the leading dimensions of a stack; assets/slicer.js draws it and runs it in the browser."""

from __future__ import annotations

import json
from collections.abc import Sequence

from dash import dcc, html

from h5nuvola.errors import BadSelection
from h5nuvola.model import Selection, visible
from h5nuvola.ui.attrs import attrs


def place(text: str, shape: Sequence[int], shown: Sequence[int] = (-2, -1)) -> str:
    """A selection with `:` in the `shown` dimensions and an index in every other one, made from any selection of `shape`.

    Slices of other dimensions give their first index. BadSelection when it does not fit, or holds an empty dimension.
    """
    whole = {axis % len(shape) for axis in shown} if shape else set()
    items = Selection.parse(text).fit(shape).items
    parts = []
    for axis, item in enumerate(items):
        if axis in whole:
            parts.append(":")
        elif not shape[axis]:
            raise BadSelection(f"Dimension {axis} is empty.", "There is nothing to show.")
        else:
            parts.append(str(item if isinstance(item, int) else min(item.start, shape[axis] - 1)))
    return ",".join(parts)


def slicer(
    id: str,
    shape: Sequence[int],
    shown: Sequence[int] = (-2, -1),
    labels: Sequence[str] = (),
    value: str = "",
) -> html.Div:
    """A line with play button, slider and number for every dimension that is not shown; nothing to see when all are.

    `labels` names all dimensions. The selection, like `17,:,:`, is the `data` of a Store with the id `<id>-selection`; in the
    browser a bubbling event `h5nuvola:selection` tells it at once. Raises BadSelection when `value` does not fit.
    """
    selection = place(value, shape, shown)
    lines = []
    for axis, part in enumerate(selection.split(",")):
        if part != ":" and shape[axis] > 1:
            label = labels[axis] if axis < len(labels) and labels[axis] else f"Dim {axis}"
            lines.append({"axis": axis, "length": shape[axis], "label": visible(label)})
    return html.Div(
        [html.Div(className="slicer-lines"), dcc.Store(id=f"{id}-selection", data=selection)],
        id=id,
        className="slicer",
        style={"--lines": str(len(lines))},
        hidden=not lines,
        **attrs(data_slicer=json.dumps({"lines": lines}), data_selection=selection),
    )
