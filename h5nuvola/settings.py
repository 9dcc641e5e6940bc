"""One frozen set of settings: a TOML file, then the environment, then what the command line says."""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from h5nuvola.errors import BadSetting
from h5nuvola.model import Budget, visible

PREFIX = "H5NUVOLA_"
# Read elsewhere, so no mistake: CONFIG names the settings file, CORPUS the folder of real files the tests run over.
_RESERVED = frozenset({"CONFIG", "CORPUS"})
# Kubernetes gives every pod H5NUVOLA_SERVICE_HOST, H5NUVOLA_PORT=tcp://10.0.0.1:80 … when a Service is called "h5nuvola".
_SERVICE_LINK = re.compile(r"SERVICE_(HOST|PORT(_.*)?)|PORT_\d+_(TCP|UDP)(_.*)?")

SourceKind = Literal["local", "nfs", "s3"]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Nbytes = Annotated[int, Field(ge=1)]


class SourceSettings(BaseModel):
    """A place where files lie: a folder, a folder on a network mount, or a prefix in an S3 bucket."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(description="What the source is called in addresses and on the page: 1 to 64 visible characters without “/”.")
    kind: SourceKind = Field("local", description="Where it lies: a local folder, a folder on an NFS mount, or an S3 bucket.")
    root: str = Field(description="The folder, or “bucket/prefix” for S3. Nothing outside it is ever opened.")
    seconds: Seconds | None = Field(None, description="Longest wait for one answer of this storage; by default what the kind says.")
    endpoint_url: str | None = Field(None, description="S3: address of the server, when it is not Amazon's.")
    key: SecretStr | None = Field(None, description="S3: access key; by default what the environment or the AWS files give.")
    secret: SecretStr | None = Field(None, description="S3: secret key that belongs to `key`.")
    profile: str | None = Field(None, description="S3: profile of the AWS configuration files to take the keys from.")
    anonymous: bool = Field(False, description="S3: read without keys, as public buckets allow.")
    region: str | None = Field(None, description="S3: region of the bucket.")
    path_style: bool = Field(True, description="S3: bucket in the path of the address, not in its host name.")

    @field_validator("name")
    @classmethod
    def _visible_name(cls, name: str) -> str:
        if not 1 <= len(name) <= 64 or "/" in name or name != name.strip() or visible(name) != name:
            raise ValueError("a name has 1 to 64 visible characters, no “/” and no space at its ends")
        return name

    @field_validator("endpoint_url")
    @classmethod
    def _http(cls, url: str | None) -> str | None:
        if url is not None and not re.fullmatch(r"https?://[^\s/@?#]+(/[^\s?#@]*)?", url):
            raise ValueError("an endpoint looks like https://s3.example.org:9000, without user, password or query")
        return url

    @field_validator("root")
    @classmethod
    def _some_root(cls, root: str) -> str:
        if not root.strip() or "\0" in root:
            raise ValueError("a root is a folder, or bucket/prefix")
        return root

    @model_validator(mode="after")
    def _bucket(self) -> Self:
        if self.kind == "s3" and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,254}(/.*)?", self.root, re.DOTALL):
            raise ValueError("the root of an S3 source is bucket/prefix")
        if (self.key is None) != (self.secret is None):
            raise ValueError("an S3 source needs both `key` and `secret`, or neither")
        return self

    @classmethod
    def parse(cls, text: str, **options: Any) -> SourceSettings:
        """The source behind `PATH`, `NAME=PATH` or `s3://bucket/prefix`, named after its folder unless told; else BadSetting."""
        name, where = "", text.strip()
        head, equals, tail = where.partition("=")
        # A folder may hold "=" in its own name: it is a name only when no such folder is there.
        if equals and "/" not in head and not Path(where).expanduser().exists():
            name, where = head.strip(), tail.strip()
            if not name:
                raise BadSetting(f"“{visible(text)[:80]}” has no name before its “=”.", "Write NAME=PATH, or the path alone.")
        if not where:
            raise BadSetting("A source has no path.", "Write a folder, NAME=PATH or s3://bucket/prefix.")
        if where.startswith("s3://"):
            root = where.removeprefix("s3://").strip("/")
            options = {"kind": "s3", **options}
        elif "://" in where:
            raise BadSetting(f"“{visible(where)[:80]}” is no source h5nuvola knows.", "Write a folder or s3://bucket/prefix.")
        else:
            root = os.path.abspath(Path(where).expanduser())
        last = visible(root.rstrip("/").rsplit("/", 1)[-1]).strip()[:64].strip()
        return _validated(cls, {"name": name or last or "files", "root": root, **options}, f" of the source “{visible(text)[:80]}”")


class Settings(BaseModel):
    """Everything an operator may choose. Frozen; an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8050, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    token: str | None = Field(None, repr=False, min_length=8, description="Secret that opens the page, as in Jupyter; none asks for none.")
    open_browser: bool = Field(True, description="Open a browser tab once the server is ready.")
    base_path: str = Field("/", description="Prefix of every address, for a server behind a proxy, such as /h5nuvola/.")
    hosts: tuple[str, ...] = Field(
        ("localhost", "127.0.0.1", "[::1]"), description="Host headers that are answered; any other is refused (DNS rebinding)."
    )
    sources: tuple[SourceSettings, ...] = Field((), description="Where files lie, in the order in which they are shown.")
    cache_dir: Path = Field(
        default_factory=lambda: Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "h5nuvola",
        description="Folder for what may be computed again; only the server's account may read it.",
    )
    readers: int = Field(3, ge=1, le=64, description="Processes that read HDF5 files.")
    reader_memory: Nbytes = Field(3 << 30, description="Bytes of memory one reader process may take.")
    read_seconds: Seconds = Field(10.0, description="Longest time one read may take.")
    list_seconds: Seconds = Field(5.0, description="Longest wait for a folder, a file's size or a block of a local or S3 source.")
    nfs_seconds: Seconds = Field(5.0, description="The same for an NFS mount.")
    view_nbytes: Nbytes = Field(64 << 20, description="Bytes of the array one view may hand back.")
    scan_nbytes: Nbytes = Field(1 << 30, description="Bytes one view may decode on the way.")
    chunk_nbytes: Nbytes = Field(512 << 20, description="Bytes of the largest chunk that is decoded.")
    block_nbytes: Nbytes = Field(256 << 20, description="Bytes of memory for what was read from one S3 source.")
    memory_nbytes: Nbytes = Field(256 << 20, description="Bytes of memory for pictures and descriptions that may be asked for again.")
    index_limit: int = Field(200_000, ge=0, le=5_000_000, description="Files per source that can be found by name.")
    index_seconds: Seconds = Field(900.0, description="Time between two looks for new files in a source.")
    plugin_folder: Path | None = Field(None, description="Folder of further apps, one Python file each.")
    debug: bool = Field(False, description="For developers: show tracebacks in the log and reload on change.")

    @field_validator("base_path")
    @classmethod
    def _slashes(cls, path: str) -> str:
        if not re.fullmatch(r"/([A-Za-z0-9._~-]+/)*", path if path.endswith("/") else path + "/"):
            raise ValueError("a prefix looks like /h5nuvola/")
        return path if path.endswith("/") else path + "/"

    @field_validator("sources", mode="before")
    @classmethod
    def _short_sources(cls, value: Any) -> Any:
        return (
            [SourceSettings.parse(item) if isinstance(item, str) else item for item in value] if isinstance(value, list | tuple) else value
        )

    @field_validator("sources")
    @classmethod
    def _one_name_each(cls, sources: tuple[SourceSettings, ...]) -> tuple[SourceSettings, ...]:
        given: dict[str, SourceSettings] = {}
        for source in sources:
            name, count = source.name, 1
            while name in given:
                count += 1
                name = f"{source.name[:60]}-{count}"
            given[name] = source.model_copy(update={"name": name})
        return tuple(given.values())

    @classmethod
    def load(cls, path: Path | str | None = None, environ: Mapping[str, str] = os.environ, **overrides: Any) -> Settings:
        """The settings of a TOML file (`path`, else H5NUVOLA_CONFIG), then H5NUVOLA_<KEY>, then `overrides`. Raises BadSetting."""
        chosen = path or environ.get(PREFIX + "CONFIG")
        values = {**(_read_toml(Path(chosen)) if chosen else {}), **_read_environ(environ), **overrides}
        settings = _validated(cls, values)
        for source in settings.sources:
            # Not so for NFS: a mount may be away for a while, and asking a hung one would hold up the start.
            if source.kind == "local" and not Path(source.root).is_dir():
                what = "is not a folder" if Path(source.root).exists() else "is not there"
                raise BadSetting(
                    f"The folder “{visible(source.root)}” of the source “{source.name}” {what}.", "Check the path, or leave the source out."
                )
        return settings

    def budget(self) -> Budget:
        """What one read may cost."""
        return Budget(self.view_nbytes, self.scan_nbytes, self.chunk_nbytes, self.read_seconds)

    def seconds(self, source: SourceSettings) -> float:
        """The longest wait for one answer of `source`."""
        return source.seconds or (self.nfs_seconds if source.kind == "nfs" else self.list_seconds)

    def masked(self) -> dict[str, Any]:
        """Everything as plain values, secrets as stars: fit to be printed."""
        plain = self.model_dump(mode="json")
        plain["token"] = None if self.token is None else "**********"
        return plain


