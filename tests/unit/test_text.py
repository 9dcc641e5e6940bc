"""The text app: one value with all it says, long texts in pages, and what is empty."""

from __future__ import annotations

import base64
import json

import pytest
from looking import by_id, components, words

from h5nuvola.plugins import text


def show(dataset, **given):
    return text.layout(dataset, {one.key: one.default for one in text.plugin.states} | given)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/energy", ["7112.000000001", "eV", "float64"]),
        ("/one", ["3.5"]),
        ("/long_integer", ["4611686018427387905", "0x4000000000000001"]),
        ("/words", ["Alumina heating ramp", "20 letters"]),
        ("/no_words", ["empty text", "0 letters"]),
        ("/when", ["Sunday 22 November 2026, 08:51:00 UTC"]),
        ("/gain", ["HIGH", "Stored as", "2", "LOW = 0"]),
        ("/row", ["spectrum", "pos", "{x: 0.1, y: 0.1}", "peak"]),
        ("/none", ["Empty", "has a type but no value", "float64"]),
        ("/unwritten", ["No rows yet", "0 × 3", "any × 3"]),
        ("/names", ["α", "<img src=x onerror=alert(1)>⟨U+202E⟩"]),
        ("/hostile", ["<img src=x onerror=alert(1)>⟨U+202E⟩"]),
    ],
)
def test_a_value_says_what_it_is(opened, path, said):
    shown = words(show(opened(path)))
    for part in said:
        assert part in shown, part


@pytest.mark.parametrize(("path", "target"), [("/lead", "/nxdata"), ("/region", "/image")])
def test_a_reference_leads_to_its_object(opened, path, target):
    links = [one.href for one in components(show(opened(path))) if type(one).__name__ == "A"]
    assert links == [f"/view?s=shelf&f=all.h5&p={target}"]


def test_complex_numbers_have_amplitude_and_phase(opened):
    shown = words(text._card(opened("/wave"), opened("/wave")[0][()]))
    assert "2.0+0.0j" in shown
    assert "Amplitude 2.0" in shown
    assert "Phase (rad) 0.0" in shown


def test_json_is_laid_out_and_its_stored_form_is_a_click_away(opened):
    dataset = opened("/json")
    assert '"scan": {\n' in by_id(show(dataset), "words").children
    assert by_id(show(dataset, **{"as": "plain"}), "words").children == '{"scan": {"steps": [1, 2], "motor": "th"}}'


def test_a_long_text_is_shown_in_pages_that_join_to_the_whole(opened):
    dataset = opened("/story")
    whole = "\n".join(f"line {number}" for number in range(20_000))
    total = by_id(show(dataset), "page").total
    assert "".join(text.turn(dataset, "plain", "wrap", page)[0] for page in range(1, total + 1)) == whole
    assert "of" in text.turn(dataset, "plain", "wrap", total)[2]


@pytest.mark.parametrize("page", [0, -3, 10**12, "x", None])
def test_a_page_that_does_not_exist_is_the_nearest(opened, page):
    assert text.turn(opened("/story"), "plain", "wrap", page)[0]


def test_opaque_bytes_are_a_hexdump(opened):
    shown = by_id(show(opened("/opaque")), "words").children
    assert shown.splitlines()[4].startswith("00000040  40 41 42")
    assert by_id(show(opened("/opaque")), "page").total == 2


def test_downloads_hold_the_whole_value(opened):
    saved = text.download(opened("/opaque"), 1, None)
    assert base64.b64decode(saved["content"]) == bytes(range(256)) * 40
    assert len(text.download(opened("/story"), 1, None)["content"]) == len(opened("/story")[()].item())
    saved = text.download(opened("/json"), 1, None)
    assert (saved["filename"], json.loads(saved["content"])["scan"]["motor"]) == ("json.json", "th")


def test_a_large_dataset_is_not_poured_out_as_text(opened):
    assert "Table" in words(show(opened("/spike")))
