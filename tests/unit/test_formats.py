"""Sizes, counts, shapes, times and values as text."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from h5nuvola.model import TypeInfo
from h5nuvola.ui import formats

NOW = datetime(2026, 11, 22, 9, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("nbytes", "said"),
    [(0, "0 bytes"), (1, "1 byte"), (912, "912 bytes"), (64_000_000, "64 MB"), (2_147_483_648, "2.15 GB"), (565_000_000, "565 MB"),
     (1_000, "1 kB"), (999_999, "1 MB"), (61_400_000_000_000, "61.4 TB"), (9_996, "10 kB")],
)  # fmt: skip
def test_sizes(nbytes, said):
    assert formats.size(nbytes) == said


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (datetime(2026, 11, 22, 8, 51, tzinfo=UTC), "today 08:51"),
        (datetime(2026, 11, 21, 17, 5, tzinfo=UTC), "yesterday 17:05"),
        (datetime(2026, 11, 3, 17, 5, tzinfo=UTC), "3 Nov 17:05"),
        (datetime(2024, 11, 21, tzinfo=UTC), "21 Nov 2024"),
    ],
)
def test_times(then, said):
    assert formats.when(then.timestamp(), NOW) == said


def test_a_time_beyond_the_calendar_is_said_so():
    assert formats.when(1e300, NOW) == "at an unknown time"


def test_shapes_and_plurals():
    assert formats.shape((64, 4096, 4096)) == "64 × 4096 × 4096"
    assert (formats.shape(()), formats.shape(None)) == ("scalar", "empty")
    assert (formats.plural(1, "row"), formats.plural(12_800, "row")) == ("1 row", f"12{formats.THIN}800 rows")


def test_numbers_are_true_to_their_type():
    assert formats.number(np.float32(0.1)) == "0.1"
    assert formats.number(np.float64(np.float32(0.1))) == "0.10000000149011612"
    assert formats.number(np.uint64(2**64 - 1)) == "18446744073709551615"
    assert formats.number(np.complex64(1.5 - 2j)) == "1.5-2.0j"
    assert [formats.number(value) for value in (np.bool_(True), np.nan, -np.inf)] == ["true", "NaN", "-inf"]


def test_enum_values_have_their_names():
    gains = TypeInfo("enum", "enum", 1, "|i1", names=(("LOW", 0), ("HIGH", 1)))
    assert [formats.text(np.int8(value), gains) for value in (0, 1, 7)] == ["LOW", "HIGH", "7 (no name)"]


def test_records_write_their_members_with_their_types():
    gain = TypeInfo("enum", "enum", 1, "|i1", names=(("LOW", 0),))
    members = (("x", TypeInfo("float", "float64", 8)), ("gain", gain), ("name", TypeInfo("string", "s", 4)))
    kind = TypeInfo("compound", "compound", 13, fields=members)
    row = np.array([(1.5, 0, b"ab")], dtype=[("x", "<f8"), ("gain", "|i1"), ("name", "S4")])[0]
    assert formats.text(row, kind) == "{x: 1.5, gain: LOW, name: ab}"


def test_opaque_and_undecodable_bytes_are_hexadecimal():
    opaque = TypeInfo("opaque", "opaque", 3)
    assert formats.text(b"abc", opaque) == "61 62 63"
    assert formats.text(b"\xff\xfe") == "ff fe"
    assert formats.text(np.void(b"\x01\x02")) == "01 02"


def test_long_lists_are_cut_and_say_how_many_there_are():
    said = formats.text(np.arange(100_000), limit=30)
    assert said.startswith("[0, 1, 2")
    assert said.endswith(f"… 100{formats.THIN}000 values]")


def test_a_text_that_would_turn_the_line_around_is_shown():
    assert formats.text("a\u202eb\n") == "a⟨U+202E⟩b␊"
