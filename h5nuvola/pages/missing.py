"""Addresses that lead nowhere: a real 404, where Dash would answer 200."""

from __future__ import annotations

import dash
from dash import Dash, html
from dash.development.base_component import Component
from flask import Response, request

from h5nuvola.errors import NotFound
from h5nuvola.pages.plain import page
from h5nuvola.ui.cards import error_card
from h5nuvola.ui.parts import button


def register() -> None:
    """The page for an unknown address reached inside the application."""
    dash.register_page("not_found_404", path="/not-found", title="Nothing is here · h5nuvola", layout=layout)


def layout(**_query: str) -> Component:
    """The card that says so."""
    error = NotFound("The address leads to no page of this server.", "Check it, or start from the home page.")
    return html.Div(error_card(error, actions=[button("Home", href="/", filled=True)]), className="page-center")


def install(app: Dash) -> None:
    """Answers 404 for every address that no page and no route has."""
    base = app.config.routes_pathname_prefix or "/"

    @app.server.before_request
    def unknown() -> Response | None:
        # Dash answers every unknown path with its start page and 200; its catch-all route is the one with <path:path>.
        if request.url_rule is None or "<path:path>" not in request.url_rule.rule:
            return None
        path = "/" + request.path.removeprefix(base).strip("/")
        if any(found["path"] == path for found in dash.page_registry.values()):
            return None
        return page(404, "Nothing is here", "The address leads to no page of this server.", "Check it, or start from the home page.")
