"""The image app in a real browser: true colours, true values, frames, range, and an address that gives the same picture again."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import h5py
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from h5nuvola.ui import colormaps

pytestmark = pytest.mark.browser

Address = Callable[..., str]
Pixel = tuple[int, int, int]
READY = ".h5n-canvas[data-state=ready]"
BLOCK = 100  # pixels of one flat square of the checked pictures
FILE = "pictures.h5"


def squares(frame: int) -> np.ndarray[Any, Any]:
    """600 × 800 pixels of flat squares, each of its own value: 10 to 480, and 500 a frame."""
    row, column = np.mgrid[:600, :800] // BLOCK
    return (10 + 10 * (row * 8 + column) + 500 * frame).astype("u2")


@pytest.fixture(scope="module", autouse=True)
def pictures(data: Path) -> Path:
    path = data / FILE
    with h5py.File(path, "w") as file:
        file["stack"] = np.stack([squares(frame) for frame in range(4)])
        file["stack"].attrs["units"] = "counts"
        row, column = np.mgrid[:2048, :2048]
        file["large"] = (row * 2048 + column + 2**40).astype("i8")
        scan = file.create_group("scan")
        scan.attrs.update(NX_class="NXdata", signal="map", axes=["y", "x"])
        map_ = squares(0)[:200, :300].astype("f8") / 8
        map_[150:, :] = np.nan
        scan["map"] = map_
        scan["x"], scan["y"] = 1 + np.arange(300) * 0.01, 5 + np.arange(200) * 0.01
        for name in "xy":
            scan[name].attrs["units"] = "mm"
        uneven = file.create_group("uneven")
        uneven.attrs.update(NX_class="NXdata", signal="map", axes=["y", "x"])
        uneven["map"], uneven["x"], uneven["y"] = map_[:50, :80], np.arange(80.0) ** 2, np.arange(50.0)
        photo = np.zeros((120, 160, 3), "u1")
        photo[:60, :80], photo[60:, 80:] = (200, 30, 10), (0, 90, 255)
        file["photo"] = photo
        file["photo"].attrs["interpretation"] = "rgb-image"
        file.create_dataset("huge", (60000, 60000), "u2", chunks=(500, 500), fillvalue=3)
        file.create_dataset("coarse", (20000, 20000), "f8", chunks=(20000, 20000))
    return path


def show(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(READY)).to_be_visible(timeout=60_000)


def expected(value: float, low: float, high: float, cmap: str = "viridis", scale: str = "lin") -> Pixel:
    forward = {"lin": float, "log": np.log, "sqrt": np.sqrt}[scale]
    position = (forward(value) - forward(low)) / (forward(high) - forward(low))
    red, green, blue = colormaps.table(cmap)[int(np.clip(np.floor(position * 256), 0, 255))]
    return int(red), int(green), int(blue)


def place(page: Page, row: float, column: float) -> tuple[float, float]:
    """Where on the page the middle of a pixel of the data lies, by plotly's own axes."""
    found = page.evaluate(
        """([row, column]) => {
            const graph = document.querySelector(".js-plotly-plot"), spec = JSON.parse(document.querySelector(".h5n-canvas").dataset.spec);
            const { xaxis, yaxis } = graph._fullLayout, box = graph.getBoundingClientRect();
            const x = spec.x.first + column * spec.x.step, y = spec.y.first + row * spec.y.step;
            return [box.left + xaxis._offset + xaxis.l2p(x), box.top + yaxis._offset + yaxis.l2p(y)];
        }""",
        [row, column],
    )
    return found[0], found[1]


def colour(page: Page, row: float, column: float) -> Pixel:
    """The colour on the canvas in the middle of a pixel of the data."""
    red, green, blue, _ = drawn(page, *place(page, row, column))
    return red, green, blue


def drawn(page: Page, x: float, y: float) -> list[int]:
    found: list[int] = page.evaluate(
        """([x, y]) => {
            const canvas = document.querySelector(".h5n-canvas-pixels"), box = canvas.getBoundingClientRect();
            const ratio = canvas.width / box.width, left = Math.floor((x - box.left) * ratio), top = Math.floor((y - box.top) * ratio);
            return Array.from(canvas.getContext("2d").getImageData(left, top, 1, 1).data);
        }""",
        [x, y],
    )
    return found


def picture(page: Page) -> str:
    """Everything on the canvas."""
    found: str = page.evaluate("document.querySelector('.h5n-canvas-pixels').toDataURL()")
    return found


