"""What a page sends to a callback, looked at before Dash does: Dash would answer 500 to whatever it does not expect."""

from __future__ import annotations

import json
from typing import Any

from dash import Dash
from flask import Response, request

from h5nuvola.pages.plain import page


def install(app: Dash) -> None:
    """Answers 400 to a callback request that no page of this server sends."""
    base = app.config.routes_pathname_prefix or "/"

    @app.server.before_request
    def check() -> Response | None:
        if request.path != f"{base}_dash-update-component" or request.method != "POST":
            return None
        try:
            body = json.loads(request.get_data())
        except (ValueError, RecursionError):
            body = None
        if request.is_json and _known(app, body, base):
            return None
        return page(400, "This request cannot be understood", "No page of this server sends such a request.", "Reload the page.")


def _known(app: Dash, body: Any, base: str) -> bool:
    """Whether a body names a callback there is, with as many outputs, inputs and states as it has."""
    if not isinstance(body, dict) or not isinstance(body.get("output"), str):
        return False
    callback = app.callback_map.get(body["output"])
    if callback is None or "callback" not in callback:
        return False
    changed, outputs = body.get("changedPropIds", []), body.get("outputs", [])
    if not isinstance(changed, list) or not all(isinstance(one, str) for one in changed):
        return False
    declared = callback["output"] if isinstance(callback["output"], list | tuple) else [callback["output"]]
    outputs = outputs if isinstance(outputs, list) else [outputs]
    if not callback.get("no_output") and (len(outputs) != len(declared) or not all(_places(one) for one in outputs)):
        return False
    for part in ("inputs", "state"):
        given = body.get(part, [])
        if not isinstance(given, list) or len(given) != len(callback[part]):
            return False
        if not all(_fits(one, wanted, base) for one, wanted in zip(given, callback[part], strict=True)):
            return False
    return True


def _places(given: Any) -> bool:
    """Whether this names a property of a component, or a list of such for a pattern of ids."""
    if isinstance(given, list):
        return all(isinstance(one, dict) and _places(one) for one in given)
    return isinstance(given, dict) and isinstance(given.get("id"), str | dict) and isinstance(given.get("property"), str)


def _fits(given: Any, wanted: dict[str, Any], base: str) -> bool:
    if not _places(given):
        return False
    if wanted["id"].startswith("{"):
        return True
    if not isinstance(given, dict) or (given["id"], given["property"]) != (wanted["id"], wanted["property"]):
        return False
    # Dash's own router takes it for granted that an address is text.
    value = given.get("value")
    if given["id"] != "_pages_location":
        return True
    return isinstance(value, str) and value.startswith(base) if given["property"] == "pathname" else value is None or isinstance(value, str)
