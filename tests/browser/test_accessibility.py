"""No page has a serious fault for those who use it with a keyboard, a screen reader or other colours: axe looks at every kind of page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from samples import write_samples
from served import Served, serve

pytestmark = pytest.mark.browser
PAGES = {
    "home": "?s=lab",
    "search": "?s=lab&q",
    "image": "view?s=lab&f=scan.h5&p=/entry/image",
    "stack": "view?s=lab&f=scan.h5&p=/entry/stack",
    "line": "view?s=lab&f=scan.h5&p=/entry/line",
    "table": "view?s=lab&f=scan.h5&p=/entry/table",
    "text": "view?s=lab&f=scan.h5&p=/entry/words",
    "number": "view?s=lab&f=scan.h5&p=/entry/number",
    "group": "view/group?s=lab&f=scan.h5&p=/links",
    "card": "view?s=lab&f=scan.h5&p=/links/external",
    "apps": "apps",
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("lab")
    write_samples(folder)
    one = serve(f"lab={folder}")
    yield one
    one.stop()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_serious(chromium: Browser, lab: Served, name: str, theme: str) -> None:
    # axe is put into the page as a script, which our headers forbid to any but our own.
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, color_scheme=theme, bypass_csp=True, reduced_motion="reduce")
    page: Page = context.new_page()
    page.goto(f"{lab.url}/{PAGES[name]}")
    expect(page.locator("#main > *").first).to_be_visible()
    if name == "search":
        page.locator("#search").fill("scan")
        expect(page.locator("#search-list [role=option]").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    found = Axe().run(page).response["violations"]
    context.close()
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    nodes = [(one, node) for one in grave for node in one["nodes"][:3]]
    told = [f"{one['id']} ({one['impact']}): {node['html'][:200]} | {node['failureSummary'][:300]}" for one, node in nodes]
    assert not grave, "\n".join(told)
