"""The icon and the word of every kind of data."""

from __future__ import annotations

from typing import Any

import pytest

from h5nuvola.model import Facts, Node, Ref, TypeInfo
from h5nuvola.ui.icons import icon
from h5nuvola.ui.kinds import kind_of


@pytest.mark.parametrize(
    ("kind", "shape", "typekind", "word"),
    [
        ("group", None, "", "Group"),
        ("link", None, "", "Link"),
        ("datatype", None, "", "Datatype"),
        ("dataset", (), "string", "Text"),
        ("dataset", (), "float", "Scalar"),
        ("dataset", None, "float", "Scalar"),
        ("dataset", (5,), "string", "Table"),
        ("dataset", (5,), "compound", "Table"),
        ("dataset", (5,), "float", "Curve"),
        ("dataset", (1, 5, 1), "uint", "Curve"),
        ("dataset", (5, 5), "uint", "Image"),
        ("dataset", (5, 5, 3), "uint", "Image"),
        ("dataset", (9, 5, 5), "uint", "Stack"),
    ],
)
def test_every_kind_has_its_look(kind: Any, shape: tuple[int, ...] | None, typekind: Any, word: str) -> None:
    look = kind_of(Node("n", "n", "/n", kind, shape=shape, typekind=typekind))
    assert look.word == word
    assert icon(look.icon, label=look.word) is not None  # an icon that is not there raises
    info = TypeInfo(typekind, typekind, 4) if typekind else None
    assert kind_of(Facts(Ref("s", "f", "/n"), kind, "1", shape=shape, type=info)) == look
