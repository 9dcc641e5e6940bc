"""The `h5nuvola` command: serve, demo, check-config."""

from __future__ import annotations

import errno
import json
import logging
import os
import secrets
import socket
import sys
import threading
import webbrowser
from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from h5nuvola import __version__
from h5nuvola.errors import BadSetting, H5nuvolaError
from h5nuvola.settings import Settings, SourceSettings

THREADS = 16
PORTS_TRIED = 100


class _Commands(click.Group):
    def invoke(self, context: click.Context) -> Any:
        """Runs a command; what a user can put right is said in a sentence, with exit code 2."""
        try:
            return super().invoke(context)
        except H5nuvolaError as error:
            _complain(error)
            context.exit(2)


def _complain(error: H5nuvolaError) -> None:
    click.echo(f"{error.sentence} {error.advice}".strip(), err=True)


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="h5nuvola")
def main() -> None:
    """Browse, search and see HDF5 data in a web browser, where it lies."""


@main.command()
@click.argument("paths", nargs=-1, metavar="[PATH | NAME=PATH | s3://BUCKET/PREFIX]...")
@click.option("--demo", is_flag=True, help="Serve demo data, written into the cache folder at the first call.")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 takes any free one.  [default: 8050, or the next free one]"
)
@click.option("--no-browser", is_flag=True, help="Open no browser tab.")
@click.option("--no-token", is_flag=True, help="Let everybody in who reaches the address.")
@click.option("--endpoint-url", metavar="URL", help="S3: address of the server, when it is not Amazon's.")
@click.option("--key", help="S3: access key; by default what AWS_ACCESS_KEY_ID or the AWS files say.")
@click.option("--secret", help="S3: secret key. Others on this machine can see it here: AWS_SECRET_ACCESS_KEY is safer.")
@click.option("--anonymous", is_flag=True, help="S3: read without keys, as public buckets allow.")
@click.option("--profile", help="S3: profile of the AWS configuration files.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (TOML); by default what H5NUVOLA_CONFIG names.")
def serve(
    paths: tuple[str, ...],
    demo: bool,
    host: str | None,
    port: int | None,
    no_browser: bool,
    no_token: bool,
    config: Path | None,
    **s3: str | bool | None,
) -> None:
    """Serve folders and S3 buckets until Ctrl-C.

    Each PATH becomes a source named after its folder. PATHs and --demo take the place of the settings file's sources.
    """
    options = {name: value for name, value in s3.items() if value}
    sources = [SourceSettings.parse(path, **(options if "s3://" in path else {})) for path in paths]
    if options and not any(source.kind == "s3" for source in sources):
        name = next(iter(options)).replace("_", "-")
        raise BadSetting(f"--{name} says something of S3, and no S3 source is named.", "Add one: s3://bucket/prefix.")
    chosen: dict[str, Any] = {"host": host, "port": port}
    overrides = {name: value for name, value in chosen.items() if value is not None}
    if no_browser:
        overrides["open_browser"] = False
    if demo:
        sources.append(SourceSettings(name="demo", kind="local", root=str(_cached_demo(config))))
    if sources:
        overrides["sources"] = tuple(sources)
    settings = Settings.load(config, **overrides)
    if not settings.sources:
        raise BadSetting("There is nothing to serve.", "Name a folder: h5nuvola serve PATH, or try h5nuvola serve --demo.")
    listener = _listen(settings.host, settings.port, exact="port" in settings.model_fields_set)
    token = None if no_token else settings.token or secrets.token_urlsafe(24)
    if token is None and not _loopback(settings.host):
        click.echo(f"Without a token everybody who reaches {settings.host} can read these sources.", err=True)
    _run(settings.model_copy(update={"token": token, "port": listener.getsockname()[1]}), listener)


@main.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
def demo(directory: Path) -> None:
    """Write the demo files into DIRECTORY; those already there stay as they are."""
    for path in _write_demo(directory):
        click.echo(path)


@main.command("check-config")
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (TOML); by default what H5NUVOLA_CONFIG names.")
def check_config(config: Path | None) -> None:
    """Print the settings in force as JSON, with secrets masked."""
    click.echo(json.dumps(Settings.load(config).masked(), indent=2, ensure_ascii=False))


def _cached_demo(config: Path | None) -> Path:
    from h5nuvola.demo import FILES, REVISION

    folder = Settings.load(config, sources=()).cache_dir / f"demo-{REVISION}"
    if not all((folder / name).exists() for name in FILES):
        click.echo(f"Writing demo data to {folder} …")
        _write_demo(folder)
    return folder


