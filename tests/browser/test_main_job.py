"""The main job in a browser, against the server that the command starts: find a file, find a dataset, land in the app that fits.

By keyboard alone, by mouse alone, and by a link; with broken things in the way, in both themes, and on a phone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect
from samples import HTML, write_samples
from served import Served, serve

pytestmark = pytest.mark.browser
APPS = {
    "image": "image",
    "stack": "image",
    "line": "line",
    "number": "text",
    "words": "table",
    "title": "text",
    "table": "table",
    "rgb": "image",
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("lab")
    write_samples(folder / "beamline" / "2026")
    (folder / "beamline" / "readme.txt").write_text("no data")
    (folder / "beamline" / "2026" / "scan_2.h5").write_bytes((folder / "beamline" / "2026" / "other.h5").read_bytes())
    (folder / "other").mkdir()
    one = serve(f"lab={folder / 'beamline'}", f"other={folder / 'other'}", token=True)
    yield one
    one.stop()


@pytest.fixture
def home(page: Page, lab: Served) -> Page:
    """The home page, opened by the address that the command prints."""
    page.goto(f"{lab.url}/?token={lab.token}")
    expect(page.locator("#sources")).to_contain_text("lab")
    assert "token" not in page.url
    return page


def _shows(page: Page, app: str, name: str) -> None:
    """The page shows an object in an app, says why, and its address can be sent."""
    expect(page.locator(f'.view[data-app="{app}"]')).to_be_visible()
    expect(page.locator("#tree .tree-here")).to_contain_text(name)
    expect(page.locator(".aside")).to_contain_text("Opened with")
    expect(page.locator("#stage [role=alert]")).to_have_count(0)
    expect(page).to_have_title(re.compile(re.escape(name)))


def test_by_keyboard_alone(home: Page) -> None:
    expect(home.locator("#search")).to_be_focused()
    home.keyboard.type("scn")
    hits = home.locator("#search-list [role=option]")
    expect(hits.first).to_contain_text("scan.h5")
    home.keyboard.press("ArrowDown")
    expect(hits.nth(1)).to_have_attribute("aria-selected", "true")
    home.keyboard.press("ArrowUp")
    home.keyboard.press("Enter")
    expect(home).to_have_url(re.compile(r"/view\?s=lab&f=2026/scan\.h5"))
    expect(home.locator(".view[data-app]")).to_be_visible()
    home.keyboard.press("f")
    expect(home.locator("#tree-filter")).to_be_focused()
    home.keyboard.type("tabl")
    expect(home.locator("#tree-hits [role=option]").first).to_contain_text("/entry/table")
    home.keyboard.press("Enter")
    _shows(home, "table", "table")
    # And through the tree itself: to the next dataset but one, by its first letters.
    home.keyboard.press("Escape")
    home.locator("#tree [role=tree]").focus()
    home.keyboard.type("num")
    home.keyboard.press("Enter")
    _shows(home, "text", "number")
    home.go_back()
    _shows(home, "table", "table")


def test_by_mouse_alone(home: Page) -> None:
    home.locator("#sources").get_by_text("lab", exact=True).first.click()
    home.locator("#folder").get_by_role("link", name="2026").click()
    home.locator("#folder").get_by_role("link", name="scan.h5").click()
    expect(home.locator(".view[data-app]")).to_be_visible()
    tree = home.locator("#tree [role=treeitem]")
    for name in ("line", "image"):
        tree.filter(has=home.get_by_text(name, exact=True)).click()
        _shows(home, APPS[name], name)
    home.locator(".toolbar").get_by_role("link", name="Table").click()
    expect(home.locator('.view[data-app="table"]')).to_be_visible()
    expect(home).to_have_url(re.compile(r"/view/table\?.*p=/entry/image"))
    home.locator("#crumbs").get_by_role("link", name="2026").click()
    expect(home.locator("#folder").get_by_role("link", name="scan.h5")).to_be_visible()


@pytest.mark.parametrize("name", APPS)
def test_by_a_link_of_a_colleague(page: Page, lab: Served, name: str) -> None:
    page.goto(f"{lab.url}/view?s=lab&f=2026/scan.h5&p=/entry/{name}&token={lab.token}")
    _shows(page, APPS[name], name)
    assert "token" not in page.url


def test_every_app_draws_its_values(page: Page, lab: Served, until: Callable[[str], None]) -> None:
    page.goto(f"{lab.url}/view?s=lab&f=2026/scan.h5&p=/entry/number&token={lab.token}")
    expect(page.locator("#stage")).to_contain_text("42.5")
    page.goto(f"{lab.url}/view?s=lab&f=2026/scan.h5&p=/entry/table")
    expect(page.locator("#stage")).to_contain_text("energy")
    expect(page.locator("#stage .ag-cell", has_text="peak").first).to_be_visible()
    page.goto(f"{lab.url}/view?s=lab&f=2026/scan.h5&p=/entry/line")
    until("document.querySelector('#line--graph .js-plotly-plot').calcdata[0].length > 900")
    with page.expect_response(lambda answer: "/api/tile" in answer.url and answer.ok) as tile:
        page.goto(f"{lab.url}/view?s=lab&f=2026/scan.h5&p=/entry/image")
    assert len(tile.value.body()) == 64 * 96 * 4
    expect(page.locator("#stage canvas").first).to_be_visible()


def test_a_broken_link_is_a_card_and_the_page_stays_usable(page: Page, lab: Served) -> None:
    page.goto(f"{lab.url}/view?s=lab&f=2026/scan.h5&p=/entry/line&token={lab.token}")
    _shows(page, "line", "line")
    page.locator("#tree [role=treeitem]").filter(has=page.get_by_text("links", exact=True)).click()
    for name, words in (("external", "other.h5"), ("dangling", "nowhere"), ("virtual", "virtual dataset"), ("raw", "outside of this file")):
        page.locator("#tree [role=treeitem]").filter(has=page.get_by_text(name, exact=True)).click()
        card = page.locator("#stage [role=alert]")
        expect(card).to_contain_text(words)
        expect(card).to_contain_text("H5N-")
    page.locator("#tree [role=treeitem]").filter(has=page.get_by_text("number", exact=True)).click()
    _shows(page, "text", "number")


def test_names_with_html_are_shown_as_they_are(page: Page, lab: Served) -> None:
    file = quote(f"2026/{HTML.replace('/', '')}.h5")
    page.goto(f"{lab.url}/view?s=lab&f={file}&p=/{quote(HTML)}/{quote(HTML)}&token={lab.token}")
    expect(page.locator("#tree .tree-here")).to_contain_text(HTML)
    expect(page.locator("#crumbs")).to_contain_text("<img")
    expect(page.locator(".aside")).to_contain_text(HTML)
    expect(page.locator("#stage")).to_contain_text(HTML)
    assert page.locator("img[src=x]").count() == 0
    page.goto(f"{lab.url}/?s=lab&f=2026")
    expect(page.locator("#folder")).to_contain_text("<img")
    page.locator("#search").fill("onerror")
    expect(page.locator("#search-list [role=option]").first).to_contain_text("<img")
    assert page.locator("img[src=x]").count() == 0


def test_the_theme_changes_and_stays(home: Page) -> None:
    root = home.locator("html")
    expect(root).to_have_attribute("data-mantine-color-scheme", "light")
    light = home.evaluate("getComputedStyle(document.body).backgroundColor")
    home.locator("#theme").click()
    expect(root).to_have_attribute("data-mantine-color-scheme", "dark")
    assert home.evaluate("getComputedStyle(document.body).backgroundColor") != light
    home.reload()
    expect(root).to_have_attribute("data-mantine-color-scheme", "dark")


PLACES = ["?s=lab&f=2026", "view?s=lab&f=2026/scan.h5&p=/entry/image", "view?s=lab&f=2026/scan.h5&p=/entry/table"]
PLACES += ["view?s=lab&f=2026/scan.h5&p=/entry/line", "view?s=lab&f=2026/scan.h5&p=/links", "view?s=lab&f=2026/cut.h5", "apps"]


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_wider_than_a_phone(chromium: Browser, lab: Served, place: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2)
    phone = context.new_page()
    phone.goto(f"{lab.url}/?token={lab.token}")
    phone.goto(f"{lab.url}/{place}")
    expect(phone.locator("#main > *").first).to_be_visible()
    phone.wait_for_load_state("networkidle")
    wide = phone.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert wide <= 390
