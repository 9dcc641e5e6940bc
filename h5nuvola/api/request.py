"""What every route of the REST API shares: who asks, for what, and how errors answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from functools import wraps
from typing import Any, ParamSpec

from flask import Response, g, json, request

from h5nuvola.errors import BadRequest, H5nuvolaError
from h5nuvola.model import Ref, User

P = ParamSpec("P")


def user() -> User:
    """Who asks: set for every request before it reaches a route."""
    found = g.user
    assert isinstance(found, User)
    return found


def ref() -> Ref:
    """The Ref in the query string."""
    return Ref.parse(request.args)


def number(name: str, default: int, low: int, high: int) -> int:
    """An integer of the query string; BadRequest when it is none or out of range."""
    text = request.args.get(name, "")
    if not text:
        return default
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise BadRequest(f"“{name}” must be a whole number from {low} to {high}.", "Correct the address.")
    return value


def reply(value: Any, status: int = 200) -> Response:
    """A JSON answer; NaN and infinities become null, since JSON has none."""
    body = json.dumps(plain(value), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Response(body, status=status, mimetype="application/json", headers={"Cache-Control": "private, no-store"})


def plain(value: Any) -> Any:
    """Dataclasses, tuples and mappings as what JSON can carry."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value


def failure(error: H5nuvolaError) -> Response:
    """An error as JSON with its status; what is busy says when to come back."""
    answer = reply(error.as_json(), error.status)
    if error.status == 503:
        answer.headers["Retry-After"] = "2"
    return answer


def answers(function: Callable[P, Response]) -> Callable[P, Response]:
    """Turns the errors of a route into their JSON answers."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return function(*args, **kwargs)
        except H5nuvolaError as error:
            return failure(error)

    return wrapped
