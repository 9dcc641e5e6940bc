"""The REST API: everything that moves data between server and browser outside Dash's callbacks."""

from __future__ import annotations

from flask import Flask

from h5nuvola.api import data, files, thumbs, tiles
from h5nuvola.registry import Registry
from h5nuvola.settings import Settings
from h5nuvola.storage.library import Library


def install(server: Flask, settings: Settings, library: Library, registry: Registry) -> None:
    """Adds every route under /api."""
    prefix = settings.base_path + "api"
    for blueprint in (files.blueprint(library, registry), data.blueprint(library), thumbs.blueprint(library), tiles.blueprint(library)):
        server.register_blueprint(blueprint, url_prefix=prefix)
