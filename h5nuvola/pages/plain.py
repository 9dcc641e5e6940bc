"""Pages that must work without scripts: a sentence with a status, for browsers; the same as JSON, for programs."""

from __future__ import annotations

from html import escape

from flask import Response, json, request

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 Inter, system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; }
body { background: light-dark(#f7f8fb, #0f1217); color: light-dark(#14171d, #eceff4); }
main { max-width: 34rem; margin: 24px; padding: 32px; border-radius: 12px; }
main { border: 1px solid light-dark(#e6e9f0, #262b35); background: light-dark(#fff, #14171d); }
h1 { font-size: 22px; line-height: 28px; margin: 0 0 12px; }
p { margin: 0 0 12px; color: light-dark(#3f4753, #c6ccd6); }
a { color: light-dark(#364fc7, #a5b8ff); }
small { font: 13px/18px "JetBrains Mono", monospace; color: light-dark(#5b6472, #9aa4b2); }
"""


def page(status: int, title: str, sentence: str, advice: str = "", id: str = "") -> Response:
    """An answer that says what happened and what to do, with its HTTP status."""
    if request.path.find("/api/") >= 0 or request.path.find("/_dash") >= 0 or "text/html" not in request.headers.get("Accept", ""):
        body = {"code": f"H5N-{1000 + status}", "id": id, "title": title, "message": sentence, "advice": advice, "figures": {}}
        return Response(json.dumps(body), status=status, mimetype="application/json")
    home = f'<p><a href="{escape(request.script_root)}/">Go to the home page</a></p>' if status != 401 else ""
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · h5nuvola</title><style>{STYLE}</style></head><body><main><h1>{escape(title)}</h1>"
        f"<p>{escape(sentence)}</p><p>{escape(advice)}</p>{home}<small>{status} {escape(id)}</small></main></body></html>"
    )
    return Response(text, status=status, mimetype="text/html")
