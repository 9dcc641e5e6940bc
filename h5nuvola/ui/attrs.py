"""HTML attributes with a hyphen, which Python cannot write as keywords."""

from __future__ import annotations

from typing import Any


def attrs(**values: str) -> dict[str, Any]:
    """`attrs(aria_label="Copy", data_nav="")` as `{"aria-label": "Copy", "data-nav": ""}`, to spread into a component."""
    return {name.replace("_", "-"): value for name, value in values.items()}
