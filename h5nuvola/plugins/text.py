"""Text and values: a scalar with its units, strings, JSON, bytes, references, and what is empty."""

from __future__ import annotations

import base64
import json
import math
import re
from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
import numpy as np
from dash import Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from h5nuvola.model import Facts, Ref, Selection, TypeInfo
from h5nuvola.plugin import Plugin, View
from h5nuvola.rules import Clause, dtype, kind
from h5nuvola.ui import formats
from h5nuvola.ui.cards import empty_card
from h5nuvola.ui.parts import badge, copy_button, gap, key_values, link, section, segmented, tool

PAGE = 50_000  # letters shown at once
HEX_PAGE = 8_192  # bytes shown at once
LISTED = 1_000  # strings in a list
JSON_LIMIT = 2_000_000  # letters that are parsed


def _single(facts: Facts) -> bool:
    return facts.shape is None or math.prod(facts.shape) <= 1


def _few(facts: Facts) -> bool:
    return facts.shape is not None and 1 < math.prod(facts.shape) <= LISTED


plugin = Plugin(
    name="text",
    title="Text",
    icon="abc",
    description="One value with its units and type, a text, JSON, bytes as hexadecimal, a reference, and what is empty.",
    rule=kind("dataset")
    & (
        Clause(_single, "It is one value, or empty", "It is more than one value", 30)
        | (dtype("string") & Clause(_few, f"It is a list of at most {LISTED} texts", f"It is no list of at most {LISTED} texts", 1))
    ),
)
plugin.state("as", Input("form", "value"))
plugin.state("wrap", Input("wrap", "value"), default="wrap")
plugin.state("page", Input("page", "value"), default="1")


@plugin.layout
def layout(dataset: Any, state: dict[str, str]) -> View:
    """The value in its card; a long text with its pages and ways to look at it."""
    facts: Facts = dataset.facts
    if facts.shape is None:
        return View(_centred(_null(facts)), status=_said(facts))
    if math.prod(facts.shape) == 0:
        return View(_centred(_nothing(facts)), status=_said(facts))
    if not (_single(facts) or (_few(facts) and facts.type is not None and facts.type.kind == "string")):
        return View(_centred(_much(facts)), status=_said(facts))
    value = _value(dataset)
    if isinstance(value, str | bytes) and _long(value, facts):
        return _document(facts, value, state)
    if isinstance(value, np.ndarray) and value.ndim and facts.type is not None and facts.type.kind == "string":
        return View(_list(facts, value), status=_said(facts))
    return View(_centred(_card(dataset, value)), toolbar=[gap(), _download()], status=_said(facts))


@plugin.callback(
    Output("words", "children"),
    Output("words", "className"),
    Output("place", "children"),
    Input("form", "value"),
    Input("wrap", "value"),
    Input("page", "value"),
)
def turn(dataset: Any, form: str, wrap: str, page: int) -> Any:
    """One page of a long text in the form that is asked for."""
    value = _value(dataset)
    if not isinstance(value, str | bytes):
        return no_update, no_update, no_update
    return _page(value, form, wrap, _whole(page))


@plugin.callback(Output("file", "data"), Input("download", "n_clicks"), State("view-ref", "data"), prevent_initial_call=True)
def download(dataset: Any, clicks: int | None, where: Any) -> Any:
    """The whole value as a file: text as UTF-8, bytes as they are."""
    if not clicks:
        return no_update
    value = _value(dataset)
    name = re.sub(r"[^\w.-]+", "_", dataset.name)[:80] or "value"
    if isinstance(value, bytes):
        return {"content": base64.b64encode(value).decode(), "filename": f"{name}.bin", "type": "application/octet-stream", "base64": True}
    if isinstance(value, np.ndarray):
        value = "\n".join(formats.text(one, dataset.facts.type, limit=1 << 20) for one in value.ravel())
    words = value if isinstance(value, str) else formats.text(value, dataset.facts.type, limit=1 << 24)
    words = words.encode("utf-8", "backslashreplace").decode()  # bytes that are no UTF-8 stand in it as lone surrogates
    json_like = isinstance(value, str) and _json(value) is not None
    return {"content": words, "filename": f"{name}.{'json' if json_like else 'txt'}", "type": "text/plain", "base64": False}


# --- the value -------------------------------------------------------------------------------------------------------


def _value(dataset: Any) -> Any:
    """The one value as Python or numpy has it; an array when there are more."""
    array = dataset.read(Selection())
    if array.size != 1:
        return array
    value = array.reshape(-1)[0]
    kind = dataset.facts.type.kind if dataset.facts.type is not None else ""
    if kind == "opaque":
        return value.tobytes() if isinstance(value, np.void) else bytes(value)
    if isinstance(value, bytes):
        try:
            return value.rstrip(b"\0").decode()
        except UnicodeDecodeError:
            return bytes(value)
    return value


