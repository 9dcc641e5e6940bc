"""The frame around every page: header, the browsing column of the workbench, the bar of the phone.

It stays while pages change, so the tree keeps what was opened and scrolled.
"""

from __future__ import annotations

from html import escape

import dash
import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from h5nuvola.ui.attrs import attrs
from h5nuvola.ui.icons import icon
from h5nuvola.ui.parts import link, tool

# theme.js stands in <head> so that a dark page is never painted light first; the meta tag tells scripts the path prefix.
_INDEX = """<!DOCTYPE html>
<html lang="en">
    <head>
        {%metas%}
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="h5nuvola-base" content="BASE">
        <title>{%title%}</title>
        <link rel="icon" type="image/svg+xml" href="LOGO">
        <script src="THEME"></script>
        {%css%}
    </head>
    <body>
        {%app_entry%}
        <footer>
            {%config%}
            {%scripts%}
            {%renderer%}
        </footer>
    </body>
</html>"""


def index_string(app: dash.Dash) -> str:
    """The HTML around the app: `app.index_string = shell.index_string(app)`."""
    base = app.config.requests_pathname_prefix or "/"
    page = _INDEX
    for mark, value in (("BASE", base), ("LOGO", app.get_asset_url("logo.svg")), ("THEME", app.get_asset_url("theme.js"))):
        page = page.replace(mark, escape(value, quote=True))
    return page


def layout() -> Component:
    """The app's layout: `app.layout = shell.layout`."""
    frame: Component = dmc.MantineProvider(
        [
            html.A("Skip to the content", href="#main", className="skip"),
            dmc.AppShell([_header(), dmc.AppShellMain([_browser(), html.Div(dash.page_container, id="main")])], header={"height": 56}),
            _phone_bar(),
            html.Div(id="toasts", role="status", **attrs(aria_live="polite")),
        ],
        defaultColorScheme="auto",
        theme={
            "primaryColor": "indigo",
            "primaryShade": {"light": 8, "dark": 7},
            "fontFamily": "var(--sans)",
            "fontFamilyMonospace": "var(--mono)",
            "defaultRadius": 8,
            "respectReducedMotion": True,
        },
    )
    return frame


def _header() -> Component:
    pages = [("Home", "/", "home"), ("Workbench", "/view", "view"), ("Apps", "/apps", "apps")]
    links = [link(text, href, **attrs(data_page=page)) for text, href, page in pages]
    header: Component = dmc.AppShellHeader(
        [
            link(icon("arrow-left"), "/", id="back", title="Back to the folder", **attrs(aria_label="Back to the folder")),
            link([html.Span(className="logo", **attrs(aria_hidden="true")), html.Span("h5nuvola")], "/", className="brand"),
            html.Nav(links, className="pages", **attrs(aria_label="Pages")),
            html.Nav(id="crumbs", **attrs(aria_label="Where you are")),
            html.Button(
                [icon("search"), html.Span("Search files and datasets"), html.Kbd("Ctrl K")],
                type="button",
                id="open-search",
                **attrs(aria_haspopup="dialog"),
            ),
            tool("search", "Search", id="open-search-small", key="Ctrl K"),
            tool("link", "Copy a link to this view", id="copy-link"),
            tool("keyboard", "Keys", id="open-keys", key="?"),
            html.Button(
                [icon("sun"), icon("moon")],
                type="button",
                id="theme",
                className="tool",
                title="Light or dark",
                **attrs(aria_label="Light or dark"),
            ),
        ]
    )
    return header


def _browser() -> Component:
    """The left column of the workbench: the folder's files and the file's structure. Scripts fill it from the address."""
    return html.Div(
        [
            tool("minus", "Pull the structure up or down", id="sheet-grip"),
            html.Nav([html.Div(id="files", className="h5n-files")], **attrs(aria_label="Files of this folder")),
            html.Section(
                [
                    html.Div(
                        [html.H2("Structure", className="label"), html.Span(id="tree-count", className="label-count")],
                        className="section-head",
                    ),
                    html.Div(id="tree", className="h5n-tree"),
                ],
                id="structure",
            ),
        ],
        id="browser",
    )


def _phone_bar() -> Component:
    return html.Nav(
        [
            link([icon("home", size=22), html.Span("Home")], "/", **attrs(data_page="home")),
            html.Button([icon("folder", size=22), html.Span("Browse")], type="button", id="browse", **attrs(data_page="view")),
            html.Button([icon("search", size=22), html.Span("Search")], type="button", id="phone-search"),
        ],
        id="phone-bar",
        **attrs(aria_label="Main"),
    )
