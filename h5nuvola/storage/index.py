"""The names of all files of all sources, gathered in the background and found by a few letters."""

from __future__ import annotations

import heapq
import logging
import os
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from h5nuvola.errors import H5nuvolaError, SourceUnavailable
from h5nuvola.model import Entry, Hit, Problem, Ref, visible
from h5nuvola.storage import search
from h5nuvola.storage.source import Source

log = logging.getLogger(__name__)

LIKELY = 8.0  # points for an ending under which HDF5 is stored
RECENT = 4.0  # points for a file changed now; half of them after a week
RETRY_SECONDS = 5.0  # after a failed crawl


@dataclass(frozen=True, slots=True)
class State:
    """What is known of one source's files."""

    count: int = 0
    nbytes: int = 0
    crawled: float | None = None  # seconds since 1970 when the last complete crawl ended
    crawling: bool = True
    limited: bool = False  # there are more files than are kept
    problem: Problem | None = None


class Names:
    """The files of one source as arrays, so that 10^5 names answer while somebody types."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self.nbytes = sum(entry.size for entry in entries)
        folded = [search.fold(entry.file).encode() for entry in entries]
        lengths = np.fromiter(map(len, folded), np.int64, len(folded))
        self._letters = np.frombuffer(b"\0".join(folded) + b"\0", np.uint8)
        self._ends = np.cumsum(lengths + 1) - 1
        self._starts = self._ends - lengths
        self._bases = self._starts + np.fromiter((name.rfind(b"/") + 1 for name in folded), np.int64, len(folded))
        self._word_starts = np.ones(len(self._letters), bool)
        self._word_starts[1:] = ~_alphanumeric(self._letters[:-1])
        self._holds = (
            np.bitwise_or.reduceat(np.left_shift(np.uint64(1), self._letters.astype(np.uint64) & np.uint64(63)), self._starts)
            if len(entries)
            else np.zeros(0, np.uint64)
        )
        likely = np.fromiter((entry.likely for entry in entries), bool, len(entries))
        lost = search.NAME_LETTER * np.minimum(self._ends - self._bases, 80) + search.PATH_LETTER * np.minimum(lengths, 200)
        self._worth = LIKELY * likely - lost
        self._mtimes = np.fromiter((entry.mtime for entry in entries), float, len(entries))

    def find(self, letters: str, limit: int) -> tuple[list[tuple[float, Entry, tuple[int, ...]]], int]:
        """The best matches, best first, and the number of all."""
        words = search.fold(letters).split()
        rows = np.arange(len(self.entries))
        rough = self._worth.copy()
        for word in words:
            rows = self._match(word.encode(), rows, rough)
        # Bytes of one letter may lie spread over several others: é is C3 A9, and so are the ends of "ãé".
        if not all(word.isascii() for word in words):
            kept = [row for row in rows if search.match(letters, self.entries[row].file) is not None]
            rows = np.array(kept, dtype=np.int64)
        recent = RECENT / (1 + np.maximum(0, time.time() - self._mtimes[rows]) / (7 * 86_400))
        # The exact score of the few that can be among the best; a rough one of all the others.
        few = max(400, 4 * limit)
        worth = -(rough[rows] + recent)
        order = np.argpartition(worth, few)[:few] if len(rows) > few else np.arange(len(rows))
        best = []
        for row, bonus in zip(rows[order].tolist(), recent[order].tolist(), strict=True):
            entry = self.entries[row]
            found = search.match(letters, entry.file)
            if found is not None:
                best.append((found[0] + LIKELY * entry.likely + bonus, entry, found[1]))
        best.sort(key=lambda item: (-item[0], item[1].file))
        return best[:limit], len(rows)

    def _match(self, word: bytes, rows: npt.NDArray[np.int64], rough: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Those of `rows` in which the letters occur in order; adds to `rough` how well."""
        rows = rows[(self._holds[rows] & _mask(word)) == _mask(word)]
        if not len(rows):
            return rows
        where = {letter: np.flatnonzero(self._letters == letter) for letter in set(word)}
        named = self._in_order(word, rows, self._bases, where)
        others = self._in_order(word, rows[~np.isin(rows, named, assume_unique=True)], self._starts, where)
        rough[named] += search.BASENAME
        initials = {letter: places[self._word_starts[places]] for letter, places in where.items()}
        rough[self._in_order(word, named, self._bases, initials)] += search.WORD_START
        self._rate_contiguous(word, where, rough)
        return np.sort(np.concatenate([named, others]))

    def _rate_contiguous(self, word: bytes, where: Mapping[int, npt.NDArray[np.int64]], rough: npt.NDArray[np.float64]) -> None:
        """Adds to `rough` what a place where the word stands in one piece is worth."""
        rarest = min(range(len(word)), key=lambda step: len(where[word[step]]))
        at = where[word[rarest]] - rarest
        at = at[(at >= 0) & (at + len(word) <= len(self._letters))]
        for step, letter in enumerate(word):
            if step != rarest:
                at = at[self._letters[at + step] == letter]
        line = np.searchsorted(self._starts, at, side="right") - 1
        points = search.CONTIGUOUS + search.WORD_START * self._word_starts[at] + search.FIRST * (at == self._bases[line])
        # In the path alone, while the name holds the letters in pieces: the exact score takes the whole word, too.
        points -= search.BASENAME * (at < self._bases[line])
        best = np.zeros(len(self.entries))
        np.maximum.at(best, line, points)
        rough += best

    def _in_order(
        self, word: bytes, rows: npt.NDArray[np.int64], starts: npt.NDArray[np.int64], where: Mapping[int, npt.NDArray[np.int64]]
    ) -> npt.NDArray[np.int64]:
        at = starts[rows]
        for letter in word:
            places = where[letter]
            following = np.searchsorted(places, at)
            found = following < len(places)
            rows, following = rows[found], following[found]
            at = places[following]
            found = at < self._ends[rows]
            rows, at = rows[found], at[found] + 1
        return rows


