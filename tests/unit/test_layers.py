"""Layers only look down, and each foreign library is imported where it belongs."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "h5nuvola"

# From the ground up; a room may use its own floor and those below.
FLOORS = (
    {"errors"},
    {"model"},
    {"settings"},
    {"access", "rules", "conventions"},
    {"storage"},
    {"ui"},
    {"plugin", "jobs"},
    {"plugins", "testing"},
    {"registry"},
    {"api"},
    {"pages"},
    {"login", "ops"},
    {"main"},
    {"demo"},  # stands aside: uses nothing but itself, and only cli uses it
    {"cli"},
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
ONLY_IN = {
    "h5py": {"storage", "demo"},
    "hdf5plugin": {"storage", "demo"},
    "fsspec": {"storage"},
    "s3fs": {"storage"},
    "aiobotocore": {"storage"},
    "botocore": {"storage"},
    "zarr": {"storage"},
    "numcodecs": {"storage"},
    "gunicorn": {"cli"},
    "click": {"cli"},
}
NEVER_IN = {
    "storage": {"dash", "flask", "plotly", "dash_mantine_components", "dash_ag_grid"},
    "model": {"dash", "flask"},
    "rules": {"dash", "flask", "numpy"},
}
PLUGINS_MAY = {"plugin", "plugins", "rules", "conventions", "ui", "errors", "model"}
PLUGINS_MAY_FOREIGN = {"dash", "plotly", "numpy", "scipy", "cv2", "dash_mantine_components", "dash_ag_grid"}

FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    """The room a file belongs to: its first name below the package; "" for the package's own __init__."""
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def imports(source: str, module: str, package: bool = False) -> Iterator[str]:
    """Every dotted name that a module's source imports, relative ones resolved against `module`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                above = parts[: len(parts) - node.level + package]
                base = ".".join([*above, base] if base else above)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def wrong(path: Path, source: str) -> list[str]:
    """Sentences about the imports of one file that break a rule."""
    room = room_of(path)
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    found = []
    for name in imports(source, module, path.name == "__init__.py"):
        parts = name.split(".")
        if parts[0] == "h5nuvola":
            target = parts[1] if len(parts) > 1 and parts[1] in FLOOR else ""
            if not target or target == room:
                continue
            if not room:
                found.append(f"the package's __init__ imports {name}")
            elif FLOOR[target] >= FLOOR[room]:
                found.append(f"{room} imports {name}, which is not below it")
            elif target == "demo" and room != "cli":
                found.append(f"{room} imports the demo data")
            elif room == "demo":
                found.append(f"demo imports {name}")
            elif room == "plugins" and target not in PLUGINS_MAY:
                found.append(f"the app imports {name}, which authors of apps have not")
        else:
            top = parts[0]
            if room not in ONLY_IN.get(top, {room}):
                found.append(f"{room} imports {top}, which belongs to {' and '.join(sorted(ONLY_IN[top]))}")
            if top in NEVER_IN.get(room, ()):
                found.append(f"{room} imports {top}")
            if room == "plugins" and top not in PLUGINS_MAY_FOREIGN and top not in sys.stdlib_module_names:
                found.append(f"the app imports {top}, which authors of apps have not")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_look_down(path: Path) -> None:
    assert wrong(path, path.read_text(encoding="utf-8")) == []


def test_every_room_has_a_floor() -> None:
    assert {room_of(path) for path in FILES} - {""} <= FLOOR.keys()


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("storage/local.py", "import dash"),
        ("storage/local.py", "from flask import g"),
        ("model.py", "from h5nuvola.rules import Rule"),
        ("rules.py", "from h5nuvola import access"),
        ("pages/home.py", "import h5py"),
        ("pages/home.py", "def late():\n    import fsspec.spec"),
        ("api/tiles.py", "from ..pages import home"),
        ("api/__init__.py", "from ..pages import home"),
        ("plugins/line.py", "from h5nuvola.storage.library import Library"),
        ("plugins/line.py", "import requests"),
        ("main.py", "from h5nuvola.demo import write_demo"),
        ("demo/xrf.py", "from h5nuvola.model import Ref"),
        ("__init__.py", "from h5nuvola.main import create_app"),
    ],
)
def test_a_forbidden_import_is_found(file: str, source: str) -> None:
    assert len(wrong(PACKAGE / file, source)) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("plugins/line.py", "from . import table\nfrom h5nuvola.ui.icons import icon\nimport re, dash"),
        ("storage/hdf5/file.py", "from ..names import contain\nimport h5py"),
        ("cli.py", "from h5nuvola.demo import write_demo"),
        ("main.py", "from h5nuvola import api, __version__"),
    ],
)
def test_an_allowed_import_is_left_alone(file: str, source: str) -> None:
    assert wrong(PACKAGE / file, source) == []


def test_app_is_short() -> None:
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= 15
