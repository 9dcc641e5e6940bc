"""What an author's app looks like to the framework: prefixed ids, views, states."""

from typing import Any

import pytest
from dash import Input, Output, dcc, html

from h5nuvola.plugin import Plugin, View
from h5nuvola.rules import ndim


def _plugin(**options: Any) -> Plugin:
    return Plugin(**{"name": "demo", "title": "Demo", "rule": ndim(1), **options})


def test_ids_of_the_layout_are_prefixed_at_any_depth() -> None:
    plugin = _plugin()

    @plugin.layout
    def layout(dataset: object) -> Any:
        return [html.Div(html.Div([dcc.Graph(id="graph")], id="box")), dcc.Store(id={"row": 3}), html.P(id="view-problem")]

    body = plugin.render(object(), {}).body
    assert body[0].children.id == "demo--box"
    assert body[0].children.children[0].id == "demo--graph"
    assert body[1].id == {"row": 3, "app": "demo"}
    assert body[2].id == "view-problem"  # the page's own


def test_a_component_in_a_property_is_prefixed_too() -> None:
    plugin = _plugin()
    plugin.layout(lambda dataset: View(html.P("x"), toolbar=[dcc.Tab(label="a", children=html.Span(id="inner"))], status=html.Span(id="s")))
    view = plugin.render(object(), {})
    assert view.toolbar[0].children.id == "demo--inner"
    assert view.status.id == "demo--s"


def test_states_come_from_the_address_and_else_from_their_default() -> None:
    plugin = _plugin()
    plugin.state("cmap", Input("cmap", "value"), default="viridis")
    plugin.state("log", Input("log", "value"), default="lin")
    plugin.layout(lambda dataset, state: html.P(f"{state['cmap']} {state['log']}"))
    assert plugin.render(object(), {"cmap": "gray", "log": ["twice", "given"]}).body.children == "gray lin"


@pytest.mark.parametrize("key", ["s", "f", "p"])
def test_a_state_cannot_take_the_address_of_the_data(key: str) -> None:
    with pytest.raises(ValueError, match="belongs to the address"):
        _plugin().state(key, Input("a", "value"))


@pytest.mark.parametrize("name", ["", "a", "Demo", "de mo", "../x", "a" * 41])
def test_a_name_must_fit_an_address(name: str) -> None:
    with pytest.raises(ValueError, match="lower-case letters"):
        _plugin(name=name)


def test_an_app_for_another_api_is_refused_with_both_numbers() -> None:
    with pytest.raises(ValueError, match=r"API 2.*API 1"):
        _plugin(api=2)


def test_an_app_without_a_layout_says_so() -> None:
    with pytest.raises(ValueError, match="has no layout"):
        _plugin().render(object(), {})


def test_callbacks_are_kept_as_written() -> None:
    plugin = _plugin()

    @plugin.callback(Output("a", "children"), Input("b", "value"), prevent_initial_call=True)
    def draw(dataset: object, value: int) -> int:
        return value

    (kept,) = plugin.callbacks
    assert kept.function is draw
    assert kept.options == {"prevent_initial_call": True}
    assert draw(None, 3) == 3  # an author's function stays an ordinary function
