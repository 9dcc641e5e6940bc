from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from h5nuvola.errors import BadRequest, FileNotFound, PermissionMissing
from h5nuvola.model import encode_name
from h5nuvola.storage.names import contain, inside, parts

names = st.binary(min_size=1, max_size=40).filter(lambda raw: not set(raw) & {0, 47} and raw not in (b".", b".."))
pieces = st.sampled_from(
    ["..", ".", "", "a", "out", "in", "\\x2e\\x2e", "\\x2f", "\\", "\0", "data", "data-old", "etc", "passwd", "~", "::", "s3:"]
)


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(os.path.realpath(folder)) / "data"
        (data / "a" / "data").mkdir(parents=True)
        (data.parent / "data-old").mkdir()
        (data / "a" / "in").symlink_to("..")
        (data / "out").symlink_to("../data-old")
        (data / "a" / "out").symlink_to("/")
        yield data


@given(st.lists(pieces | st.text(max_size=8), max_size=7).map("/".join))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
def test_nothing_leads_out(root: Path, file: str) -> None:
    try:
        found = contain(root, file)
    except (BadRequest, FileNotFound, PermissionMissing):
        return
    assert inside(root, found)
    assert os.path.realpath(found) == str(found)
    assert found == root or root in found.parents


@given(st.lists(names, min_size=1, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_every_file_has_exactly_one_address(root: Path, path: list[bytes]) -> None:
    address = "/".join(map(encode_name, path))
    assert parts(address) == tuple(path)
    with tempfile.TemporaryDirectory(dir=root) as folder:
        place = os.path.join(os.fsencode(folder), *path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        Path(os.fsdecode(place)).write_bytes(b"x")
        assert os.fsencode(contain(Path(folder), address)) == place


@given(st.text(max_size=30))
def test_an_accepted_address_is_the_canonical_one(file: str) -> None:
    try:
        raw = parts(file)
    except BadRequest:
        return
    assert "/".join(map(encode_name, raw)) == file
