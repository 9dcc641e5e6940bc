"""Takes the pictures of docs/images from a server over the demo data: `python docs/screenshots.py`."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
RAMP = "view?s=demo&f=beamline-powder/2026-10/corundum_ramp_0087.nxs&p=/entry/data/data&i=11,:,:&scale=sqrt"
# name, address, width, height, theme
PICTURES = (
    ("workbench_light", RAMP, 1440, 900, "light"),
    ("workbench_dark", RAMP, 1440, 900, "dark"),
    ("home_light", "?s=demo&f=beamline-xas/2026-11", 1440, 900, "light"),
    ("line_dark", "view?s=demo&f=beamline-powder/2026-10/corundum_ramp_0087_pattern.nxs", 1440, 900, "dark"),
    ("phone_light", RAMP, 390, 844, "light"),
)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server over the demo data."""
    command = [sys.executable, "-m", "h5nuvola.cli", "serve", f"demo={folder}", "--no-browser", "--no-token", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = next(found[0] for line in process.stdout if (found := re.search(r"http://\S+", line)))
        try:
            yield address
        finally:
            process.terminate()


def take(browser: Browser, address: str, name: str, width: int, height: int, theme: str) -> None:
    """One picture, when the view says that it is drawn."""
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark" if theme == "dark" else "light")
    page = context.new_page()
    page.goto(address)
    _drawn(page)
    page.screenshot(path=IMAGES / f"{name}.png")
    context.close()


def _drawn(page: Page) -> None:
    page.locator(".h5n-canvas[data-state=ready], .scatterlayer .trace path, #folder [data-index]").first.wait_for()
    page.wait_for_load_state("networkidle")


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        subprocess.run([sys.executable, "-m", "h5nuvola.cli", "demo", folder], check=True, stdout=subprocess.DEVNULL)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        with served(Path(folder)) as address:
            for name, query, width, height, theme in PICTURES:
                take(browser, address + query, name, width, height, theme)


if __name__ == "__main__":
    main()
