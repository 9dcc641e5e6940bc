"""The same corpus from a real S3 server: the same files, the same objects, the same values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from corpus import Survey, finish, manifest, shard, survey, walk_folders
from oracle import Oracle
from served import Served, serve
from servers import KEYS, S3Server

SHARDS = 2
MOST = 50  # groups and datasets of one file: each costs a few round trips to the storage


@pytest.fixture(scope="module")
def server(s3_server: S3Server) -> Iterator[Served]:
    key, secret = KEYS["reader"]
    environ = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_DEFAULT_REGION": "us-east-1"}
    one = serve("corpus=s3://data/corpus", arguments=("--endpoint-url", s3_server.url), environ=environ)
    one.forbidden = (secret.encode(), key.encode())
    yield one
    one.stop()


@pytest.mark.corpus
@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", range(SHARDS))
def test_every_file_is_listed_opened_walked_and_read(
    s3_server: S3Server, server: Served, corpus: Path, number: int, record_property: Callable[[str, object], None]
) -> None:
    # Two test processes have an S3 server each, so each uploads what it reads.
    rows = shard(manifest(corpus), SHARDS, number)
    places = [corpus / row["path"] for row in rows]
    files = [file for place in places for file in ([place] if place.is_file() else place.rglob("*"))]
    client = s3_server.client()

    def upload(path: Path) -> None:
        if path.is_file():
            client.put_object(Bucket="data", Key=f"corpus/{path.relative_to(corpus)}", Body=path.read_bytes())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(upload, files))
    found = walk_folders(server, "corpus")
    done = Survey()
    done.wrong += [f"{row['path']} is not listed" for row in rows if row["path"] not in found]
    oracle = Oracle()
    try:
        for row in rows:
            if row["kind"] == "hdf5":
                survey(server, "corpus", row["path"], oracle.ask(corpus / row["path"]), done, most=MOST)
    finally:
        oracle.close()
    finish(server, done, record_property)
