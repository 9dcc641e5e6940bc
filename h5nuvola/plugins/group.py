"""Group: what it holds as a list of links, each with its kind, shape and type; a named datatype in words."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, html
from dash.development.base_component import Component

from h5nuvola.conventions.plottable import text_of
from h5nuvola.model import Facts, Node, Ref, TypeInfo
from h5nuvola.plugin import Plugin, View
from h5nuvola.rules import kind
from h5nuvola.ui import formats
from h5nuvola.ui.attrs import attrs
from h5nuvola.ui.cards import empty_card
from h5nuvola.ui.icons import icon
from h5nuvola.ui.kinds import kind_of
from h5nuvola.ui.parts import badge, link
from h5nuvola.ui.still import still

PAGE = 200
DEEPEST = 8  # levels of a datatype that are spelled out
WIDEST = 400  # members of a datatype that are spelled out

plugin = Plugin(
    name="group",
    title="Contents",
    icon="folder-open",
    description="What a group holds, each with its kind, shape and type; a named datatype in words.",
    rule=kind("group", "datatype", "file"),
)
plugin.state("page", Input("page", "value"), default="1")


@plugin.layout
def layout(dataset: Any, state: dict[str, str]) -> View:
    """The heading and a page of the list."""
    facts: Facts = dataset.facts
    if facts.kind == "datatype":
        return View(
            html.Div(
                [_heading(facts, "A datatype with a name, for datasets and attributes to share."), _type(facts)], className="group-stage"
            )
        )
    if facts.kind == "dataset":
        card = empty_card(
            "No group", "This is a dataset: it holds values, not objects.", where=facts.ref.path, advice="Try another app for it."
        )
        return View(html.Div(card, className="stage-center"))
    page = _page(state["page"])
    nodes, total = dataset.children((page - 1) * PAGE, PAGE)
    if not total:
        return View(html.Div([_heading(facts, _said(facts, 0)), _nothing(facts)], className="group-stage"))
    pages = -(-total // PAGE)
    turn = html.Div(
        dmc.Pagination(id="page", value=min(page, pages), total=pages, size="sm", withEdges=pages > 10),
        className="words-pages",
        hidden=pages == 1,
    )
    body = html.Div([_heading(facts, _said(facts, total)), html.Div(listing(facts, nodes), id="list"), turn], className="group-stage")
    return View(body, status=[html.Span(f"{formats.plural(total, 'object')}"), html.Span(_range(page, len(nodes), total), id="range")])


@plugin.callback(Output("list", "children"), Output("range", "children"), Input("page", "value"), prevent_initial_call=True)
def turn(dataset: Any, page: Any) -> Any:
    """Another page of the list."""
    number = _page(page)
    nodes, total = dataset.children((number - 1) * PAGE, PAGE)
    return listing(dataset.facts, nodes), _range(number, len(nodes), total)


def listing(facts: Facts, nodes: list[Node]) -> html.Ol:
    """Links with the kind, shape and type of what they lead to; what cannot be opened says why."""
    head = html.Li(
        [html.Span(word) for word in ("Name", "Kind", "Shape", "Type")], className="group-row group-head", **attrs(aria_hidden="true")
    )
    return still(html.Ol([head, *(_row(facts, node) for node in nodes)], className="group-list"))


def _row(facts: Facts, node: Node) -> Component:
    look = kind_of(node)
    name = [
        icon(look.icon if node.problem is None else "unlink", size=18, tone=look.tone if node.problem is None else "err"),
        html.Span(node.label),
    ]
    notes: list[Any] = []
    if node.nxclass:
        notes.append(badge(formats.text(node.nxclass), "ok"))
    if node.target:
        notes.append(html.Span(["→ ", formats.text(node.target)], className="group-target"))
    first: Component
    if node.problem is None:
        ref = Ref(facts.ref.source, facts.ref.file, node.path)
        first = link(name, f"view?{ref.query()}", className="group-name")
    else:
        first = html.Span(name, className="group-name group-broken")
        notes.append(html.Span([formats.text(node.problem.sentence), " ", formats.text(node.problem.advice)], className="group-problem"))
    if node.kind == "group":
        size = formats.plural(node.children, "object")
    else:
        size = "" if node.kind in ("datatype", "link") else formats.shape(node.shape)
    word = look.word if node.problem is None else "Not readable"
    return html.Li(
        [
            html.Span([first, *notes], className="group-first"),
            html.Span(word, className="group-word"),
            html.Span(size, className="mono"),
            html.Span(formats.text(node.type), className="mono"),
        ],
        className="group-row",
    )


def _heading(facts: Facts, said: str) -> Component:
    title = text_of(facts.attrs.get("title")) or (facts.name if facts.ref.parts else facts.ref.file.split("/")[-1])
    nxclass = text_of(facts.attrs.get("NX_class"))
    marks = [badge(formats.text(nxclass), "ok")] if nxclass else []
    if facts.definition:
        marks.append(badge(formats.text(facts.definition), "acc"))
    return html.Header(
        [html.Div([html.H1(formats.text(title)), *marks], className="group-title"), html.P(said)],
        className="group-heading",
    )


def _said(facts: Facts, total: int) -> str:
    attributes = formats.plural(facts.attr_count, "attribute") if facts.attr_count else "no attributes"
    return f"{formats.plural(total, 'object') if total else 'No objects'}, {attributes}"


def _nothing(facts: Facts) -> Component:
    return empty_card(
        "This group is empty", "It holds no groups, datasets or links.", where=facts.ref.path, advice="Its attributes are shown beside."
    )


def _range(page: int, count: int, total: int) -> str:
    first = (page - 1) * PAGE
    return "" if total <= PAGE or not count else f"{formats.count(first + 1)} to {formats.count(first + count)}"


def _page(value: Any) -> int:
    try:
        return min(max(int(value), 1), 1 << 40)
    except (TypeError, ValueError):
        return 1


# --- datatypes -------------------------------------------------------------------------------------------------------


def _type(facts: Facts) -> Component:
    if facts.type is None:
        return empty_card("An unknown datatype", "HDF5 gives no description of it.", where=facts.ref.path)
    return html.Div([html.P(words(facts.type)), html.Ul(members(facts.type), className="group-members")], className="group-type")


def words(type: TypeInfo) -> str:
    """A datatype in one sentence."""
    size = formats.plural(type.size, "byte")
    if type.kind == "compound":
        return f"A record of {formats.plural(len(type.fields), 'member')}, {size}."
    if type.kind == "enum":
        return f"{formats.plural(len(type.names), 'name')} for values of type {type.base.text if type.base else 'integer'}, {size}."
    if type.kind == "array":
        return f"An array of {formats.shape(type.shape)} {type.base.text if type.base else 'values'}, {size}."
    if type.kind == "vlen":
        return f"Lists of any length of {type.base.text if type.base else 'values'}."
    return f"{type.text}, {size} each."


def members(type: TypeInfo, depth: int = 0) -> list[Component]:
    """The members of a compound or the names of an enum, as nested list items."""
    if type.kind == "enum":
        found: list[Component] = [
            html.Li([html.Span(formats.text(name)), html.Span(str(value), className="mono")])
            for name, value in sorted(type.names, key=lambda one: one[1])[:WIDEST]
        ]
        return found if len(type.names) <= WIDEST else [*found, html.Li(f"… {formats.count(len(type.names) - WIDEST)} more")]
    rows: list[Component] = []
    for name, member in type.fields[:WIDEST]:
        inner = members(member, depth + 1) if depth < DEEPEST else []
        parts: list[Any] = [html.Span(formats.text(name)), html.Span(formats.text(member.text), className="mono")]
        rows.append(html.Li([*parts, html.Ul(inner)] if inner else parts))
    if len(type.fields) > WIDEST:
        rows.append(html.Li(f"… {formats.count(len(type.fields) - WIDEST)} more"))
    return rows
