"""The apps of this server: what each is for, in words, and the ones set aside with the reason."""

from __future__ import annotations

import dash
from dash import html
from dash.development.base_component import Component

from h5nuvola.model import visible
from h5nuvola.plugin import Plugin
from h5nuvola.registry import Quarantined, Registry
from h5nuvola.ui.icons import icon
from h5nuvola.ui.parts import badge


def register(registry: Registry) -> None:
    """The page at /apps."""

    def layout(**_query: str) -> Component:
        count = len(registry.plugins)
        return html.Div(
            [
                html.Div(
                    [html.H1("Apps"), html.Span(f"{count + len(registry.quarantined)} installed, {count} in service", className="dim")],
                    className="page-head",
                ),
                html.Div(
                    [*(_card(plugin) for plugin in registry.plugins.values()), *(_aside(one) for one in registry.quarantined)],
                    className="app-grid",
                ),
            ],
            className="page",
        )

    dash.register_page("apps", path="/apps", title="Apps · h5nuvola", layout=layout)


def _card(plugin: Plugin) -> Component:
    rule = plugin.rule.words()
    return html.Article(
        [
            html.Header(
                [
                    html.Span(icon(plugin.icon, size=20), className="tile"),
                    html.H2(plugin.title),
                    html.Span(plugin.version, className="mono dim"),
                ]
            ),
            html.P(plugin.description or "An app without a description."),
            html.P([html.Strong("Opens when "), rule], className="dim"),
            html.Footer([html.Span(plugin.author, className="dim"), badge("In service", "ok", "circle-check")]),
        ],
        className="app-card",
    )


def _aside(one: Quarantined) -> Component:
    return html.Article(
        [
            html.Header([html.Span(icon("plug-off", size=20), className="tile"), html.H2(visible(one.name))]),
            html.P(visible(one.reason)[:400]),
            html.P(f"Found in {visible(one.origin)}. The other apps run on.", className="dim"),
            html.Footer(badge("Set aside", "err", "plug-off")),
        ],
        className="app-card app-card-err",
    )
