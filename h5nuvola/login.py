"""Who is asking: the token of a personal server, kept in a cookie after its first use."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlencode

from flask import Flask, Response, g, redirect, request

from h5nuvola.model import LOCAL_USER
from h5nuvola.pages.plain import page
from h5nuvola.settings import Settings

OPEN = ("/-/live", "/-/ready")
DAYS = 30


def install(server: Flask, settings: Settings) -> None:
    """Refuses every request without the token, for every route there is or will be; sets `g.user` for the others."""
    cookie = f"h5nuvola-{settings.port}"  # cookies are shared by all ports of a host

    @server.before_request
    def gate() -> Response | None:
        path = request.path.removeprefix(settings.base_path.rstrip("/"))
        g.user = LOCAL_USER
        if path in OPEN or settings.token is None:
            return None
        if hmac.compare_digest(request.cookies.get(cookie, "").encode(), _proof(settings.token).encode()):
            return _without_token() if "token" in request.args and request.method == "GET" else None
        if hmac.compare_digest(request.args.get("token", "").encode(), settings.token.encode()):
            answer = _without_token()
            # Lax, not Strict: a link in a colleague's mail must arrive with the cookie.
            answer.set_cookie(
                cookie,
                _proof(settings.token),
                max_age=DAYS * 86400,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure,
                path=settings.base_path,
            )
            return answer
        return page(
            401,
            "This server asks for its token",
            "It shows data of the person who started it, and only to those who have its address.",
            "Open the whole address that was printed when the server started (it ends in ?token=…), or ask for it.",
        )


def _proof(token: str) -> str:
    """What the cookie holds: it proves the token and does not reveal it."""
    return hmac.new(token.encode(), b"h5nuvola session", hashlib.sha256).hexdigest()


def _without_token() -> Response:
    """The same address without the token, so that it stays out of history and of links sent on."""
    rest = [(key, value) for key, value in request.args.items(multi=True) if key != "token"]
    # One slash only: "//host" would be another site.
    target = request.script_root + "/" + request.path.lstrip("/")
    answer = redirect(target + (f"?{urlencode(rest)}" if rest else ""), 303)
    assert isinstance(answer, Response)
    return answer
