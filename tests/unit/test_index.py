from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from h5nuvola.errors import SourceUnavailable
from h5nuvola.model import Entry, Ref
from h5nuvola.storage.index import Index, Names
from h5nuvola.storage.search import match
from h5nuvola.storage.source import Info, likely
from h5nuvola.storage.sources import LocalSource, Source

LONG = 30.0


def highlight(letters: str, text: str) -> str | None:
    found = match(letters, text)
    return found and "".join(c.upper() if at in found[1] else c for at, c in enumerate(text))


@pytest.mark.parametrize(
    ("letters", "text", "shown"),
    [
        ("map", "2024/map_0042.h5", "2024/MAP_0042.h5"),
        ("m42", "2024/map_0042.h5", "2024/Map_0042.h5"),
        ("fxr", "fly_xrf.h5", "Fly_XRf.h5"),
        ("data", "data/run/data.h5", "data/run/DATA.h5"),
        ("rundata", "data/run/data.h5", "data/RUN/DATA.h5"),
        ("dt", "edited/dot", "edited/DoT"),
        ("xrf 42", "xrf/map_0042.h5", "XRF/map_0042.h5"),
        ("ab", "xaxb/ab", "xaxb/AB"),
        ("XRF", "my_xrf.h5", "my_XRF.h5"),
        ("é", "caf\u00e9/x", "cafÉ/x"),
        ("", "anything", "anything"),
        ("mpa", "map", None),
        ("xrf zz", "xrf/map.h5", None),
    ],
)
def test_which_letters_match(letters: str, text: str, shown: str | None) -> None:
    assert highlight(letters, text) == shown


def test_positions_stay_right_where_folding_changes_lengths() -> None:
    found = match("run", "STRAßE_İ_run.h5")
    assert found is not None
    assert found[1] == (9, 10, 11)


@pytest.mark.parametrize(
    ("letters", "better", "worse"),
    [
        ("map", "map.h5", "m_a_p.h5"),
        ("map", "x/map.h5", "map/x.h5"),
        ("map", "x_map.h5", "xmap.h5"),
        ("map", "map.h5", "map_of_all_the_elements.h5"),
        ("map", "a/map.h5", "a/very/long/way/down/to/a/map.h5"),
        ("sd", "scan_detector.h5", "resided.h5"),
        ("scan", "scan.h5", "scan_1.h5"),
    ],
)
def test_what_comes_first(letters: str, better: str, worse: str) -> None:
    first, second = match(letters, better), match(letters, worse)
    assert first is not None
    assert second is not None
    assert first[0] > second[0]


def entries(count: int, seed: int = 1) -> list[Entry]:
    chance = random.Random(seed)
    words = ["scan", "detector", "beam", "xrf", "map", "fly", "sample", "café", "tomo", "dark", "flat", "Field", "RAW", "数据", "run"]
    files = [
        "/".join("_".join(chance.choices(words, k=2)) for _ in range(chance.randrange(3)))
        + f"/{chance.choice(words)}_{at}.{chance.choice(['h5', 'nxs', 'txt'])}"
        for at in range(count)
    ]
    files = [file.strip("/") for file in files]
    return [Entry(file.rsplit("/", 1)[-1], file, False, 1, 0.0, likely(file)) for file in files]


@pytest.mark.parametrize("letters", ["x", "xrf", "map 1", "sdr", "café", "fé", "数", "RAW field", "_12.h", "zzzz", "dark flat 3 nxs", "/"])
def test_the_quick_way_finds_what_the_slow_way_finds(letters: str) -> None:
    every = entries(3000)
    slow = {entry.file: found[0] for entry in every if (found := match(letters, entry.file)) is not None}
    found, total = Names(every).find(letters, 10_000)
    assert total == len(slow)
    assert {entry.file for _, entry, _ in found} == set(slow)
    scores = [score for score, _, _ in found]
    assert scores == sorted(scores, reverse=True)
    few, total = Names(every).find(letters, 5)
    assert len(few) == min(5, total)
    if few and len(letters) > 1 and letters.isascii():
        assert few[0][0] == pytest.approx(found[0][0])


