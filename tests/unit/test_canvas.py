"""The picture app before any pixel: which dimensions it shows, where they lie on the axes, what is too much, and whom it fits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from h5nuvola.api.tiles import Plane
from h5nuvola.model import LOCAL_USER, Attribute, Budget, Facts, Ref, TypeInfo
from h5nuvola.plugins.image import _display, _window, planes, plugin
from h5nuvola.storage.dataset import Dataset
from h5nuvola.storage.hdf5.file import Hdf5
from h5nuvola.ui import canvas
from h5nuvola.ui.canvas import Axis, Picture, even, fitting

NUMBERS = {"uint8": ("uint", 1, "|u1"), "uint16": ("uint", 2, "<u2"), "float64": ("float", 8, "<f8"), "string": ("string", 4, "|S4")}


def facts(shape: Sequence[int], kind: str = "uint16", **attrs: Any) -> Facts:
    name, size, numpy = NUMBERS[kind]
    return Facts(
        ref=Ref("data", "a.h5", "/x"),
        kind="dataset",
        revision="1",
        shape=tuple(shape),
        type=TypeInfo(name, kind, size, numpy),  # type: ignore[arg-type]
        attrs={key: Attribute(key, "string", (), value, value) for key, value in attrs.items()},
    )


# --- axes


@given(
    first=st.floats(-1e9, 1e9),
    step=st.floats(1e-6, 1e6) | st.floats(-1e6, -1e-6),
    count=st.integers(2, 500),
)
def test_evenly_spaced_values_give_their_first_and_their_step(first: float, step: float, count: int) -> None:
    values = first + step * np.arange(count)
    if np.spacing(np.abs(values).max()) > 1e-4 * abs(step):
        return  # doubles of this size cannot hold such a step
    found = even(values)
    assert found is not None
    assert found[0] == values[0]
    assert found[1] == pytest.approx(step, rel=1e-3)


def test_bin_edges_give_the_centres_between_them() -> None:
    assert even(np.array([0.0, 2.0, 4.0]), edges=True) == (1.0, 2.0)


@pytest.mark.parametrize(
    "values",
    [[0, 1, 2.01], [0, 1, 4], [1, 1, 1], [0, math.nan, 2], [0, 1, math.inf], [], [[0, 1], [2, 3]], [10**0.1, 10**0.2, 10**0.3]],
)
def test_other_values_are_not_taken_for_even(values: list[Any]) -> None:
    assert even(np.array(values, dtype=float)) is None


def picture(x: Axis, y: Axis, upward: bool = False) -> Picture:
    return Picture(None, ":,:", 0, 1, x, y, upward=upward)  # type: ignore[arg-type]


def test_the_edges_lie_half_a_pixel_outside_of_the_first_and_last_centre() -> None:
    counted = picture(Axis(300), Axis(200))
    assert counted.extent == (-0.5, 299.5, 199.5, -0.5)
    scan = picture(Axis(3, 10, 2, units="mm", known=True), Axis(5, 1, -0.5, units="mm", known=True), upward=True)
    assert scan.extent == (9, 15, -1.25, 1.25)


@pytest.mark.parametrize(
    ("x", "y", "ratio"),
    [
        (Axis(300), Axis(200), 1.0),
        (Axis(3000), Axis(200), None),  # longer than eight to one
        (Axis(300, units="mm", known=True), Axis(200, units="mm", known=True), 1.0),
        (Axis(300, units="mm", known=True), Axis(200, units="s", known=True), None),
        (Axis(300, units="mm", known=True), Axis(200), None),
    ],
)
def test_equal_aspect_where_it_makes_sense(x: Axis, y: Axis, ratio: float | None) -> None:
    assert picture(x, y).ratio == ratio


@given(rows=st.integers(1, 10**6), columns=st.integers(1, 10**6), itemsize=st.sampled_from([1, 2, 4, 8]))
def test_what_is_too_much_opens_at_a_window_in_its_middle(rows: int, columns: int, itemsize: int) -> None:
    budget = Budget(scan_nbytes=1 << 24)
    window = fitting((rows, columns), itemsize, budget)
    assert (window is None) == (rows * columns * itemsize <= budget.scan_nbytes)
    if window is not None:
        x0, x1, y0, y1 = window
        assert -0.5 <= x0 < x1 <= columns - 0.5
        assert -0.5 <= y0 < y1 <= rows - 0.5
        assert (x1 - x0) * (y1 - y0) * itemsize <= budget.scan_nbytes / 3.99
        assert x0 + x1 == pytest.approx(columns - 1, abs=1e-6 * columns)


# --- dimensions


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (facts((5, 6)), (0, 1, None)),
        (facts((9, 5, 6)), (1, 2, None)),
        (facts((5, 6, 3)), (1, 2, None)),  # nothing says that these are colours
        (facts((5, 6, 3), interpretation="rgb-image"), (0, 1, 2)),
        (facts((9, 5, 6, 4), "uint8", interpretation="rgba-image"), (1, 2, 3)),
        (facts((5, 6, 7), interpretation="rgb-image"), (1, 2, None)),  # seven are no colours
        (facts((5, 6, 3), CLASS="IMAGE", IMAGE_SUBCLASS="IMAGE_TRUECOLOR", INTERLACE_MODE="INTERLACE_PIXEL"), (0, 1, 2)),
        (facts((3, 5, 6), CLASS="IMAGE", IMAGE_SUBCLASS="IMAGE_TRUECOLOR", INTERLACE_MODE="INTERLACE_PLANE"), (1, 2, 0)),
        (facts((5, 3, 6), CLASS="IMAGE", IMAGE_SUBCLASS="IMAGE_TRUECOLOR", INTERLACE_MODE="INTERLACE_LINE"), (0, 2, 1)),
    ],
)
def test_rows_columns_and_colours(made: Facts, wanted: tuple[int, int, int | None]) -> None:
    assert planes(made) == wanted


@pytest.mark.parametrize(
    ("made", "fits"),
    [
        (facts((5, 6)), True),
        (facts((9, 5, 6), "float64"), True),
        (facts((5,)), False),
        (facts(()), False),
        (facts((5, 6), "string"), False),
        (facts((100, 1)), False),
        (facts((1, 100)), False),
    ],
)
def test_the_app_fits_planes_of_numbers(made: Facts, fits: bool) -> None:
    assert plugin.rule.judge(made).fits is fits


def test_what_calls_itself_an_image_fits_better() -> None:
    plain, said, marked = (
        plugin.rule.judge(one).score for one in (facts((50, 60)), facts((50, 60), interpretation="image"), facts((50, 60), CLASS="IMAGE"))
    )
    narrow = plugin.rule.judge(facts((50, 3))).score
    assert narrow < plain < min(said, marked)


# --- the address


@given(text=st.text(alphabet="0123456789.,-einaf ", max_size=24))
def test_any_text_is_a_window_or_none(text: str) -> None:
    window = _window(text)
    assert window is None or (len(window) == 4 and all(map(math.isfinite, window)) and window[0] != window[1] and window[2] != window[3])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("1,5", "1,5"), ("-1e3,2.5", "-1e3,2.5"), ("minmax", "minmax"), ("5,1", "auto"), ("nan,1", "auto"), ("1,2,3", "auto"), ("x", "auto")],
)
def test_a_range_that_makes_no_sense_is_automatic(text: str, wanted: str) -> None:
    state = {"range": text, "cmap": "", "scale": "", "invert": "", "reduce": ""}
    assert _display(state)["range"] == wanted


# --- the overview


def picture_of(dataset: Any, selection: str = ":,:") -> Picture:
    rows, columns = dataset.shape[-2:]
    return Picture(dataset, selection, dataset.ndim - 2, dataset.ndim - 1, Axis(columns), Axis(rows))


@given(rows=st.integers(1, 300_000), columns=st.integers(1, 300_000))
def test_the_overview_is_small_and_no_coarser_than_it_must(rows, columns):
    dataset = Dataset(None, LOCAL_USER, facts((rows, columns)), Budget())  # type: ignore[arg-type]
    y, x = canvas.overview(picture_of(dataset))
    sides = [math.ceil(rows / 2**y), math.ceil(columns / 2**x)]
    assert max(sides) <= 1024
    assert sides[0] * sides[1] * 2 <= canvas.OVERVIEW_BYTES
    assert all(level == 0 or side > 256 for level, side in zip((y, x), sides, strict=True))


def test_what_was_warmed_is_not_read_again(opened, monkeypatch):
    read: list[str] = []
    reduce = Hdf5.reduce

    def counted(self: Hdf5, *arguments: Any) -> Any:
        read.append(arguments[0])
        return reduce(self, *arguments)

    monkeypatch.setattr(Hdf5, "reduce", counted)
    monkeypatch.setattr(canvas, "warm", lambda *reads: [one() for one in reads])
    dataset = opened("/maps/data")
    canvas.warm_overview(picture_of(dataset), "max")
    assert read == ["/maps/data"]
    assert Plane.parse(dataset, ":,:", "").tile((0, 0), (0, 0), "max").shape == dataset.shape
    assert read == ["/maps/data"]