def _long(value: str | bytes, facts: Facts) -> bool:
    if isinstance(value, bytes) or (facts.type is not None and facts.type.kind != "string"):
        return isinstance(value, bytes) and len(value) > 64
    return len(value) > 200 or "\n" in value or _json(value) is not None


def _json(words: str) -> Any:
    """The object or list that a text spells; None when it is no such text."""
    if len(words) > JSON_LIMIT or words.lstrip()[:1] not in ("{", "["):
        return None
    try:
        found = json.loads(words)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


# --- cards -----------------------------------------------------------------------------------------------------------


def _card(dataset: Any, value: Any) -> Component:
    """One value, large, with its units, and what else it says."""
    facts: Facts = dataset.facts
    said = formats.text(value, facts.type, limit=4000)
    if isinstance(value, str) and not value:
        return _centre_card(facts, [html.Div("empty text", className="value-none")], [("Length", "0 letters")])
    pairs: list[tuple[str, Any]] = []
    if facts.type is not None:
        pairs = _more(value, facts.type)
    figure: list[Component | str] = [html.Span(said, className="value-figure" if len(said) <= 24 else "value-words")]
    units = dataset.units
    if units:
        figure.append(html.Span(formats.text(units), className="value-units"))
    if facts.type is not None and facts.type.kind in ("reference", "region"):
        figure = [_lead(facts, value, said)]
    parts = bool(pairs) and facts.type is not None and facts.type.kind == "compound"
    return _centre_card(facts, [] if parts else [html.Div(figure, className="value-line")], pairs, copy=said)


def _centre_card(facts: Facts, body: list[Any], pairs: list[tuple[str, Any]], copy: str = "") -> Component:
    said = facts.type.text if facts.type is not None else ""
    foot: list[Component] = [badge(said, "mono")]
    if copy:
        foot.append(copy_button(copy))
    return html.Article(
        [
            html.Header(html.H2(formats.text(facts.attr("long_name", "") or facts.name), className="value-name"), className="value-head"),
            *body,
            key_values(pairs) if pairs else html.Span(hidden=True),
            html.Footer(foot, className="value-foot"),
        ],
        className="value-card",
    )


def _more(value: Any, type: TypeInfo) -> list[tuple[str, str]]:
    if type.kind == "complex" and isinstance(value, complex | np.complexfloating):
        return [
            ("Real", formats.number(value.real)),
            ("Imaginary", formats.number(value.imag)),
            ("Amplitude", formats.number(abs(value))),
            ("Phase (rad)", formats.number(np.angle(value))),
        ]
    if type.kind in ("int", "uint", "bitfield") and isinstance(value, int | np.integer):
        bits = type.size * 8
        return [("Hexadecimal", f"0x{int(value) & ((1 << bits) - 1):x}")]
    if type.kind == "enum" and isinstance(value, int | np.integer):
        return [
            ("Stored as", str(int(value))),
            ("Names", ", ".join(f"{formats.text(name)} = {number}" for name, number in type.names[:40])),
        ]
    if type.kind == "compound" and isinstance(value, np.void):
        return [(formats.text(name), formats.text(value[name], kind)) for name, kind in type.fields]
    if type.kind == "string" and isinstance(value, str):
        pairs = [("Length", formats.plural(len(value), "letter"))]
        if (then := _time(value)) is not None:
            pairs.append(("As a time", then))
        return pairs
    return []


def _time(words: str) -> str | None:
    if not re.match(r"\d{4}-\d\d-\d\d", words):
        return None
    try:
        then = datetime.fromisoformat(words.strip())
    except ValueError:
        return None
    zone = f" {then.tzname()}" if then.tzinfo is not None else ", zone not given"
    return f"{then:%A} {then.day} {then:%B %Y}, {then:%H:%M:%S}{zone}"


def _lead(facts: Facts, value: Any, said: str) -> Component:
    """A reference as a link to what it leads to."""
    path = value.removeprefix("→ ") if isinstance(value, str) else ""
    if facts.type is not None and facts.type.kind == "region":
        path = re.split(r" [\[(]", path)[0]
    if not path.startswith("/"):
        return html.Span(said or "null reference", className="value-words")
    ref = Ref(facts.ref.source, facts.ref.file, path)
    return link(said, f"view?{ref.query()}", className="value-words")


def _null(facts: Facts) -> Component:
    return empty_card(
        "Empty",
        "It has a type but no value: its dataspace is null.",
        icon_name="square",
        where=facts.ref.path,
        facts=[("Type", facts.type.text if facts.type else "unknown")],
        advice="Its attributes, if it has any, are shown beside.",
    )


