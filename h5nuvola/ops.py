"""What keeps a server safe and observable: headers, checks of every request, probes, one log line a request."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from dash import Dash
from flask import Flask, Response, g, json, request
from werkzeug.exceptions import HTTPException

import h5nuvola
from h5nuvola.errors import H5nuvolaError
from h5nuvola.pages.plain import page
from h5nuvola.registry import Registry
from h5nuvola.settings import Settings
from h5nuvola.storage.library import Library

log = logging.getLogger("h5nuvola.requests")
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
SAFE = ("GET", "HEAD", "OPTIONS")
BODY_LIMIT = 2 << 20
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  compared with, not bound to
KNOWN = {
    404: ("Nothing is here", "The address leads to no page of this server."),
    405: ("This cannot be done here", "The address answers other kinds of requests."),
    413: ("This request is too large", "It holds more than 2 MiB."),
}


def install_checks(server: Flask, settings: Settings) -> None:
    """Checks the host, the origin of unsafe requests and sizes before anything else runs."""
    server.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    # A server on every address goes by names that only its operator knows; its token or login guards it.
    everywhere = settings.host in EVERY_ADDRESS and set(settings.hosts) == set(LOOPBACK)
    hosts = set() if everywhere else {*settings.hosts, settings.host}

    @server.before_request
    def check() -> Response | None:
        g.begin, g.request_id = time.perf_counter(), secrets.token_hex(4)
        # A page on the internet whose name is rebound to 127.0.0.1 still sends its own host.
        if hosts and _hostname(request.host) not in hosts:
            advice = "Use the address that was printed when the server started, or add the name to the setting “hosts”."
            return page(421, "This is not the name of this server", "The request was made to another host name.", advice)
        if request.method not in SAFE and not _same_origin():
            sentence = "Only pages of this server may change something here."
            return page(403, "This request came from another site", sentence, "Open the page itself and try again.")
        return None


def install_headers(app: Dash) -> None:
    """Adds the Content-Security-Policy and its companions to every answer, and a line to the log."""
    policy: list[str] = []

    @app.server.after_request
    def finish(answer: Response) -> Response:
        if not policy:
            hashes = " ".join(app.csp_hashes())
            policy.append(
                f"default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
                "font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
            )
        headers = answer.headers
        headers.setdefault("Content-Security-Policy", policy[0])
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if "Cache-Control" not in headers or headers["Cache-Control"] == "no-cache":
            headers["Cache-Control"] = _keeping()
        headers["X-Request-Id"] = g.get("request_id", "")
        _line(answer)
        return answer


def install_errors(server: Flask) -> None:
    """No traceback ever reaches a browser: it goes to the log under the id that the page shows."""

    @server.errorhandler(H5nuvolaError)
    def told(error: H5nuvolaError) -> Response:
        return page(error.status, error.title, error.sentence, error.advice, f"{error.code} · {error.id}")

    @server.errorhandler(HTTPException)
    def known(error: HTTPException) -> Response:
        title, sentence = KNOWN.get(error.code or 0, ("This request cannot be answered", "The server does not understand the request."))
        return page(error.code or 400, title, sentence, "Check the address, or start from the home page.")

    @server.errorhandler(Exception)
    def unknown(error: Exception) -> Response:
        logging.getLogger(__name__).exception("request %s failed", g.get("request_id"))
        advice = "Try again, and quote this number when you report it."
        sentence = "The request was not carried out; your data is untouched."
        return page(500, "The server made a mistake", sentence, advice, str(g.get("request_id", "")))


def install_probes(server: Flask, settings: Settings, library: Library, registry: Registry) -> None:
    """Routes for operators under /-/."""
    base = settings.base_path.rstrip("/")

    @server.get(f"{base}/-/live")
    def live() -> Response:
        return Response("live\n", mimetype="text/plain")

    @server.get(f"{base}/-/ready")
    def ready() -> Response:
        # Storage is left out on purpose: a source that is gone must not take the server out of service.
        checks = {
            "readers": _holds(library.ready),
            "cache": _holds(lambda: os.access(settings.cache_dir, os.W_OK)),
            "apps": bool(registry.plugins),
        }
        return Response(json.dumps(checks), status=200 if all(checks.values()) else 503, mimetype="application/json")

    @server.get(f"{base}/-/version")
    def version() -> Response:
        return Response(json.dumps({"h5nuvola": h5nuvola.__version__}), mimetype="application/json")

    @server.get(f"{base}/-/plugins")
    def plugins() -> Response:
        found: list[dict[str, Any]] = [
            {"name": plugin.name, "title": plugin.title, "version": plugin.version, "rule": plugin.rule.words(), "state": "in service"}
            for plugin in registry.plugins.values()
        ]
        found += [{"name": one.name, "origin": one.origin, "reason": one.reason, "state": "quarantined"} for one in registry.quarantined]
        return Response(json.dumps(found), mimetype="application/json")


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return bool(check())
    except Exception:
        logging.getLogger(__name__).warning("a readiness check failed", exc_info=True)
        return False


def _hostname(host: str) -> str:
    return host.rsplit(":", 1)[0] if ":" in host.rsplit("]", 1)[-1] else host


def _same_origin() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _keeping() -> str:
    """How long a browser may keep an answer. Data is never kept; an asset whose address holds its fingerprint, for a year."""
    if request.endpoint != "_dash_assets.static":
        return "private, no-store"
    return "private, max-age=31536000, immutable" if "m" in request.args else "private, no-cache"


def _line(answer: Response) -> None:
    """One JSON line a request; the path is hashed, since names of files may be private."""
    log.info(
        json.dumps(
            {
                "id": g.get("request_id"),
                "method": request.method,
                "route": request.endpoint,
                "path": hashlib.sha256(request.full_path.encode()).hexdigest()[:12],
                "status": answer.status_code,
                "bytes": answer.content_length,
                "ms": round((time.perf_counter() - g.get("begin", time.perf_counter())) * 1e3, 1),
            }
        )
    )