def limits(page: Page) -> list[float]:
    """The range of the colours, as the handles tell it."""
    return [float(str(handle.get_attribute("aria-valuenow"))) for handle in page.locator(".h5n-histogram .handle").all()]


CHECKED = [(50, 50), (250, 350), (550, 750), (150, 650)]


# --- colours


@pytest.mark.parametrize("scale", ["lin", "log", "sqrt"])
def test_colours_are_those_of_the_array(page: Page, address: Address, scale: str) -> None:
    show(page, address(FILE, "/stack", "image", scale=scale, range="5,600", cmap="magma"))
    for row, column in CHECKED:
        assert colour(page, row, column) == expected(squares(0)[row, column], 5, 600, "magma", scale)


@pytest.mark.parametrize("page", ["dark"], indirect=True)
def test_inverted_colours_run_the_other_way_in_the_dark_too(page: Page, address: Address) -> None:
    show(page, address(FILE, "/stack", "image", range="0,512", invert="1", i="1,:,:"))
    value = squares(1)[50, 50]
    assert value == 510
    assert colour(page, 50, 50) == tuple(colormaps.table("viridis")[255 - 255])


def test_every_pixel_lies_where_its_axis_says_at_any_density(chromium: Browser, address: Address) -> None:
    for ratio in (1, 2, 1.5):
        context = chromium.new_context(viewport={"width": 1000, "height": 800}, device_scale_factor=ratio)
        page = context.new_page()
        show(page, address(FILE, "/stack", "image", range="0,600", view="95.5,107.5,207.5,195.5"))
        # Twelve pixels across: the border between the squares lies between the pixels 99 and 100, and 199 and 200.
        for row, column in [(199, 99), (199, 100), (200, 99), (200, 100), (196, 96), (207, 107)]:
            assert colour(page, row, column) == expected(squares(0)[row, column], 0, 600)
        for part in (-0.45, 0.45):
            assert colour(page, 199 + part, 100 + part) == expected(squares(0)[199, 100], 0, 600)
        context.close()


def test_a_map_lies_on_its_axes_with_y_upwards_and_holes_hatched(page: Page, address: Address) -> None:
    show(page, address(FILE, "/scan/map", "image", range="0,64"))
    assert colour(page, 50, 50) == expected(10 / 8, 0, 64)
    assert colour(page, 50, 250) == expected(30 / 8, 0, 64)
    assert place(page, 0, 0)[1] > place(page, 100, 0)[1]
    hatched = {tuple(drawn(page, *place(page, 170, column))) for column in range(20, 280, 3)}
    assert not hatched & {(*map(int, one), 255) for one in colormaps.table("viridis")}
    assert len(hatched) > 1
    page.mouse.move(*place(page, 42, 77))
    expect(page.locator(".h5n-readout")).to_have_text("x 1.770 mm y 5.420 mm 1.25")


def test_true_colours_are_drawn_as_stored(page: Page, address: Address) -> None:
    show(page, address(FILE, "/photo"))
    assert colour(page, 30, 40) == (200, 30, 10)
    assert colour(page, 90, 120) == (0, 90, 255)
    assert page.locator(".h5n-histogram").count() == 0


def test_uneven_axes_are_counted_and_said(page: Page, address: Address) -> None:
    show(page, address(FILE, "/uneven/map", "image"))
    expect(page.get_by_role("note").first).to_contain_text("“x” is not evenly spaced")


# --- values


def test_the_value_under_the_pointer_is_the_stored_one_even_zoomed_out(page: Page, address: Address) -> None:
    show(page, address(FILE, "/large", "image"))
    expect(page.locator(".h5n-cost")).to_contain_text("level 2/3")
    x, y = place(page, 1234, 877)
    page.mouse.move(x, y)
    readout = page.locator(".h5n-readout")
    expect(readout).not_to_contain_text("≈")
    found = re.fullmatch(r"x (\d+) y (\d+) (.+)", readout.inner_text().replace("\n", " "))
    assert found is not None
    column, row = int(found[1]), int(found[2])
    assert abs(row - 1234) < 4
    assert abs(column - 877) < 4
    assert int(re.sub(r"\D", "", found[3])) == row * 2048 + column + 2**40
    page.mouse.move(5, 5)
    expect(readout).to_have_text("")


