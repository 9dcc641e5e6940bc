"""NXdata: signal, axes and errors of the NeXus data group (manual.nexusformat.org, NXdata), first part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from h5nuvola.conventions.plottable import Axis, Plottable, sibling, text_of
from h5nuvola.model import Facts


def recognise(facts: Facts) -> Plottable | None:
    """The Plottable of a dataset that an NXdata group holds; None when its group is none."""
    if text_of(facts.parent_attrs.get("NX_class")) != "NXdata" or facts.shape is None:
        return None
    warnings: list[str] = []
    axes: list[Axis | None] = [None] * len(facts.shape)
    for dimension, name in enumerate(_axis_names(facts)[: len(axes)]):
        if name in ("", ".") or name == facts.name:
            continue
        found = sibling(facts, name)
        length = facts.shape[dimension]
        if found is None:
            warnings.append(f"The axis “{name}” is not in the group; dimension {dimension} counts its index.")
        elif found.shape not in ((length,), (length + 1,)):
            warnings.append(f"The axis “{name}” does not have the length of dimension {dimension}; it counts its index.")
        else:
            axes[dimension] = Axis(name, found.path, edges=found.shape == (length + 1,))
    return Plottable(
        path=facts.ref.path,
        label=text_of(facts.attrs.get("long_name")) or facts.name,
        units=text_of(facts.attrs.get("units")),
        axes=tuple(axes),
        errors=_errors(facts),
        interpretation=text_of(facts.attrs.get("interpretation")) or text_of(facts.parent_attrs.get("interpretation")),
        title=text_of(facts.parent_attrs.get("title")),
        warnings=tuple(warnings),
    )


def signal(attrs: Any) -> str:
    """The name in a group's @signal; empty when it has none."""
    return text_of(attrs.get("signal"))


def _axis_names(facts: Facts) -> list[str]:
    """Axis names per dimension: the group's @axes, else the signal's own @axes split by `:` or `,`."""
    found = facts.parent_attrs.get("axes")
    names = _strings(None if found is None else found.value)
    if not names and (own := text_of(facts.attrs.get("axes"))):
        names = [part.strip() for part in own.strip("[]").replace(":", ",").split(",")]
    return names


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Sequence):
        return [item for item in value if isinstance(item, str)]
    return []


def _errors(facts: Facts) -> str | None:
    for name in (f"{facts.name}_errors", "errors"):
        found = sibling(facts, name)
        if found is not None and found.shape == facts.shape:
            return found.path
    return None
