"""The one door to data: nothing is listed, described or read without a user, and nothing is read without a Budget."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from h5nuvola.access import Grant, Policy
from h5nuvola.errors import FileChanged, H5nuvolaError, NotAFile, NotFound, ObjectNotFound, SourceNotFound, TypeUnsupported, from_code
from h5nuvola.model import Budget, Entry, Facts, Hit, Node, Ref, Selection, User
from h5nuvola.settings import Settings
from h5nuvola.storage.cache import Memory
from h5nuvola.storage.dataset import Dataset, Envelope, Method
from h5nuvola.storage.hdf5.file import Hdf5
from h5nuvola.storage.hdf5.pool import Pool
from h5nuvola.storage.index import Index
from h5nuvola.storage.search import match
from h5nuvola.storage.sources import Source, make_sources

T = TypeVar("T")
WALK_LIMIT = 200_000  # objects of one file that a search looks through
WALK_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Found:
    """Search results with the number of all matches, the time it took and whether not everything was looked at."""

    hits: tuple[Hit, ...]
    total: int
    ms: float
    cut: bool = False


class Library:
    """The sources of a server, opened for users. One instance serves all threads; `close` ends its readers and crawls."""

    def __init__(self, settings: Settings, policy: Policy | None = None) -> None:
        self.settings = settings
        self.policy = policy or Policy(tuple(Grant(source.name) for source in settings.sources))
        self._sources: dict[str, Source] = make_sources(settings)
        self._pool = Pool(readers=settings.readers, memory=settings.reader_memory)
        self._pool.start()  # while the rest of the application is still being put together
        self._memory: Memory[str] = Memory(settings.memory_nbytes)
        self._index = Index(self._sources, settings.index_limit, settings.index_seconds)

    def close(self) -> None:
        """Ends readers and crawls; further calls fail."""
        self._index.close()
        self._pool.close()
        for source in self._sources.values():
            source.close()

    def ready(self) -> bool:
        """Whether a reader answers."""
        self._pool.ping()
        return True

    # --- sources, folders, names of files

    def sources(self, user: User) -> list[Source]:
        """The sources of which the user may read something."""
        return [source for source in self._sources.values() if self.policy.may(user, Ref(source.name))]

    def index(self) -> Index:
        """The names of all files, for the source cards."""
        return self._index

    def folder(self, user: User, ref: Ref) -> list[Entry]:
        """What lies in a folder: folders first, then files in natural order."""
        return self._source(user, ref).list(ref.file)

    def find(self, user: User, letters: str, source: str = "", limit: int = 50) -> Found:
        """Files whose name holds these letters in this order, best first."""
        begin = time.perf_counter()
        allowed = [one.name for one in self.sources(user) if not source or one.name == source]
        hits, total = self._index.find(letters, allowed, limit)
        hits = [hit for hit in hits if self.policy.may(user, hit.ref)]
        return Found(tuple(hits), total, (time.perf_counter() - begin) * 1e3)

    # --- one file

    def describe(self, user: User, ref: Ref) -> Facts:
        """The Facts of an object. They are read once per revision of the file."""
        with self._file(user, ref) as file:
            return self._once(
                file,
                "describe",
                ref.path,
                lambda: file.describe(ref.path, self._seconds(ref)),
                lambda facts: 4096 + 512 * len(facts.siblings),
            )

    def children(self, user: User, ref: Ref, start: int = 0, count: int = 200) -> tuple[list[Node], int]:
        """A page of a group's links in natural order, and how many there are."""
        with self._file(user, ref) as file:
            return self._once(
                file,
                "children",
                f"{start}+{count} {ref.path}",
                lambda: file.children(ref.path, start, count, self._seconds(ref)),
                lambda page: 1024 + 512 * len(page[0]),
            )

    def position(self, user: User, ref: Ref, key: str) -> int:
        """The row of a group on which the link with this key stands; -1 when it has none."""
        with self._file(user, ref) as file:
            return file.position(ref.path, key, self._seconds(ref))

    def walk(self, user: User, ref: Ref) -> tuple[list[Node], bool]:
        """Every object of a file, each once, and whether the walk was cut short."""
        with self._file(user, ref) as file:
            return self._once(
                file, "walk", "", lambda: file.walk(limit=WALK_LIMIT, seconds=WALK_SECONDS), lambda found: 1024 + 512 * len(found[0])
            )

    def search(self, user: User, ref: Ref, letters: str, limit: int = 50) -> Found:
        """Objects of a file whose path holds these letters in this order, best first."""
        begin = time.perf_counter()
        nodes, cut = self.walk(user, ref)
        found: list[Hit] = []
        for node in nodes:
            matched = match(letters, node.path)
            if matched is not None:
                score, positions = matched
                score += 0.5 * (node.kind == "dataset")
                found.append(Hit(Ref(ref.source, ref.file, node.path), node.path, tuple(positions), score, node=node))
        found.sort(key=lambda hit: (-hit.score, len(hit.text), hit.text))
        return Found(tuple(found[:limit]), len(found), (time.perf_counter() - begin) * 1e3, cut)

    def entrance(self, user: User, ref: Ref) -> Ref:
        """The object that a file opens with: its default plot, else its most telling dataset, else its root."""
        with self._file(user, ref) as file:
            path = self._once(file, "entrance", ref.path, lambda: file.entrance(ref.path, self._seconds(ref)), lambda found: 256)
        return Ref(ref.source, ref.file, path)

    def open(self, user: User, ref: Ref, budget: Budget | None = None) -> Dataset:
        """A lazy handle on a dataset or group."""
        return Dataset(self, user, self.describe(user, ref), budget or self.settings.budget())

    # --- values, asked for by Dataset

    def read(self, user: User, facts: Facts, selection: Selection, budget: Budget) -> np.ndarray[Any, Any]:
        """The selected values."""
        self._readable(facts)
        with self._file(user, facts.ref, facts.revision) as file:
            values = file.read(facts.ref.path, selection, budget)
        if values is None:
            raise TypeUnsupported(f"“{facts.name}” is empty: it has a type but no values.", "Nothing is missing; it was written so.")
        return values

    def reduce(
        self, user: User, facts: Facts, selection: Selection, factors: tuple[int, int], method: Method, budget: Budget
    ) -> np.ndarray[Any, Any]:
        """A 2-D window made smaller; kept in memory, since pictures are asked for again."""
        self._readable(facts)
        with self._file(user, facts.ref, facts.revision) as file:
            return self._once(
                file,
                "reduce",
                f"{selection} {factors} {method} {facts.ref.path}",
                lambda: file.reduce(facts.ref.path, selection, factors, method, budget),
                lambda array: int(array.nbytes) + 256,
            )

    def envelope(
        self, user: User, facts: Facts, selection: Selection, bins: int, x: str | None, errors: str | None, budget: Budget
    ) -> Envelope:
        """A line made thinner; kept in memory."""
        self._readable(facts)
        with self._file(user, facts.ref, facts.revision) as file:
            line = self._once(
                file,
                "envelope",
                f"{selection} {bins} {x} {errors} {facts.ref.path}",
                lambda: file.envelope(facts.ref.path, selection, bins, x, errors, budget),
                lambda thin: int(thin.index.nbytes + thin.y.nbytes) * 2 + 256,
            )
        whole = math.prod(selection.shape(facts.shape or ()))
        return Envelope(line.index, line.y, line.x, line.errors, thinned=len(line.index) < whole)

    def locate(self, user: User, facts: Facts, low: float, high: float, budget: Budget) -> tuple[int, int] | None:
        """The index range of an axis that covers low…high."""
        self._readable(facts)
        with self._file(user, facts.ref, facts.revision) as file:
            return file.locate(facts.ref.path, low, high, budget)

    # --- inside

    def _source(self, user: User, ref: Ref) -> Source:
        # A source that the user may not see answers exactly as one that does not exist.
        source = self._sources.get(ref.source)
        if source is None or not self.policy.may(user, ref):
            raise SourceNotFound("There is no source of this name here.", "Choose one of the sources on the home page.")
        return source

    @contextmanager
    def _file(self, user: User, ref: Ref, revision: str = "") -> Iterator[Hdf5]:
        """The opened file of a Ref; FileChanged when it is not, or no longer, the revision that was described."""
        source = self._source(user, ref)
        if not ref.file:
            raise NotAFile("This is a source, not a file.", "Choose a file in it.")
        with source.open(ref.file) as blob:
            if revision and blob.revision != revision:
                raise _changed(ref)
            file = Hdf5(self._pool, blob, ref)
            try:
                yield file
            except NotFound:
                raise
            except H5nuvolaError:
                # A file rewritten under the reader's hands gives all sorts of errors: say the true one.
                if blob.current() != blob.revision:
                    raise _changed(ref) from None
                raise
            # A part of an object comes with its ETag, so every block of it was of this revision; a local file may have been
            # rewritten between two reads of the same descriptor.
            if blob.fd is not None and blob.current() != blob.revision:
                raise _changed(ref)

    def _once(self, file: Hdf5, verb: str, key: str, make: Callable[[], T], nbytes: Callable[[T], int]) -> T:
        return self._memory.get(f"{file.ref.source}\0{file.ref.file}\0{file.blob.revision}\0{verb}\0{key}", make, nbytes)

    def _seconds(self, ref: Ref) -> float:
        return self._sources[ref.source].seconds_to_read

    def _readable(self, facts: Facts) -> None:
        if facts.problem is not None:
            raise from_code(facts.problem.code)(facts.problem.sentence, facts.problem.advice)
        if facts.kind != "dataset":
            raise ObjectNotFound(f"“{facts.name}” is a {facts.kind}, it holds no values.", "Choose a dataset in it.")


def _changed(ref: Ref) -> FileChanged:
    return FileChanged(f"“{ref.file.split('/')[-1]}” was rewritten while it was open.", "Reload the page to see the new version.")
