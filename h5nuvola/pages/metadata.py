"""The panel beside a view: what the object is, why this app opened it, how it is stored, its attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from dash import html
from dash.development.base_component import Component

from h5nuvola.conventions.plottable import plottable, text_of
from h5nuvola.model import Attribute, Facts, Ref, visible
from h5nuvola.plugin import Plugin
from h5nuvola.registry import Registry
from h5nuvola.rules import Candidate
from h5nuvola.ui import formats
from h5nuvola.ui.icons import icon
from h5nuvola.ui.kinds import kind_of
from h5nuvola.ui.parts import Content, badge, key_values, link, section
from h5nuvola.ui.still import still


def metadata(
    facts: Facts, asked: Ref, ranked: Sequence[Candidate], registry: Registry, plugin: Plugin | None, own: list[Component]
) -> list[Component]:
    """The sections of the panel, from the most telling to the most technical; the app's own come second."""
    parts: list[Component] = []
    if plugin is not None:
        parts.append(_why(facts, ranked, registry, plugin))
    if facts.kind == "dataset":
        parts.append(section("Storage", key_values(_storage(facts))))
    if warnings := plottable(facts).warnings:
        parts.append(section("Structure", [html.P([icon("alert-triangle", size=16), warning], className="note") for warning in warnings]))
    parts.append(_attributes("Attributes", facts.attrs, facts.attr_count))
    if facts.parent_attrs and facts.ref.path != "/":
        parts.append(_attributes(f"Attributes of {visible(facts.ref.parent.name)}", facts.parent_attrs, len(facts.parent_attrs)))
    parts.append(
        section(
            "File",
            key_values(
                [("Source", facts.ref.source), ("Size", formats.size(facts.file_size)), ("Modified", formats.when(facts.file_mtime))]
            ),
        )
    )
    return [still(_head(facts, asked)), *own, still(html.Div(parts))]


def _head(facts: Facts, asked: Ref) -> Component:
    look = kind_of(facts)
    badges: list[Component] = []
    if facts.type is not None:
        badges.append(badge(visible(facts.type.text), "acc"))
    if facts.shape is not None and facts.kind == "dataset":
        badges.append(badge(formats.shape(facts.shape), "mono"))
    if nxclass := text_of(facts.attrs.get("NX_class")):
        badges.append(badge(visible(nxclass), "ok"))
    elif text_of(facts.parent_attrs.get("NX_class")) == "NXdata" and text_of(facts.parent_attrs.get("signal")) == facts.name:
        badges.append(badge("NXdata signal", "ok"))
    lines: list[Component] = [
        html.H1(visible(facts.name), title=visible(facts.name)),
        html.Div(visible(facts.ref.parent.path), className="path mono"),
    ]
    head = html.Header(
        [html.Span(icon(look.icon, label=look.word, size=20), className=f"tile tone-{look.tone}"), html.Div(lines)], className="about"
    )
    rest: list[Component] = [html.Div(badges, className="badges")]
    rest += [html.P([icon("link", size=16), visible(followed)], className="note") for followed in facts.links]
    if asked.path != facts.ref.path and asked.path != "/":
        rest.append(html.P([icon("arrow-right", size=16), f"The default plot of {visible(asked.path)}"], className="note"))
    return html.Div([head, *rest], className="section")


def _why(facts: Facts, ranked: Sequence[Candidate], registry: Registry, plugin: Plugin) -> Component:
    """“Opened with X because …”, with every candidate behind a fold and the others as links."""
    chosen = next(one for one in ranked if one.app == plugin.name)
    told = [reason for reason in chosen.verdict.reasons if reason.holds and reason.weight] or [
        reason for reason in chosen.verdict.reasons if reason.holds
    ]
    told.sort(key=lambda reason: -reason.weight)
    # What every candidate shares ("it is a dataset") tells nothing, unless nothing else is to be told.
    telling = [reason for reason in told if reason.weight > 1] or told
    because = formats.listed([reason.sentence[:1].lower() + reason.sentence[1:] for reason in telling[:3]])
    first = ranked[0].app == plugin.name and chosen.verdict.fits
    if first:
        sentence: list[str | Component] = [html.Strong(f"Opened with {plugin.title}"), f" because {because}."]
    else:
        sentence = [html.Strong(f"You chose {plugin.title}.")]
    rows: list[Component] = []
    for place, one in enumerate(ranked, 1):
        app = registry.plugins[one.app]
        title: Component = html.Strong(app.title)
        if one.verdict.fits and one.app != plugin.name:
            title = link(app.title, f"view/{app.name}?{facts.ref.query()}")
        number = str(place) if one.verdict.fits else "–"
        rows.append(
            html.Div(
                [
                    html.Div(
                        [html.Span(number, className="rank"), title, html.Span(str(one.verdict.score), className="mono score")],
                        className="candidate-head",
                    ),
                    html.Ul(
                        [
                            html.Li(
                                [
                                    icon("check" if reason.holds else "x", label="yes" if reason.holds else "no", size=16),
                                    html.Span(reason.sentence),
                                    html.Span(f"+{reason.weight}" if reason.weight else "0", className="mono dim"),
                                ],
                                className="holds" if reason.holds else "fails",
                            )
                            for reason in one.verdict.reasons
                        ]
                    ),
                ],
                className="candidate",
            )
        )
    fold = html.Details([html.Summary("Why this app?"), *rows], className="why")
    return section("Opened with", [html.P(sentence, id="view-because"), fold])


def _storage(facts: Facts) -> list[tuple[str, Content]]:
    pairs: list[tuple[str, Content]] = [("Layout", facts.layout or "–")]
    if facts.chunks:
        pairs.append(("Chunks", formats.shape(facts.chunks)))
    if facts.filters:
        pairs.append(("Filter", " + ".join(f"{visible(one.name)}{'' if one.available else ' (missing)'}" for one in facts.filters)))
    if facts.nbytes:
        stored = facts.stored_nbytes
        if stored and facts.layout == "chunked":
            pairs.append(("Ratio", f"{facts.nbytes / stored:.1f} ×"))
            pairs.append(("Size", f"{formats.size(facts.nbytes)} → {formats.size(stored)}"))
        else:
            pairs.append(("Size", formats.size(facts.nbytes)))
    if facts.shape is not None and facts.maxshape is not None and facts.maxshape != facts.shape:
        pairs.append(("May grow to", " × ".join("∞" if length is None else str(length) for length in facts.maxshape)))
    if facts.shape:
        pairs.append(("Values", f"{prod(facts.shape):,}".replace(",", " ")))
    return pairs


def _attributes(title: str, attrs: Mapping[str, Attribute], count: int) -> Component:
    found = list(attrs.values())
    if not found:
        return section(title, [html.P("None.", className="dim")])
    rows = [(visible(one.name), html.Span(visible(one.text)[:600], title=one.type)) for one in found]
    rest = [html.P(f"{count - len(found)} more are not shown.", className="dim")] if count > len(found) else []
    return section(title, [key_values(rows), *rest], count=str(count))
