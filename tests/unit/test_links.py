"""Paths are followed by us: HDF5 never crosses a link by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from h5py import h5d, h5s, h5t
from readers import opened as opened
from readers import pool as pool

from h5nuvola import errors
from h5nuvola.storage.hdf5.file import Hdf5

Opened = Callable[[Path], Hdf5]


@pytest.fixture
def file(opened: Opened, tmp_path: Path) -> Hdf5:
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["secret"] = 42
    with h5py.File(tmp_path / "a.h5", "w") as a:
        a["g/d"] = np.arange(3)
        a["g/soft"] = h5py.SoftLink("d")
        a["absolute"] = h5py.SoftLink("/g")
        a["dotted"] = h5py.SoftLink("./g/./d")
        a["dangling"] = h5py.SoftLink("/nothing")
        a["self"] = h5py.SoftLink("/self")
        a["x"] = h5py.SoftLink("/y")
        a["y"] = h5py.SoftLink("/x")
        a["up"] = h5py.SoftLink("/")
        a["outside"] = h5py.ExternalLink("other.h5", "/secret")
        a["folder"] = h5py.ExternalLink("other.h5", "/")
        a["towards"] = h5py.SoftLink("/outside")
        for n in range(20):
            a[f"l{n}"] = h5py.SoftLink(f"/l{n - 1}" if n else "/g/d")
        a["secret"] = 7  # what h5py gives for /outside when the file is opened through a Python object
        h5d.create(a.id, b"caf\xe9", h5t.NATIVE_INT32, h5s.create(h5s.SCALAR))
        h5d.create(a.id, b"a\\b", h5t.NATIVE_INT32, h5s.create(h5s.SCALAR))
    return opened(tmp_path / "a.h5")


@pytest.mark.parametrize("path", ["/g/d", "/g/soft", "/absolute/d", "/absolute/soft", "/dotted", "/up/up/g/d", "/l5", "g//d/"])
def test_hard_and_soft_links_lead_to_the_object(file: Hdf5, path: str) -> None:
    values = file.read(path)
    assert values is not None
    assert values.tolist() == [0, 1, 2]


def test_the_soft_links_followed_are_told(file: Hdf5) -> None:
    assert file.describe("/absolute/soft").links == ("absolute → /g", "soft → d")


@pytest.mark.parametrize("path", ["/outside", "/folder/secret", "/towards", "/up/outside"])
def test_links_to_other_files_are_refused_by_name(file: Hdf5, path: str) -> None:
    with pytest.raises(errors.LinkRefused, match=r"other\.h5"):
        file.read(path)
    with pytest.raises(errors.LinkRefused):
        file.describe(path)


@pytest.mark.parametrize("path", ["/self", "/x", "/l19"])
def test_circles_and_long_chains_end(file: Hdf5, path: str) -> None:
    with pytest.raises(errors.ObjectNotFound, match="16 soft links"):
        file.describe(path)


@pytest.mark.parametrize("path", ["/nothing", "/dangling", "/g/d/deeper", "/g\0/d", "/..", "/g/../g/d", "/caf\xe9"])
def test_what_is_not_there_is_not_found(file: Hdf5, path: str) -> None:
    with pytest.raises(errors.ObjectNotFound):
        file.describe(path)


@pytest.mark.parametrize("path", ["/caf\\xe9", "/a\\\\b"])
def test_names_of_any_bytes_have_an_address(file: Hdf5, path: str) -> None:
    assert file.describe(path).kind == "dataset"
    assert path in [node.path for node in file.children()[0]]


def test_rows_say_where_their_links_lead(file: Hdf5) -> None:
    rows = {node.key: node for node in file.children()[0]}
    assert (rows["absolute"].kind, rows["absolute"].link, rows["absolute"].target) == ("group", "soft", "/g")
    assert (rows["dotted"].kind, rows["dotted"].shape) == ("dataset", (3,))
    assert (rows["outside"].kind, rows["outside"].link, rows["outside"].target) == ("link", "external", "/secret in other.h5")
    for key, code in (("outside", errors.LinkRefused.code), ("dangling", errors.ObjectNotFound.code), ("self", errors.ObjectNotFound.code)):
        problem = rows[key].problem
        assert problem is not None
        assert problem.code == code


def test_a_walk_meets_each_object_once(opened: Opened, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "cycle.h5", "w") as a:
        group = a.create_group("g")
        group["self"] = group
        group["root"] = a["/"]
        group["d"] = 1
        group["again"] = group["d"]
        a["soft"] = h5py.SoftLink("/")
    nodes, cut = opened(tmp_path / "cycle.h5").walk()
    assert [node.path for node in nodes] == ["/g", "/g/again"]
    assert not cut


def test_a_walk_through_diamonds_and_depths_ends(opened: Opened, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "deep.h5", "w") as a:
        group = a["/"]
        for _ in range(300):
            below = group.create_group("a")
            group["b"] = below
            group = below
    nodes, cut = opened(tmp_path / "deep.h5").walk()
    assert cut
    assert len(nodes) == 64
    assert len(opened(tmp_path / "deep.h5").walk(limit=10)[0]) == 10


def test_a_name_with_a_slash_is_listed_and_disabled(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "slash.h5"
    with h5py.File(path, "w") as a:
        a["aXetcXpasswd"] = 1
        a["fine"] = 1
    path.write_bytes(path.read_bytes().replace(b"aXetcXpasswd", b"a/etc/passwd"))
    rows = {node.label: node for node in opened(path).children()[0]}
    assert rows["a/etc/passwd"].problem is not None
    assert rows["fine"].problem is None
