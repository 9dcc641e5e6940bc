"""The workbench page: what opens for an address, why, and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterator

import h5py
import numpy as np
import pytest
from dashclient import DashClient, by_id, text

from h5nuvola.main import create_app
from h5nuvola.settings import Settings


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DashClient]:
    folder = tmp_path_factory.mktemp("data")
    with h5py.File(folder / "scan.nxs", "w") as file:
        file.attrs["default"] = "entry"
        entry = file.create_group("entry")
        entry.attrs.update({"NX_class": "NXentry", "default": "data"})
        data = entry.create_group("data")
        data.attrs.update({"NX_class": "NXdata", "signal": "counts", "axes": ["y", "x", "gone"], "title": "A map"})
        data.create_dataset("counts", data=np.ones((30, 40), "u2"), chunks=(10, 20), compression="gzip")
        data["counts"].attrs.update({"units": "1/s", "long_name": "Count rate", "interpretation": "image"})
        data["x"], data["y"] = np.arange(40.0), np.arange(7.0)
        entry["title"] = "A scan"
        entry["far"] = h5py.ExternalLink("other.h5", "/x")
    with h5py.File(folder / "plain.h5", "w") as file:
        file["small"], file["large"] = np.arange(3), np.zeros((20, 20))
        file["near"] = h5py.SoftLink("/large")
    with h5py.File(folder / "empty.h5", "w"):
        pass
    settings = Settings.load(environ={}, sources=[{"name": "data", "root": str(folder)}], cache_dir=tmp_path_factory.mktemp("cache"))
    app = create_app(settings)
    yield DashClient(app)
    app.server.extensions["h5nuvola"].close()


@pytest.mark.parametrize(
    ("query", "path", "app"),
    [
        ("f=scan.nxs", "/entry/data/counts", "image"),  # the file's default plot
        ("f=scan.nxs&p=/", "/", "group"),  # who asks for the root wants to see what is in it
        ("f=scan.nxs&p=/entry/data", "/entry/data/counts", "image"),
        ("f=scan.nxs&p=/entry/title", "/entry/title", "text"),
        ("f=scan.nxs&p=/entry/data/x", "/entry/data/x", "line"),
        ("f=plain.h5", "/large", "image"),  # the most telling dataset
        ("f=plain.h5&p=/", "/", "group"),
        ("f=plain.h5&p=/near", "/near", "image"),
        ("f=empty.h5", "/", "group"),
    ],
)
def test_an_address_opens_what_it_means(client: DashClient, query: str, path: str, app: str) -> None:
    shown = by_id(client.page(f"/view?s=data&{query}"), "view-ref")["props"]["data"]
    assert (shown["p"], shown["app"]) == (path, app)


def test_a_group_can_be_seen_as_a_group(client: DashClient) -> None:
    page = client.page("/view/group?s=data&f=scan.nxs&p=/entry/data")
    assert by_id(page, "view-ref")["props"]["data"]["p"] == "/entry/data"


def test_the_page_says_why_and_offers_the_others(client: DashClient) -> None:
    read = text(client.page("/view?s=data&f=scan.nxs"))
    assert "Opened with Image" in read
    assert "it has interpretation = image" in read
    assert "Line" in read
    assert "Table" in read
    assert "It has not 1 dimension" in read or "It is no group" in read  # what spoke against the others


def test_an_app_that_was_chosen_says_so(client: DashClient) -> None:
    page = client.page("/view/table?s=data&f=scan.nxs&p=/entry/data/counts")
    assert "You chose Table." in text(page)
    assert by_id(page, "view-ref")["props"]["data"]["app"] == "table"


def test_the_panel_tells_storage_attributes_and_what_is_wrong(client: DashClient) -> None:
    read = text(client.page("/view?s=data&f=scan.nxs"))
    for words in ("uint16", "30 × 40", "chunked", "10 × 20", "gzip", "Count rate", "NXdata signal", "1/s"):
        assert words in read, words
    assert "The axis “y” does not have the length of dimension 0" in read


def test_a_soft_link_is_told(client: DashClient) -> None:
    assert "near → /large" in text(client.page("/view?s=data&f=plain.h5&p=/near"))


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/view", "H5N-1400"),
        ("/view?s=data", "H5N-1400"),
        ("/view?s=nowhere&f=a.h5", "H5N-1405"),
        ("/view?s=data&f=gone.h5", "H5N-1406"),
        ("/view?s=data&f=plain.h5&p=/gone", "H5N-1407"),
        ("/view?s=data&f=scan.nxs&p=/entry/far", "H5N-4107"),
        ("/view?s=data&f=plain.h5&p=/large/x", "H5N-1407"),
    ],
)
def test_what_cannot_be_shown_is_a_card(client: DashClient, address: str, code: str) -> None:
    assert code in text(client.page(address))
