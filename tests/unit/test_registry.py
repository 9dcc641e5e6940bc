"""Finding apps, setting the broken ones aside, ranking."""

from pathlib import Path

import pytest

from h5nuvola.errors import AppNotFound
from h5nuvola.model import Facts, Ref, TypeInfo
from h5nuvola.plugin import Plugin
from h5nuvola.registry import BUILTIN, Registry
from h5nuvola.rules import Clause, ndim, numeric

LINE = Facts(Ref("s", "f.h5", "/y"), "dataset", "1", shape=(100,), type=TypeInfo("float", "float64", 8, "<f8"))

GOOD = """
from h5nuvola.plugin import Plugin
from h5nuvola.rules import ndim
plugin = Plugin("mine", title="Mine", rule=ndim(1))
plugin.layout(lambda dataset: "hello")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "good": GOOD,
        "taken": GOOD,
        "syntax": "def (",
        "quits": "import sys; sys.exit(3)",
        "raises": "1 / 0",
        "empty": "x = 1",
        "future": GOOD.replace('title="Mine"', 'title="Mine", api=9').replace('"mine"', '"future"'),
    }.items():
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


def test_built_in_apps_are_found_and_healthy() -> None:
    registry = Registry.discover()
    assert set(BUILTIN) <= set(registry.plugins)
    assert registry.quarantined == []
    assert all(plugin.description for plugin in registry.plugins.values())


def test_broken_apps_are_set_aside_with_a_reason_and_the_others_run_on(folder: Path) -> None:
    registry = Registry.discover(folder)
    assert "mine" in registry.plugins
    reasons = {one.name: one.reason for one in registry.quarantined}
    assert reasons["mine"] == "Another app is already named “mine”."
    assert "SyntaxError" in reasons["syntax"]
    assert "SystemExit" in reasons["quits"]
    assert "ZeroDivisionError" in reasons["raises"]
    assert "plugin = Plugin" in reasons["empty"]
    assert "API 9" in reasons["future"]
    assert len(reasons) == 6


def test_the_best_app_has_the_largest_score() -> None:
    registry = Registry([Plugin("aa", "A", ndim(1)), Plugin("bb", "B", ndim(1) & numeric()), Plugin("cc", "C", ndim(2))])
    assert registry.best(LINE).name == "bb"
    assert [one.app for one in registry.rank(LINE)] == ["bb", "aa", "cc"]


def test_nothing_fits_is_a_sentence() -> None:
    with pytest.raises(AppNotFound) as caught:
        Registry([Plugin("cc", "C", ndim(2))]).best(LINE)
    assert "y" in caught.value.sentence
    with pytest.raises(AppNotFound):
        Registry().get("nowhere")


def test_a_rule_that_raises_does_not_fit_and_says_so() -> None:
    def broken(facts: Facts) -> bool:
        raise KeyError("oops")

    registry = Registry([Plugin("bad", "Bad", Clause(broken, "Yes", "No", 99)), Plugin("good", "Good", ndim(1))])
    assert registry.best(LINE).name == "good"
    bad = registry.rank(LINE)[1]
    assert not bad.verdict.fits
    assert "KeyError" in bad.verdict.reasons[0].sentence
