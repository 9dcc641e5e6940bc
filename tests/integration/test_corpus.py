"""Every real file of the corpus through a running server: nothing is wrong, nothing hangs, nothing is a bare error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from corpus import Survey, finish, manifest, shard, survey, walk_folders
from oracle import Oracle
from served import Served, serve

SHARDS = 8


@pytest.fixture(scope="module")
def server(corpus: Path) -> Iterator[Served]:
    one = serve(f"corpus={corpus}")
    yield one
    one.stop()


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    one = Oracle()
    yield one
    one.close()


@pytest.mark.corpus
def test_every_file_is_listed(server: Served, corpus: Path, record_property: Callable[[str, object], None]) -> None:
    found = walk_folders(server, "corpus")
    rows = manifest(corpus)
    missing = [row["path"] for row in rows if row["path"] not in found]
    assert not missing
    stores = [row for row in rows if row["kind"] == "zarr"]
    assert len(stores) == 4
    for row in stores:
        entry = found[row["path"]]
        assert entry["problem"] is not None or not entry["folder"], row["path"]
        if entry["problem"]:
            assert "Zarr" in entry["problem"]["sentence"]
        answer, _ = server.page("/view", f"?s=corpus&f={row['path']}")
        assert answer.status == 200
    done = Survey()
    done.counts["listed"] = len(rows)
    finish(server, done, record_property)


@pytest.mark.corpus
@pytest.mark.parametrize("number", range(SHARDS))
@pytest.mark.timeout(900)
def test_every_file_is_opened_walked_and_read(
    server: Served, corpus: Path, oracle: Oracle, number: int, record_property: Callable[[str, object], None]
) -> None:
    done = Survey()
    for row in shard(manifest(corpus), SHARDS, number):
        if row["kind"] == "hdf5":
            survey(server, "corpus", row["path"], oracle.ask(corpus / row["path"]), done)
    finish(server, done, record_property)
