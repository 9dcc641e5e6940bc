"""The strip of a stack: any selection becomes one place in it, and its lines are the dimensions that are not shown."""

from __future__ import annotations

import json

import pytest
from dash import dcc
from hypothesis import given
from hypothesis import strategies as st

from h5nuvola.errors import BadRequest, BadSelection
from h5nuvola.model import Selection
from h5nuvola.ui.slicer import place, slicer


@pytest.mark.parametrize(
    ("text", "shape", "shown", "wanted"),
    [
        ("", (64, 5, 6), (-2, -1), "0,:,:"),
        ("17", (64, 5, 6), (-2, -1), "17,:,:"),
        ("17,:,:", (64, 5, 6), (-2, -1), "17,:,:"),
        ("-1,:,:", (64, 5, 6), (-2, -1), "63,:,:"),
        ("3:9,2,1", (64, 5, 6), (-2, -1), "3,:,:"),
        ("7,3", (5, 6), (-2, -1), None),
        ("2,1,:", (4, 5, 6), (-1,), "2,1,:"),
        ("2,:,:,:", (4, 5, 6, 3), (1, 2, 3), "2,:,:,:"),
        ("", (), (-2, -1), ""),
    ],
)
def test_a_place_is_an_index_in_every_dimension_that_is_not_shown(
    text: str, shape: tuple[int, ...], shown: tuple[int, ...], wanted: str | None
) -> None:
    if wanted is None:
        with pytest.raises(BadSelection):
            place(text, shape, shown)
    else:
        assert place(text, shape, shown) == wanted


@given(st.text(alphabet="0123456789:,- x", max_size=12))
def test_any_text_gives_a_place_that_is_its_own_place_or_a_sentence(text: str) -> None:
    shape = (7, 3, 4)
    try:
        found = place(text, shape)
    except BadRequest:
        return
    assert place(found, shape) == found
    assert Selection.parse(found).shape(shape) == (3, 4)


def test_an_empty_dimension_is_said() -> None:
    with pytest.raises(BadSelection, match="Dimension 0 is empty"):
        place("", (0, 3, 4))


def test_only_dimensions_with_a_choice_get_a_line() -> None:
    made = slicer("slice", (1, 64, 4, 5), labels=["Scan", "Energy"], value="0,17,:,:")
    said = json.loads(made.to_plotly_json()["props"]["data-slicer"])
    assert said["lines"] == [{"axis": 1, "length": 64, "label": "Energy"}]
    assert not made.hidden
    store = next(child for child in made.children if isinstance(child, dcc.Store))
    assert (store.id, store.data) == ("slice-selection", "0,17,:,:")


def test_without_a_choice_there_is_nothing_to_see_and_still_a_selection() -> None:
    made = slicer("slice", (4, 5))
    assert made.hidden
    assert made.children[1].data == ":,:"


def test_labels_of_a_file_are_made_visible() -> None:
    made = slicer("slice", (3, 4, 5), labels=["a\u202eb"])
    assert "a⟨U+202E⟩b" in json.loads(made.to_plotly_json()["props"]["data-slicer"])["lines"][0]["label"]
