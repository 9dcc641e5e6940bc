"""Clicks in Chromium, and the time until what was clicked is painted: the same clock and the same end for us and for the peer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.rows import Click

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
SIZE: Any = {"width": 1440, "height": 900}
SECONDS = 60.0  # after which a click counts as never painted

# The clock runs from the click event to the second frame after the one in which the data stood in the page.
CLOCK = """
(() => {
  // Some colours in each quarter: a canvas that is cleared, grey or half drawn is no picture.
  const small = Object.assign(document.createElement("canvas"), { width: 16, height: 16 });
  const pen = small.getContext("2d", { willReadFrequently: true });
  function varied(canvas) {
    if (!canvas || !canvas.width || !canvas.height) return false;
    pen.clearRect(0, 0, 16, 16);
    pen.drawImage(canvas, 0, 0, 16, 16);
    const pixels = new Uint32Array(pen.getImageData(0, 0, 16, 16).data.buffer);
    return [0, 8, 128, 136].every((corner) => {
      const found = new Set();
      for (let row = 0; row < 8; row += 1) for (let column = 0; column < 8; column += 1) found.add(pixels[corner + row * 16 + column]);
      return found.size > 2;
    });
  }
  const filled = (selector, count) => {
    const found = document.querySelectorAll(selector);
    let full = 0;
    for (const one of found) if (/\\S/.test(one.textContent)) full += 1;
    return full >= count;
  };
  const drawn = new WeakSet();
  addEventListener("h5nuvola:drawn", (event) => drawn.add(event.target), true);
  // 20 rows fit on the screen at least; a line of 10^7 points needs thousands of them.
  const painted = {
    line: () => {
      const paths = [...document.querySelectorAll(".js-plotly-plot path.js-line")];
      return paths.some((path) => (path.getAttribute("d") || "").length > LENGTH);
    },
    image: () => {
      const ours = document.querySelector(".h5n-canvas");
      // Ours says when every tile in sight is drawn at its level; what is drawn before that does not count.
      return ours ? drawn.has(ours) && varied(ours.querySelector("canvas")) : varied(document.querySelector("#stage canvas"));
    },
    table: () => filled(".ag-center-cols-container .ag-row .ag-cell, #stage td", 100),
    many: () => !document.querySelector("#tree") ? filled("#stage li", 20) : filled('.tree-row[href*="many_"] .tree-name', MANY),
    note: () => Boolean(document.querySelector("#main, #stage")?.textContent.includes(TEXT)),
  };
  window.benchmark = {
    shown: (kind) => painted[kind](),
    // Told when nothing is left to be done by the page, so that one click does not pay for the one before.
    idle: () => new Promise((resolve) => requestIdleCallback(() => setTimeout(() => requestIdleCallback(resolve), 80))),
    arm(kind) {
      if (painted[kind]()) throw new Error(`${kind} is painted before the click`);
      performance.setResourceTimingBufferSize(5000);
      performance.clearResourceTimings();
      this.answer = new Promise((resolve) => {
        addEventListener("click", (event) => {
          const begin = event.timeStamp;
          const look = () => {
            if (painted[kind]()) requestAnimationFrame(() => requestAnimationFrame(() => resolve(report(begin))));
            else if (performance.now() - begin > SECONDS * 1000) resolve(null);
            else requestAnimationFrame(look);
          };
          look();
        }, { capture: true, once: true });
      });
    },
  };
  function report(begin) {
    const end = performance.now();
    const within = (one) => one.startTime >= begin && one.responseEnd <= end && one.transferSize;
    const asked = performance.getEntriesByType("resource").filter(within);
    const times = (one) => [one.startTime, one.responseStart, one.responseEnd].map((at) => at - begin);
    const requests = asked.map((one) => [one.name.replace(location.origin, ""), ...times(one), one.transferSize]);
    return { ms: end - begin, nbytes: asked.reduce((sum, one) => sum + one.transferSize, 0), requests };
  }
})();
"""


class Visit:
    """A page of one server in a browser whose caches are empty."""

    def __init__(self, page: Page, trace: bool = False) -> None:
        self.page = page
        self.trace = trace
        self.address = ""

    def open(self, address: str, ready: str) -> None:
        """Loads a page, unless it was the last one loaded, and waits until it shows `ready`, a kind of content or a selector."""
        if address != self.address:
            self.page.goto(address)
            self.address = address
        self.wait(ready)

    def wait(self, ready: str) -> None:
        """Waits until `ready` is shown and the page has come to rest."""
        if ready in ("line", "image", "table", "many", "note"):
            self.page.wait_for_function("kind => window.benchmark.shown(kind)", arg=ready, timeout=SECONDS * 1e3)
        else:
            self.page.wait_for_selector(ready, timeout=SECONDS * 1e3)
        self.page.evaluate("window.benchmark.idle()")

    def leave(self, selector: str, kind: str) -> None:
        """Clicks on the note and waits until it stands where data of this kind were."""
        # A slow view may still be on its way when its data are painted in the tree: what is left last is what stays.
        self.page.click(selector)
        self.page.wait_for_function(
            "kind => window.benchmark.shown('note') && !window.benchmark.shown(kind)", arg=kind, timeout=SECONDS * 1e3
        )
        self.page.evaluate("window.benchmark.idle()")

    def click(self, selector: str, kind: str) -> Click:
        """Clicks and waits for data of this kind. RuntimeError when they never come."""
        self.page.wait_for_selector(selector, timeout=SECONDS * 1e3)
        self.page.evaluate("kind => window.benchmark.arm(kind)", kind)
        self.page.click(selector)
        found = self.page.evaluate("window.benchmark.answer")
        if found is None:
            raise RuntimeError(f"{selector} was clicked, and no {kind} was painted in {SECONDS:g} s: {self.page.inner_text('body')[:500]}")
        self.page.evaluate("window.benchmark.idle()")
        if self.trace:
            print(f"{kind} {selector}: {found['ms']:.0f} ms")
            for name, start, first, end, nbytes in found["requests"]:
                print(f"    {start:7.0f} {first:7.0f} {end:7.0f} ms {nbytes:9,} B  {name[:150]}")
        return Click(found["ms"], found["nbytes"], len(found["requests"]))


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a screen and without a GPU."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visit(browser: Browser, text: str, trace: bool = False, length: int = 1000, many: int = 15) -> Iterator[Visit]:
    """A page with the clock in it; `text` is what the note says that is looked at between two clicks."""
    context: BrowserContext = browser.new_context(viewport=SIZE)
    try:
        page = context.new_page()
        values = {"TEXT": repr(text), "LENGTH": str(length), "MANY": str(many), "SECONDS": str(SECONDS)}
        script = CLOCK
        for name, value in values.items():
            script = script.replace(name, value)
        page.add_init_script(script)
        yield Visit(page, trace)
    finally:
        context.close()
