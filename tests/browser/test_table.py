"""The table app in a browser: far rows are right, other columns and slices never show old numbers, cells are text."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
N = 1_000_000
HTML = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module", autouse=True)
def file(data):
    rows = np.zeros(N, [("id", "u8"), ("half", "f4"), ("name", "S8")])
    rows["id"] = np.arange(N, dtype="u8") + 2**60
    rows["half"] = np.arange(N) / 2
    rows["name"] = b"row"
    with h5py.File(data / "tables.h5", "w") as made:
        made.create_dataset("rows", data=rows, chunks=(5000,))
        made.create_dataset("wide", data=np.arange(40 * 5000, dtype="u4").reshape(40, 5000), chunks=(40, 500))
        made["cube"] = np.arange(4 * 30 * 5).reshape(4, 30, 5)
        made["names"] = [HTML, "plain"]


def cell(page, row, column):
    return page.locator(f"#table--grid .ag-row[row-index='{row}'] [col-id='{column}']")


def test_a_jump_to_the_last_row_shows_its_values(page, address, until):
    page.goto(address("tables.h5", "/rows"))
    expect(cell(page, 0, "c0")).to_have_text(str(2**60))
    page.get_by_label("Go to row").fill(str(N - 1))
    page.keyboard.press("Enter")
    expect(cell(page, N - 1, "c0")).to_have_text(str(2**60 + N - 1))
    expect(cell(page, N - 1, "c1")).to_have_text("499999.5")
    expect(cell(page, N - 1, "row")).to_have_text(str(N - 1))
    until(f"location.search.includes('row={N - 1}')")


def test_the_row_in_the_address_is_in_sight(page, address):
    page.goto(address("tables.h5", "/rows", row=654321))
    expect(cell(page, 654321, "c1")).to_have_text("327160.5")
    expect(cell(page, 654321, "c1")).to_be_in_viewport()


def test_another_window_of_columns_has_its_own_values(page, address):
    page.goto(address("tables.h5", "/wide", app="table"))
    expect(cell(page, 3, "c0")).to_have_text("15000")
    page.get_by_label("First column").fill("4321")
    page.keyboard.press("Enter")
    expect(cell(page, 3, "c4321")).to_have_text(str(3 * 5000 + 4321))
    expect(page.locator("#table--grid .ag-header-cell[col-id='c4321']")).to_have_text("4321")
    expect(page.locator("#table--grid [col-id='c0']")).to_have_count(0)


def test_another_slice_replaces_the_rows(page, address):
    page.goto(address("tables.h5", "/cube", app="table"))
    expect(cell(page, 2, "c1")).to_have_text("11")
    page.locator(".slicer input").last.fill("3")
    page.keyboard.press("Enter")
    expect(cell(page, 2, "c1")).to_have_text(str(3 * 150 + 11))


def test_text_of_a_file_is_text(page, address):
    page.goto(address("tables.h5", "/names"))
    expect(cell(page, 0, "c0")).to_have_text(HTML)
    assert page.locator("#table--grid img").count() == 0


def test_rows_can_be_saved(page, address):
    page.goto(address("tables.h5", "/cube", app="table", i="1,:,:"))
    expect(cell(page, 0, "c0")).to_have_text("150")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save rows from the first in sight as CSV").click()
    assert saved.value.path().read_text().splitlines()[:2] == ["row,0,1,2,3,4", "0,150,151,152,153,154"]


@pytest.mark.parametrize("page", ["dark"], indirect=True)
def test_the_grid_follows_the_theme(page, address):
    page.goto(address("tables.h5", "/rows"))
    expect(cell(page, 0, "c0")).to_have_css("color", "rgb(236, 239, 244)")
    expect(page.locator("#table--grid .ag-root-wrapper")).to_have_css("background-color", "rgb(20, 23, 29)")
