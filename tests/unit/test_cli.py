"""The command line: sentences for mistakes, and a server that starts, answers and ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import h5py
import psutil
import pytest
import requests
from click.testing import CliRunner, Result

from h5nuvola import __version__, cli
from h5nuvola.errors import BadSetting
from h5nuvola.settings import Settings

TRACEBACK = "Traceback"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("H5NUVOLA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "measurements"
    made.mkdir()
    with h5py.File(made / "one.h5", "w") as file:
        file["data"] = [1.0, 2.0, 3.0]
    return made


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(cli.main, [str(word) for word in words])


def test_version() -> None:
    assert call("--version").output == f"h5nuvola, version {__version__}\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["serve"], "There is nothing to serve. Name a folder"),
        (["serve", "/no/such/folder"], "“/no/such/folder” of the source “folder” is not there"),
        (["serve", "ftp://host/data"], "is no source h5nuvola knows"),
        (["serve", "--anonymous", "{folder}"], "--anonymous says something of S3, and no S3 source is named"),
        (["serve", "--endpoint-url", "http://localhost:1", "{folder}"], "--endpoint-url says something of S3"),
        (["serve", "--config", "/no/such/file.toml"], "The settings file “/no/such/file.toml” cannot be read"),
        (["serve", "--host", "no.such.host.invalid", "{folder}"], "is no address of this machine"),
        (["serve", "--host", "203.0.113.7", "{folder}"], "cannot be used"),
        (["serve", "--port", "{taken}", "{folder}"], "is in use by another program. Choose another with --port"),
        (["check-config", "--config", "/no/such/file.toml"], "cannot be read"),
    ],
)
def test_mistakes_are_told_in_a_sentence(words: list[str], sentence: str, folder: Path, taken: int) -> None:
    result = call(*(word.format(folder=folder, taken=taken) for word in words))
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert TRACEBACK not in result.stderr


def test_demo_where_nothing_can_be_written(folder: Path) -> None:
    result = call("demo", folder / "one.h5" / "below")
    assert result.exit_code == 2
    assert "Demo data cannot be written" in result.stderr


def test_demo_writes_and_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from h5nuvola import demo

    monkeypatch.setattr(demo, "Sizes", lambda: demo.SMALL)
    result = call("demo", tmp_path / "made")
    assert result.exit_code == 0
    assert [Path(line).is_file() for line in result.stdout.splitlines()] == [True] * len(demo.FILES)


def test_check_config_masks_secrets(tmp_path: Path, folder: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text(
        f"""
        token = "correct horse"
        [[sources]]
        name = "a"
        root = "{folder}"
        [[sources]]
        name = "b"
        kind = "s3"
        root = "bucket/prefix"
        key = "k"
        secret = "battery staple"
        """
    )
    result = call("check-config", "--config", config)
    assert result.exit_code == 0
    assert [source["name"] for source in json.loads(result.stdout)["sources"]] == ["a", "b"]
    assert "correct horse" not in result.output
    assert "battery staple" not in result.output


def test_check_config_names_the_nearest_setting(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text("raeders = 3")
    result = call("check-config", "--config", config)
    assert (result.exit_code, "Did you mean “readers”?" in result.stderr) == (2, True)


def test_the_next_free_port_is_taken_when_none_is_asked_for(taken: int) -> None:
    with cli._listen("127.0.0.1", taken, exact=False) as listener:
        assert taken < listener.getsockname()[1] < taken + cli.PORTS_TRIED
    with pytest.raises(BadSetting, match="in use"):
        cli._listen("127.0.0.1", taken, exact=True)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(port=8060, token="secret-token"), "http://127.0.0.1:8060/?token=secret-token"),
        (Settings(host="::1", base_path="/h5nuvola/"), "http://[::1]:8050/h5nuvola/"),
        (Settings(host="0.0.0.0"), f"http://{socket.gethostname()}:8050/"),
    ],
)
def test_the_printed_address(settings: Settings, expected: str) -> None:
    assert cli.address(settings) == expected


class Served:
    """A server of its own process, started by the command."""

    def __init__(self, home: Path, *words: str | Path) -> None:
        home.mkdir(mode=0o700)
        errors = (home.parent / "stderr").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "h5nuvola.cli", "serve", "--port", "0", *map(str, words)],
            env={**os.environ, "HOME": str(home), "H5NUVOLA_READERS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        errors.close()
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"http://\S+", line):
                self.url = found[0]
                return
        self.stop()
        raise AssertionError((home.parent / "stderr").read_text())

    def family(self) -> list[psutil.Process]:
        """The processes it has started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(40)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    started: list[Served] = []

    def start(*words: str | Path) -> Served:
        started.append(Served(tmp_path / "home", *words))
        return started[-1]

    yield start
    for served in started:
        served.stop()


def test_a_server_answers_those_with_the_token_and_ends_cleanly(serve: Callable[..., Served], folder: Path, tmp_path: Path) -> None:
    served = serve(folder)
    parts = urlsplit(served.url)
    origin = f"{parts.scheme}://{parts.netloc}"
    assert parts.query.startswith("token=")
    assert len(parts.query) > 30
    assert requests.get(origin + "/-/live", timeout=30).status_code == 200
    assert requests.get(origin + "/-/ready", timeout=30).status_code == 200
    assert requests.get(origin + "/", timeout=30).status_code == 401
    with requests.Session() as session:
        assert session.get(served.url, timeout=30).status_code == 200
        assert session.get(origin + "/", timeout=30).status_code == 200
    family = served.family()
    assert len(family) >= 2  # a worker and a reader
    assert served.stop() == 0
    _, alive = psutil.wait_procs(family, timeout=30)
    assert alive == []
    assert list((tmp_path / "home").iterdir()) == []
    assert stat.S_IMODE((tmp_path / "cache" / "h5nuvola").stat().st_mode) == 0o700


def test_a_server_that_cannot_start_says_why_and_ends(tmp_path: Path, folder: Path) -> None:
    blocked = tmp_path / "cache"
    blocked.write_text("a file where the folder should be")
    run = subprocess.run(
        [sys.executable, "-m", "h5nuvola.cli", "serve", "--port", "0", str(folder)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 2
    assert re.fullmatch(r"The cache folder .* cannot be used: .*\n", run.stderr)


def test_without_a_token_everybody_is_let_in(serve: Callable[..., Served], folder: Path) -> None:
    served = serve("--no-token", "--no-browser", f"mine={folder}")
    assert "token" not in served.url
    assert requests.get(served.url, timeout=30).status_code == 200
