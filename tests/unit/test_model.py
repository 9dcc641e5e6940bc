"""Refs, names and selections."""

import pytest

from h5nuvola.errors import BadRequest, BadSelection
from h5nuvola.model import Ref, Selection, decode_name, encode_name, unquote, visible


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"data", "data"),
        ("µ-XRF ω".encode(), "µ-XRF ω"),
        (b"caf\xe9", "caf\\xe9"),
        (b"C:\\x41", "C:\\\\x41"),
        (b"\xff\\\xfe", "\\xff\\\\\\xfe"),
    ],
)
def test_a_name_is_text_that_can_be_turned_back(raw: bytes, text: str) -> None:
    assert encode_name(raw) == text
    assert decode_name(text) == raw


def test_lone_surrogates_are_refused() -> None:
    with pytest.raises(BadRequest):
        decode_name("a\udc80")


@pytest.mark.parametrize(
    ("text", "shown"), [("a\nb", "a␊b"), ("\u202egpj.exe", "⟨U+202E⟩gpj.exe"), ("plain µ", "plain µ"), ("\x1b[31m", "␛[31m")]
)
def test_what_cannot_be_seen_is_made_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_ref_survives_its_query_string() -> None:
    from urllib.parse import parse_qsl

    ref = Ref("beamline µ", "2026/a&b=c#d ?.h5", "/entry/100 %/é\\xff")
    assert Ref.parse(dict(parse_qsl(ref.query(i="3,:")))) == ref
    assert dict(parse_qsl(ref.query(i="3,:")))["i"] == "3,:"


def test_the_root_of_a_file_is_written_out() -> None:
    # Without it the address would mean whatever the file opens with.
    assert "p=/" in Ref("s", "f.h5").query()


@pytest.mark.parametrize(
    "query", [{}, {"s": ""}, {"s": ["a", "b"]}, {"s": "a", "f": 3}, {"s": "a" * 201}, {"s": "a", "p": "/" + "x" * 70000}]
)
def test_a_strange_address_is_refused_in_words(query: dict[str, object]) -> None:
    with pytest.raises(BadRequest) as caught:
        Ref.parse(query)
    assert caught.value.sentence and caught.value.advice


def test_a_ref_knows_its_family() -> None:
    ref = Ref("s", "a/b.h5", "/entry/data")
    assert (ref.name, ref.parent.path, ref.child("x").path, ref.parent.parent.path, ref.parent.parent.parent.path) == (
        "data",
        "/entry",
        "/entry/data/x",
        "/",
        "/",
    )
    assert Ref("s", "a/b.h5").name == "b.h5"
    assert Ref("s").name == "s"


@pytest.mark.parametrize("text", ["", "3", "3,:,0:100:2", ":", "-1,5:"])
def test_a_selection_reads_back_what_it_wrote(text: str) -> None:
    assert str(Selection.parse(text)) == text


@pytest.mark.parametrize("text", ["a", "1:2:3:4", "1,,2", "…", "0x10", "1.5", ",".join("1" * 33)])
def test_nonsense_is_no_selection(text: str) -> None:
    with pytest.raises(BadSelection):
        Selection.parse(text)


def test_a_selection_is_fitted_to_a_shape() -> None:
    fitted = Selection.parse("-1,5:").fit((3, 10, 4))
    assert fitted.items == (2, slice(5, 10, 1), slice(0, 4, 1))
    assert Selection.parse("-1,5:").shape((3, 10, 4)) == (5, 4)
    assert Selection.parse("7:3").shape((10,)) == (0,)


@pytest.mark.parametrize(
    ("text", "shape"), [("3", (3,)), ("-4", (3,)), ("0,0", (3,)), ("::0", (3,)), ("::-1", (3,)), ("0", (0,)), ("1", ())]
)
def test_a_selection_out_of_range_is_refused_in_words(text: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(BadSelection) as caught:
        Selection.parse(text).fit(shape)
    assert caught.value.sentence and caught.value.advice


def test_percent_encoding_of_foreign_bytes_becomes_an_escape() -> None:
    assert unquote("caf%E9") == "caf\\xe9"
    assert unquote("caf%C3%A9") == "café"
