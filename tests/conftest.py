"""What many tests share."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from servers import s3_server as s3_server


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real files that H5NUVOLA_CORPUS names."""
    folder = os.environ.get("H5NUVOLA_CORPUS", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("H5NUVOLA_CORPUS names no folder of real files")
    return Path(folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The counts that surveys recorded, one line a file of tests."""
    totals: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                for name, value in report.user_properties:
                    if name == "counts":
                        totals[report.nodeid.split("::")[0]] += Counter(json.loads(value))
    for file, counts in sorted(totals.items()):
        terminalreporter.write_line(f"{file}: " + ", ".join(f"{number} {what}" for what, number in sorted(counts.items())))
