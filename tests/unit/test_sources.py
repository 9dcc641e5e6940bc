from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from h5nuvola.errors import BadRequest, FileChanged, FileNotFound, NotAFile, SourceUnavailable
from h5nuvola.settings import Settings, SourceSettings
from h5nuvola.storage import local
from h5nuvola.storage.sources import LocalSource, make_sources


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "beamline"
    (root / "2024" / "deep").mkdir(parents=True)
    for name in ("scan_10.h5", "scan_2.h5", "Notes.txt", "2024/map.nxs", "2024/deep/far.h5"):
        (root / name).write_bytes(name.encode())
    (root / "image.zarr").mkdir()
    (root / "image.zarr" / "0.0").write_bytes(b"chunk")
    return root


@pytest.fixture
def source(folder: Path) -> LocalSource:
    return LocalSource("beamline", folder)


def test_lists_folders_first_and_numbers_as_numbers(source: LocalSource, folder: Path) -> None:
    rows = source.list()
    assert [row.name for row in rows] == ["2024", "image.zarr", "Notes.txt", "scan_2.h5", "scan_10.h5"]
    assert [row.folder for row in rows] == [True, True, False, False, False]
    assert [row.likely for row in rows] == [True, True, False, True, True]
    assert rows[3].size == len("scan_2.h5")
    assert rows[3].mtime == (folder / "scan_2.h5").stat().st_mtime
    assert rows[1].problem is not None
    assert "Zarr" in rows[1].problem.sentence
    assert [row.file for row in source.list("2024")] == ["2024/deep", "2024/map.nxs"]


def test_opens_and_reads(source: LocalSource) -> None:
    with source.open("2024/map.nxs") as blob:
        assert (blob.name, blob.size, blob.get(0, 4), blob.get(5, 100), blob.get(99, 1)) == ("map.nxs", 12, b"2024", b"map.nxs", b"")
        assert blob.fd is not None
        assert os.pread(blob.fd, 4, 0) == b"2024"
        assert blob.revision == blob.current() == source.stat("2024/map.nxs").revision
    assert blob.fd is None


def test_a_rewrite_is_another_revision(source: LocalSource, folder: Path) -> None:
    file = folder / "scan_2.h5"
    with source.open("scan_2.h5") as blob:
        before = file.stat()
        file.write_bytes(b"scan_3.h5")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
        assert blob.current() != blob.revision
    with source.open("scan_2.h5") as blob:
        os.replace(folder / "scan_10.h5", file)
        assert blob.get(0, 9) == b"scan_3.h5"
        assert blob.current() != blob.revision
    with source.open("scan_2.h5") as blob:
        file.unlink()
        with pytest.raises(FileNotFound):
            blob.current()


def test_a_file_cut_short_is_never_read_as_if_whole(source: LocalSource, folder: Path) -> None:
    with source.open("scan_2.h5") as blob:
        os.truncate(folder / "scan_2.h5", 3)
        assert blob.get(0, 3) == b"sca"
        with pytest.raises(FileChanged, match="shorter"):
            blob.get(0, 9)


def test_only_regular_files_are_opened(source: LocalSource, folder: Path) -> None:
    os.mkfifo(folder / "pipe.h5")
    (folder / "link.h5").symlink_to("pipe.h5")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(folder / "socket.h5"))
        for file, word in [("pipe.h5", "pipe"), ("link.h5", "pipe"), ("socket.h5", "socket"), ("2024", "folder"), ("", "folder")]:
            with pytest.raises(NotAFile, match=word):
                source.open(file)
        problems = {row.name: row.problem for row in source.list() if not row.folder}
    assert [name for name, problem in problems.items() if problem is not None] == ["link.h5", "pipe.h5", "socket.h5"]
    if os.geteuid() == 0:
        os.mknod(folder / "zero.h5", 0o666 | 0o020000, os.makedev(1, 5))
        with pytest.raises(NotAFile, match="device"):
            source.open("zero.h5")


def test_a_link_slipped_in_after_the_check_is_not_followed(source: LocalSource, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.parent / "secret").mkdir()
    (folder.parent / "secret" / "far.h5").write_bytes(b"secret")
    checked = local.contain

    def swap(root: Path, file: str) -> Path:
        real = checked(root, file)
        shutil.rmtree(folder / "2024" / "deep")
        (folder / "2024" / "deep").symlink_to(folder.parent / "secret")
        return real

    monkeypatch.setattr(local, "contain", swap)
    with pytest.raises(FileNotFound):
        source.open("2024/deep/far.h5")


def test_links_that_leave_or_loop_are_not_listed(source: LocalSource, folder: Path) -> None:
    (folder / "up").symlink_to("..")
    (folder / "etc").symlink_to("/etc")
    (folder / "passwd.h5").symlink_to("/etc/passwd")
    (folder / "2024" / "self").symlink_to(".")
    (folder / "2024" / "root").symlink_to("..")
    (folder / "2024" / "dangling.h5").symlink_to("nothing")
    (folder / "good.h5").symlink_to("2024/map.nxs")
    (folder / "other").symlink_to("2024/deep")
    (folder / "2024" / "deep" / "back").symlink_to("../../image.zarr")
    names = [row.name for row in source.list()]
    assert not {"up", "etc", "passwd.h5"} & set(names)
    assert {"good.h5", "other"} < set(names)
    assert [row.name for row in source.list("2024")] == ["deep", "map.nxs"]
    assert [row.name for row in source.list("other")] == ["back", "far.h5"]
    walked = sorted(row.file for row in source.walk(100))
    assert walked == ["2024/deep/far.h5", "2024/map.nxs", "Notes.txt", "good.h5", "scan_10.h5", "scan_2.h5"]
    assert source.stat("other/far.h5").file == "2024/deep/far.h5"