def _write_demo(folder: Path) -> list[Path]:
    from h5nuvola.demo import write_demo

    try:
        return write_demo(folder)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadSetting(
            f"Demo data cannot be written to “{folder}”: {reason}.", "Check that you may write there and that 150 MB are free."
        ) from None


def _listen(host: str, port: int, exact: bool) -> socket.socket:
    """A socket bound to `host` and `port`, else (unless `exact`) to the next free port. Raises BadSetting."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError:
        raise BadSetting(f"“{host}” is no address of this machine.", "Use --host 127.0.0.1, or 0.0.0.0 for all addresses.") from None
    for number in [port] if exact or port == 0 else range(port, min(port + PORTS_TRIED, 65536)):
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address[0], number, *address[2:]))
            listener.listen(1)  # two sockets with SO_REUSEADDR may both bind a port: only listening shows that it is taken
        except OSError as error:
            listener.close()
            if error.errno == errno.EACCES:
                raise BadSetting(f"Port {number} is reserved for the system.", "Choose one above 1023, such as --port 8050.") from None
            if error.errno != errno.EADDRINUSE:
                raise BadSetting(f"The address {host}:{number} cannot be used: {error.strerror}.", "Use --host 127.0.0.1.") from None
            continue
        return listener
    raise BadSetting(f"Port {port} is in use by another program.", "Choose another with --port, or leave --port out to get a free one.")


def _loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def address(settings: Settings) -> str:
    """The address to open in a browser, token included."""
    host = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(settings.host, settings.host)  # noqa: S104 — a name to show
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{settings.port}{settings.base_path}" + (f"?token={settings.token}" if settings.token else "")


def _run(settings: Settings, listener: socket.socket) -> None:
    process = os.getpid()
    logging.getLogger("gunicorn.error").addFilter(_worth_saying)
    try:
        _Server(settings, listener).run()
    except SystemExit as stop:
        # The worker, forked inside run(), ends by this exception too, and gunicorn must see its code as it is.
        if os.getpid() == process and stop.code == Arbiter.WORKER_BOOT_ERROR:
            raise SystemExit(2) from None
        raise


def _worth_saying(record: logging.LogRecord) -> bool:
    """Whether gunicorn's log line tells more than the sentence a worker that cannot start has already printed."""
    told = record.getMessage()
    return not (told.endswith(f"exited with code {Arbiter.WORKER_BOOT_ERROR}.") or told.startswith(("Shutting down: ", "Reason: ")))


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn in this process, with one worker process of many threads."""

    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        self.settings = settings
        self.listener = listener
        super().__init__()

    def load_config(self) -> None:
        wanted = {
            "bind": f"fd://{self.listener.fileno()}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": THREADS,
            "graceful_timeout": 30,
            "keepalive": 15,
            "limit_request_line": 8190,
            "loglevel": "debug" if self.settings.debug else "warning",
            "post_worker_init": self._announce,
            "worker_exit": self._close,
            # It would write below HOME, which a container may not let us do.
            "control_socket_disable": True,
        }
        if os.access("/dev/shm", os.W_OK):  # noqa: S108 — gunicorn's heartbeat: on a slow disk it would miss beats
            wanted["worker_tmp_dir"] = "/dev/shm"  # noqa: S108
        for name, value in wanted.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The Flask application, made in the worker: reader processes must not be inherited through a fork."""
        from h5nuvola.main import create_app

        try:
            return create_app(self.settings).server
        except H5nuvolaError as error:
            _complain(error)
            sys.stderr.flush()
            # This code alone makes gunicorn stop instead of trying for ever.
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    def _announce(self, worker: Any) -> None:
        if worker.age > 1:
            return  # a worker that replaces a dead one: the address is known
        url = address(self.settings)
        names = ", ".join(source.name for source in self.settings.sources)
        click.echo(f"h5nuvola {__version__} serves {names} at\n\n    {url}\n\nCtrl-C ends it.")
        sys.stdout.flush()
        # Without a screen, webbrowser may start a text browser on top of this very terminal.
        screen = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        if self.settings.open_browser and screen:
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

    def _close(self, arbiter: Any, worker: Any) -> None:
        library = getattr(self.callable, "extensions", {}).get("h5nuvola")
        if library is not None:
            library.close()


if __name__ == "__main__":
    main()