M = TypeVar("M", bound=BaseModel)


def _validated(cls: type[M], values: Mapping[str, Any], where: str = "") -> M:
    try:
        return cls.model_validate(values)
    except ValidationError as error:
        raise _sentence(error, cls, where) from None


def _sentence(error: ValidationError, cls: type[BaseModel], where: str) -> BadSetting:
    """What pydantic found, as one sentence; never the value itself, which may be a secret."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    # A mistyped key also leaves the right one missing: the mistyped one is what helps.
    first = min(found, key=lambda item: item["type"] != "extra_forbidden")
    keys = [str(part) for part in first["loc"]]
    name = visible(".".join(keys))[:120]
    if first["type"] == "extra_forbidden":
        owner = SourceSettings if keys[0] == "sources" else cls
        close = difflib.get_close_matches(keys[-1].lower(), owner.model_fields, n=1, cutoff=0.5)
        advice = f"Did you mean “{close[0]}”?" if close else f"Known are: {', '.join(owner.model_fields)}."
        return BadSetting(f"There is no setting “{name}”{where}.", advice)
    reason = first["msg"].removeprefix("Value error, ")
    what = f"setting “{name}”" if keys else "choice"
    return BadSetting(f"The {what}{where} cannot be used: {reason[:1].lower()}{reason[1:]}.", "Change it, or leave it out.")


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSetting(f"The settings file “{visible(str(path))}” cannot be read: {error.strerror}.", "Check the path.") from None
    except ValueError as error:  # of the TOML, or bytes that are no UTF-8
        raise BadSetting(f"The settings file “{visible(str(path))}” is no TOML: {error}.", "Correct that line.") from None


def _read_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for variable, text in environ.items():
        key = variable.removeprefix(PREFIX)
        if key == variable or key in _RESERVED or _SERVICE_LINK.fullmatch(key) or (key == "PORT" and text.startswith("tcp://")):
            continue
        field = Settings.model_fields.get(key.lower())
        if field is None:
            close = difflib.get_close_matches(key.lower(), Settings.model_fields, n=1, cutoff=0.5)
            advice = f"Did you mean {PREFIX}{close[0].upper()}?" if close else f"Known are: {', '.join(Settings.model_fields)}."
            raise BadSetting(f"There is no setting for the variable {visible(variable)[:80]}.", advice)
        values[key.lower()] = _literal(variable, text) if field.annotation in _LISTS else text
    return values


_LISTS = (tuple[str, ...], tuple[SourceSettings, ...])


def _literal(variable: str, text: str) -> Any:
    """A list as JSON or as TOML writes it."""
    for read in (json.loads, lambda value: tomllib.loads(f"value = {value}")["value"]):
        try:
            return read(text)
        except ValueError:
            continue
    raise BadSetting(f"The variable {variable} is no list.", """Write it as JSON or TOML, such as ["a", "b"].""")
