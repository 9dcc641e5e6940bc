"""What tests ask of a part of a page made of Dash components."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component


def components(part: Any) -> Iterator[Component]:
    """Every component in a part of a page, outermost first; a View counts as its parts."""
    if is_dataclass(part):
        part = [getattr(part, name) for name in ("toolbar", "body", "footer", "status", "aside")]
    if isinstance(part, list | tuple):
        for one in part:
            yield from components(one)
    elif isinstance(part, Component):
        yield part
        for name in part._prop_names:
            yield from components(getattr(part, name, None))
        yield from components([element(one) for one in json.loads(getattr(part, "data-still", "[]"))])


def element(sent: Any) -> Any:
    """What the browser builds of data in `data-still`, as components."""
    if isinstance(sent, str):
        return sent
    tag, attributes, *inside = sent
    names = {"class": "className", "tabindex": "tabIndex"}
    return getattr(html, tag.capitalize())([element(one) for one in inside], **{names.get(key, key): attributes[key] for key in attributes})


def words(part: Any) -> str:
    """All text in a part of a page, in reading order."""
    found: list[str] = []
    for one in components(part):
        children = getattr(one, "children", None)
        children = [*(children if isinstance(children, list | tuple) else [children]), *json.loads(getattr(one, "data-still", "[]"))]
        found += [child for child in children if isinstance(child, str)]
    return " ".join(found)


def by_id(part: Any, id: str) -> Component:
    """The component with this id."""
    return next(one for one in components(part) if getattr(one, "id", None) == id)
