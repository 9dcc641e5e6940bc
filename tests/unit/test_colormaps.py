"""Colour maps: the short tables give the published colours, in order, the same for plotly and the browser."""

from __future__ import annotations

import base64

import cv2
import numpy as np
import pytest

from h5nuvola.ui import colormaps


@pytest.mark.parametrize(
    ("name", "code"), [("viridis", cv2.COLORMAP_VIRIDIS), ("magma", cv2.COLORMAP_MAGMA), ("turbo", cv2.COLORMAP_TURBO)]
)
def test_the_short_table_gives_the_published_colours(name: str, code: int) -> None:
    published = cv2.applyColorMap(np.arange(256, dtype=np.uint8).reshape(256, 1), code)[:, 0, ::-1].astype(int)
    assert np.abs(colormaps.table(name) - published).max() <= 1


@pytest.mark.parametrize("name", colormaps.NAMES)
def test_every_map_has_256_colours_that_change_smoothly(name: str) -> None:
    table = colormaps.table(name).astype(int)
    assert table.shape == (256, 3)
    assert np.abs(np.diff(table, axis=0)).max() <= 12
    assert len(np.unique(table, axis=0)) > 120


@pytest.mark.parametrize("name", [one.name for one in colormaps.COLORMAPS if one.uniform and not (one.diverging or one.cyclic)])
def test_uniform_maps_grow_lighter_from_end_to_end(name: str) -> None:
    grey = colormaps.table(name) @ np.array([0.2126, 0.7152, 0.0722])
    assert np.diff(grey).min() > -1.0
    assert grey[-1] - grey[0] > 120


def test_a_cyclic_map_ends_where_it_begins() -> None:
    for one in colormaps.COLORMAPS:
        if one.cyclic:
            assert np.abs(colormaps.table(one.name)[0].astype(int) - colormaps.table(one.name)[-1]).max() <= 2


def test_gray_is_gray_and_reaches_both_ends() -> None:
    table = colormaps.table("gray")
    assert (table[:, 0] == table[:, 1]).all()
    assert table[:, 2].tolist() == list(range(256))


def test_the_browser_gets_every_map() -> None:
    packed = colormaps.packed()
    assert tuple(packed) == colormaps.NAMES
    stops = np.frombuffer(base64.b64decode(packed["viridis"]), np.uint8).reshape(-1, 3)
    assert (stops[0], stops[-1]) == (pytest.approx([68, 1, 84]), pytest.approx([253, 231, 37]))
    assert sum(map(len, packed.values())) < 8000


def test_plotly_gets_the_same_colours() -> None:
    scale = colormaps.scale("cividis")
    assert scale[0][0] == 0
    assert scale[-1][0] == 1
    assert scale[-1][1] == "rgb({},{},{})".format(*colormaps.table("cividis")[-1])


def test_an_unknown_name_is_the_default_map() -> None:
    assert colormaps.get("no-such-map").name == colormaps.DEFAULT
    assert (colormaps.table("no-such-map") == colormaps.table(colormaps.DEFAULT)).all()