def _much(facts: Facts) -> Component:
    said = f"It holds {formats.plural(math.prod(facts.shape or ()), 'value')}, too many to write out here."
    figures = [("Shape", formats.shape(facts.shape)), ("Type", facts.type.text if facts.type else "unknown")]
    return empty_card("More than a text", said, icon_name="table", where=facts.ref.path, facts=figures, advice="The Table app lists them.")


def _nothing(facts: Facts) -> Component:
    pairs_of = zip(facts.maxshape or (), facts.shape or (), strict=False)
    grows = any(most is None or most > have for most, have in pairs_of)
    pairs = [("Shape", formats.shape(facts.shape)), ("Type", facts.type.text if facts.type else "unknown")]
    if grows and facts.maxshape is not None:
        pairs.append(("May grow to", " × ".join("any" if most is None else str(most) for most in facts.maxshape)))
    return empty_card(
        "No rows yet",
        "Nothing has been written into this dataset: one of its dimensions has length 0.",
        where=facts.ref.path,
        facts=pairs,
        advice="If a measurement is running, reload the page after its first point." if grows else "",
    )


# --- long texts and lists --------------------------------------------------------------------------------------------


def _document(facts: Facts, value: str | bytes, state: dict[str, str]) -> View:
    structured = isinstance(value, str) and _json(value) is not None
    form = state["as"] if state["as"] in ("plain", "pretty") and structured else "pretty" if structured else "plain"
    wrap = state["wrap"] if state["wrap"] in ("wrap", "mono", "lines") else "wrap"
    page = _whole(state["page"])
    words, classes, place = _page(value, form, wrap, page)
    pages = _pages(value, form)
    shown = (
        [segmented([("plain", "As stored"), ("pretty", "JSON")], form, label="Form", id="form")] if structured else [_hidden("form", form)]
    )
    if isinstance(value, str):
        ways = [("wrap", "Wrapped"), ("mono", "Monospace"), ("lines", "Whole lines")]
        shown.append(segmented(ways, wrap, label="Lines", id="wrap"))
    else:
        shown.append(_hidden("wrap", "lines"))
    pager = dmc.Pagination(id="page", value=min(page, pages), total=pages, size="sm", withEdges=pages > 10)
    if pages == 1:
        pager = html.Div(pager, hidden=True)
    body = html.Div(
        [html.Pre(words, id="words", className=classes, tabIndex="0"), html.Div(pager, className="words-pages", hidden=pages == 1)],
        className="words-stage",
    )
    return View(body, toolbar=[*shown, gap(), _download()], status=[*_said(facts), html.Span(place, id="place")])


def _hidden(id: str, value: str) -> Component:
    return html.Div(dcc.Input(id=id, value=value, type="hidden"), hidden=True)


def _pages(value: str | bytes, form: str) -> int:
    return max(1, -(-len(_written(value, form)) // (HEX_PAGE if isinstance(value, bytes) else PAGE)))


def _written(value: str | bytes, form: str) -> str | bytes:
    if isinstance(value, str) and form == "pretty" and (found := _json(value)) is not None:
        return json.dumps(found, indent=2, ensure_ascii=False)
    return value


def _page(value: str | bytes, form: str, wrap: str, page: int) -> tuple[str, str, str]:
    """The words of one page, the classes that lay them out, and where in the whole they stand."""
    whole = _written(value, form)
    step = HEX_PAGE if isinstance(whole, bytes) else PAGE
    page = min(max(page, 1), max(1, -(-len(whole) // step)))
    start = (page - 1) * step
    part = whole[start : start + step]
    unit = "byte" if isinstance(whole, bytes) else "letter"
    place = formats.plural(len(whole), unit)
    if len(part) < len(whole):
        place = f"{unit}s {formats.count(start)} to {formats.count(start + len(part) - 1)} of {formats.count(len(whole))}"
    words = formats.hexdump(part, start) if isinstance(part, bytes) else formats.paragraph(part)
    way = "mono lines" if isinstance(part, bytes) else {"wrap": "wrap", "mono": "mono wrap", "lines": "mono lines"}.get(wrap, "wrap")
    return words, f"words {way}", place


def _list(facts: Facts, values: np.ndarray[Any, Any]) -> Component:
    rows = [
        html.Li([html.Span(",".join(map(str, index)), className="words-index"), html.Span(formats.text(one, facts.type))])
        for index, one in np.ndenumerate(values)
    ]
    return html.Div(section("Texts", html.Ol(rows, className="words-list"), count=formats.count(values.size)), className="words-stage")


def _download() -> Component:
    return html.Span([tool("download", "Download the whole value", id="download"), dcc.Download(id="file")])


def _said(facts: Facts) -> list[Any]:
    return [html.Span(f"{facts.type.text if facts.type else 'no type'} · {formats.shape(facts.shape)}")]


def _centred(card: Component) -> Component:
    return html.Div(card, className="stage-center")


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 1
