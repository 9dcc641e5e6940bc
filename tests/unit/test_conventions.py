"""What a dataset means as a picture, from Facts alone: NXdata's axes and errors, and nothing invented."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from h5nuvola.conventions.plottable import Axis, plottable, sibling, text_of
from h5nuvola.model import Attribute, Facts, Node, Problem, Ref, TypeInfo


def _attr(name: str, value: Any) -> Attribute:
    return Attribute(name, "string", (), str(value), value)


def _attrs(**values: Any) -> dict[str, Attribute]:
    return {name: _attr(name, value) for name, value in values.items()}


def _node(name: str, shape: tuple[int, ...], kind: Any = "dataset", problem: Problem | None = None) -> Node:
    return Node(name, name, f"/entry/data/{name}", kind, shape=shape, problem=problem)


def _facts(
    shape: tuple[int, ...] = (10, 20), parent: dict[str, Attribute] | None = None, siblings: tuple[Node, ...] = (), **own: Any
) -> Facts:
    return Facts(
        Ref("s", "f.h5", "/entry/data/counts"),
        "dataset",
        "1",
        shape=shape,
        type=TypeInfo("uint", "uint16", 2, "<u2"),
        attrs=_attrs(**own),
        parent_attrs=parent if parent is not None else _attrs(NX_class="NXdata", signal="counts", axes=["y", "x"]),
        siblings=(_node("counts", shape), *siblings),
    )


def test_axes_of_the_group_are_found_by_name() -> None:
    picture = plottable(_facts(siblings=(_node("x", (20,)), _node("y", (10,)))))
    assert picture.axes == (Axis("y", "/entry/data/y"), Axis("x", "/entry/data/x"))
    assert picture.warnings == ()


def test_one_value_more_than_the_data_is_bin_edges() -> None:
    picture = plottable(_facts(siblings=(_node("x", (21,)), _node("y", (10,)))))
    assert [axis.edges for axis in picture.axes if axis] == [False, True]


def test_a_dot_leaves_a_dimension_to_its_index() -> None:
    parent = _attrs(NX_class="NXdata", signal="counts", axes=[".", "x"])
    picture = plottable(_facts(parent=parent, siblings=(_node("x", (20,)),)))
    assert picture.axes[0] is None
    assert picture.axes[1] is not None
    assert picture.warnings == ()


@pytest.mark.parametrize(
    "siblings", [(), (_node("x", (7,)),), (_node("x", (20,), "group"),), (_node("x", (20,), problem=Problem("c", "s")),)]
)
def test_an_axis_that_does_not_fit_is_told_and_not_used(siblings: tuple[Node, ...]) -> None:
    parent = _attrs(NX_class="NXdata", signal="counts", axes=[".", "x"])
    picture = plottable(_facts(parent=parent, siblings=siblings))
    assert picture.axes == (None, None)
    assert len(picture.warnings) == 1
    assert "“x”" in picture.warnings[0]


@pytest.mark.parametrize("axes", ["y:x", "y,x", "[y, x]", " y : x "])
def test_axes_written_on_the_signal_the_old_way(axes: str) -> None:
    parent = _attrs(NX_class="NXdata", signal="counts")
    picture = plottable(_facts(parent=parent, siblings=(_node("x", (20,)), _node("y", (10,))), axes=axes))
    assert [axis and axis.name for axis in picture.axes] == ["y", "x"]


def test_more_axes_than_dimensions_do_no_harm() -> None:
    parent = _attrs(NX_class="NXdata", signal="counts", axes=["y", "x", "z"])
    assert len(plottable(_facts(parent=parent)).axes) == 2


@pytest.mark.parametrize(
    ("name", "shape", "found"), [("counts_errors", (10, 20), True), ("errors", (10, 20), True), ("counts_errors", (10,), False)]
)
def test_errors_have_the_shape_of_the_signal(name: str, shape: tuple[int, ...], found: bool) -> None:
    picture = plottable(_facts(siblings=(_node(name, shape),)))
    assert picture.errors == (f"/entry/data/{name}" if found else None)


def test_words_come_from_the_signal_and_its_group() -> None:
    parent = _attrs(NX_class="NXdata", signal="counts", title="A map", interpretation="image")
    picture = plottable(_facts(parent=parent, long_name="Counts per pixel", units="1/s"))
    assert (picture.label, picture.units, picture.title, picture.interpretation) == ("Counts per pixel", "1/s", "A map", "image")


def test_a_dataset_outside_of_nxdata_counts_its_indices() -> None:
    picture = plottable(_facts(parent=_attrs(NX_class="NXdetector"), siblings=(_node("x", (20,)),)))
    assert picture.axes == (None, None)
    assert picture.label == "counts"


def test_an_axis_is_not_its_own_axis() -> None:
    facts = replace(_facts(shape=(20,), siblings=()), parent_attrs=_attrs(NX_class="NXdata", signal="counts", axes="counts"))
    assert plottable(facts).axes == (None,)


@pytest.mark.parametrize(("value", "text"), [("a", "a"), (["a"], "a"), (("a",), "a"), (["a", "b"], ""), (3, ""), (None, "")])
def test_text_is_text_or_an_array_of_one(value: Any, text: str) -> None:
    assert text_of(_attr("a", value)) == text
    assert text_of(None) == ""


def test_a_sibling_is_a_dataset_that_can_be_read() -> None:
    facts = _facts(siblings=(_node("x", (20,)), _node("g", (), "group"), _node("bad", (20,), problem=Problem("c", "s"))))
    assert sibling(facts, "x") is not None
    assert sibling(facts, "g") is None
    assert sibling(facts, "bad") is None
    assert sibling(facts, "nothing") is None
