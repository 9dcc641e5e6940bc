"""Finding apps, setting the broken ones aside, ranking."""

from pathlib import Path

import pytest

from h5nuvola.errors import AppNotFound
from h5nuvola.model import Facts, Ref, TypeInfo
from h5nuvola.plugin import Plugin
from h5nuvola.registry import BUILTIN, Registry
from h5nuvola.rules import Clause, Rule, ndim, numeric

LINE = Facts(Ref("s", "f.h5", "/y"), "dataset", "1", shape=(100,), type=TypeInfo("float", "float64", 8, "<f8"))

GOOD = """
from h5nuvola.plugin import Plugin
from h5nuvola.rules import ndim
plugin = Plugin("mine", title="Mine", rule=ndim(1))
plugin.layout(lambda dataset: "hello")
"""


GREEDY = """
from dash import Input, Output
@plugin.callback(Output("view-ref", "data"), Input("a", "value"))
def steal(dataset, value):
    return {}
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
        "bare": GOOD.replace('"mine"', '"bare"').replace("plugin.layout", "#"),
        "greedy": GOOD.replace('"mine"', '"greedy"') + GREEDY,
        "future": GOOD.replace('title="Mine"', 'title="Mine", api=9').replace('"mine"', '"future"'),
    }.items():
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


def _app(name: str, rule: Rule) -> Plugin:
    plugin = Plugin(name, name.title(), rule)
    plugin.layout(lambda dataset: "")
    return plugin


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
    assert "no layout" in reasons["bare"]
    assert "view-ref.data, which belongs to the page" in reasons["greedy"]
    assert len(reasons) == 8


def test_the_best_app_has_the_largest_score() -> None:
    registry = Registry([_app("aa", ndim(1)), _app("bb", ndim(1) & numeric()), _app("cc", ndim(2))])
    assert registry.best(LINE).name == "bb"
    assert [one.app for one in registry.rank(LINE)] == ["bb", "aa", "cc"]


def test_nothing_fits_is_a_sentence() -> None:
    with pytest.raises(AppNotFound) as caught:
        Registry([_app("cc", ndim(2))]).best(LINE)
    assert "y" in caught.value.sentence
    with pytest.raises(AppNotFound):
        Registry().get("nowhere")


def test_a_rule_that_raises_does_not_fit_and_says_so() -> None:
    def broken(facts: Facts) -> bool:
        raise KeyError("oops")

    registry = Registry([_app("bad", Clause(broken, "Yes", "No", 99)), _app("good", ndim(1))])
    assert registry.best(LINE).name == "good"
    bad = registry.rank(LINE)[1]
    assert not bad.verdict.fits
    assert "KeyError" in bad.verdict.reasons[0].sentence
