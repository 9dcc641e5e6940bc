"""The servers that are measured, each a process of its own on a free port of this machine."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

READY_SECONDS = 30
THREADS = 16  # as many as our own command gives its web server
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A server as a context: started and answering inside, ended (with its children) outside. RuntimeError when it does not start."""

    name = ""
    probe = "/"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()

    @property
    def address(self) -> str:
        """Where its first page is."""
        return f"http://127.0.0.1:{self.port}/"

    def command(self) -> list[str]:
        """The command line that starts it."""
        raise NotImplementedError

    def environ(self) -> dict[str, str]:
        """What it finds in its environment."""
        return {**os.environ, **ONE_THREAD}

    def __enter__(self) -> Self:
        begin = time.perf_counter()
        # To a file, not to a pipe: nobody would empty it.
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(self.command(), env=self.environ(), stdout=self.log, stderr=subprocess.STDOUT)
        while self.process.poll() is None and time.perf_counter() - begin < READY_SECONDS:
            if self._answers():
                self.started_ms = (time.perf_counter() - begin) * 1e3
                return self
            time.sleep(0.02)
        self._end()
        self.log.seek(0)
        raise RuntimeError(f"{self.name} did not start: {self.log.read()[-2000:]}")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()
        self.log.close()

    def _end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def get(self, path: str) -> tuple[float, int]:
        """Milliseconds and bytes of one answer, read whole and thrown away. RuntimeError unless it is 200."""
        begin = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{self.name} answered {answer.status} to {path}: {body[:300]!r}")
        return (time.perf_counter() - begin) * 1e3, len(body)

    def _answers(self) -> bool:
        try:
            self.get(self.probe)
        except (OSError, RuntimeError, http.client.HTTPException):
            return False
        return True


class Ours(Server):
    """h5nuvola as a user starts it."""

    name = "h5nuvola"
    probe = "/-/ready"

    def command(self) -> list[str]:
        options = ["--port", str(self.port), "--no-browser", "--no-token"]
        return [str(Path(sys.executable).with_name("h5nuvola")), "serve", f"bench={self.folder}", *options]

    def view(self, file: str, path: str = "") -> str:
        """The address of the workbench on an object."""
        return f"{self.address}view?{urlencode({'s': 'bench', 'f': file, **({'p': path} if path else {})})}"


class Grove(Server):
    """h5grove's Flask blueprint behind gunicorn, with as many threads as ours."""

    name = "h5grove"
    probe = "/h5grove/"

    def command(self) -> list[str]:
        options = ["--bind", f"127.0.0.1:{self.port}", "--worker-class", "gthread", "--threads", str(THREADS), "--log-level", "warning"]
        return [sys.executable, "-m", "gunicorn", "--no-control-socket", *options, "benchmarks.grove:create()"]

    def environ(self) -> dict[str, str]:
        return {**super().environ(), "BENCHMARK_FOLDER": str(self.folder)}

    def raw(self, file: str, path: str) -> str:
        """The address of a whole array as bytes."""
        return f"/h5grove/data?{urlencode({'file': file, 'path': path, 'format': 'bin'})}"
