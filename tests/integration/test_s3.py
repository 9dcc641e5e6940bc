"""S3 sources against a real S3 server, and against servers that fail."""

from __future__ import annotations

import gc
import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from servers import S3Server, free_ports

from h5nuvola.errors import BadRequest, FileChanged, FileNotFound, H5nuvolaError, NotAFile, NotAllowed, SourceUnavailable
from h5nuvola.settings import Settings, SourceSettings
from h5nuvola.storage import s3
from h5nuvola.storage.blocks import BLOCK, FIRST, REQUEST
from h5nuvola.storage.index import Index
from h5nuvola.storage.s3 import S3Source
from h5nuvola.storage.sources import make_sources

LONG = 60.0  # for machines that do much else; a test of the server at hand never waits for it
BIG = os.urandom(REQUEST + 5 * BLOCK + 12345)
SMALL = os.urandom(3 * FIRST)


@pytest.fixture(scope="module")
def files(s3_server: S3Server) -> S3Server:
    client = s3_server.client()
    for key, body in {
        "lab/big.h5": BIG,
        "lab/small.nxs": SMALL,
        "lab/empty.h5": b"",
        "lab/scan_10.h5": b"ten",
        "lab/scan_2.h5": b"two",
        "lab/2024/run é #1?.h5": b"odd name",
        "lab/2024/a b%20+&=.h5": b"odder name",
        "lab/image.zarr/.zgroup": b"{}",
        "laboratory/secret.h5": b"a prefix sibling",
        "outside.h5": b"outside",
    }.items():
        client.put_object(Bucket="data", Key=key, Body=body)
    return s3_server


@pytest.fixture
def lab(files: S3Server) -> Iterator[S3Source]:
    source = S3Source(files.source("data/lab"), LONG)
    yield source
    source.close()


def test_lists_folders_first_in_natural_order(lab: S3Source) -> None:
    rows = lab.list()
    assert [(row.name, row.folder) for row in rows] == [
        ("2024", True),
        ("image.zarr", True),
        ("big.h5", False),
        ("empty.h5", False),
        ("scan_2.h5", False),
        ("scan_10.h5", False),
        ("small.nxs", False),
    ]
    assert rows[2].size == len(BIG)
    assert rows[2].mtime > 1.6e9
    assert rows[1].problem is not None
    assert "Zarr" in rows[1].problem.sentence
    assert [row.file for row in lab.list("2024")] == ["2024/a b%20+&=.h5", "2024/run é #1?.h5"]


def test_lists_more_than_one_page(files: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "PAGE", 10)
    client = files.client()
    for n in range(25):
        client.put_object(Bucket="data", Key=f"many/{n}.h5", Body=b"x")
    source = S3Source(files.source("data/many"), LONG)
    assert [row.name for row in source.list()] == [f"{n}.h5" for n in range(25)]
    assert len(list(source.walk(1000))) == 25
    assert len(list(source.walk(15))) == 15
    source.close()


def test_reads_what_was_written(lab: S3Source) -> None:
    for name, body in {"big.h5": BIG, "small.nxs": SMALL, "empty.h5": b"", "2024/run é #1?.h5": b"odd name"}.items():
        with lab.open(name) as blob:
            assert (blob.size, blob.fd) == (len(body), None)
            size = len(body)
            for offset, n in [(0, 8), (FIRST - 3, 6), (0, size), (size - 5, 100), (size, 1), (size + 9, 4), (3 * BLOCK - 1, 2 * BLOCK)]:
                if offset >= 0:
                    assert blob.get(offset, n) == body[offset : offset + n]
            assert blob.current() == blob.revision


def test_stat_of_file_folder_and_root(lab: S3Source) -> None:
    with lab.open("big.h5") as blob:
        found = lab.stat("big.h5")
        assert (found.revision, found.size, found.folder) == (blob.revision, len(BIG), False)
    assert lab.stat("2024").folder
    assert lab.stat("").folder


@pytest.mark.parametrize("file", ["nothing.h5", "big.h5/inner", "big", "2024/nothing", "lab/big.h5", "\\xff.h5"])
def test_missing_files_have_one_sentence(lab: S3Source, file: str) -> None:
    for call in (lab.stat, lab.open):
        with pytest.raises(FileNotFound, match="There is no"):
            call(file)


