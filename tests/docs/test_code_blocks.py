"""What README and docs/ show works: Python blocks run, and the commands they name exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from h5nuvola.cli import main

ROOT = Path(__file__).parents[2]
PAGES = [page for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))] if page.exists()]
FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```[ ]*$", re.MULTILINE | re.DOTALL)
SHELLS = {"bash", "console", "sh", "shell"}


def blocks(page: Path) -> list[tuple[int, str, str]]:
    """Line number, info string and text of every fenced block of a page."""
    text = page.read_text(encoding="utf-8")
    return [(text.count("\n", 0, found.start("body")) + 1, found["info"].strip(), found["body"]) for found in FENCE.finditer(text)]


def commands(script: str) -> list[list[str]]:
    """The words of every `h5nuvola` command in a shell script, without its path and prompt."""
    found = []
    for line in script.replace("\\\n", " ").splitlines():
        words = shlex.split(line.strip().removeprefix("$ "), comments=True)
        while words and re.fullmatch(r"[A-Z_0-9]+=.*", words[0]):
            words = words[1:]
        if words and Path(words[0]).name == "h5nuvola":
            found.append(words[1:])
    return found


def unknown(words: list[str]) -> str:
    """What of a command line h5nuvola does not have; "" when it has everything."""
    command: click.Command = main
    context = click.Context(main, info_name="h5nuvola")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, *words = words
        below = command.get_command(context, name)
        if below is None:
            return name
        command = below
    known = {option for parameter in command.get_params(context) for option in parameter.opts}
    options = (word.split("=")[0] for word in words if word.startswith("-"))
    return next((option for option in options if option not in known), "")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_blocks_run(page: Path, tmp_path: Path) -> None:
    # All blocks of a page are one program, so that later ones may use names of earlier ones; its lines are the page's.
    lines = [""] * (page.read_text(encoding="utf-8").count("\n") + 1)
    python = [(line, info, body) for line, info, body in blocks(page) if info.split() and info.split()[0] in ("python", "py")]
    assert [info for _, info, _ in python if info != "python"] == [], "every Python block must run: no marks after ```python"
    for line, _, body in python:
        for offset, text in enumerate(body.splitlines()):
            lines[line - 1 + offset] = text
    if not python:
        pytest.skip("no Python on this page")
    script = tmp_path / f"{page.stem}.py"
    script.write_text("\n".join(lines), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert run.returncode == 0, f"{page.name}:\n{run.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path) -> None:
    scripts = [body for _, info, body in blocks(page) if info.split() and info.split()[0] in SHELLS]
    assert [(words, what) for script in scripts for words in commands(script) if (what := unknown(words))] == []


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        target
        for page in PAGES
        for _, info, body in blocks(page)
        if info.split()[:1] and info.split()[0] in SHELLS
        for target in re.findall(r"^(?:\$ )?make ([a-z]+)", body, re.MULTILINE)
    }
    assert named <= targets


def test_blocks_and_unknown_words_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "text\n\n```python\nx = 1\n```\n\n  ```bash\n  $ .venv/bin/h5nuvola serve \\\n     A --prot 3\n  ```\n", encoding="utf-8"
    )
    (line, info, body), (_, shell, script) = blocks(page)
    assert (line, info, body, shell) == (4, "python", "x = 1\n", "bash")
    assert [unknown(words) for words in commands(script)] == ["--prot"]
    assert unknown(["sevre"]) == "sevre"
    assert unknown(["serve", "name=/data", "--port=8060"]) == ""
    assert commands("A=1 h5nuvola --version # says it\nmake run") == [["--version"]]
