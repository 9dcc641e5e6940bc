"""Gives the callbacks of apps to Dash: ids prefixed, the dataset opened for the user who asks, errors caught in place."""

from __future__ import annotations

import logging
from collections.abc import Callable
from copy import copy
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update, set_props
from dash.exceptions import PreventUpdate
from flask import g

from h5nuvola.errors import AppFailed, BadRequest, H5nuvolaError
from h5nuvola.model import Ref
from h5nuvola.plugin import Callback, Dependency, Plugin
from h5nuvola.registry import Quarantined, Registry
from h5nuvola.storage.library import Library
from h5nuvola.ui.cards import error_card

log = logging.getLogger(__name__)

REF = State("view-ref", "data")
PROBLEM = State("view-problem", "children")


def register(app: Dash, library: Library, registry: Registry) -> None:
    """Adds the callbacks of every app in service. An app whose callbacks Dash refuses is set aside; the others run on."""
    for plugin in list(registry.plugins.values()):
        try:
            for one in plugin.callbacks:
                _add(app, library, plugin, one)
            _add_states(app, plugin)
        except Exception as error:
            log.warning("callbacks of app %s refused", plugin.name, exc_info=True)
            del registry.plugins[plugin.name]
            registry.quarantined.append(Quarantined(plugin.name, "its callbacks", f"{type(error).__name__}: {error}"))
    # It has an output because Dash does not call one without when its input comes into the page later.
    app.clientside_callback(ClientsideFunction("h5nuvola", "arrived"), Output("view-told", "data"), Input("view-ref", "data"))


def _add(app: Dash, library: Library, plugin: Plugin, one: Callback) -> None:
    dependencies = [_own(plugin, dependency) for dependency in one.dependencies]
    if isinstance(one.function, ClientsideFunction):
        app.clientside_callback(one.function, *dependencies, **one.options)
        return
    outputs = sum(isinstance(dependency, Output) for dependency in dependencies)
    app.callback(*dependencies, REF, PROBLEM, **one.options)(guard(library, plugin, one.function, outputs))


def guard(library: Library, plugin: Plugin, function: Callable[..., Any], outputs: int) -> Callable[..., Any]:
    """An author's callback with the dataset opened anew and re-authorised, and a card on the page when it raises."""
    nothing = no_update if outputs == 1 else [no_update] * outputs if outputs else None

    def guarded(*values: Any) -> Any:
        *inputs, where, shown = values
        try:
            if not isinstance(where, dict):
                raise BadRequest("The page has lost track of its dataset.", "Reload the page.")
            answer = function(library.open(g.user, Ref.parse(where)), *inputs)
        except PreventUpdate:
            raise
        except H5nuvolaError as error:
            return _show(error, where, nothing)
        except (Exception, SystemExit) as error:
            log.exception("app %s failed in %s", plugin.name, getattr(function, "__name__", "a callback"))
            return _show(failed(plugin, error), where, nothing)
        if shown:
            set_props("view-problem", {"children": None})
        return answer

    guarded.__name__ = f"{plugin.name}__{getattr(function, '__name__', 'callback')}"
    return guarded


def failed(plugin: Plugin, error: BaseException) -> AppFailed:
    """The card of an app that raised something that is no sentence."""
    return AppFailed(
        f"The app “{plugin.title}” could not do this: {type(error).__name__}: {str(error)[:300]}",
        "The rest of the page still works. Try another app for this dataset, or tell the app's author the number below.",
    )


def _show(error: H5nuvolaError, where: Any, nothing: Any) -> Any:
    path = str(where.get("p", "")) if isinstance(where, dict) else ""
    set_props("view-problem", {"children": error_card(error, where=path)})
    return nothing


def _own(plugin: Plugin, dependency: Dependency) -> Dependency:
    """A dependency on the prefixed id, all else as its author wrote it.

    Layouts depend on the dataset: a control that one leaves out gives None, where Dash would stop the page with an error.
    """
    owned = copy(dependency)
    owned.component_id = plugin.own(dependency.component_id)
    if isinstance(owned, Input | State):
        owned.allow_optional = True
    return owned


def _add_states(app: Dash, plugin: Plugin) -> None:
    """One browser callback an app that writes its declared states into the address."""
    if plugin.states:
        inputs = [_own(plugin, one.source) for one in plugin.states]
        app.clientside_callback(ClientsideFunction("h5nuvola", "state"), *inputs, State("view-states", "data"), prevent_initial_call=True)


def state_keys(plugin: Plugin) -> dict[str, dict[str, str]]:
    """What the browser needs to write states: the address key and default of every property that carries one."""
    return {
        f"{plugin.own(one.source.component_id)}.{one.source.component_property}": {"key": one.key, "default": one.default}
        for one in plugin.states
    }
