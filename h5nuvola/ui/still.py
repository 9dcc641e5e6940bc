"""Parts of a page that never change: sent as data and built by assets/still.js, without a React component for each element."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

from dash.development.base_component import Component

C = TypeVar("C", bound=Component)
# 200 rows of a list were 1,600 components, and React took most of a second for them.
_HTML = "dash_html_components"
_OWN = ("_", "available_")  # attributes of a component that are no properties
_SCRIPTS = ("on", "srcdoc", "n_clicks")
_NAMES = {"className": "class", "htmlFor": "for", "tabIndex": "tabindex", "colSpan": "colspan", "rowSpan": "rowspan"}


def still(part: C) -> C:
    """The same element with all that lies in it as data. For elements of `html` alone, without callbacks on anything inside.

    Text stays text, as with React. Raises TypeError for any other component inside, ValueError for a script in an attribute.
    """
    props, inside = _parts(part)
    written = json.dumps([_plain(one) for one in inside], ensure_ascii=False, separators=(",", ":"))
    return type(part)(**props, **{"data-still": written})


def _parts(part: Component) -> tuple[dict[str, Any], list[Any]]:
    """Properties and children. (Dash's own `to_plotly_json` takes several times as long.)"""
    props = {name: value for name, value in vars(part).items() if not name.startswith(_OWN)}
    children = props.pop("children", None)
    inside = list(children) if isinstance(children, list | tuple) else [children]
    return props, [one for one in inside if one is not None]


def _plain(part: Any) -> Any:
    """A string, or `[tag, attributes, child, …]`."""
    if isinstance(part, str | int | float):
        return str(part)
    if not isinstance(part, Component) or getattr(part, "_namespace", "") != _HTML:
        raise TypeError(f"{type(part).__name__} cannot be a part of what is still")
    props, inside = _parts(part)
    found: dict[str, Any] = {}
    for name, value in props.items():
        if name.lower().startswith(_SCRIPTS):
            raise ValueError(f"{name} cannot be an attribute of what is still")
        if value is None or value is False or value == {}:
            continue
        found[_NAMES.get(name, name)] = {_style(key): one for key, one in value.items()} if name == "style" else value
    return [type(part).__name__.lower(), found, *(_plain(one) for one in inside)]


def _style(name: str) -> str:
    return name if name.startswith("--") else re.sub(r"[A-Z]", lambda found: f"-{found[0].lower()}", name)
