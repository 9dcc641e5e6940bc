"""The operator guide names every setting, and the user never meets an undocumented error or clause."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from h5nuvola import rules
from h5nuvola.settings import Settings, SourceSettings

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", [*Settings.model_fields, *SourceSettings.model_fields])
def test_every_setting_is_in_the_operator_guide(name: str) -> None:
    guide = (DOCS / "operator-guide.md").read_text()
    field = Settings.model_fields.get(name) or SourceSettings.model_fields[name]
    assert f"| `{name}` |" in guide
    assert field.description
    assert field.description in guide


def test_every_rule_clause_is_in_the_plugin_guide() -> None:
    guide = (DOCS / "plugin-guide.md").read_text()
    functions = inspect.getmembers(rules, inspect.isfunction)
    clauses = [name for name, made in functions if made.__module__ == rules.__name__ and not name.startswith("_")]
    assert "ndim" in clauses
    missing = [name for name in clauses if name != "rank" and f"`{name}`" not in guide]
    assert missing == []
