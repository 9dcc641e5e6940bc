"""The text and group apps in a browser: text stays text, pages turn, links lead on."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
HTML = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module", autouse=True)
def file(data):
    with h5py.File(data / "texts.h5", "w") as made:
        made["html"] = HTML * 20
        made["story"] = "\n".join(f"line {number}" for number in range(20_000))
        made["json"] = '{"motor": {"name": "th", "steps": [1, 2]}}'
        made["energy"] = 7112.5
        made["energy"].attrs["units"] = "eV"
        made.create_group("many")
        for number in range(250):
            made[f"many/{number:03}"] = np.arange(3.0)
        made["dangling"] = h5py.SoftLink("/nowhere")


def test_a_number_stands_large_with_its_units(page, address):
    page.goto(address("texts.h5", "/energy"))
    expect(page.locator(".value-line")).to_have_text("7112.5eV")


def test_markup_in_a_text_is_shown_letter_by_letter(page, address):
    page.goto(address("texts.h5", "/html"))
    expect(page.locator("#text--words")).to_have_text(HTML * 20)
    assert page.locator("#stage img").count() == 0


def test_pages_of_a_long_text_turn_and_are_in_the_address(page, address, until):
    page.goto(address("texts.h5", "/story"))
    expect(page.locator("#text--words")).to_contain_text("line 0\n")
    page.get_by_role("button", name="2", exact=True).click()
    expect(page.locator("#text--words")).not_to_contain_text("line 0\n")
    until("location.search.includes('page=2')")
    expect(page.locator("#text--place")).to_contain_text("of")
    page.reload()
    expect(page.locator("#text--place")).to_contain_text("letters 50")


def test_json_can_be_seen_as_stored(page, address):
    page.goto(address("texts.h5", "/json"))
    expect(page.locator("#text--words")).to_contain_text('  "motor": {')
    page.get_by_text("As stored").click()
    expect(page.locator("#text--words")).to_have_text('{"motor": {"name": "th", "steps": [1, 2]}}')


def test_a_group_lists_links_that_lead_on(page, address):
    page.goto(address("texts.h5", "/", app="group"))
    expect(page.locator(".group-row", has_text="dangling")).to_contain_text("Not readable")
    page.locator(".group-list a", has_text="many").click()
    expect(page.locator(".group-row")).to_have_count(201)
    page.get_by_role("button", name="2", exact=True).click()
    expect(page.locator(".group-row")).to_have_count(51)
    page.locator(".group-list a", has_text="249").click()
    expect(page.locator("#line--cost")).to_contain_text("3 points")
