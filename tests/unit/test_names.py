from __future__ import annotations

import os
from pathlib import Path

import pytest

from h5nuvola.errors import BadRequest, FileNotFound
from h5nuvola.storage.names import contain, parts


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "a.h5").write_bytes(b"a")
    (root / "link.h5").symlink_to("sub/a.h5")
    (root / "linked").symlink_to(root / "sub")
    (tmp_path / "data-old").mkdir()
    (tmp_path / "data-old" / "b.h5").write_bytes(b"b")
    (root / "out.h5").symlink_to("../data-old/b.h5")
    (root / "out").symlink_to("../data-old")
    (root / "passwd").symlink_to("/etc/passwd")
    (root / "dangling").symlink_to("/nowhere")
    (root / "loop").symlink_to("loop")
    return root


def test_inside_is_found_under_its_real_path(root: Path) -> None:
    for file in ("sub/a.h5", "link.h5", "linked/a.h5"):
        assert contain(root, file) == root / "sub" / "a.h5"
    assert contain(root, "") == root


def test_what_leaves_reads_as_what_is_missing(root: Path) -> None:
    (root / "closed").symlink_to("/proc/1/root/etc/shadow")
    said = set()
    for file in ("out.h5", "out", "out/b.h5", "passwd", "dangling", "loop", "closed", "no", "sub/a.h5/b", "sub/no/way", "n" * 300):
        with pytest.raises(FileNotFound) as caught:
            contain(root, file)
        said.add(caught.value.sentence.replace(f"“{file[-200:]}”", "…") + caught.value.advice)
    assert len(said) == 1


@pytest.mark.parametrize(
    "file",
    [
        *("..", "../data-old/b.h5", "sub/../../data-old/b.h5", "sub/..", ".", "./sub", "sub/./a.h5", "/etc/passwd", "sub//a.h5", "sub/"),
        *("\0", "sub\0", "a\\x00", "\\x2e\\x2e", "sub\\x2fa.h5", "\\x73ub", "\\", "a\\b", "\ud800"),
    ],
)
def test_what_is_no_plain_address_is_refused(root: Path, file: str) -> None:
    with pytest.raises(BadRequest):
        contain(root, file)


def test_bytes_that_are_no_text_have_an_address(root: Path) -> None:
    (Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9\\.h5"))).write_bytes(b"")
    assert parts("caf\\xe9\\\\.h5") == (b"caf\xe9\\.h5",)
    assert os.fsencode(contain(root, "caf\\xe9\\\\.h5").name) == b"caf\xe9\\.h5"


def test_the_root_itself_may_be_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "here").symlink_to(root)
    assert contain(tmp_path / "here", "sub/a.h5") == root / "sub" / "a.h5"


def test_a_root_that_is_gone_is_the_storages_fault(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="gone"):
        contain(tmp_path / "gone", "a.h5")
