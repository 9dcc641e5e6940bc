"""From a click to its first painted data, in Chromium: ours against h5grove with the least page that paints.

`python -m benchmarks.view [--quick] [--json] [--trace]`; docs/benchmarks.md says what is measured and what is not.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.browser import Visit, chromium, visit
from benchmarks.files import MAIN, MANY, NOTE, TEXT, cached
from benchmarks.rows import Click, Row, as_json, as_text, click_rows, row
from benchmarks.servers import Grove, Ours

ROUNDS, QUICK = 5, 3
CASES = {"line": "line of 10^7 points", "image": "image of 4096²", "table": "table of 10^6 rows", "many": "file of 50,000 datasets"}
# What is promised for a dataset that is opened on a running server; milliseconds and bytes.
GOALS = {
    "line": {"ms": 400, "bytes": 8e6},
    "image": {"ms": 400, "bytes": 8e6},
    "table": {"ms": 300, "bytes": 8e6},
    "many": {"ms": 300, "bytes": 8e6},
}
PAGE = "h5grove, least page"
RAW = "h5grove, raw array over HTTP"
COLD, NEW, WARM = "cold", "new", "warm"
TWINS = {COLD: 0, NEW: 1, WARM: 0}  # which of two equal datasets is clicked

Clicks = dict[tuple[str, str], list[Click]]


def measure(browser: Browser, folder: Path, rounds: int, quick: bool = False, trace: bool = False) -> list[Row]:
    """The rows of all cases. Every round starts both servers anew, and begins with another case.

    `quick` leaves out the warm clicks, has one page for the cases of a round, and asks the peer only once for the names of
    the 50,000 datasets, which takes it seconds.
    """
    ours: Clicks = defaultdict(list)
    theirs: Clicks = defaultdict(list)
    raw: dict[str, list[float]] = defaultdict(list)
    raw_bytes: dict[str, int] = {}
    starts: list[float] = []
    visits = (COLD, NEW) if quick else (COLD, NEW, WARM)
    for number in range(rounds):
        kinds = list(CASES)[number % len(CASES) :] + list(CASES)[: number % len(CASES)]
        pages = [kinds] if quick else [[kind] for kind in kinds]
        with Ours(folder) as server:
            starts.append(server.started_ms)
            for group in pages:
                with visit(browser, TEXT, trace) as page:
                    for kind in group:
                        _ours(page, server, kind, ours, visits)
        with Grove(folder) as grove:
            for group in pages:
                with visit(browser, TEXT, trace) as page:
                    for kind in group:
                        if kind == "many" and quick and number:
                            continue
                        _theirs(page, grove, kind, theirs, visits[:1] if kind == "many" and quick else visits)
            for kind in ("line", "image", "table"):
                ms, raw_bytes[kind] = grove.get(grove.raw(*_what(kind, 1)))
                raw[kind].append(ms)
    rows = [row("start", "command to ready, ms", starts, goal=3000)]
    for kind, case in CASES.items():
        for when in visits:
            rows += click_rows(case, when, ours[kind, when], PAGE, theirs[kind, when], GOALS[kind] if when == NEW else {})
        if kind in raw:
            rows.append(row(case, f"{NEW}: click to paint, ms", [one.ms for one in ours[kind, NEW]], RAW, raw[kind]))
            rows.append(row(case, f"{NEW}: bytes", [one.nbytes for one in ours[kind, NEW]], RAW, [raw_bytes[kind]]))
    return rows


def _what(kind: str, twin: int) -> tuple[str, str]:
    return (MANY[twin], "/") if kind == "many" else (MAIN, f"/{kind}_{twin}")


def _ours(page: Visit, server: Ours, kind: str, found: Clicks, visits: Sequence[str]) -> None:
    """Clicks on the workbench: in the tree for a dataset, in the list of files for a file."""
    if kind == "many":
        start, rest = server.view(NOTE, "/note"), f'.files-row[href*="f={NOTE}"]'
        targets = [f'.files-row[href*="f={name}"]' for name in MANY]
    else:
        start, rest = server.view(MAIN, "/note"), '.tree-row[href$="p=/note"]'
        targets = [f'.tree-row[href$="p=/{kind}_{twin}"]' for twin in (0, 1)]
    page.open(start, "note")
    for when in visits:
        found[kind, when].append(page.click(targets[TWINS[when]], kind))
        page.leave(rest, kind)


def _theirs(page: Visit, grove: Grove, kind: str, found: Clicks, visits: Sequence[str]) -> None:
    """The same clicks on the peer's page."""
    page.open(grove.address, "button")
    for when in visits:
        file, path = _what(kind, TWINS[when])
        found[kind, when].append(page.click(f'button:text-is("{file}{path}")', kind))
        page.leave(f'button:text-is("{MAIN}/note")', kind)


def main() -> int:
    """Runs the benchmark; a promise that is not held is said in its row."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.view", description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} rounds instead of {ROUNDS}, and no warm clicks")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--trace", action="store_true", help="print every click with its requests")
    chosen = parser.parse_args()
    folder = cached()
    with chromium() as browser:
        rows = measure(browser, folder, QUICK if chosen.quick else ROUNDS, chosen.quick, chosen.trace)
        machine = f"{os.cpu_count()} cores, Chromium {browser.version} without a GPU"
    print(as_json(rows) if chosen.json else f"{as_text(rows)}\n\n{machine}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
