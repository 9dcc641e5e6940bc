"""The line app in a browser: a zoom shows what is stored, the address keeps the view, the theme recolours without a trip."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
N, SPIKE = 10_000_000, 7_654_321

DRAWN = "document.querySelector('#line--graph .js-plotly-plot')?._fullData?.[0]?.x"
SPAN = """() => {
    const plot = document.querySelector('#line--graph .js-plotly-plot');
    const [x, y] = [plot._fullData[0].x, plot._fullData[0].y].map((one) => Array.from(one));
    return {count: y.length, greatest: Math.max(...y), where: x.filter((_, i) => y[i] === 5000), range: plot._fullLayout.xaxis.range};
}"""


@pytest.fixture(scope="module", autouse=True)
def file(data):
    y = np.sin(np.linspace(0, 60, N)).astype("f4")
    y[SPIKE : SPIKE + 2] = 5000
    with h5py.File(data / "lines.h5", "w") as made:
        made.create_dataset("spike", data=y, chunks=(1 << 18,))
        made["stack"] = np.arange(6 * 50.0).reshape(6, 50)
        made["stack"].attrs["interpretation"] = "spectrum"
        made["small"] = np.array([0.1, 0.2, 0.30000000000000004])


def drawn(page, until):
    until(f"{DRAWN}?.length > 0")
    return page.evaluate(SPAN)


def zoom(page, low, high):
    page.evaluate(
        "([low, high]) => Plotly.relayout(document.querySelector('#line--graph .js-plotly-plot'), "
        "{'xaxis.range[0]': low, 'xaxis.range[1]': high})",
        [low, high],
    )


def test_zooming_into_ten_million_points_reveals_a_spike_of_two(page, address, until):
    page.goto(address("lines.h5", "/spike"))
    overview = drawn(page, until)
    assert overview["greatest"] == 5000
    assert overview["count"] < 8000
    zoom(page, SPIKE - 40, SPIKE + 40)
    until(f"{DRAWN}.length < 1000")
    window = drawn(page, until)
    assert window["where"] == [SPIKE, SPIKE + 1]
    assert np.allclose(window["range"], [SPIKE - 40, SPIKE + 40])  # the new points do not reset the zoom
    expect(page.locator("#line--cost")).to_contain_text("in all")
    page.get_by_role("button", name="Show all").click()
    until(f"{DRAWN}.length > 1000")
    assert drawn(page, until)["range"][1] > N * 0.99


def test_the_address_brings_the_view_back(page, address, until):
    page.goto(address("lines.h5", "/spike"))
    drawn(page, until)
    zoom(page, 1000, 2000)
    until("location.search.includes('xr=1000:2000')")
    page.get_by_text("Log", exact=True).first.click()
    until("location.search.includes('y=log')")
    page.reload()
    until("document.querySelector('#line--graph .js-plotly-plot')?._fullLayout?.yaxis?.type === 'log'")
    assert np.allclose(drawn(page, until)["range"], [1000, 2000])


def test_the_theme_recolours_the_plot_without_asking_the_server(page, address, until):
    page.goto(address("lines.h5", "/small"))
    drawn(page, until)
    expect(page.locator("#line--cost")).to_contain_text("points")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    stroke = "() => getComputedStyle(document.querySelector('#line--graph .js-line')).stroke"
    light = page.evaluate(stroke)
    page.locator("#theme").click()
    until(f"({stroke})() !== '{light}'")
    assert page.evaluate(stroke) == "rgb(145, 167, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('#line--graph .xtick text')).fill") == "rgb(154, 164, 178)"
    assert [url for url in asked if "_dash-update" in url] == []


def test_the_cursor_tells_the_stored_value(page, address, until):
    page.goto(address("lines.h5", "/small"))
    drawn(page, until)
    box = page.locator("#line--graph .nsewdrag").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 12, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2)
    expect(page.locator("#line--cursor")).to_have_text("x 2   y 0.30000000000000004")


def test_a_slice_of_a_stack_is_chosen_below(page, address, until):
    page.goto(address("lines.h5", "/stack"))
    assert drawn(page, until)["greatest"] == 49
    page.goto(address("lines.h5", "/stack", i="3,:"))
    assert drawn(page, until)["greatest"] == 199


def test_no_button_of_plotly_leads_to_a_server(page, address, until):
    page.goto(address("lines.h5", "/small"))
    drawn(page, until)
    assert page.locator(".modebar-btn").count() == 0
    assert page.evaluate("document.querySelector('#line--graph .js-plotly-plot')._context.showSendToCloud") is False


def test_the_shown_points_can_be_saved(page, address, until):
    page.goto(address("lines.h5", "/small"))
    drawn(page, until)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the shown points as CSV").click()
    assert saved.value.path().read_text() == "index,small\n0,0.1\n1,0.2\n2,0.30000000000000004\n"
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the plot as PNG").click()
    assert saved.value.path().read_bytes()[:4] == b"\x89PNG"