def test_zooming_in_brings_finer_levels(page: Page, address: Address) -> None:
    show(page, address(FILE, "/large", "image"))
    cost = page.locator(".h5n-cost")
    expect(cost).to_contain_text("level 2/3")
    page.locator(".h5n-canvas").focus()
    for _ in range(9):
        page.keyboard.press("+")
    expect(cost).to_contain_text("level 0/3")
    page.keyboard.press("0")
    expect(cost).to_contain_text("level 2/3")
    x, y = place(page, 1000, 1000)
    page.mouse.move(x, y)
    for _ in range(8):
        page.mouse.wheel(0, -600)
    expect(cost).not_to_contain_text("level 2/3")
    after = place(page, 1000, 1000)
    assert (abs(after[0] - x) < 3, abs(after[1] - y) < 3) == (True, True)


# --- frames


def test_the_slider_moves_through_frames(page: Page, address: Address) -> None:
    show(page, address(FILE, "/stack", "image", range="0,2100"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("slider", name="Frame").press("ArrowRight")
    expect(page.locator(".h5n-canvas")).to_have_attribute("aria-label", re.compile("at 1,:,:"))
    assert colour(page, 50, 50) == expected(510, 0, 2100)
    expect(page).to_have_url(re.compile(r"[?&]i=1,:,:"))
    page.mouse.move(*place(page, 50, 50))
    expect(page.locator(".h5n-readout .value")).to_have_text("510 counts")
    page.get_by_role("spinbutton", name="Frame").fill("3")
    page.keyboard.press("Enter")
    expect(page.locator(".h5n-canvas")).to_have_attribute("aria-label", re.compile("at 3,:,:"))
    assert colour(page, 250, 350) == expected(squares(3)[250, 350], 0, 2100)
    expect(page.locator(".h5n-readout .value")).to_have_text("1510 counts")
    assert not [url for url in asked if "_dash-update-component" in url]


def test_a_film_shows_every_frame_and_stops(page: Page, address: Address) -> None:
    show(page, address(FILE, "/stack", "image"))
    page.evaluate("document.addEventListener('h5nuvola:drawn', (e) => (window.shown = window.shown || []).push(e.detail.selection))")
    page.get_by_role("button", name="Play Frame").click()
    expect(page.get_by_role("spinbutton", name="Frame")).to_have_value("3")
    page.get_by_role("button", name="Play Frame").click()
    assert page.evaluate("window.shown")[:3] == ["1,:,:", "2,:,:", "3,:,:"]
    expect(page.get_by_role("button", name="Play Frame")).to_have_attribute("aria-pressed", "false")


# --- range and state


def test_the_handles_of_the_histogram_set_the_range(page: Page, address: Address) -> None:
    show(page, address(FILE, "/stack", "image"))
    assert limits(page) == [10, 480]
    low = page.get_by_role("slider", name="Lowest value of the colours")
    box = low.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 7, box["y"] + 7)
    page.mouse.down()
    page.mouse.move(box["x"] + 67, box["y"] + 7, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"range=\d"))
    now = limits(page)
    assert 60 < now[0] < 300
    assert now[1] == 480
    assert colour(page, 550, 750) == expected(squares(0)[550, 750], *now)
    assert colour(page, 50, 50) == expected(10, *now)


def test_a_reload_gives_the_same_picture(page: Page, address: Address) -> None:
    show(page, address(FILE, "/stack", "image"))
    page.get_by_text("Log", exact=True).click()
    page.get_by_role("button", name="Invert the colours").click()
    page.get_by_role("slider", name="Frame").press("ArrowRight")
    page.locator(".h5n-canvas").focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"(?=.*scale=log)(?=.*invert=1)(?=.*i=1,:,:)(?=.*view=-?[\d.]+,)"))
    expect(page.locator(READY)).to_be_visible()
    before, window = picture(page), page.evaluate("document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range")
    address_before = page.url
    page.reload()
    expect(page.locator(READY)).to_be_visible(timeout=60_000)
    after = page.evaluate("document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range")
    assert after == pytest.approx(window, abs=0.06)
    assert page.url == address_before
    expect(page.get_by_role("button", name="Invert the colours")).to_have_attribute("aria-pressed", "true")
    one, other = (cv2.imdecode(np.frombuffer(_bytes(url), np.uint8), cv2.IMREAD_COLOR) for url in (before, picture(page)))
    assert one.shape == other.shape
    # The window is kept to a tenth of a pixel: edges of the squares may move by one pixel of the screen.
    assert (one != other).any(axis=-1).mean() < 0.02


def _bytes(url: str) -> bytes:
    return base64.b64decode(url.split(",")[1])


