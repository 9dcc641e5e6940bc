"""What tests ask of a part of a page made of Dash components."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any

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


def words(part: Any) -> str:
    """All text in a part of a page, in reading order."""
    found: list[str] = []
    for one in components(part):
        children = getattr(one, "children", None)
        found += [child for child in (children if isinstance(children, list | tuple) else [children]) if isinstance(child, str)]
    return " ".join(found)


def by_id(part: Any, id: str) -> Component:
    """The component with this id."""
    return next(one for one in components(part) if getattr(one, "id", None) == id)
