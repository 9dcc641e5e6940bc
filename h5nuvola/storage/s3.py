"""S3 buckets, through s3fs: listings, and files read in blocks that are kept in memory by ETag."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import s3fs
from fsspec.asyn import sync

from h5nuvola.errors import BadRequest, FileChanged, FileNotFound, H5nuvolaError, NotAFile, NotAllowed, SourceUnavailable, TooSlow
from h5nuvola.model import Entry, visible
from h5nuvola.settings import SourceKind, SourceSettings
from h5nuvola.storage.blocks import FIRST, block_at, bounds, spans_of
from h5nuvola.storage.cache import Memory
from h5nuvola.storage.names import missing, parts
from h5nuvola.storage.source import Info, Stat, folder_entry, join, likely, ordered

T = TypeVar("T")
SLOWEST = 16 << 20  # bytes a second below which a long read counts as not answered
CONNECTIONS = 32
PAGE = 1000  # the most entries S3 gives in one answer
PATIENCE = 2.0  # seconds without asking, after three failures in a row


@dataclass(frozen=True, slots=True)
class _Head:
    """What S3 says of one object."""

    etag: str
    size: int
    mtime: float

    @property
    def revision(self) -> str:
        return f"{self.etag}-{self.size}"


class S3Source:
    """A prefix of an S3 bucket. Every call has a total deadline; every error of the layers below becomes one of ours."""

    def __init__(
        self, settings: SourceSettings, seconds: float = 5.0, seconds_to_read: float = 10.0, block_nbytes: int = 256 << 20
    ) -> None:
        self.name = settings.name
        self.kind: SourceKind = "s3"
        self.seconds_to_read = seconds_to_read
        self._settings = settings
        self._seconds = seconds
        self._bucket, _, prefix = settings.root.partition("/")
        self._prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""
        self._blocks: Memory[tuple[str, str, int]] = Memory(block_nbytes)
        self._seen: dict[str, str] = {}
        self._failures = 0
        self._silent_until = 0.0
        self._lock = threading.Lock()
        self._pid = 0
        self._fs: Any = None

    def info(self) -> Info:
        return Info(self.name, self.kind, f"s3://{self._settings.root}", self._seconds)

    def stat(self, file: str) -> Stat:
        key = self._key(file)
        if not file:
            self._page("", 1)
            return Stat("", True, "")
        try:
            head = self._head(key, file)
        except FileNotFound:
            if not self._is_folder(file):
                raise
            return Stat(file, True, "")
        return Stat(file, False, head.revision, head.size, head.mtime)

    def list(self, folder: str = "") -> list[Entry]:
        self._key(folder)
        entries: list[Entry] = []
        begin, after = time.monotonic(), ""
        while True:
            page = self._page(folder, PAGE, after, "/")
            entries += self._rows(page, folder)
            after = page.get("NextContinuationToken", "") if page.get("IsTruncated") else ""
            if not after:
                break
            if time.monotonic() - begin > self._seconds:
                raise TooSlow(
                    f"This folder holds more than {len(entries)} entries, which take too long to list.", "Search for the file by its name."
                )
        if folder and not page.get("KeyCount", len(entries)) and not entries:
            raise missing(folder)
        return ordered(entries)

    def open(self, file: str) -> S3Blob:
        key = self._key(file)
        if not file:
            raise NotAFile("This is a folder, not a file.", "Open a file in it.")
        try:
            seen = self._seen.get(key)
            # A file opened before: HEAD tells whether it is the same, its first block is here. Else both in one request.
            head = self._head(key, file) if seen is not None and (key, seen, 0) in self._blocks else self._first(key, file)
        except FileNotFound:
            if self._is_folder(file):
                raise NotAFile(f"“{visible(file)[-200:]}” is a folder, not a file.", "Open a file in it.") from None
            raise
        if len(self._seen) > 10_000:
            self._seen.clear()
        self._seen[key] = head.revision
        return S3Blob(self, key, file, head)

    def walk(self, limit: int) -> Iterator[Entry]:
        count, after = 0, ""
        while True:
            page = self._page("", PAGE, after)
            for row in self._rows(page, ""):
                inner = row.file.split("/")
                if any(part.lower().endswith(".zarr") for part in inner[:-1]):
                    continue
                if count >= limit:
                    return
                count += 1
                yield row
            after = page.get("NextContinuationToken", "") if page.get("IsTruncated") else ""
            if not after:
                return

    def close(self) -> None:
        """Ends the connections."""
        fs, self._fs = self._fs, None
        if fs is not None and self._pid == os.getpid() and fs._s3 is not None:
            with contextlib.suppress(Exception):  # what cannot be closed is closed by the end of the process
                sync(fs.loop, fs._s3creator.__aexit__, None, None, None, timeout=self._seconds)

    # --- requests

    def _page(self, folder: str, count: int, after: str = "", delimiter: str = "") -> dict[str, Any]:
        options = {"ContinuationToken": after} if after else {}
        if delimiter:
            options["Delimiter"] = delimiter
        prefix = self._key(folder) + "/" if folder else self._prefix
        page: dict[str, Any] = self._call(folder, lambda fs: self._s3(fs, "list_objects_v2", Prefix=prefix, MaxKeys=count, **options))
        return page

    def _rows(self, page: dict[str, Any], folder: str) -> Iterator[Entry]:
        start = len(self._key(folder)) + 1 if folder else len(self._prefix)
        for found in page.get("CommonPrefixes") or ():
            below = found["Prefix"][start:].rstrip("/")
            if _plain(below):
                yield folder_entry(*join(folder, below.encode()))
        for found in page.get("Contents") or ():
            below = found["Key"][start:]
            if _plain(below):
                _, file = join(folder, below.encode())
                name = file.rsplit("/", 1)[-1]
                yield Entry(name, file, False, int(found["Size"]), found["LastModified"].timestamp(), likely(name))

    def _is_folder(self, file: str) -> bool:
        try:
            page = self._page(file, 1)
        except NotAllowed:
            return False
        return bool(page.get("Contents"))

    def _head(self, key: str, file: str) -> _Head:
        return _head_of(self._call(file, lambda fs: self._s3(fs, "head_object", Key=key)))

    def _first(self, key: str, file: str) -> _Head:
        """Size, time and ETag together with the first block."""

        async def read(fs: Any) -> tuple[dict[str, Any], bytes] | None:
            try:
                answer = await self._s3(fs, "get_object", Key=key, Range=f"bytes=0-{FIRST - 1}")
            except OSError as error:
                if _answer(error)[0] == 416:  # an empty object has no first byte
                    return None
                raise
            async with answer["Body"] as body:
                self._only(answer, FIRST)
                return answer, await body.read()

        found = self._call(file, read)
        if found is None:
            return self._head(key, file)
        answer, data = found
        total = str(answer.get("ContentRange", "")).rpartition("/")[2]
        head = _head_of(answer, int(total) if total.isdigit() else len(data))
        if len(data) == min(FIRST, head.size):
            self._blocks.get((key, head.revision, 0), lambda: data, len)
        return head

    def _read(self, key: str, file: str, head: _Head, offset: int, n: int) -> bytes:
        """Part of an object at one revision, from blocks in memory where they are."""
        end = min(offset + n, head.size)
        if offset < 0 or end <= offset:
            return b""
        first, last = block_at(offset, head.size), block_at(end - 1, head.size)

        def fetch(wanted: list[tuple[str, str, int]]) -> dict[tuple[str, str, int], bytes]:
            spans = spans_of([index for _, _, index in wanted], head.size)

            async def read(fs: Any) -> list[bytes]:
                tasks = [asyncio.ensure_future(self._range(fs, key, file, head, low, high)) for low, high, _ in spans]
                try:
                    return await asyncio.gather(*tasks)
                finally:
                    for task in tasks:
                        task.cancel()

            nbytes = sum(high - low for low, high, _ in spans)
            made = {}
            for (low, _, indices), data in zip(spans, self._call(file, read, self._seconds + nbytes / SLOWEST), strict=True):
                for index in indices:
                    begin, stop = bounds(index, head.size)
                    made[(key, head.revision, index)] = data[begin - low : stop - low]
            return made

        blocks = self._blocks.get_many([(key, head.revision, index) for index in range(first, last + 1)], fetch, len)
        whole = blocks[0] if len(blocks) == 1 else b"".join(blocks)
        skip = offset - bounds(first, head.size)[0]
        return whole[skip : skip + end - offset]

    async def _range(self, fs: Any, key: str, file: str, head: _Head, low: int, high: int) -> bytes:
        answer = await self._s3(fs, "get_object", Key=key, Range=f"bytes={low}-{high - 1}", IfMatch=f'"{head.etag}"')
        async with answer["Body"] as body:
            self._only(answer, high - low)
            data: bytes = await body.read()
        # Not every server heeds If-Match, and a proxy may hand out less than it was asked for.
        if answer.get("ETag", "").strip('"') != head.etag:
            raise _changed(file)
        if len(data) != high - low:
            raise OSError("short read")
        return data

    def _only(self, answer: dict[str, Any], n: int) -> None:
        """Refuses a body of more than the `n` bytes that were asked for: the whole file, from a server that knows no ranges."""
        if int(answer.get("ContentLength") or 0) > n:
            raise self._unavailable("Its server gives whole files only, not parts of them")

    async def _s3(self, fs: Any, method: str, **options: Any) -> Any:
        return await fs._call_s3(method, Bucket=self._bucket, **options)

    def _key(self, file: str) -> str:
        names = parts(file)
        # s3fs is given plain keys only; a chain is refused all the same, lest a later change hands one to fsspec.
        if "::" in file:
            raise BadRequest("The file's address holds “::”, which would lead to another storage.", "Open the file from its folder.")
        try:
            return self._prefix + "/".join(name.decode() for name in names)
        except UnicodeDecodeError:
            raise missing(file) from None

    # --- calls and their errors

    def _filesystem(self) -> Any:
        with self._lock:
            if self._fs is None or self._pid != os.getpid():
                chosen = self._settings
                self._fs = s3fs.S3FileSystem(
                    anon=chosen.anonymous,
                    endpoint_url=chosen.endpoint_url,
                    key=chosen.key.get_secret_value() if chosen.key else None,
                    secret=chosen.secret.get_secret_value() if chosen.secret else None,
                    client_kwargs={"region_name": chosen.region} if chosen.region else {},
                    config_kwargs={
                        "connect_timeout": self._seconds,
                        "read_timeout": self._seconds,
                        "max_pool_connections": CONNECTIONS,
                        "retries": {"max_attempts": 1, "mode": "standard"},
                        "s3": {"addressing_style": "path" if chosen.path_style else "auto"},
                        # Some servers do not know the checksums that botocore asks for by default since 2025.
                        "request_checksum_calculation": "when_required",
                        "response_checksum_validation": "when_required",
                    },
                    use_listings_cache=False,
                    skip_instance_cache=True,
                    **({"profile": chosen.profile} if chosen.profile else {}),
                )
                self._fs.retries = 3
                self._pid = os.getpid()
            return self._fs

    def _call(self, file: str, make: Callable[[Any], Coroutine[Any, Any, T]], seconds: float | None = None) -> T:
        """What the coroutine gives, within `seconds` all in all. s3fs alone may wait for a stalled body without end."""
        if time.monotonic() < self._silent_until:
            raise self._unavailable("It failed three times in a row")
        wait = seconds or self._seconds
        try:
            fs = self._filesystem()
            result: T = sync(fs.loop, make, fs, timeout=wait)
        except H5nuvolaError:
            raise
        except Exception as error:  # botocore's and aiohttp's errors have no common root but this
            said = self._sentence(error, file, wait)
            if isinstance(said, SourceUnavailable):
                self._failures += 1
                if self._failures >= 3:
                    # Else every thread of the server would soon wait here, and other sources with it.
                    self._silent_until = time.monotonic() + PATIENCE
            else:
                self._failures = 0
            # Without its cause: botocore's words hold addresses, headers and access keys.
            raise said from None
        self._failures = 0
        return result

    def _sentence(self, error: Exception, file: str, seconds: float) -> H5nuvolaError:
        status, code = _answer(error)
        what = visible(file)[-200:] or visible(self.name)
        if status in (412, 416):
            return _changed(file)
        if code == "NoSuchBucket":
            return self._unavailable("The bucket does not exist")
        if status == 404 or isinstance(error, FileNotFoundError):
            return missing(file)
        if status in (401, 403) or isinstance(error, PermissionError):
            return NotAllowed(
                f"The storage of “{visible(self.name)}” does not let this server read “{what}”.",
                "Ask whoever runs the server to check its keys and their rights.",
                {"source": self.name, "answer": code or str(status)},
            )
        if isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
            return self._unavailable(f"No answer within {seconds:.3g} s")
        if type(error).__name__ in ("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound"):
            return self._unavailable("The server has no keys for it")
        if status:
            return self._unavailable(f"It answers with error {status}")
        return self._unavailable(f"The connection failed ({type(error).__name__})")

    def _unavailable(self, reason: str) -> SourceUnavailable:
        return SourceUnavailable(
            f"The source “{visible(self.name)}” cannot be reached. {reason}.",
            "Try again in a moment; other sources work meanwhile.",
            {"source": self.name},
        )


class S3Blob:
    """An object of a bucket at one revision."""

    fd: int | None = None

    def __init__(self, source: S3Source, key: str, file: str, head: _Head) -> None:
        self._source = source
        self._key = key
        self._file = file
        self._head = head
        self.revision = head.revision
        self.size = head.size
        self.mtime = head.mtime
        self.name = file.rsplit("/", 1)[-1]

    def get(self, offset: int, n: int) -> bytes:
        return self._source._read(self._key, self._file, self._head, offset, n)

    def current(self) -> str:
        return self._source._head(self._key, self._file).revision

    def close(self) -> None:
        """Nothing is held open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _changed(file: str) -> FileChanged:
    return FileChanged(f"“{visible(file)[-200:]}” was rewritten while it was read.", "Reload the page to see the new version.")


def _head_of(answer: dict[str, Any], size: int | None = None) -> _Head:
    modified = answer.get("LastModified")
    length = int(answer["ContentLength"]) if size is None else size
    return _Head(str(answer.get("ETag", "")).strip('"'), length, modified.timestamp() if modified else 0.0)


def _answer(error: BaseException) -> tuple[int, str]:
    """HTTP status and S3's word for it; 0 when there was no answer. s3fs keeps botocore's error as the cause of its own."""
    for one in (error, error.__cause__):
        response = getattr(one, "response", None)
        if isinstance(response, dict):
            code = str(response.get("Error", {}).get("Code", ""))
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode") or (int(code) if code.isdigit() else 0)
            return int(status), code
    return 0, ""


def _plain(below: str) -> bool:
    """Whether a key can be an address: one with `//` or `..` in it can be stored, not addressed; one that ends in `/` marks a folder."""
    return all(part not in ("", ".", "..") for part in below.split("/")) and "\0" not in below
