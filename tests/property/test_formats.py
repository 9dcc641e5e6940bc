"""Text of numbers reads back to the same number, and no text of a value can disturb a page."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from h5nuvola.model import visible
from h5nuvola.ui import formats

NUMBERS = ["<i1", "<u1", "<i8", "<u8", "<f2", "<f4", "<f8"]


@given(st.sampled_from(NUMBERS).flatmap(lambda kind: hnp.from_dtype(np.dtype(kind))))
def test_a_number_reads_back_as_itself(value):
    said = formats.number(value)
    back = value.dtype.type(int(said) if value.dtype.kind in "iu" else float(said))
    assert back == value or (math.isnan(value) and said == "NaN")


@given(st.sampled_from(["<c8", "<c16"]).flatmap(lambda kind: hnp.from_dtype(np.dtype(kind))))
def test_a_complex_number_reads_back_as_itself(value):
    back = complex(formats.number(value))
    for one, other in ((back.real, value.real), (back.imag, value.imag)):
        assert value.real.dtype.type(one) == other or (math.isnan(one) and math.isnan(other))


@given(st.integers(min_value=0))
def test_a_count_keeps_its_digits(number):
    assert int(formats.count(number).replace(formats.THIN, "")) == number


@given(st.integers(min_value=0, max_value=10**21))
def test_a_size_is_within_half_a_percent(nbytes):
    said, unit = formats.size(nbytes).rsplit(" ", 1)
    factor = 1 if unit.startswith("byte") else 1000 ** ("kB", "MB", "GB", "TB", "PB", "EB").index(unit) * 1000
    assert math.isclose(float(said.replace(formats.THIN, "")) * factor, nbytes, rel_tol=0.0051)


@given(st.integers(0, 10**18), st.integers(1, 10**9))
def test_a_larger_size_never_reads_smaller_in_the_same_unit(nbytes, more):
    one, other = formats.size(nbytes).rsplit(" ", 1), formats.size(nbytes + more).rsplit(" ", 1)
    if one[1] == other[1]:
        assert float(one[0].replace(formats.THIN, "")) <= float(other[0].replace(formats.THIN, ""))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.lists(st.integers()).map(np.array),
    max_leaves=20,
)


@given(VALUES)
def test_text_of_any_value_is_one_harmless_line(value):
    said = formats.text(value, limit=80)
    assert said == visible(said)
    assert "\n" not in said
    assert len(said) <= 200


@given(st.binary(max_size=200), st.integers(0, 1 << 20))
def test_a_hexdump_holds_every_byte(data, start):
    lines = formats.hexdump(data, start).splitlines()
    assert bytes.fromhex("".join(line[10:57] for line in lines)) == data
    assert [int(line[:8], 16) for line in lines] == list(range(start, start + len(data), 16))