def test_the_download_holds_the_picture_with_its_axes_and_colour_bar(page: Page, address: Address, tmp_path: Path) -> None:
    show(page, address(FILE, "/stack", "image", range="0,600"))
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download as PNG").click()
    assert waiting.value.suggested_filename == "stack-0.png"
    waiting.value.save_as(tmp_path / "a.png")
    image = cv2.imread(str(tmp_path / "a.png"))[:, :, ::-1]
    graph = page.locator(".js-plotly-plot").bounding_box()
    assert graph is not None
    x, y = place(page, 250, 350)
    at = round((y - graph["y"]) * 2), round((x - graph["x"]) * 2)
    assert np.abs(image[at].astype(int) - expected(squares(0)[250, 350], 0, 600)).max() <= 2
    bar = image[:, int(image.shape[1] * 0.8) :].reshape(-1, 3)
    top = colormaps.table("viridis")[255].astype(int)
    assert (np.abs(bar.astype(int) - top).max(axis=1) <= 3).sum() > 20


# --- what is too much


def test_a_huge_picture_opens_at_its_middle_and_says_so(page: Page, address: Address) -> None:
    show(page, address(FILE, "/huge", "image"))
    expect(page.get_by_role("note").first).to_contain_text("opens at its middle")
    assert colour(page, 30000, 30000) == expected(3, 2.85, 3.15)
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".h5n-canvas-note")).to_contain_text("Zoom in to see more")


def test_what_cannot_be_read_is_said_on_the_picture(chromium: Browser, address: Address) -> None:
    # Its one chunk holds 3.2 GB. The refused request stands in the browser's console, so this page is its own.
    context = chromium.new_context()
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.goto(address(FILE, "/coarse", "image"))
    expect(page.locator(".h5n-canvas-note")).to_contain_text("Too big to show at once", timeout=60_000)
    assert broken == []
    context.close()


def test_a_frame_out_of_range_is_a_card(page: Page, address: Address) -> None:
    page.goto(address(FILE, "/stack", "image", i="4,:,:"))
    expect(page.get_by_role("alert")).to_contain_text("Index 4 is out of range in dimension 0")


def test_nonsense_in_the_address_becomes_the_default(page: Page, address: Address) -> None:
    show(page, address(FILE, "/stack", "image", cmap="<b>", scale="x", range="9,1", view="a,b", reduce="median"))
    display = json.loads(str(page.locator(".h5n-canvas").get_attribute("data-display")))
    assert display == {"cmap": "viridis", "scale": "lin", "range": "auto", "invert": False, "reduce": "max"}


def test_a_phone_shows_the_picture_and_its_slider(chromium: Browser, address: Address) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True, is_mobile=True)
    page = context.new_page()
    show(page, address(FILE, "/stack", "image", range="0,600"))
    assert colour(page, 250, 350) == expected(squares(0)[250, 350], 0, 600)
    box = page.get_by_role("slider", name="Frame").bounding_box()
    assert box is not None
    assert (box["height"] >= 44, box["x"] + box["width"] <= 390) == (True, True)
    page.touchscreen.tap(*place(page, 250, 350))
    expect(page.locator(".h5n-readout .value")).to_have_text("200 counts")
    context.close()


def test_another_dataset_in_the_same_page_starts_afresh(page: Page, address: Address) -> None:
    show(page, address(FILE, "/stack", "image", range="0,600"))
    page.locator(".h5n-canvas").focus()
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("view="))
    page.evaluate("(to) => h5nuvola.address.go(to)", address(FILE, "/scan/map", "image"))
    expect(page.locator(READY)).to_have_attribute("aria-label", re.compile("Picture of /scan/map"))
    assert page.evaluate("document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range") == pytest.approx([0.995, 3.995])
    assert colour(page, 50, 250) == expected(30 / 8, *limits(page))
    page.go_back()
    expect(page.locator(READY)).to_have_attribute("aria-label", re.compile("Picture of /stack.*at 0,:,:"))
    assert colour(page, 250, 350) == expected(squares(0)[250, 350], 0, 600)


def test_two_fingers_zoom_around_the_point_between_them(chromium: Browser, address: Address) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    show(page, address(FILE, "/stack", "image"))
    x, y = place(page, 300, 400)
    touch = context.new_cdp_session(page)

    def fingers(kind: str, gap: float) -> None:
        points = [{"x": x - gap, "y": y}, {"x": x + gap, "y": y}] if gap else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", 20)
    for gap in (30, 40, 60):
        fingers("touchMove", gap)
    fingers("touchEnd", 0)
    expect(page).to_have_url(re.compile("view="))
    left, right = page.evaluate("document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range")
    assert right - left == pytest.approx(800 / 3, rel=0.1)
    after = place(page, 300, 400)
    assert (abs(after[0] - x) < 4, abs(after[1] - y) < 4) == (True, True)
    assert broken == []
    context.close()
