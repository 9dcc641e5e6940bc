"""Names, addresses and selections: what goes out comes back, for whatever there may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from h5nuvola.errors import BadSelection, H5nuvolaError
from h5nuvola.model import Ref, Selection, decode_name, encode_name, visible

T = TypeVar("T")

names = st.binary(min_size=1, max_size=40).filter(lambda raw: b"/" not in raw)
whole = st.integers(-30, 30)
slices = st.builds(slice, st.none() | whole, st.none() | whole, st.none() | st.integers(1, 7))


@given(names)
def test_any_name_of_bytes_comes_back(raw: bytes) -> None:
    text = encode_name(raw)
    assert decode_name(text) == raw
    text.encode()  # fits JSON, addresses and JavaScript: no lone surrogates


@given(st.lists(names, max_size=4), st.lists(names, min_size=1, max_size=4), st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_an_address_is_read_as_it_was_written(path: list[bytes], file: list[bytes], source: str, state: str) -> None:
    assume(not any("\ud800" <= char <= "\udfff" for char in source + state))
    ref = Ref(source, "/".join(map(encode_name, file)), "/" + "/".join(map(encode_name, path)))
    query = dict(parse_qsl(ref.query(i=state), keep_blank_values=True))
    assert Ref.parse(query) == ref
    assert query.get("i", "") == state


@given(st.text(max_size=60))
def test_what_is_shown_has_nothing_that_cannot_be_seen(text: str) -> None:
    shown = visible(text)
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 or char in "\u202a\u202e\u2066\u200b\ufeff" for char in shown)
    assert visible(shown) == shown


@given(st.lists(whole | slices, max_size=5))
def test_a_selection_is_read_as_it_was_written(items: list[Any]) -> None:
    selection = Selection(tuple(items))
    assert Selection.parse(str(selection)) == selection


@given(st.lists(st.integers(0, 9), max_size=4), st.lists(whole | slices, max_size=4))
def test_a_fitted_selection_takes_what_numpy_takes(shape: list[int], items: list[Any]) -> None:
    array = np.arange(int(np.prod(shape))).reshape(shape)
    selection = Selection(tuple(items))
    try:
        expected = array[tuple(items)]
    except IndexError:
        with pytest.raises(BadSelection):
            selection.fit(shape)
        return
    fitted = selection.fit(shape)
    assert np.array_equal(array[fitted.items], expected)
    assert selection.shape(shape) == np.shape(expected)
    assert fitted.fit(shape) == fitted


@given(st.dictionaries(st.sampled_from(["s", "f", "p", "i"]), st.text(max_size=30) | st.none() | st.lists(st.text(max_size=5), max_size=2)))
def test_any_query_is_a_ref_or_a_sentence(query: dict[str, Any]) -> None:
    told, ref = _either(lambda: Ref.parse(query))
    assert told is None or (told.sentence and told.status == 400)
    assert ref is None or (ref.source and ref.path.startswith("/"))


def _either(make: Callable[[], T]) -> tuple[H5nuvolaError | None, T | None]:
    try:
        return None, make()
    except H5nuvolaError as error:
        return error, None


@given(st.text(alphabet="0123456789:,- .ax", max_size=25))
def test_any_text_is_a_selection_or_a_sentence(text: str) -> None:
    told, selection = _either(lambda: Selection.parse(text))
    assert told is None or (isinstance(told, BadSelection) and told.sentence and told.advice)
    assert selection is None or all(isinstance(item, int | slice) for item in selection.items)
