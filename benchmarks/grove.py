"""The peer: h5grove's own Flask blueprint behind the same web server as ours, with a minimal page that paints its answers."""

from __future__ import annotations

import os
from pathlib import Path

import hdf5plugin  # noqa: F401 — registers the filters, which h5grove leaves to its host
import plotly
from flask import Flask, Response, send_from_directory
from h5grove.flask_utils import BLUEPRINT  # type: ignore[import-untyped]

HERE = Path(__file__).parent / "peer"


def create() -> Flask:
    """The application; the folder it serves is in the environment variable BENCHMARK_FOLDER."""
    app = Flask("benchmarks.grove", static_folder=None)
    app.config["H5_BASE_DIR"] = os.environ["BENCHMARK_FOLDER"]
    app.register_blueprint(BLUEPRINT, url_prefix="/h5grove")

    @app.get("/")
    def page() -> Response:
        return send_from_directory(HERE, "page.html")

    @app.get("/page.js")
    def script() -> Response:
        return send_from_directory(HERE, "page.js")

    @app.get("/plotly.js")
    def plots() -> Response:
        return send_from_directory(Path(plotly.__file__).parent / "package_data", "plotly.min.js")

    return app
