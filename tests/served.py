"""A real server in a process of its own, as `h5nuvola serve` starts it, and what tests ask it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from servers import free_ports, stop

ADDRESS = re.compile(rb"(http://\S+?)/(?:\?token=(\S+))?\s")
START = 60.0


@dataclass
class Answer:
    """What came back, and how long it took."""

    status: int
    body: bytes
    seconds: float
    headers: Any

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Served:
    """A running server. Every answer 5xx and every answer later than `patience` is remembered; so is every body when asked for."""

    url: str
    token: str
    process: subprocess.Popen[bytes]
    log: Path
    patience: float = 11.0
    failures: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    forbidden: tuple[bytes, ...] = ()  # what no answer may hold
    leaks: list[str] = field(default_factory=list)
    asked: int = 0
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self._dash: dict[str, Any] | None = None
        self.session.trust_env = False
        if self.token:
            self.session.get(f"{self.url}/?token={self.token}", timeout=START)

    def get(self, path: str, **params: Any) -> Answer:
        """GET below the server's root."""
        return self.send("GET", path, params=params)

    def send(self, method: str, path: str, **options: Any) -> Answer:
        begun = time.monotonic()
        reply = self.session.request(method, f"{self.url}{path}", timeout=max(60.0, 2 * self.patience), allow_redirects=False, **options)
        answer = Answer(reply.status_code, reply.content, time.monotonic() - begun, reply.headers)
        what = f"{method} {path} {str(options.get('params') or options.get('json'))[:300]}"
        self.asked += 1
        # 503 is an answer of ours, with a sentence: busy, or a storage that is away. Neither belongs in these runs.
        if answer.status >= 500:
            self.failures.append(f"{what}: {answer.status} {answer.body[:200]!r}")
        if answer.seconds > self.patience:
            self.slow.append(f"{what}: {answer.seconds:.1f} s")
        for words in self.forbidden:
            if words in answer.body or words in str(answer.headers).encode():
                self.leaks.append(f"{what}: holds {words!r}")
        return answer

    def page(self, path: str, query: str = "") -> tuple[Answer, Any]:
        """A page as the browser gets it: what Dash's router answers for an address, as a tree of components."""
        if self._dash is None:
            known = self.get("/_dash-dependencies").json
            self._dash = next(one for one in known if "_pages_content.children" in one["output"])
        outputs = [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}]
        body = {
            "output": self._dash["output"],
            "outputs": outputs,
            "inputs": [
                {"id": "_pages_location", "property": "pathname", "value": path},
                {"id": "_pages_location", "property": "search", "value": query},
            ],
            "changedPropIds": ["_pages_location.pathname"],
        }
        answer = self.send("POST", "/_dash-update-component", json=body)
        return answer, answer.json["response"]["_pages_content"]["children"] if answer.status == 200 else None

    def resident(self) -> int:
        """Bytes of memory of the largest process of the server that is no reader: the one that answers."""
        return max(_resident(pid) for pid in self.processes())

    def processes(self) -> list[int]:
        """The server and the web processes it forked."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *(int(pid) for pid in children)]

    def readers(self) -> int:
        """How many reader processes there are."""
        count = 0
        for pid in self.processes():
            for task in Path(f"/proc/{pid}/task").iterdir():
                for child in (task / "children").read_text().split():
                    try:
                        count += b"hdf5.reader" in Path(f"/proc/{child}/cmdline").read_bytes()
                    except OSError:
                        continue
        return count

    def stop(self) -> None:
        stop(self.process)
        self.session.close()
        shutil.rmtree(self.log.parent, ignore_errors=True)


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def serve(
    *sources: str,
    token: bool = False,
    rights: bool = True,
    arguments: tuple[str, ...] = (),
    environ: Mapping[str, str] | None = None,
    **settings: object,
) -> Served:
    """Starts `h5nuvola serve SOURCES` on a free port and returns once it answers; `settings` go into its environment.

    Without `rights` a root's server has no more rights to files than their mode gives it.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("H5NUVOLA_")} | dict(environ or {})
    environment |= {f"H5NUVOLA_{name.upper()}": str(value) for name, value in settings.items()}
    folder = Path(tempfile.mkdtemp(prefix="h5nuvola-test-"))
    environment.setdefault("H5NUVOLA_CACHE_DIR", str(folder / "cache"))
    log = folder / "log.txt"
    command = [str(Path(sys.executable).with_name("h5nuvola")), "serve", *sources, "--no-browser", *arguments]
    if not token:
        command.append("--no-token")
    if not rights and os.getuid() == 0:
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    with log.open("wb") as out:
        port = free_ports(1)[0]
        process = subprocess.Popen([*command, "--port", str(port)], stdout=out, stderr=subprocess.STDOUT, env=environment, cwd=folder)
    deadline = time.monotonic() + START
    while not (found := ADDRESS.search(log.read_bytes())):
        if process.poll() is not None or time.monotonic() > deadline:
            stop(process)
            raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.05)
    return Served(found[1].decode(), (found[2] or b"").decode(), process, log)


# --- what a page holds ------------------------------------------------------------------------------------------------


def components(tree: Any) -> list[dict[str, Any]]:
    """Every component of a page, outside in."""
    found: list[dict[str, Any]] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += reversed(node)
        elif isinstance(node, dict):
            if "type" in node and "props" in node:
                found.append(node)
                node = node["props"]
                if "data-still" in node:
                    waiting.append(_moving(json.loads(node["data-still"])))
            waiting += reversed(list(node.values()))
    return found


def _moving(still: Any) -> Any:
    """Parts that were written as plain lists, `[tag, attributes, child, …]`, as components again."""
    if isinstance(still, list) and len(still) > 1 and isinstance(still[0], str) and isinstance(still[1], dict):
        tag, attributes, *children = still
        return {"type": tag.capitalize(), "props": {**attributes, "children": [_moving(child) for child in children]}}
    return [_moving(child) for child in still] if isinstance(still, list) else still


def texts(tree: Any) -> list[str]:
    """Every text of a page."""
    return [
        child
        for node in components(tree)
        for child in (node["props"].get("children") if isinstance(node["props"].get("children"), list) else [node["props"].get("children")])
        if isinstance(child, str)
    ]


def card(tree: Any) -> str | None:
    """The words of the first error card of a page; None when there is none."""
    for node in components(tree):
        if node["props"].get("role") == "alert" and "card" in str(node["props"].get("className")):
            return " | ".join(texts(node))
    return None


def app_of(tree: Any) -> str:
    """The name of the app a page shows; empty when it shows none."""
    return next((node["props"].get("data-app", "") for node in components(tree) if node["props"].get("className") == "view"), "")