def test_links_back_and_forth_end(source: LocalSource, folder: Path) -> None:
    for one, other in [("x", "y"), ("y", "x")]:
        (folder / one).mkdir()
        (folder / one / f"to_{other}").symlink_to(f"../{other}")
        (folder / one / f"{one}.h5").write_bytes(b"")
    assert [row.name for row in source.list("x/to_y")] == ["y.h5"]
    assert sorted(row.file for row in source.walk(100) if row.name in ("x.h5", "y.h5")) == ["x/x.h5", "y/y.h5"]


def test_walk_stops_at_its_limit(source: LocalSource) -> None:
    assert len(list(source.walk(2))) == 2
    assert len(list(source.walk(0))) == 0


def test_names_of_any_bytes(source: LocalSource, folder: Path) -> None:
    raw = b"caf\xe9 <b>\\\n.h5"
    Path(os.fsdecode(os.fsencode(folder) + b"/" + raw)).write_bytes(b"odd")
    (row,) = [row for row in source.list() if row.size == 3]
    assert row.name == "caf\\xe9 <b>\\\\\n.h5"
    assert source.open(row.file).get(0, 3) == b"odd"
    assert row.file in [found.file for found in source.walk(100)]


def test_what_is_not_there(source: LocalSource) -> None:
    for call in (source.open, source.stat, source.list):
        with pytest.raises(FileNotFound):
            call("2024/nothing.h5")
        with pytest.raises(BadRequest):
            call("../beamline/scan_2.h5")
    with pytest.raises(FileNotFound, match="not a folder"):
        source.list("scan_2.h5")


def test_a_source_that_is_gone_says_so_and_comes_back(source: LocalSource, folder: Path) -> None:
    folder.rename(folder.parent / "away")
    for call in (source.list, lambda: source.stat(""), lambda: source.open("scan_2.h5"), lambda: list(source.walk(9))):
        with pytest.raises(SourceUnavailable, match="beamline"):
            call()
    (folder.parent / "away").rename(folder)
    assert source.open("scan_2.h5").size == 9


def test_a_hung_mount_holds_nobody_and_leaks_nothing(source: LocalSource, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, closed = threading.Event(), threading.Event()
    checked, close = local.contain, local.LocalBlob.close

    def hang(root: Path, file: str) -> Path:
        gate.wait(30)
        return checked(root, file)

    def note(blob: local.LocalBlob) -> None:
        close(blob)
        closed.set()

    slow = LocalSource("mount", source.root, "nfs", seconds=0.05)
    monkeypatch.setattr(local, "contain", hang)
    monkeypatch.setattr(local.LocalBlob, "close", note)
    with pytest.raises(SourceUnavailable, match="mount"):
        slow.open("scan_2.h5")
    gate.set()
    assert closed.wait(30)


def test_files_without_rights_say_so() -> None:
    code = """
import os, sys
from pathlib import Path
from h5nuvola.errors import PermissionMissing
from h5nuvola.storage.sources import LocalSource
if os.geteuid() == 0:
    os.setuid(65534)
source = LocalSource("beamline", Path(sys.argv[1]))
for call, file in [(source.open, "closed.h5"), (source.list, "closed"), (source.stat, "closed/in.h5"), (source.open, "closed/in.h5")]:
    try:
        call(file)
    except PermissionMissing as error:
        print(error)
print([row.file for row in source.walk(9)])
"""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        (root / "closed").mkdir()
        (root / "closed" / "in.h5").write_bytes(b"")
        (root / "closed.h5").write_bytes(b"")
        for path, mode in [(root, 0o755), (root / "closed", 0), (root / "closed.h5", 0)]:
            path.chmod(mode)
        done = subprocess.run([sys.executable, "-c", code, place], capture_output=True, text=True, timeout=60, check=False)
        (root / "closed").chmod(0o700)
    assert done.stderr == ""
    *sentences, walked = done.stdout.splitlines()
    assert len(sentences) == 4
    assert "closed/in.h5" in sentences[3]
    assert walked == "['closed.h5']"


def test_sources_of_the_settings(folder: Path) -> None:
    settings = Settings(
        list_seconds=1,
        nfs_seconds=2,
        read_seconds=3,
        sources=(
            SourceSettings(name="here", root=str(folder)),
            SourceSettings(name="there", kind="nfs", root="/nowhere"),
            SourceSettings(name="cloud", kind="s3", root="bucket/prefix"),
        ),
    )
    sources = make_sources(settings)
    assert [(source.name, source.kind, source.info().seconds, source.seconds_to_read) for source in sources.values()] == [
        ("here", "local", 1, 3),
        ("there", "nfs", 2, 3),
        ("cloud", "s3", 1, 3),
    ]
    assert sources["cloud"].info().where == "s3://bucket/prefix"