def test_an_empty_index_answers() -> None:
    assert Names([]).find("x", 5) == ([], 0)
    assert Names([]).find("", 5) == ([], 0)


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Source]:
    for name, files in {"one": ["map_1.h5", "deep/map_2.h5", "notes.txt"], "two": ["map_3.nxs"]}.items():
        for file in files:
            (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / file).write_bytes(bytes(100))
    return {name: LocalSource(name, tmp_path / name) for name in ("one", "two")}


@pytest.fixture
def index(folders: dict[str, Source]) -> Iterator[Index]:
    index = Index(folders)
    assert index.wait("one", LONG)
    assert index.wait("two", LONG)
    yield index
    index.close()


def test_finds_over_all_allowed_sources(index: Index) -> None:
    hits, total = index.find("map", ["one", "two"])
    assert total == 3
    assert {(hit.ref, hit.size) for hit in hits} == {
        (Ref("one", "map_1.h5"), 100),
        (Ref("one", "deep/map_2.h5"), 100),
        (Ref("two", "map_3.nxs"), 100),
    }
    assert hits[0].positions == (0, 1, 2)
    assert [hit.ref.source for hit in index.find("map", ["two"])[0]] == ["two"]
    assert index.find("map", []) == ([], 0)
    one, total = index.find("map", ["one", "two"], limit=1)
    assert (len(one), total) == (1, 3)


def test_state_counts(index: Index) -> None:
    state = index.state("one")
    assert (state.count, state.nbytes, state.crawling, state.problem, state.limited) == (3, 300, False, None, False)
    assert state.crawled is not None


def test_new_files_are_found_on_demand(index: Index, tmp_path: Path) -> None:
    (tmp_path / "two" / "fresh.h5").write_bytes(b"")
    index.refresh("two")
    assert index.wait("two", LONG)
    assert index.find("fresh", ["two"])[1] == 1


def test_more_files_than_allowed(folders: dict[str, Source]) -> None:
    index = Index(folders, limit=2)
    assert index.wait("one", LONG)
    assert (index.state("one").count, index.state("one").limited) == (2, True)
    index.close()


def test_a_source_that_fails_keeps_its_names_and_the_others_work(index: Index, tmp_path: Path) -> None:
    (tmp_path / "two").rename(tmp_path / "away")
    index.refresh("two")
    assert index.wait("two", LONG)
    problem = index.state("two").problem
    assert problem is not None
    assert problem.code == SourceUnavailable.code
    assert "two" in problem.sentence
    assert index.find("map", ["one", "two"])[1] == 3
    (tmp_path / "away").rename(tmp_path / "two")
    index.refresh("two")
    assert index.wait("two", LONG)
    assert index.state("two").problem is None


def test_a_crawl_that_hangs_or_breaks_is_seen(folders: dict[str, Source]) -> None:
    gate, begun = threading.Event(), threading.Event()

    class Hanging(LocalSource):
        def walk(self, limit: int) -> Iterator[Entry]:
            begun.set()
            gate.wait(LONG)
            yield from ()

        def info(self) -> Info:
            return Info(self.name, "nfs", "", 0.0)

    class Broken(LocalSource):
        def walk(self, limit: int) -> Iterator[Entry]:
            raise ZeroDivisionError

    root = Path("/")
    index = Index({"one": folders["one"], "hanging": Hanging("hanging", root), "broken": Broken("broken", root)})
    assert begun.wait(LONG)
    assert index.wait("one", LONG)
    assert index.wait("broken", LONG)
    for name in ("hanging", "broken"):
        problem = index.state(name).problem
        assert problem is not None
        assert name in problem.sentence
    assert index.find("map", ["one", "hanging", "broken"])[1] == 2
    gate.set()
    index.close()
