"""The home page: find a file by a few letters, or walk through the folders of a source.

`/?s=<source>&f=<folder>` shows that folder; scripts (assets/search.js, sources.js, folder.js, kept.js) fill the parts.
"""

from __future__ import annotations

import dash
from dash import html
from dash.development.base_component import Component

from h5nuvola.ui.attrs import attrs


def layout(**_query: str) -> Component:
    """The parts of the page, empty: everything in them comes from /api as the reader moves, without a server round for the page."""
    return html.Div(
        [
            html.Div(
                [
                    html.H1("Find and browse data", className="only-read"),
                    html.Div(className="h5n-search", **attrs(data_place="home")),
                    html.Section(
                        [html.H2("Sources", className="label"), html.Div(id="sources", className="h5n-sources")],
                        className="sources",
                        **attrs(aria_label="Sources"),
                    ),
                    html.Section(
                        [html.Div(id="folder", className="h5n-folder")],
                        className="folder",
                        **attrs(aria_label="Folder"),
                    ),
                ],
                className="home-main",
            ),
            html.Aside([html.Div(id="kept", className="h5n-kept")], className="home-aside", **attrs(aria_label="Preview, pinned, recent")),
        ],
        className="home",
    )


def register() -> None:
    """Make it the page at `/`; after `Dash(use_pages=True)` and before the first request."""
    dash.register_page("h5nuvola.pages.home", path="/", name="Home", title="h5nuvola", layout=layout)