def test_a_folder_is_no_file(lab: S3Source) -> None:
    for folder in ("2024", ""):
        with pytest.raises(NotAFile):
            lab.open(folder)
    with pytest.raises(FileNotFound):
        lab.list("nothing")


@pytest.mark.parametrize(
    "file", ["../outside.h5", "2024/../../outside.h5", "/big.h5", "a::s3", "simplecache::x", "file:///etc/passwd", "a\\x2fb"]
)
def test_addresses_that_lead_elsewhere_are_refused(lab: S3Source, file: str) -> None:
    for call in (lab.stat, lab.open, lab.list):
        with pytest.raises(BadRequest):
            call(file)


def test_blocks_are_read_once(lab: S3Source, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []
    plain = S3Source._s3

    async def counted(self: S3Source, fs: object, method: str, **options: str) -> object:
        asked.append((method, options.get("Range", "")))
        return await plain(self, fs, method, **options)

    monkeypatch.setattr(S3Source, "_s3", counted)
    with lab.open("big.h5") as blob:
        # Opening asks once, and brings the first block along.
        blob.get(0, 2048)
        assert asked == [("get_object", f"bytes=0-{FIRST - 1}")]
        asked.clear()
        gate = threading.Barrier(100)

        def read(_: int) -> bytes:
            gate.wait()
            return blob.get(2 * BLOCK + 5, 100)

        with ThreadPoolExecutor(100) as pool:
            assert set(pool.map(read, range(100))) == {BIG[2 * BLOCK + 5 : 2 * BLOCK + 105]}
        assert asked == [("get_object", f"bytes={2 * BLOCK}-{3 * BLOCK - 1}")]
        asked.clear()
    with lab.open("big.h5") as again:
        assert again.get(2 * BLOCK, BLOCK) == BIG[2 * BLOCK : 3 * BLOCK]
    assert asked == [("head_object", "")]
    asked.clear()
    with lab.open("small.nxs") as small:
        small.get(FIRST + 1, 1)
        small.get(2 * FIRST, FIRST)
    assert len(asked) == 2


def test_a_file_rewritten_meanwhile_never_mixes(files: S3Server, lab: S3Source) -> None:
    client = files.client()
    first, second = os.urandom(6 * BLOCK), os.urandom(6 * BLOCK)
    client.put_object(Bucket="data", Key="lab/changing.h5", Body=first)
    with lab.open("changing.h5") as blob:
        assert blob.get(0, 10) == first[:10]
        client.put_object(Bucket="data", Key="lab/changing.h5", Body=second)
        with pytest.raises(FileChanged):
            blob.get(3 * BLOCK, 10)
        assert blob.current() != blob.revision
    with lab.open("changing.h5") as blob:
        assert blob.get(0, len(second)) == second
    client.put_object(Bucket="data", Key="lab/changing.h5", Body=b"short")
    with lab.open("changing.h5") as blob:
        assert blob.get(0, 100) == b"short"
    client.delete_object(Bucket="data", Key="lab/changing.h5")
    with pytest.raises(FileNotFound):
        blob.current()


def test_rights_are_the_servers(files: S3Server) -> None:
    reader = S3Source(files.source("data/lab", "reader"), LONG)
    assert reader.open("scan_2.h5").get(0, 3) == b"two"
    nolist = S3Source(files.source("data/lab", "nolist"), LONG)
    assert nolist.open("scan_2.h5").get(0, 3) == b"two"
    with pytest.raises(NotAllowed):
        nolist.list()
    elsewhere = S3Source(files.source("ready", "reader"), LONG)
    with pytest.raises(NotAllowed):
        elsewhere.open("probe")
    wrong = S3Source(files.source("data/lab", secret="wrong-secret-wrong"), LONG)
    with pytest.raises(NotAllowed) as caught:
        wrong.list()
    assert "wrong-secret" not in str(caught.value.as_json())
    assert "admin-key" not in str(caught.value.as_json())
    anonymous = S3Source(
        SourceSettings(name="a", kind="s3", root="data/lab", endpoint_url=files.url, anonymous=True, region="us-east-1"), LONG
    )
    with pytest.raises(NotAllowed):
        anonymous.list()
    for source in (reader, nolist, elsewhere, wrong, anonymous):
        source.close()


def test_a_bucket_that_does_not_exist(files: S3Server) -> None:
    source = S3Source(files.source("nosuchbucket"), LONG)
    with pytest.raises(SourceUnavailable, match=r"nosuchbucket.*bucket does not exist"):
        source.list()
    source.close()


def _broken(answer: bytes | None) -> tuple[socket.socket, str]:
    """A server that gives `answer` to every request and hangs up; None hears and never says anything."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.recv(65536)
            if answer is None:
                kept.append(connection)
            else:
                connection.sendall(answer)
                connection.close()

    kept: list[socket.socket] = []
    threading.Thread(target=serve, daemon=True).start()
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nOops",
        b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: "a"\r\n\r\ncut',
        b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["stalls", "hangs up", "garbage", "503", "500", "cut body", "301"],
)
# aiobotocore leaves a listing whose body breaks off to the garbage collector, which complains of the open connection.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_failing_server_is_a_sentence_that_names_the_source(answer: bytes | None) -> None:
    listener, url = _broken(answer)
    source = S3Source(
        SourceSettings(name="far away", kind="s3", root="bucket/x", endpoint_url=url, key="K3Y", secret="S3CR3T", region="r"), 1.5
    )
    for call in (source.list, lambda: source.open("a.h5"), lambda: source.stat("a.h5")):
        with pytest.raises(H5nuvolaError) as caught:
            call()
        if not isinstance(caught.value, SourceUnavailable):
            # HEAD has no body, so a cut one is no failure there.
            assert b"cut" in (answer or b"")
            continue
        words = str(caught.value.as_json())
        assert "far away" in words
        assert not [secret for secret in ("K3Y", "S3CR3T", url) if secret in words]
        assert caught.value.__cause__ is None
    source.close()
    listener.close()
    gc.collect()


def test_a_server_that_knows_no_ranges_does_not_fill_the_memory() -> None:
    head = b'HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\nETag: "a"\r\nLast-Modified: Sun, 22 Nov 2026 10:00:00 GMT\r\n\r\n'
    listener, url = _broken(head)
    source = S3Source(SourceSettings(name="plain", kind="s3", root="bucket", endpoint_url=url, anonymous=True, region="r"), LONG)
    with pytest.raises(SourceUnavailable, match="whole files only"):
        source.open("a.h5")
    source.close()
    listener.close()


def test_nobody_listens_and_then_somebody_does(files: S3Server) -> None:
    (port,) = free_ports(1)
    source = S3Source(files.source("data/lab", endpoint_url=f"http://127.0.0.1:{port}"), 3)
    for _ in range(3):
        with pytest.raises(SourceUnavailable):
            source.list()
    # After three failures it answers for a while without asking; then it asks again.
    with pytest.raises(SourceUnavailable, match="three times in a row"):
        source.list()
    source._silent_until = 0.0
    with pytest.raises(SourceUnavailable, match="connection failed"):
        source.list()
    source.close()


def test_found_by_name_beside_local_files(files: S3Server, tmp_path: object) -> None:
    settings = Settings(list_seconds=LONG, sources=(files.source("data/lab"), SourceSettings.parse(str(tmp_path))))
    sources = make_sources(settings)
    crawl = Index(sources)
    assert crawl.wait("lab", LONG)
    hits, total = crawl.find("run", ["lab"])
    assert [hit.text for hit in hits] == ["2024/run é #1?.h5"]
    assert total == 1
    crawl.close()
    for source in sources.values():
        source.close()


def test_a_forked_process_connects_anew(lab: S3Source) -> None:
    assert lab.open("scan_2.h5").get(0, 3) == b"two"
    child = os.fork()
    if child == 0:
        os._exit(0 if lab.open("big.h5").get(5 * BLOCK, 3) == BIG[5 * BLOCK : 5 * BLOCK + 3] else 1)
    assert os.waitpid(child, 0)[1] == 0
