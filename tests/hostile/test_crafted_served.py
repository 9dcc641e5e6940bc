"""Files made to do harm: each is listed, opened, walked and read through a running server, which stays alive, small and silent
about everything outside its source.

The files come from a tool that lies beside the corpus; without it these tests are skipped.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from corpus import Survey, finish, walk, walk_folders
from served import Served, serve

SECONDS = 5
MEMORY = 1536 << 20
# What lies outside of the source: a file's words, the first line of /etc/passwd as text and as numbers, the server's environment.
SECRETS = (b"TOP-SECRET", b"root:x:0", b"114,111,111,116,58,120,58,48", b"HOME=/", b"A-SECRET-OF-THE-ENVIRONMENT")


@pytest.fixture(scope="module")
def crafted(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    tool = corpus.parent / "tools" / "craft_hostile.py"
    if not tool.is_file():
        pytest.skip("the tool that makes hostile files is not beside the corpus")
    folder = tmp_path_factory.mktemp("crafted")
    subprocess.run([sys.executable, str(tool), str(folder)], check=True, capture_output=True, timeout=240)
    return folder


@pytest.fixture(scope="module")
def server(crafted: Path) -> Iterator[Served]:
    one = serve(f"crafted={crafted / 'root'}", read_seconds=SECONDS, token=True, environ={"SECRET": SECRETS[-1].decode()})
    one.patience = SECONDS + 6
    one.forbidden = SECRETS
    yield one
    one.stop()


@pytest.mark.corpus
@pytest.mark.timeout(900)
def test_nothing_crafted_harms_the_server(server: Served, crafted: Path, record_property: Callable[[str, object], None]) -> None:
    done = Survey()
    found = walk_folders(server, "crafted")
    made = {one["file"] for one in json.loads((crafted / "MANIFEST.json").read_text()) if (crafted / "root" / one["file"]).is_file()}
    assert len(made) >= 30
    assert not [name for name in made if name not in found]
    for file, entry in found.items():
        if entry["folder"]:
            continue
        done.counts["files"] += 1
        page, _ = server.page("/view", "?" + urlencode({"s": "crafted", "f": file}))
        assert page.status == 200
        for route in ("preview", "thumb", "search", "describe"):
            server.get(f"/api/{route}", s="crafted", f=file, q="a")
        walk(server, "crafted", file, done, most=60, deepest=4)
        assert server.resident() < MEMORY, f"the web process takes {server.resident() >> 20} MiB after {file}"
        assert server.get("/-/live").status == 200
    done.counts["MiB of the web process at the end"] = server.resident() >> 20
    assert server.get("/-/ready").status == 200
    assert server.readers() <= 6
    finish(server, done, record_property)
