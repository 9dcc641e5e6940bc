"""What a dataset means as a picture: its signal, axes and errors, found from Facts alone."""

from __future__ import annotations

from dataclasses import dataclass

from h5nuvola.model import Attribute, Facts, Node


@dataclass(frozen=True, slots=True)
class Axis:
    """The coordinate of one dimension: a dataset of that length (or one longer: bin edges) in the same file."""

    name: str
    path: str
    edges: bool = False


@dataclass(frozen=True, slots=True)
class Plottable:
    """A signal with one axis (or None: its index) per dimension, its errors and how it likes to be seen."""

    path: str
    label: str
    units: str
    axes: tuple[Axis | None, ...]
    errors: str | None = None
    interpretation: str = ""  # spectrum, image, rgb-image, … of the last dimensions
    title: str = ""
    warnings: tuple[str, ...] = ()


def text_of(attr: Attribute | None) -> str:
    """An attribute that should be one string: text, bytes or an array of one; else empty."""
    value = None if attr is None else attr.value
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, str) else ""


def plottable(facts: Facts) -> Plottable:
    """How the dataset of `facts` is to be drawn. NXdata groups give axes and errors; anything else counts its indices."""
    from h5nuvola.conventions import nexus

    found = nexus.recognise(facts)
    if found is not None:
        return found
    return plain(facts)


def plain(facts: Facts) -> Plottable:
    """The picture of a dataset that nothing is known of."""
    return Plottable(
        path=facts.ref.path,
        label=text_of(facts.attrs.get("long_name")) or facts.name,
        units=text_of(facts.attrs.get("units")),
        axes=(None,) * len(facts.shape or ()),
        interpretation=text_of(facts.attrs.get("interpretation")),
    )


def sibling(facts: Facts, name: str) -> Node | None:
    """The dataset of this name beside the one of `facts`, if its group holds one."""
    return next((node for node in facts.siblings if node.label == name and node.kind == "dataset" and node.problem is None), None)
