"""Surveys of HDF5 files through a running server: everything in them is listed, described, shown and read, against the oracle."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from oracle import digest, digest_json, selection
from served import Answer, Served, app_of, card

PAGE = 1000
LONGEST = 5_900  # letters of a quoted path that an address holds
# What the server may refuse although h5py reads it, by code: data that lies in another file, and types on which HDF5 crashes.
ALLOWED_REFUSALS = {"H5N-4107"}


def manifest(corpus: Path) -> list[dict[str, str]]:
    """The rows of the corpus' table: path, size, kind, what is inside."""
    with (corpus / "MANIFEST.tsv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table, delimiter="\t"))


def shard(rows: list[dict[str, str]], count: int, number: int) -> list[dict[str, str]]:
    """One of `count` parts of about equal work."""
    return sorted(rows, key=lambda row: (-int(row["datasets"] or 0), -int(row["size"]), row["path"]))[number::count]


@dataclass
class Survey:
    """What was counted and what was wrong, in sentences. A strict one finds it wrong to refuse what h5py reads."""

    strict: bool = True
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def refused(self, what: Any) -> None:
        self.counts[f"refused {what}"] += 1

    def stricter(self, sentence: str) -> None:
        """The server refuses what h5py gives."""
        if self.strict:
            self.wrong.append(sentence)
        else:
            self.counts["stricter than h5py"] += 1


def walk_folders(server: Served, source: str) -> dict[str, dict[str, Any]]:
    """Every entry of a source by its address, page by page, folder by folder."""
    found: dict[str, dict[str, Any]] = {}
    waiting = deque([""])
    while waiting:
        folder = waiting.popleft()
        start, total = 0, 1
        while start < total:
            answer = server.get("/api/folder", s=source, f=folder, start=start, count=PAGE)
            assert answer.status == 200, (folder, answer.body[:200])
            total = answer.json["total"]
            for entry in answer.json["entries"]:
                found[entry["file"]] = entry
                if entry["folder"] and entry["problem"] is None:
                    waiting.append(entry["file"])
            start += PAGE
    return found


def survey(server: Served, source: str, file: str, truth: dict[str, Any], done: Survey, most: int = 0) -> None:
    """One file: its page, its groups, its datasets. `truth` is the oracle's answer.

    With `most`, only so many groups and datasets are looked at, without their pages and Facts: for slow sources.
    """
    pages = not most
    done.counts["files"] += 1
    if pages:
        _page(server, source, file, "", done)
    root = server.get("/api/describe", s=source, f=file)
    if root.status != 200:
        told = _sentence(root, f"{file}", done)
        done.counts["files refused"] += 1
        if "error" not in truth:
            done.stricter(f"{file}: h5py opens it, the server says {told}")
        return
    done.counts["files opened"] += 1
    if "open for write" in truth.get("error", ""):
        done.wrong.append(f"{file}: it is marked as open for writing, and opened nevertheless")
    if "error" in truth:
        # h5py's File() refuses some files that libhdf5 can open in parts: then there is nothing to compare with.
        walk(server, source, file, done)
        return
    for path, names in list(truth["groups"].items())[: most or None]:
        if not _too_long(path, done):
            _group(server, source, file, path, names, done)
    for path, known in list(truth["datasets"].items())[: most or None]:
        if not _too_long(path, done):
            _dataset(server, source, file, path, known, done, pages)


def walk(server: Served, source: str, file: str, done: Survey, most: int = 300, deepest: int = 8) -> None:
    """The same without an oracle: what the server itself lists, bounded; every dataset is described and read."""
    waiting = deque([("/", 0)])
    seen = 0
    while waiting:
        path, depth = waiting.popleft()
        answer = server.get("/api/children", s=source, f=file, p=path, count=200)
        if answer.status != 200:
            _sentence(answer, f"{file} {path}", done)
            continue
        done.counts["groups"] += 1
        for node in answer.json["nodes"]:
            seen += 1
            if seen > most:
                return
            if node["problem"] is not None:
                done.refused(node["problem"]["code"])
                if not node["problem"]["sentence"]:
                    done.wrong.append(f"{file} {node['path']}: no sentence")
            elif node["kind"] == "group" and depth < deepest:
                waiting.append((node["path"], depth + 1))
            elif node["kind"] == "dataset":
                _dataset(server, source, file, node["path"], {}, done, pages=True)


def _too_long(path: str, done: Survey) -> bool:
    """Whether a path is too long for a web address: then the tree lists its last name with a sentence, and that is all."""
    long = len(quote(path)) > LONGEST
    done.counts["too long for an address"] += long
    return long


def _group(server: Served, source: str, file: str, path: str, names: list[str] | None, done: Survey) -> None:
    """A group's rows, page by page, are the links that h5py lists."""
    done.counts["groups"] += 1
    listed: list[str] = []
    start, total = 0, 1
    while start < total:
        answer = server.get("/api/children", s=source, f=file, p=path, start=start, count=PAGE)
        if answer.status != 200:
            told = _sentence(answer, f"{file} {path}", done)
            if names is not None:
                done.stricter(f"{file} {path}: h5py lists this group, the server says {told}")
            return
        total = answer.json["total"]
        listed += [node["key"] for node in answer.json["nodes"]]
        start += PAGE
        for node in answer.json["nodes"]:
            if node["kind"] == "link" and (node["problem"] is None or not node["problem"]["sentence"]):
                done.wrong.append(f"{file} {node['path']}: leads nowhere without a sentence")
    # A name too long for an address has no key.
    named = sorted(key for key in listed if key)
    short = [name for name in names or () if name in named or len(quote(f"{path}/{name}")) + len(quote(file)) < LONGEST]
    if names is not None and (named != short or len(listed) != len(names)):
        done.stricter(f"{file} {path}: lists {len(listed)} links, h5py {len(names)}")


def _dataset(server: Served, source: str, file: str, path: str, known: dict[str, Any], done: Survey, pages: bool) -> None:
    """A dataset has Facts, a page with an app or a card, and either h5py's values or a sentence."""
    done.counts["datasets"] += 1
    where = f"{file} {path}"
    if not pages:
        _values(server, source, file, path, known, {}, done)
        return
    described = server.get("/api/describe", s=source, f=file, p=path)
    if described.status != 200:
        told = _sentence(described, where, done)
        if known and "error" not in known and "crashed" not in known:
            done.stricter(f"{where}: h5py describes it, the server says {told}")
        return
    facts = described.json
    if known.get("shape") is not None and facts["shape"] != known["shape"]:
        done.wrong.append(f"{where}: shape {facts['shape']}, h5py says {known['shape']}")
        return
    if pages:
        _page(server, source, file, path, done)
    _values(server, source, file, path, known, facts, done)


def _values(server: Served, source: str, file: str, path: str, known: dict[str, Any], facts: dict[str, Any], done: Survey) -> None:
    where = f"{file} {path}"
    if known.get("null") or (facts and facts["shape"] is None and facts["problem"] is None):
        answer = server.get("/api/data", s=source, f=file, p=path)
        done.counts["null"] += 1
        if answer.status >= 500:
            done.wrong.append(f"{where}: {answer.status} for a dataset without values")
        return
    part = known.get("part", selection(tuple(facts["shape"]), facts["type"]["size"]) if facts.get("shape") else "")
    form = "json" if known.get("objects") else "npy"
    answer = server.get("/api/data", s=source, f=file, p=path, format=form, i=part)
    if answer.status == 422 and form == "npy" and "variable length" in answer.json["message"]:
        form = "json"
        answer = server.get("/api/data", s=source, f=file, p=path, format=form, i=part)
    if answer.status != 200:
        told = _sentence(answer, where, done)
        if "digest" in known and answer.json.get("code") not in ALLOWED_REFUSALS:
            done.stricter(f"{where}: h5py reads it, the server says {told}")
        return
    if facts.get("problem") is not None:
        done.wrong.append(f"{where}: values are given although its facts say “{facts['problem']['sentence']}”")
    if known.get("elsewhere"):
        done.wrong.append(f"{where}: values that lie in another file were given")
    if "digest" not in known:
        done.counts["not compared"] += 1
        return
    ours = digest_json(answer.json["values"]) if form == "json" else digest(np.load(io.BytesIO(answer.body), allow_pickle=False))
    if ours == known["digest"]:
        done.counts["equal"] += 1
    else:
        done.wrong.append(f"{where}: WRONG VALUES {answer.body[:200]!r}")


def _page(server: Served, source: str, file: str, path: str, done: Survey) -> None:
    """The workbench's page of an address: an app, or a card with a sentence."""
    query = f"?s={quote(source)}&f={quote(file)}" + (f"&p={quote(path)}" if path else "")
    answer, tree = server.page("/view", query)
    where = f"page of {file} {path}"
    if answer.status != 200:
        done.wrong.append(f"{where}: {answer.status}")
        return
    words, app = card(tree), app_of(tree)
    if words is None:
        if not app:
            done.wrong.append(f"{where}: neither an app nor a card")
        done.counts[f"view {app}"] += 1
    elif "H5N-6000" in words or "H5N-1408" in words:
        done.wrong.append(f"{where}: {words}")
    else:
        done.counts["view card"] += 1


def _sentence(answer: Answer, where: str, done: Survey) -> str:
    """What a refusal says; it must say something."""
    try:
        told = answer.json
        code, sentence = told["code"], told["message"]
    except (ValueError, KeyError):
        done.wrong.append(f"{where}: {answer.status} without a sentence: {answer.body[:100]!r}")
        return "nothing"
    done.refused(code)
    if not sentence or answer.status >= 500 or len(sentence) < 10:
        done.wrong.append(f"{where}: {answer.status} “{sentence}”")
    return f"“{sentence}” ({code})"


def finish(server: Served, done: Survey, record: Any) -> None:
    """Gives the counts to the terminal's summary and fails the test on whatever was wrong."""
    done.counts["requests"] += server.asked
    record("counts", json.dumps(done.counts))
    wrong = [*done.wrong, *server.failures, *(f"late: {one}" for one in server.slow), *server.leaks]
    server.failures.clear()
    server.slow.clear()
    server.leaks.clear()
    server.asked = 0
    # One line for each kind of mistake: the words without their numbers and names.
    kinds = {re.sub(r"“.*?”|\d+|^.*?: ", "", one)[:120]: one for one in reversed(wrong)}
    if wrong:
        shown = "\n".join(one[:400] for one in list(kinds.values())[::-1][:30])
        pytest.fail(f"{len(wrong)} wrong, of {len(kinds)} kinds:\n{shown}", pytrace=False)
    assert server.process.poll() is None, "the server has ended"
    health = server.get("/-/live")
    assert health.status == 200
