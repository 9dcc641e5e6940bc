"""Cards for what is not a picture: an error, an empty place, waiting. Always in one order:
icon, title and where; what happened; figures; what to do; buttons; an id to quote. assets/cards.js draws the same in the browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from dash import html
from dash.development.base_component import Component

from h5nuvola.errors import H5nuvolaError
from h5nuvola.model import visible
from h5nuvola.ui.attrs import attrs
from h5nuvola.ui.icons import icon
from h5nuvola.ui.parts import copy_button, key_values


def _card(
    tone: str, icon_name: str, title: str, where: str, body: Iterable[Component], actions: Sequence[Component], foot: str, role: str
) -> html.Article:
    heading: list[Component] = [html.H3(title)]
    if where:
        heading.append(html.Div(visible(where), className="card-where"))
    parts: list[Component] = [
        html.Header([html.Span(icon(icon_name, size=20), className="tile"), html.Div(heading)], className="card-head"),
        html.Div([*body], className="card-body"),
    ]
    if actions:
        parts.append(html.Div(list(actions), className="card-actions"))
    if foot:
        parts.append(html.Footer([html.Span(foot), copy_button(foot)], className="card-foot"))
    return html.Article(parts, className=f"card card-{tone}", role=role)


def error_card(error: H5nuvolaError, *, where: str = "", actions: Sequence[Component] = ()) -> Component:
    """What went wrong, for the person who met it; `where` is the file or path, `actions` are buttons."""
    body: list[Component] = [html.P(visible(error.sentence))]
    if error.figures:
        body.append(key_values((visible(key), visible(str(value))) for key, value in error.figures.items()))
    if error.advice:
        body.append(html.P(visible(error.advice)))
    return _card(error.tone, error.icon, error.title, where, body, actions, f"{error.code} · {error.id}", "alert")


def empty_card(
    title: str,
    sentence: str,
    *,
    icon_name: str = "inbox",
    where: str = "",
    facts: Iterable[tuple[str, str]] = (),
    advice: str = "",
    actions: Sequence[Component] = (),
) -> Component:
    """A place with nothing to show, and what is known about it."""
    figures = [(visible(key), visible(value)) for key, value in facts]
    body: list[Component] = [html.P(visible(sentence))]
    if figures:
        body.append(key_values(figures))
    if advice:
        body.append(html.P(visible(advice)))
    return _card("acc", icon_name, title, where, body, actions, "", "note")


def skeleton(kind: Literal["plot", "rows", "text"] = "plot", label: str = "Reading") -> Component:
    """Grey shapes in the place of what is being read; `label` is told to screen readers."""
    bars = {"plot": ["plot", "wide", "half"], "rows": ["row"] * 8, "text": ["wide", "wide", "half"]}[kind]
    return html.Div(
        [html.Div(className=f"bone bone-{bar}") for bar in bars],
        className=f"skeleton skeleton-{kind}",
        role="status",
        **attrs(aria_label=label),
    )
