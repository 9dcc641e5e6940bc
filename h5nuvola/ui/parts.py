"""Small building blocks that pages and apps share; their look is in assets/base.css and assets/workbench.css."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from h5nuvola.ui.attrs import attrs
from h5nuvola.ui.icons import icon

Content = str | Component | Sequence[str | Component]


def key_values(pairs: Iterable[tuple[str, Content]]) -> html.Dl:
    """Rows of a name and its value with a dashed hairline between them."""
    return html.Dl([html.Div([html.Dt(key), html.Dd(value)]) for key, value in pairs], className="kv")


def badge(text: str, tone: str = "plain", icon_name: str | None = None) -> html.Span:
    """A pill with a word; `tone` is plain, acc, ok, warn, err, mono, or a kind of data (image, curve, …) for its icon."""
    parts: list[str | Component] = [icon(icon_name, size=14)] if icon_name else []
    return html.Span([*parts, html.Span(text)], className=f"badge badge-{tone}")


def section(label: str, children: Content = (), *, count: str = "", action: Component | None = None, **props: Any) -> html.Section:
    """A part of a panel under an upper-case label, with a count or an action at the right."""
    head: list[Component] = [html.H2(label, className="label")]
    if count:
        head.append(html.Span(count, className="label-count"))
    if action is not None:
        head.append(action)
    body = [children] if isinstance(children, str | Component) else list(children)
    return html.Section([html.Div(head, className="section-head"), *body], className="section", **props)


def address(href: str) -> str:
    """`href` below the path under which the app is served: `/`, `view?s=…` or `/apps`; full addresses stay as they are."""
    if "://" in href.split("?", 1)[0] or href.startswith("#"):
        return href
    return str(dash.get_relative_path("/" + href.lstrip("/")))


def link(text: Content, href: str, *, icon_name: str | None = None, **props: Any) -> html.A:
    """A link to an `address` that changes the page without loading it again; Ctrl or the middle button open a new tab."""
    body: list[str | Component] = [text] if isinstance(text, str | Component) else list(text)
    return html.A([icon(icon_name, size=16), *body] if icon_name else body, href=address(href), **attrs(data_nav=""), **props)


def button(text: str, *, filled: bool = False, icon_name: str | None = None, href: str | None = None, **props: Any) -> html.A | html.Button:
    """A button, or with `href` a link that looks like one. One filled button per view."""
    body: list[Component] = [icon(icon_name, size=16)] if icon_name else []
    body.append(html.Span(text))
    props["className"] = " ".join(filter(None, ["btn", "btn-filled" if filled else "", props.pop("className", "")]))
    if href is not None:
        return html.A(body, href=address(href), **attrs(data_nav=""), **props)
    return html.Button(body, type="button", **props)


def tool(icon_name: str, label: str, *, pressed: bool | None = None, key: str = "", **props: Any) -> html.Button:
    """A square button with an icon; the label is its tooltip and its name. `pressed` makes it a switch, `key` names its key."""
    props["className"] = " ".join(filter(None, ["tool", props.pop("className", "")]))
    if pressed is not None:
        props["aria-pressed"] = "true" if pressed else "false"
    title = f"{label} ({key})" if key else label
    return html.Button(icon(icon_name), type="button", title=title, **attrs(aria_label=label), **props)


def copy_button(text: str, label: str = "Copy") -> html.Button:
    """A button that puts `text` on the clipboard and says so."""
    return html.Button([icon("copy", size=16), html.Span(label)], type="button", className="copy", **attrs(data_copy=text))


def tabs(items: Iterable[tuple[str, str, str]], active: str, label: str = "Ways to look at it") -> html.Nav:
    """Links side by side, one of them current: (text, icon, href) each; `active` is the current text."""
    links = [
        link([icon(icon_name, size=16), html.Span(text)], href, **(attrs(aria_current="page") if text == active else {}))
        for text, icon_name, href in items
    ]
    return html.Nav(links, className="segments", **attrs(aria_label=label))


def segmented(options: Sequence[tuple[str, str]], value: str, *, label: str, icons: Sequence[str] = (), **props: Any) -> Component:
    """A control with one of a few values, a Dash input by its `id` and `value`: (value, text) each, with icons if given."""
    data: list[dict[str, Any]] = [{"value": key, "label": text} for key, text in options]
    for item, name in zip(data, icons, strict=False):
        item["label"] = html.Span([icon(name, size=16), html.Span(item["label"])], className="segment")
    made: Component = dmc.SegmentedControl(data=data, value=value, size="sm", className="segmented", **attrs(aria_label=label), **props)
    return made


def select(options: Sequence[tuple[str, str]], value: str, *, label: str, width: int = 120, **props: Any) -> Component:
    """A drop-down with one of many values, a Dash input by its `id` and `value`."""
    data = [{"value": key, "label": text} for key, text in options]
    made: Component = dmc.Select(data=data, value=value, allowDeselect=False, w=width, size="sm", **attrs(aria_label=label), **props)
    return made


def gap() -> html.Span:
    """Pushes what follows in a toolbar or a status bar to the right."""
    return html.Span(className="gap")


def divider() -> html.Span:
    """A short upright hairline in a toolbar."""
    return html.Span(className="bar")


def toolbar(children: Sequence[Component]) -> html.Div:
    """The row of controls above the stage, 44 px high."""
    return html.Div(list(children), className="toolbar", role="toolbar", **attrs(aria_label="View"))


def status(children: Sequence[str | Component], **props: Any) -> html.Div:
    """The last line of the workbench: cursor, values, what the view cost."""
    parts = [html.Span(child) if isinstance(child, str) else child for child in children]
    return html.Div(parts, className="status", **props)


def frame_strip(prefix: str, count: int, value: int, *, label: str = "Frame", start: int = 0) -> html.Div:
    """The strip that moves through the frames of a stack: ids `<prefix>-play`, `<prefix>-slider`, `<prefix>-number`.

    `count` frames, numbered from `start`; `value` is the frame shown.
    """
    last = start + max(count - 1, 0)
    return html.Div(
        [
            html.Span(label, className="strip-label"),
            tool("player-play", f"Play {label.lower()}s", id=f"{prefix}-play"),
            dmc.Slider(
                id=f"{prefix}-slider", min=start, max=max(last, start + 1), value=value, step=1, updatemode="drag",
                className="strip-slider", disabled=count < 2, label=None, **attrs(aria_label=label),
            ),
            dmc.NumberInput(
                id=f"{prefix}-number", min=start, max=last, value=value, step=1, allowDecimal=False, clampBehavior="strict", size="sm",
                w=84, className="strip-number", **attrs(aria_label=f"{label} number"),
            ),
            html.Span(f"/ {last}", className="strip-count"),
        ],
        className="strip",
    )  # fmt: skip


def workbench(
    *,
    toolbar: Component | None = None,
    stage: Content = (),
    footer: Component | None = None,
    status: Component | None = None,
    aside: Content | None = None,
) -> html.Div:
    """The frame of a /view page: toolbar, stage, footer and status bar in one column, the aside at its right (below 1100 px under it)."""
    column: list[Component] = [toolbar] if toolbar is not None else []
    column.append(html.Div(stage, className="stage", id="stage"))
    if footer is not None:
        column.append(html.Div(footer, className="footer"))
    if status is not None:
        column.append(status)
    parts: list[Component] = [html.Div(column, className="bench")]
    if aside is not None:
        parts.append(html.Aside(aside, className="aside", **attrs(aria_label="About this object")))
    return html.Div(parts, className="workbench")
