"""Icons by name: Tabler's outline drawings, shown as masks so that they take the colour of the text beside them.

`python -m h5nuvola.ui.icons` writes assets/icons.css again after a drawing was added to assets/icons/.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import quote

from dash import html

from h5nuvola.ui.attrs import attrs

PACKAGE = Path(__file__).resolve().parents[1]
# In the source tree the drawings lie at the top, in an installed wheel inside the package.
ASSETS = PACKAGE / "assets" if (PACKAGE / "assets").is_dir() else PACKAGE.parent / "assets"


@cache
def names() -> frozenset[str]:
    """The names of all drawings in assets/icons/."""
    return frozenset(file.stem for file in (ASSETS / "icons").glob("*.svg"))


def icon(name: str, label: str | None = None, size: int = 18, tone: str = "") -> html.Span:
    """An icon `size` pixels wide; with `label` it speaks for itself, without it is decoration.

    `tone` is a status (ok, warn, err, acc, dim) or a kind of data (folder, image, curve, table, scalar).
    Raises ValueError for a name without a drawing.
    """
    if name not in names():
        raise ValueError(f"no icon named {name!r} in assets/icons")
    classes = f"icon icon-{name}" + (f" tone-{tone}" if tone else "")
    style = {} if size == 18 else {"--size": f"{size}px"}
    if label is None:
        return html.Span(className=classes, style=style, **attrs(aria_hidden="true"))
    return html.Span(className=classes, style=style, role="img", title=label, **attrs(aria_label=label))


def css() -> str:
    """The style sheet with one class for each drawing."""
    rules = ["/* Written by `python -m h5nuvola.ui.icons` from the drawings in icons/. */"]
    for name in sorted(names()):
        drawing = (ASSETS / "icons" / f"{name}.svg").read_text()
        drawing = re.sub(r"<!--.*?-->|<path stroke=\"none\"[^>]*/>|\s+class=\"[^\"]*\"", "", drawing, flags=re.S)
        drawing = re.sub(r"\s+", " ", drawing).replace("> <", "><").replace('"', "'").replace("currentColor", "black").strip()
        address = quote(drawing, safe=" =:/'-.,")
        rules.append(f'.icon-{name} {{ --drawing: url("data:image/svg+xml,{address}"); }}')
    return "\n".join(rules) + "\n"


if __name__ == "__main__":
    (ASSETS / "icons.css").write_text(css())
