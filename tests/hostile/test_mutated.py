"""2,000 real files with bytes changed at random: every one is opened, walked and read, and nothing but a sentence comes of it.

What h5py itself reads of such a file is never shown differently. Most go through a `Library` in this process, which must not
die of them; some through a running server. Bytes are changed by a tool that lies beside the corpus, with fixed seeds.
"""

from __future__ import annotations

import importlib.util
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from corpus import Survey, finish, manifest, survey
from oracle import Oracle, canonical, digest, digest_json, selection
from served import serve

from h5nuvola.errors import H5nuvolaError
from h5nuvola.model import LOCAL_USER, Ref, Selection
from h5nuvola.settings import Settings, SourceSettings
from h5nuvola.storage.library import Library

FILES = 2000
SHARDS = 10
SEED = 20260101
SECONDS = 3.0
LATE = SECONDS + 1
STUCK = SECONDS + 8  # a new reader on a busy machine needs a few seconds before its own time begins
LARGEST, MOST = 48 << 10, 24  # bytes and datasets of the files that are changed


@pytest.fixture(scope="module")
def mutate(corpus: Path) -> Callable[[bytes, random.Random, str], bytes]:
    tool = corpus.parent / "tools" / "mutate.py"
    if not tool.is_file():
        pytest.skip("the tool that changes bytes is not beside the corpus")
    spec = importlib.util.spec_from_file_location("mutate", tool)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module.mutate  # type: ignore[no-any-return]