def _mask(word: bytes) -> np.uint64:
    """A set of letters as 64 bits. Several letters share a bit: it says which names cannot match, not which do."""
    mask = 0
    for letter in word:
        mask |= 1 << (letter & 63)
    return np.uint64(mask)


def _alphanumeric(letters: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    # Above 127 are parts of letters of other scripts; upper case is folded away.
    return ((letters >= 97) & (letters <= 122)) | ((letters >= 48) & (letters <= 57)) | (letters > 127)


class _Crawl:
    """One source's names and the thread that gathers them again and again."""

    def __init__(self, source: Source, limit: int, seconds: float) -> None:
        self.source = source
        self.limit = limit
        self.seconds = seconds
        self.names = Names([])
        self.state = State()
        self.moved = time.monotonic()
        self.wanted = threading.Event()
        self.finished = threading.Event()  # one crawl has come to its end, good or bad
        self.closed = False
        self.thread = threading.Thread(target=self._run, name=f"index-{source.name}", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self.closed:
            self.wanted.clear()
            self._once()
            if not self.wanted.is_set():
                self.finished.set()
            if not self.closed:
                self.wanted.wait(self.seconds if self.state.problem is None else min(RETRY_SECONDS, self.seconds))

    def _once(self) -> None:
        before = self.state
        self.state = State(before.count, before.nbytes, before.crawled, True, before.limited, before.problem)
        self.moved = time.monotonic()
        try:
            complete = self._gather(first=before.crawled is None)
        except H5nuvolaError as error:
            self._failed(error)
        except Exception as error:  # one source's trouble must not end the search in all others, or this one's retries
            log.exception("crawl failed")
            self._failed(SourceUnavailable(f"The files of “{visible(self.source.name)}” could not be listed ({type(error).__name__})."))
        else:
            if complete is not None:
                self.state = State(len(self.names.entries), self.names.nbytes, time.time(), False, not complete)

    def _failed(self, error: H5nuvolaError) -> None:
        old = self.state
        problem = Problem(error.code, error.sentence, error.advice)
        self.state = State(len(self.names.entries), self.names.nbytes, old.crawled, False, old.limited, problem)

    def _gather(self, first: bool) -> bool | None:
        """Whether every file was seen; None when closed meanwhile."""
        entries: list[Entry] = []
        show = 1000
        for entry in self.source.walk(self.limit + 1):
            if self.closed:
                return None
            entries.append(entry)
            self.moved = time.monotonic()
            if len(entries) % 200 == 0:
                time.sleep(0.002)  # this thread never waits for long by itself, and others serve pages
            if first and len(entries) == show:
                show *= 4
                self.names = Names(entries.copy())
                self.state = State(len(entries), self.names.nbytes, None, True)
        self.names = Names(entries[: self.limit])
        return len(entries) <= self.limit


class Index:
    """Finds files by name in all sources. Crawls begin at once and are repeated every `seconds`; `close` ends them."""

    def __init__(self, sources: Mapping[str, Source], limit: int = 200_000, seconds: float = 900.0) -> None:
        self._sources = dict(sources)
        self._limit = limit
        self._seconds = seconds
        self._start()

    def _start(self) -> None:
        self._pid = os.getpid()
        self._crawls = {name: _Crawl(source, self._limit, self._seconds) for name, source in self._sources.items()}

    def _live(self) -> dict[str, _Crawl]:
        if self._pid != os.getpid():  # forked: the threads stayed with the parent
            self._start()
        return self._crawls

    def find(self, letters: str, allowed: Collection[str], limit: int = 50) -> tuple[list[Hit], int]:
        """The best matches in the `allowed` sources, best first, and the number of all. See `search.match` for what matches."""
        total, best = 0, []
        for name, crawl in self._live().items():
            if name in allowed:
                found, count = crawl.names.find(letters, limit)
                total += count
                best += [
                    Hit(Ref(name, entry.file), entry.file, positions, score, entry.size, entry.mtime) for score, entry, positions in found
                ]
        return heapq.nsmallest(limit, best, key=lambda hit: (-hit.score, hit.text, hit.ref.source)), total

    def state(self, source: str) -> State:
        """What is known of the files of one source; KeyError for a source that is none."""
        crawl = self._live()[source]
        state, silent = crawl.state, time.monotonic() - crawl.moved
        if state.crawling and state.problem is None and silent > crawl.source.info().seconds:
            sentence = f"The source “{visible(source)}” has not answered for {silent:.0f} s."
            problem = Problem(SourceUnavailable.code, sentence, "It is listed as soon as it answers; other sources work meanwhile.")
            return State(state.count, state.nbytes, state.crawled, True, state.limited, problem)
        return state

    def wait(self, source: str, seconds: float) -> bool:
        """Waits until the files of a source were gathered once, or again after `refresh`; whether they were."""
        return self._live()[source].finished.wait(seconds)

    def refresh(self, source: str) -> None:
        """Looks for new files now."""
        crawl = self._live()[source]
        crawl.finished.clear()
        crawl.wanted.set()

    def close(self) -> None:
        """Ends the crawls; one that hangs in its storage is left behind."""
        for crawl in self._crawls.values():
            crawl.closed = True
            crawl.wanted.set()
        for crawl in self._crawls.values():
            crawl.thread.join(timeout=0.5)
