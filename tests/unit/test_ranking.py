"""Which of the built-in apps opens which data."""

from __future__ import annotations

import pytest

from h5nuvola.registry import Registry


@pytest.fixture(scope="module")
def registry():
    found = Registry.discover()
    assert found.quarantined == []
    return found


@pytest.mark.parametrize(
    ("path", "app"),
    [
        ("/energy", "text"),
        ("/one", "text"),
        ("/words", "text"),
        ("/none", "text"),
        ("/unwritten", "text"),
        ("/row", "text"),
        ("/lead", "text"),
        ("/rows", "table"),
        ("/names", "table"),
        ("/lists", "table"),
        ("/spike", "line"),
        ("/nxdata/counts", "line"),
        ("/flags", "line"),
        ("/wave", "line"),
        ("/few", "line"),
        ("/spectra", "line"),
        ("/image", "image"),
        ("/many", "group"),
        ("/", "group"),
        ("/type", "group"),
    ],
)
def test_the_app_that_fits_best(opened, registry, path, app):
    facts = opened(path).facts
    assert registry.best(facts).name == app


@pytest.mark.parametrize(
    ("path", "others"), [("/image", {"line", "table"}), ("/spike", {"table"}), ("/matrix", {"line", "table"}), ("/names", {"text"})]
)
def test_other_ways_to_look_are_offered(opened, registry, path, others):
    fitting = {one.app for one in registry.rank(opened(path).facts) if one.verdict.fits}
    assert others <= fitting


def test_every_rule_explains_itself(opened, registry):
    for path in ("/image", "/rows", "/energy", "/many"):
        for one in registry.rank(opened(path).facts):
            assert all(reason.sentence for reason in one.verdict.reasons if reason.holds), one.app