def mutants(corpus: Path, mutate: Callable[[bytes, random.Random, str], bytes], folder: Path, number: int) -> Iterator[Path]:
    """One shard of the changed files, written one at a time under new names; the same bytes in every run."""
    rows = [row for row in manifest(corpus) if row["kind"] == "hdf5" and row["h5py316"] == "ok"]
    small = [row for row in rows if int(row["size"]) <= LARGEST and int(row["datasets"] or 0) <= MOST]
    for count in range(number, FILES, SHARDS):
        original = corpus / small[count % len(small)]["path"]
        kind = ("any", "meta")[(count // len(small)) % 2]
        path = folder / f"{count:04}_{kind}_{original.name}"
        path.write_bytes(mutate(original.read_bytes(), random.Random(SEED + count), kind))
        yield path


class Reader:
    """Opens, walks and reads files with a Library, and compares with the oracle."""

    def __init__(self, folder: Path, done: Survey) -> None:
        source = SourceSettings(name="m", root=str(folder))
        self.library = Library(Settings(sources=(source,), read_seconds=SECONDS, readers=2, cache_dir=folder / "cache", index_limit=0))
        self.done = done

    def survey(self, file: Path, truth: dict[str, Any], again: Callable[[], dict[str, Any]]) -> None:
        """One file against the oracle's answer; `again` asks another oracle when values differ."""
        self.done.counts["files"] += 1
        root = self._do(file.name, lambda: self.library.describe(LOCAL_USER, Ref("m", file.name)))
        if root is None:
            self.done.counts["files refused"] += 1
            self.done.counts["files refused that h5py opens"] += bool(truth.get("groups", {}).get("/"))
            return
        walked = self._do(f"{file.name} walk", lambda: self.library.walk(LOCAL_USER, Ref("m", file.name)))
        paths = {node.path for node in walked[0] if node.kind == "dataset"} if walked else set()
        known = truth.get("datasets", {})
        for group in list(truth.get("groups", {"/": []}))[:50]:
            self._do(f"{file.name} {group} children", lambda group=group: self.library.children(LOCAL_USER, Ref("m", file.name, group)))
        for path in sorted(paths | known.keys()):
            self._dataset(file, path, known.get(path, {}), again)

    def _dataset(self, file: Path, path: str, known: dict[str, Any], again: Callable[[], dict[str, Any]]) -> None:
        self.done.counts["datasets"] += 1
        ref, where = Ref("m", file.name, path), f"{file.name} {path}"
        facts = self._do(where, lambda: self.library.describe(LOCAL_USER, ref))
        if facts is None or facts.kind != "dataset":
            self.done.counts["stricter than h5py"] += "digest" in known
            return
        part = known.get("part", selection(facts.shape, facts.type.size) if facts.shape is not None and facts.type else "")
        array = self._do(where, lambda: self.library.open(LOCAL_USER, ref).read(Selection.parse(part)))
        if array is None:
            self.done.counts["stricter than h5py"] += "digest" in known
            return
        self.done.counts["read"] += 1
        if known.get("elsewhere"):
            self.done.wrong.append(f"{where}: values that lie in another file were given")
        if "digest" not in known:
            return
        ours = digest_json(canonical(array)) if array.dtype.hasobject else digest(array)
        if ours == known["digest"]:
            self.done.counts["equal"] += 1
        elif again()["datasets"].get(path, {}).get("digest") != known["digest"]:
            # h5py itself reads something else each time: memory that nobody wrote.
            self.done.counts["h5py unsure"] += 1
        else:
            self.done.wrong.append(f"{where}: WRONG VALUES")

    def _do(self, where: str, call: Callable[[], Any]) -> Any:
        """What a call gives; None when it answers with a sentence. Anything else it raises is a mistake."""
        begun = time.monotonic()
        try:
            return call()
        except H5nuvolaError as error:
            self.done.refused(error.code)
            if len(error.sentence) < 10:
                self.done.wrong.append(f"{where}: {error.code} says “{error.sentence}”")
            if error.status >= 500:
                self.done.wrong.append(f"{where}: {error.code} {error.sentence}")
        except Exception as error:
            self.done.wrong.append(f"{where}: {type(error).__name__}: {error}")
        finally:
            took = time.monotonic() - begun
            self.done.counts["at the deadline"] += took > SECONDS * 0.9
            self.done.counts["late"] += took > LATE
            if took > STUCK:
                self.done.wrong.append(f"{where}: took {took:.1f} s")
        return None


def _twice(file: Path) -> dict[str, Any]:
    """What a new oracle says."""
    oracle = Oracle(SECONDS + 2)
    try:
        return oracle.ask(file)
    finally:
        oracle.close()


@pytest.mark.corpus
@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(SHARDS - 1))
def test_a_library_survives_changed_files(
    corpus: Path,
    mutate: Callable[[bytes, random.Random, str], bytes],
    tmp_path: Path,
    number: int,
    record_property: Callable[[str, object], None],
) -> None:
    done = Survey()
    oracle, reader = Oracle(SECONDS + 2), Reader(tmp_path, done)
    try:
        for path in mutants(corpus, mutate, tmp_path, number):
            reader.survey(path, oracle.ask(path), lambda path=path: _twice(path))
            path.unlink()
        done.counts["readers ended"] = reader.library._pool.ended
        done.counts["oracles ended"] = oracle.ended
        assert reader.library.ready()
    finally:
        oracle.close()
        reader.library.close()
    record_property("counts", json.dumps(done.counts))
    assert not done.wrong, f"{len(done.wrong)} wrong:\n" + "\n".join(done.wrong[:30])


@pytest.mark.corpus
@pytest.mark.timeout(600)
def test_a_server_survives_changed_files(
    corpus: Path, mutate: Callable[[bytes, random.Random, str], bytes], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    done = Survey(strict=False)
    oracle = Oracle(SECONDS + 2)
    server = serve(f"m={tmp_path}", read_seconds=SECONDS)
    server.patience = STUCK
    try:
        for path in mutants(corpus, mutate, tmp_path, SHARDS - 1):
            truth = oracle.ask(path)
            survey(server, "m", path.name, truth, done)
            path.unlink()
        assert server.get("/-/ready").status == 200
        finish(server, done, record_property)
    finally:
        oracle.close()
        server.stop()
