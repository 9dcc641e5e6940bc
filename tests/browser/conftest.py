"""A running server over a folder of freshly made files, and a browser page that fails on any console error."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from h5nuvola.main import create_app
from h5nuvola.settings import Settings

# Debian's browser without windows opens a page in a third of the time that the one with windows takes.
CHROMIUM = next((found for name in ("chromium-headless-shell", "chromium") if (found := shutil.which(name))), "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that is served as the source `data`; test modules put their files into it."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def server(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over `data`, without a slash at the end."""
    settings = Settings.load(environ={}, sources=[{"name": "data", "root": str(data)}], cache_dir=tmp_path_factory.mktemp("cache"))
    app = create_app(settings)
    listening = make_server("127.0.0.1", 0, app.server, threaded=True)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    thread.join(10)
    app.server.extensions["h5nuvola"].close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh page of 1440 × 900; the test fails if the console shows an error or a script breaks, or a request leaves the machine."""
    theme = getattr(request, "param", "light")
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, color_scheme=theme, accept_downloads=True)
    context.set_default_timeout(20_000)
    made = context.new_page()
    problems: list[str] = []
    made.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    made.on("pageerror", lambda error: problems.append(str(error)))
    made.on(
        "request", lambda asked: problems.append(asked.url) if not asked.url.startswith(("http://127.0.0.1", "data:", "blob:")) else None
    )
    yield made
    context.close()
    assert problems == []


@pytest.fixture
def address(server: str) -> Callable[..., str]:
    """`address("a.h5", "/x", app="line", xr="0:1")`: where that view is."""

    def build(file: str, path: str = "/", app: str = "", **state: Any) -> str:
        query = "&".join(f"{key}={quote(str(value))}" for key, value in {"s": "data", "f": file, "p": path, **state}.items())
        return f"{server}/view{'/' + app if app else ''}?{query}"

    return build


@pytest.fixture
def until(page: Page) -> Callable[[str], None]:
    """`until("a.length > 2")`: waits for a condition in the page. (`wait_for_function` evaluates text, which our headers forbid.)"""

    def wait(condition: str) -> None:
        page.evaluate(
            """() => new Promise((yes, no) => {
                const end = performance.now() + 20000;
                (function look() {
                    let holds = false;
                    try { holds = Boolean(CONDITION); } catch (error) { /* not there yet */ }
                    if (holds) yes(true);
                    else if (performance.now() > end) no(new Error("waited in vain"));
                    else setTimeout(look, 30);
                })();
            })""".replace("CONDITION", condition)
        )

    return wait
