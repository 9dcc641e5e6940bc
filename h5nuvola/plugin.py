"""What an app's author imports: `Plugin`, and `View` for apps with a toolbar, footer or side parts.

An app is a rule (which data it fits), a layout (made once for an opened dataset) and callbacks. Authors write plain
ids; the framework puts the app's name before them (`line--graph`), hands every callback the opened dataset with the
user's rights, and shows a card in place when the app raises.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dash import ClientsideFunction, Input, Output, State
from dash.development.base_component import Component

from h5nuvola.rules import Rule
from h5nuvola.storage.dataset import Dataset, Envelope

__all__ = ["API", "Dataset", "Envelope", "Plugin", "View"]

API = 1
_NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")

Layout = Callable[..., Any]
Dependency = Input | Output | State


@dataclass(frozen=True, slots=True)
class View:
    """The parts of an app's page. `body` fills the middle; the others have their fixed places around it."""

    body: Any
    toolbar: Any = ()
    footer: Any = ()
    status: Any = ()
    aside: Any = ()


@dataclass(frozen=True, slots=True)
class Callback:
    """One callback as its author wrote it, before ids are prefixed."""

    function: Callable[..., Any] | ClientsideFunction
    dependencies: tuple[Dependency, ...]
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UrlState:
    """A component property that is written into the page's address under `key` and read back from it."""

    key: str
    source: Input
    default: str


@dataclass
class Plugin:
    """An app: its name (in addresses), title, rule and API version. Decorate its layout and callbacks with it."""

    name: str
    title: str
    rule: Rule
    icon: str = "apps"
    api: int = API
    description: str = ""
    author: str = ""
    version: str = ""
    callbacks: list[Callback] = field(default_factory=list)
    states: list[UrlState] = field(default_factory=list)
    _layout: Layout | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"the name {self.name!r} of an app is made of lower-case letters, digits and hyphens")
        if self.api != API:
            raise ValueError(f"{self.name} is written for plugin API {self.api}; this server speaks API {API}")

    def layout(self, function: Layout) -> Layout:
        """Marks the function that makes the page: `layout(dataset)` or `layout(dataset, state)`; gives components or a View."""
        self._layout = function
        return function

    def callback(self, *dependencies: Dependency, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Marks a callback: `draw(dataset, *values)` with Dash's Input, Output and State on the app's own plain ids."""

        def mark(function: Callable[..., Any]) -> Callable[..., Any]:
            self.callbacks.append(Callback(function, dependencies, options))
            return function

        return mark

    def clientside(self, function: ClientsideFunction, *dependencies: Dependency, **options: Any) -> None:
        """Adds a callback that runs in the browser: a function of an asset file."""
        self.callbacks.append(Callback(function, dependencies, options))

    def state(self, key: str, source: Input, default: str = "") -> None:
        """Keeps a component's property in the page's address under `key`; the layout finds it in its `state` argument."""
        if key in ("s", "f", "p"):
            raise ValueError(f"the key {key!r} belongs to the address of the data")
        self.states.append(UrlState(key, source, default))

    # --- used by the framework

    def problem(self) -> str:
        """What is wrong with the app as it is written, in a sentence; empty when nothing is."""
        if self._layout is None:
            return "It has no layout: decorate a function with @plugin.layout."
        outputs = [one for callback in self.callbacks for one in callback.dependencies if isinstance(one, Output)]
        alone = [str(one) for one in outputs if not one.allow_duplicate]
        for output in outputs:
            if isinstance(output.component_id, str) and output.component_id.startswith("view-"):
                return f"A callback writes to {output}, which belongs to the page."
            # Dash would find it only in the browser, and stop the page of every app.
            if alone.count(str(output)) > 1:
                return f"Two callbacks write to {output}; let one of them have allow_duplicate=True."
        return ""

    def render(self, dataset: Dataset, query: Mapping[str, Any]) -> View:
        """The app's View for a dataset, with every id prefixed. Raises whatever the author's layout raises."""
        if self._layout is None:
            raise ValueError(f"{self.title} has no layout")
        state = {one.key: query[one.key] if isinstance(query.get(one.key), str) else one.default for one in self.states}
        made = self._layout(dataset, state) if _wants_state(self._layout) else self._layout(dataset)
        view = made if isinstance(made, View) else View(made)
        for part in (view.body, view.toolbar, view.footer, view.status, view.aside):
            self._prefix(part)
        return view

    def own(self, id: Any) -> Any:
        """An author's plain id as it stands in the page; pattern ids get an `app` key, ids of the page itself stay."""
        if isinstance(id, dict):
            return id if "app" in id else {**id, "app": self.name}
        return id if id.startswith(("view-", f"{self.name}--")) else f"{self.name}--{id}"

    def _prefix(self, part: Any) -> None:
        if isinstance(part, list | tuple):
            for item in part:
                self._prefix(item)
        elif isinstance(part, Component):
            made: Any = part  # the type of components knows none of their properties
            if getattr(made, "id", None) is not None:
                made.id = self.own(made.id)
            for name in made._prop_names:
                value = getattr(part, name, None)
                if isinstance(value, Component | list | tuple):
                    self._prefix(value)


def _wants_state(function: Layout) -> bool:
    return len(inspect.signature(function).parameters) > 1
