"""Speaks to a Dash application as its pages in the browser do: asks for a page's content, fires a callback."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from dash import Dash
from werkzeug.test import TestResponse


class DashClient:
    """A browser without eyes over one application."""

    def __init__(self, app: Dash) -> None:
        self.http = app.server.test_client()
        self.dependencies: list[dict[str, Any]] = self.http.get("/_dash-dependencies").get_json()

    def page(self, address: str) -> dict[str, Any]:
        """The component tree of a page, such as `/view?s=…`."""
        split = urlsplit(address)
        inputs = {"_pages_location.pathname": split.path, "_pages_location.search": f"?{split.query}" if split.query else ""}
        answer = self.fire("_pages_content.children", inputs)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        content: dict[str, Any] = answer.get_json()["response"]["_pages_content"]["children"]
        return content

    def fire(self, output: str, values: Mapping[str, Any]) -> TestResponse:
        """The answer of the callback that has this output, given the values of its inputs and states by `id.property`."""
        found = next(one for one in self.dependencies if output in one["output"].strip(".").split("..."))
        outputs = [dict(zip(("id", "property"), one.rsplit(".", 1), strict=True)) for one in found["output"].strip(".").split("...")]
        body = {
            "output": found["output"],
            "outputs": outputs if found["output"].startswith("..") else outputs[0],
            "inputs": [{**one, "value": values.get(f"{one['id']}.{one['property']}")} for one in found["inputs"]],
            "state": [{**one, "value": values.get(f"{one['id']}.{one['property']}")} for one in found["state"]],
            "changedPropIds": [next(iter(values))] if values else [],
        }
        return self.http.post("/_dash-update-component", json=body)


def components(tree: Any) -> Iterator[dict[str, Any]]:
    """Every component of a tree, parents before children, those in properties too."""
    if isinstance(tree, dict):
        if "namespace" in tree and "type" in tree:
            yield tree
        if "data-still" in tree:
            yield from components([element(one) for one in json.loads(tree["data-still"])])
        for value in tree.values():
            yield from components(value)
    elif isinstance(tree, list):
        for item in tree:
            yield from components(item)


def element(sent: Any) -> Any:
    """What the browser builds of data in `data-still`, as a component tree."""
    if isinstance(sent, str):
        return sent
    tag, attributes, *inside = sent
    props = {**attributes, "children": [element(one) for one in inside]}
    return {"namespace": "dash_html_components", "type": tag.capitalize(), "props": props}


def text(tree: Any) -> str:
    """All that a person would read in a tree."""
    words: list[str] = []
    for component in components(tree):
        children = component["props"].get("children")
        items = [*(children if isinstance(children, list) else [children]), *json.loads(component["props"].get("data-still", "[]"))]
        words += [item for item in items if isinstance(item, str)]
    return " ".join(words)


def by_id(tree: Any, id: str) -> dict[str, Any]:
    """The component with this id."""
    return next(one for one in components(tree) if one["props"].get("id") == id)


def written(answer: TestResponse) -> str:
    """A callback's answer as text, for what must or must not be in it."""
    return json.dumps(answer.get_json(), ensure_ascii=False)
