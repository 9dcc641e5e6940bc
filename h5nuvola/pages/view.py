"""The workbench: one object of one file in the app that fits it, with its metadata and the reason for the choice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import dash
from dash import dcc, html
from dash.development.base_component import Component
from flask import g

from h5nuvola.errors import BadRequest, H5nuvolaError, from_code
from h5nuvola.model import Facts, Ref
from h5nuvola.pages.callbacks import failed, state_keys
from h5nuvola.pages.metadata import metadata
from h5nuvola.plugin import Plugin, View
from h5nuvola.registry import Registry
from h5nuvola.rules import Candidate
from h5nuvola.storage.library import Library
from h5nuvola.ui.attrs import attrs
from h5nuvola.ui.cards import error_card
from h5nuvola.ui.parts import button, divider, status, tabs, toolbar, workbench
from h5nuvola.ui.still import still

log = logging.getLogger(__name__)


def register(library: Library, registry: Registry) -> None:
    """The pages /view, which chooses the app, and /view/<app>, which was told."""
    dash.register_page("view", path="/view", title="h5nuvola", layout=_page(library, registry, None))
    for name, plugin in registry.plugins.items():
        dash.register_page(f"view.{name}", path=f"/view/{name}", title=f"{plugin.title} · h5nuvola", layout=_page(library, registry, name))


def _page(library: Library, registry: Registry, app: str | None) -> Callable[..., Component]:
    def layout(**query: Any) -> Component:
        try:
            return _layout(library, registry, app, query)
        except H5nuvolaError as error:
            return _problem(error, query)

    return layout


def _layout(library: Library, registry: Registry, app: str | None, query: dict[str, Any]) -> Component:
    asked = Ref.parse(query)
    if not asked.file:
        raise BadRequest("The address names no file.", "Find one on the home page by typing a few letters of its name.")
    facts = _facts(library, asked, query, app)
    ranked = registry.rank(facts)
    if facts.kind == "dataset" and facts.problem is not None:
        error = from_code(facts.problem.code)(facts.problem.sentence, facts.problem.advice)
        return _frame(facts, asked, ranked, registry, None, View(_center(error_card(error, where=facts.ref.path))))
    plugin = registry.get(app) if app else registry.best(facts)
    try:
        view = plugin.render(library.open(g.user, facts.ref), query)
    except H5nuvolaError as error:
        view = View(_center(error_card(error, where=facts.ref.path)))
    except (Exception, SystemExit) as error:
        log.exception("app %s failed in its layout", plugin.name)
        told: H5nuvolaError = failed(plugin, error)
        if not any(one.app == plugin.name and one.verdict.fits for one in ranked):
            # An address may name any app for any object: that is no failure of the app.
            told = BadRequest(f"The app “{plugin.title}” does not fit “{facts.name}”.", "Choose one of the other apps above.")
        view = View(_center(error_card(told, where=facts.ref.path)))
    return _frame(facts, asked, ranked, registry, plugin, view)


def _facts(library: Library, asked: Ref, query: dict[str, Any], app: str | None) -> Facts:
    """The Facts of what is to be shown: a file's entrance when no object is named, a group's default plot when it has one."""
    if not query.get("p"):
        return library.describe(g.user, library.entrance(g.user, asked))
    facts = library.describe(g.user, asked)
    if facts.kind == "group" and app is None and ({"signal", "default"} & facts.attrs.keys()):
        target = library.entrance(g.user, asked)
        return facts if target == asked else library.describe(g.user, target)
    return facts


def _frame(facts: Facts, asked: Ref, ranked: Sequence[Candidate], registry: Registry, plugin: Plugin | None, view: View) -> Component:
    fitting = [registry.plugins[one.app] for one in ranked if one.verdict.fits]
    if plugin is not None and plugin not in fitting:
        fitting.append(plugin)
    where = {"s": facts.ref.source, "f": facts.ref.file, "p": facts.ref.path, "app": plugin.name if plugin else "", "rev": facts.revision}
    bar: list[Component] = []
    if fitting and plugin is not None:
        bar.append(still(tabs([(one.title, one.icon, f"view/{one.name}?{facts.ref.query()}") for one in fitting], plugin.title)))
        bar.append(divider())
    bar += _components(view.toolbar)
    return html.Div(
        [
            dcc.Store(id="view-ref", data=where),
            dcc.Store(id="view-states", data=state_keys(plugin) if plugin else {}),
            dcc.Store(id="view-told"),
            workbench(
                toolbar=toolbar(bar),
                stage=[html.Div(id="view-problem", className="stage-problem"), *_components(view.body)],
                footer=html.Div(_components(view.footer)) if _components(view.footer) else None,
                status=status(_components(view.status)),
                aside=metadata(facts, asked, ranked, registry, plugin, _components(view.aside)),
            ),
        ],
        className="view",
        **attrs(data_app=plugin.name if plugin else ""),
    )


def _problem(error: H5nuvolaError, query: dict[str, Any]) -> Component:
    """The workbench when there is nothing to describe: the browsing column stays, the stage says why."""
    where = " : ".join(str(query[key]) for key in ("f", "p") if isinstance(query.get(key), str))
    card = error_card(error, where=where[:300], actions=[button("Home", href="/", filled=True)])
    return html.Div(
        [
            dcc.Store(id="view-ref", data={}),
            dcc.Store(id="view-states", data={}),
            dcc.Store(id="view-told"),
            workbench(stage=[html.Div(id="view-problem"), _center(card)]),
        ],
        className="view",
    )


def _center(card: Component) -> Component:
    return html.Div(card, className="stage-center")


def _components(part: Any) -> list[Component]:
    if part is None or part == ():
        return []
    return list(part) if isinstance(part, list | tuple) else [part]
