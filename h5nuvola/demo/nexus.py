"""The few words of NeXus that the demo files are written with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import h5py
import hdf5plugin
import numpy as np


def group(parent: h5py.Group, name: str, nxclass: str, **attrs: Any) -> h5py.Group:
    """A new group of a NeXus class, with further attributes."""
    made = parent.create_group(name)
    made.attrs["NX_class"] = nxclass
    for key, value in attrs.items():
        made.attrs[key] = value
    return made


def field(
    parent: h5py.Group,
    name: str,
    values: Any,
    units: str = "",
    long_name: str = "",
    attrs: Mapping[str, Any] | None = None,
    **storage: Any,
) -> h5py.Dataset:
    """A new dataset with its unit and label. `storage` goes to h5py: chunks, compression, …"""
    made = parent.create_dataset(name, data=values, **storage)
    for key, value in {"units": units, "long_name": long_name}.items():
        if value:
            made.attrs[key] = value
    for key, value in (attrs or {}).items():
        made.attrs[key] = value
    return made


def entry(file: h5py.File, title: str, start: str, default: str = "data", definition: str = "") -> h5py.Group:
    """The file's one NXentry, reached by @default from the root. `start` is an ISO 8601 time."""
    file.attrs["NX_class"] = "NXroot"
    file.attrs["default"] = "entry"
    file.attrs["creator"] = "h5nuvola demo"
    made = group(file, "entry", "NXentry", default=default)
    made["title"] = title
    made["start_time"] = start
    if definition:
        made["definition"] = definition
    return made


def nxdata(parent: h5py.Group, name: str, signal: str, axes: list[str], title: str = "", **attrs: Any) -> h5py.Group:
    """A new NXdata group: which field is the signal, and which field runs along each of its dimensions."""
    made = group(parent, name, "NXdata", signal=signal, **attrs)
    if axes:
        made.attrs["axes"] = np.array(axes, dtype=h5py.string_dtype())
    for axis in {axis for axis in axes if axis != "."}:
        made.attrs[f"{axis}_indices"] = np.array([place for place, used in enumerate(axes) if used == axis])
    if title:
        made["title"] = title
    return made


def fast() -> Mapping[str, Any]:
    """Storage options for detectors' counts: bitshuffle with LZ4, as Eiger and Jungfrau files have it."""
    return hdf5plugin.Bitshuffle(cname="lz4")
