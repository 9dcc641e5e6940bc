"""Routes that list and find: sources, folders, files by letters, a file's objects, and the preview of a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request

from h5nuvola.api.request import answers, number, ref, reply, user
from h5nuvola.errors import BadRequest, H5nuvolaError
from h5nuvola.model import Entry, Node, Ref, visible
from h5nuvola.registry import Registry
from h5nuvola.storage.library import Library
from h5nuvola.storage.search import match
from h5nuvola.ui import formats
from h5nuvola.ui.kinds import kind_of

PAGE = 1000
LETTERS = 200  # longest query
ADDRESS = 6000  # longest query string that fits a request line with room to spare


def blueprint(library: Library, registry: Registry) -> Blueprint:
    """The routes over one library."""
    routes = Blueprint("files", __name__)

    @routes.get("/sources")
    @answers
    def sources() -> Response:
        index = library.index()
        found = []
        for source in library.sources(user()):
            state = index.state(source.name)
            health = "problem" if state.problem else "crawling" if state.crawling else "healthy"
            sentence = state.problem.sentence if state.problem else ""
            found.append(
                {
                    "name": source.name,
                    "kind": source.kind,
                    "files": state.count,
                    "nbytes": state.nbytes,
                    "state": health,
                    "sentence": sentence,
                    "crawled": state.crawled,
                }
            )
        return reply({"sources": found})

    @routes.get("/folder")
    @answers
    def folder() -> Response:
        entries = library.folder(user(), ref())
        letters = _letters()
        if letters:
            entries = [entry for entry in entries if match(letters, entry.name) is not None]
        entries = _sorted(entries, request.args.get("sort", ""), request.args.get("desc", "") == "1")
        start, count = number("start", 0, 0, 10**9), number("count", 200, 1, PAGE)
        return reply({"entries": [_entry(entry) for entry in entries[start : start + count]], "total": len(entries)})

    @routes.get("/find")
    @answers
    def find() -> Response:
        found = library.find(user(), _letters(), request.args.get("s", ""), number("count", 50, 1, PAGE))
        hits = [
            {
                "source": hit.ref.source,
                "file": hit.ref.file,
                "text": visible_same_length(hit.text),
                "positions": hit.positions,
                "size": hit.size,
                "mtime": hit.mtime,
            }
            for hit in found.hits
        ]
        return reply({"hits": hits, "total": found.total, "ms": round(found.ms, 2)})

    @routes.get("/children")
    @answers
    def children() -> Response:
        start, count = number("start", 0, 0, 10**12), number("count", 200, 1, PAGE)
        if key := request.args.get("at", ""):
            # The page that holds this key: a tree opens at the path of the address, also in a group of 50,000.
            start = max(library.position(user(), ref(), key), 0) // count * count
        nodes, total = library.children(user(), ref(), start, count)
        return reply({"nodes": [_node(node, ref()) for node in nodes], "total": total, "start": start})

    @routes.get("/search")
    @answers
    def search() -> Response:
        found = library.search(user(), ref(), _letters(), number("count", 50, 1, PAGE))
        hits = [
            {
                "path": hit.ref.path,
                "text": visible_same_length(hit.text),
                "positions": hit.positions,
                "node": _node(hit.node, ref()) if hit.node else None,
            }
            for hit in found.hits
        ]
        return reply({"hits": hits, "total": found.total, "ms": round(found.ms, 2), "cut": found.cut})

    @routes.get("/describe")
    @answers
    def describe() -> Response:
        return reply(library.describe(user(), ref()))

    @routes.get("/preview")
    @answers
    def preview() -> Response:
        return reply(_preview(library, ref()))

    return routes


def _preview(library: Library, at: Ref) -> dict[str, Any]:
    """What stands beside a search result: the file's figures and its most telling datasets. A problem comes as part of it."""
    title = visible(at.file.split("/")[-1])
    answer: dict[str, Any] = {
        "title": title,
        "path": at.path,
        "kinds": [],
        "facts": [],
        "datasets": [],
        "href": view_href(at),
        "problem": None,
    }
    try:
        root = library.describe(user(), Ref(at.source, at.file))
        answer["facts"] = [("Size", formats.size(root.file_size)), ("Modified", formats.when(root.file_mtime))]
        entrance = library.entrance(user(), at)
        nodes, cut = library.walk(user(), at)
    except H5nuvolaError as error:
        answer["problem"] = error.as_json()
        return answer
    datasets = sorted((node for node in nodes if node.kind == "dataset"), key=lambda node: _weight(node, entrance.path), reverse=True)
    kinds = dict.fromkeys(kind_of(node) for node in datasets[:200])
    answer["path"] = entrance.path
    answer["href"] = view_href(entrance)
    answer["facts"].insert(1, ("Objects", f"{len(nodes)}{' or more' if cut else ''}"))
    answer["kinds"] = [{"icon": kind.icon, "word": kind.word} for kind in list(kinds)[:4]]
    answer["datasets"] = [
        {
            "path": node.path,
            "label": visible(node.path.lstrip("/")),
            "icon": kind_of(node).icon,
            "shape": formats.shape(node.shape),
            "href": view_href(Ref(at.source, at.file, node.path)),
        }
        for node in datasets[:5]
    ]
    return answer


def _weight(node: Node, entrance: str) -> tuple[bool, bool, int, int]:
    """Main datasets first: the default one, then numbers, then what has more dimensions and more values."""
    size = 1
    for length in node.shape or ():
        size *= length
    return (node.path == entrance, node.problem is None, min(len(node.shape or ()), 3), size)


def view_href(at: Ref, app: str = "") -> str:
    """The address of a Ref below the application's root."""
    return f"view{'/' + quote(app) if app else ''}?{at.query()}"


def visible_same_length(text: str) -> str:
    """`visible` that keeps every position, so that the positions of matched letters stay true."""
    return "".join(char if len(mark := visible(char)) == 1 and mark == char else mark[0] if len(mark) == 1 else "�" for char in text)


def _sorted(entries: Sequence[Entry], key: str, descending: bool) -> list[Entry]:
    """Folders first, then by name, size or time; as the source lists them when no order is asked for."""
    found = list(entries)
    if key in ("size", "mtime"):
        found.sort(key=lambda entry: entry.size if key == "size" else entry.mtime, reverse=descending)
    elif key == "name" and descending:
        found.reverse()
    return sorted(found, key=lambda entry: not entry.folder)


def _letters() -> str:
    letters = request.args.get("q", "")
    if len(letters) > LETTERS:
        raise BadRequest(f"The search text has more than {LETTERS} letters.", "A few letters are enough.")
    return letters.strip()


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "label": visible(entry.name),
        "file": entry.file,
        "folder": entry.folder,
        "size": entry.size,
        "mtime": entry.mtime,
        "likely": entry.likely,
        "problem": entry.problem,
    }


def _node(node: Node, at: Ref) -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(node, name) for name in Node.__slots__}
    kind = kind_of(node)
    found["icon"], found["tone"] = kind.icon, kind.tone
    if len(quote(node.path)) + len(quote(at.file)) > ADDRESS:
        # Web servers end a request line at 8 kB; a name of 60,000 letters is legal in HDF5.
        found["key"] = found["path"] = ""
        found["label"] = node.label[:200] + "…"
        found["problem"] = {
            "code": "H5N-1400",
            "sentence": "This name is too long for an address, so it cannot be opened here.",
            "advice": "",
        }
    return found
