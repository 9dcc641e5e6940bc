"""Puts the house together: the only module that knows everybody."""

from __future__ import annotations

from pathlib import Path

import dash
from dash import Dash

from h5nuvola import api, login, ops
from h5nuvola.errors import BadSetting
from h5nuvola.model import visible
from h5nuvola.pages import apps, bodies, callbacks, home, missing, shell, view
from h5nuvola.registry import Registry
from h5nuvola.settings import Settings
from h5nuvola.storage.library import Library

TITLE = "h5nuvola"


def create_app(settings: Settings, registry: Registry | None = None) -> Dash:
    """The Dash application of these settings; `.server` is its Flask application.

    Its readers are processes of their own, so call it after a web server has forked its workers.
    """
    _make_cache_folder(settings.cache_dir)
    library = Library(settings)
    registry = registry or Registry.discover(settings.plugin_folder)
    # Dash keeps pages and @hooks per process: start from none, so that a second application has its own.
    dash.page_registry.clear()
    app = Dash(
        "h5nuvola",
        title=TITLE,
        update_title="",
        use_pages=True,
        pages_folder="",
        assets_folder=str(assets_folder()),
        requests_pathname_prefix=settings.base_path,
        routes_pathname_prefix=settings.base_path,
        suppress_callback_exceptions=True,
        add_log_handler=False,
        enable_mcp=False,
        meta_tags=[{"name": "color-scheme", "content": "light dark"}, {"name": "robots", "content": "noindex"}],
    )
    app.index_string = shell.index_string(app)
    ops.install_checks(app.server, settings)
    login.install(app.server, settings)
    ops.install_errors(app.server)
    ops.install_probes(app.server, settings, library, registry)
    api.install(app.server, settings, library, registry)
    callbacks.register(app, library, registry)
    home.register()
    apps.register(registry)
    view.register(library, registry)
    missing.register()
    app.layout = shell.layout
    missing.install(app)
    bodies.install(app)
    ops.install_headers(app)
    app.server.extensions["h5nuvola"] = library
    return app


def _make_cache_folder(folder: Path) -> None:
    """Makes the cache folder, for this account alone. Raises BadSetting."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise BadSetting(
            f"The cache folder “{visible(str(folder))}” cannot be used: {error.strerror}.", "Choose another `cache_dir`."
        ) from None


def assets_folder() -> Path:
    """The assets: beside the package in a source tree, inside it when installed."""
    package = Path(__file__).resolve().parent
    return next(folder for folder in (package / "assets", package.parent / "assets") if folder.is_dir())
