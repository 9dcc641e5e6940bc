"""What opening a dataset asks of the server: one page, and no callback that the page could do without."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from playwright.sync_api import expect

from h5nuvola.plugins import line, table

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def file(data):
    with h5py.File(data / "asked.h5", "w") as made:
        made["note"] = "a text to begin with"
        made["curve"] = np.sin(np.arange(3000) / 100)
        made["long"] = np.arange(3_000_000, dtype="f4") % 1000
        made["picture"] = np.add.outer(np.arange(1500), np.arange(1500)).astype("u2")
        made["rows"] = np.zeros(5000, [("id", "i4"), ("value", "f8")])
        for number in range(30):
            made[f"group/part_{number}"] = number


SEEN = {
    "curve": ".js-plotly-plot path.js-line",
    "long": ".js-plotly-plot path.js-line",
    "picture": ".h5n-canvas[data-state='ready']",
    "rows": "#table--grid .ag-row[row-index='3'] [col-id='c1']:has-text('0')",
    "group": ".group-row:nth-child(30)",
}


def asked_for(page, address, name):
    """The last parts of the addresses that a click on a dataset asks for, until it is seen and the page rests."""
    page.goto(address("asked.h5", "/note"))
    expect(page.locator("#stage")).to_contain_text("a text to begin with")
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.split("?")[0].rsplit("/", 1)[-1]))
    page.locator(f".tree-row[href$='p=/{name}']").click()
    expect(page.locator(SEEN[name]).first).to_be_attached()
    page.wait_for_load_state("networkidle")
    return asked


@pytest.mark.parametrize("name", SEEN)
def test_a_click_asks_for_one_page_and_little_else(page, address, name, monkeypatch):
    # A busy machine must not make of it what is tested below.
    monkeypatch.setattr(line, "SOON", 20)
    monkeypatch.setattr(table, "PATIENCE", 20)
    asked = asked_for(page, address, name)
    assert asked.count("_dash-update-component") == 1
    assert asked.count("tile") == (4 if name == "picture" else 0)


@pytest.mark.parametrize("name", ["long", "rows"])
def test_what_takes_long_is_asked_for_once_more(page, address, name, monkeypatch):
    monkeypatch.setattr(line, "early", lambda read, patience: None)
    monkeypatch.setattr(table, "early", lambda read, patience: None)
    assert asked_for(page, address, name).count("_dash-update-component") == 2


def test_the_panel_beside_belongs_to_what_is_shown(page, address):
    page.goto(address("asked.h5", "/rows"))
    aside = page.locator(".aside")
    expect(aside.locator("h1")).to_have_text("rows")
    page.locator(".tree-row[href$='p=/curve']").click()
    expect(aside.locator("h1")).to_have_text("curve")
    expect(aside.locator("h1")).to_have_count(1)
    aside.get_by_text("Why this app?").click()
    expect(aside.locator(".candidate").first).to_contain_text("Line")
    page.locator(".toolbar .segments a", has_text="Table").click()
    expect(aside).to_contain_text("You chose Table.")
