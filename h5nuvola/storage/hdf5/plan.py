"""Inside a reader: what a read will cost, counted before the first byte is read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from h5py import h5d, h5t, h5z

from h5nuvola import errors
from h5nuvola.model import Budget, Filter, Problem, Selection
from h5nuvola.storage.hdf5 import datatypes
from h5nuvola.storage.hdf5.links import label
from h5nuvola.storage.hdf5.opening import size_text

LAYOUTS = {h5d.COMPACT: "compact", h5d.CONTIGUOUS: "contiguous", h5d.CHUNKED: "chunked", h5d.VIRTUAL: "virtual"}
FILTERS = {
    1: "gzip",
    2: "shuffle",
    3: "fletcher32",
    4: "szip",
    5: "nbit",
    6: "scale-offset",
    305: "LZO",
    307: "bzip2",
    32000: "lzf",
    32001: "blosc",
    32004: "lz4",
    32008: "bitshuffle",
    32013: "zfp",
    32015: "zstd",
    32017: "sz",
    32018: "fcidecomp",
    32024: "sz3",
    32026: "blosc2",
}
_SMALLER = "Choose a smaller part, or a preview."


@dataclass(frozen=True, slots=True)
class Storage:
    """How a dataset lies in its file."""

    layout: str
    shape: tuple[int, ...] | None  # None for a null dataspace
    maxshape: tuple[int | None, ...] | None
    chunks: tuple[int, ...] | None
    filters: tuple[Filter, ...]
    stored_nbytes: int | None
    elsewhere: Problem | None  # its values lie in another file


def storage(dataset: h5d.DatasetID) -> Storage:
    """Layout, shape and filters. Of a virtual dataset only what stands in this file: asking HDF5 for the shape of an unlimited
    one opens its source files."""
    plist = dataset.get_create_plist()
    layout = plist.get_layout()
    if layout == h5d.VIRTUAL:
        return _virtual(plist)
    space = dataset.get_space()
    kind = space.get_simple_extent_type()
    shape = maxshape = None
    if kind != 2:  # H5S_NULL
        shape = tuple(int(n) for n in space.get_simple_extent_dims())
        maxshape = tuple(None if n >= (1 << 64) - 1 or n < 0 else int(n) for n in space.get_simple_extent_dims(True))
    external = int(plist.get_external_count()) if layout == h5d.CONTIGUOUS else 0
    if external:
        names = ", ".join(f"“{label(plist.get_external(i)[0])}”" for i in range(min(external, 3)))
        problem = Problem(
            errors.LinkRefused.code,
            f"The values lie outside of this file, as raw data in {names}; such files are not opened.",
            "Copy the dataset into the file with h5repack.",
        )
        return Storage("external", shape, maxshape, None, (), None, problem)
    chunks = tuple(int(n) for n in plist.get_chunk()) if layout == h5d.CHUNKED else None
    return Storage(LAYOUTS.get(layout, "unknown"), shape, maxshape, chunks, filters(plist), int(dataset.get_storage_size()), None)


def _virtual(plist: Any) -> Storage:
    count = int(plist.get_virtual_count())
    shape: tuple[int, ...] | None = None
    if count:
        shape = tuple(int(n) for n in plist.get_virtual_vspace(0).get_simple_extent_dims())
    names = list(dict.fromkeys(label(plist.get_virtual_filename(i)) for i in range(min(count, 64))))
    told = ", ".join("this same file" if name == "." else f"“{name}”" for name in names[:3]) or "no file"
    more = " and others" if count > 64 or len(names) > 3 else ""
    problem = Problem(
        errors.LinkRefused.code,
        f"This is a virtual dataset over {told}{more} ({count} part{'s' if count != 1 else ''}).",
        "Virtual datasets are resolved from a later version on; open the source files themselves.",
    )
    return Storage("virtual", shape, None, None, (), None, problem)


def filters(plist: Any) -> tuple[Filter, ...]:
    """The compression pipeline, in the order of writing."""
    found = []
    for index in range(min(int(plist.get_nfilters()), 32)):
        code, _, _, name = plist.get_filter(index)
        given = label(name).split(" (")[0][:40]
        found.append(Filter(int(code), FILTERS.get(int(code)) or given or "unknown", _decodes(int(code))))
    return tuple(found)


def _decodes(code: int) -> bool:
    try:
        return bool(h5z.filter_avail(code) and h5z.get_filter_info(code) & h5z.FILTER_CONFIG_DECODE_ENABLED)
    except (ValueError, RuntimeError, OSError):
        return False


def problem(dataset: h5d.DatasetID, stored: Storage, tid: h5t.TypeID, info: Any) -> Problem | None:
    """Why the values cannot be read; None when they can."""
    if stored.elsewhere:
        return stored.elsewhere
    missing = [(index, step) for index, step in enumerate(stored.filters) if not step.available]
    if missing and stored.stored_nbytes and _used(dataset, [index for index, _ in missing]):
        step = missing[0][1]
        return Problem(
            errors.FilterMissing.code,
            f"The values are compressed with filter {step.id} ({step.name}), which is not installed here.",
            "Ask for its plugin on this server, or repack the file with gzip (h5repack -f GZIP=4).",
        )
    if reason := datatypes.unreadable(tid, info):
        return Problem(errors.TypeUnsupported.code, reason, "Its type, shape and attributes are shown.")
    return None


def _used(dataset: h5d.DatasetID, indices: Sequence[int]) -> bool:
    # A chunk may skip an optional filter, and then reads without it: its mask says so.
    try:
        mask = dataset.get_chunk_info(0).filter_mask
    except (ValueError, RuntimeError, OSError):
        return True
    return any(not mask >> index & 1 for index in indices)


def cost(selection: Selection, shape: Sequence[int], chunks: Sequence[int] | None, itemsize: int) -> tuple[int, int, int]:
    """Bytes of the array, bytes decoded on the way, and bytes of one decoded chunk."""
    fitted = selection.fit(shape)
    nbytes = math.prod(fitted.shape(shape)) * itemsize
    if chunks is None or not nbytes:
        return nbytes, nbytes, 0
    chunk = math.prod(chunks) * itemsize
    touched = math.prod(_touched(item, length) for item, length in zip(fitted.items, chunks, strict=True))
    return nbytes, touched * chunk, chunk


def _touched(item: int | slice, length: int) -> int:
    """How many chunks of `length` an index or slice meets along one dimension."""
    if isinstance(item, int):
        return 1
    steps = range(item.start, item.stop, item.step)
    if not steps:
        return 0
    return len(steps) if item.step >= length else steps[-1] // length - steps[0] // length + 1


def check(needs: tuple[int, int, int], budget: Budget) -> None:
    """OverBudget when a read costs more than it may."""
    nbytes, scanned, chunk = needs
    for need, limit, sentence in (
        (nbytes, budget.nbytes, "This part is too big for one view."),
        (chunk, budget.chunk_nbytes, "One compressed chunk of this dataset is too big to decode for a view."),
        (scanned, budget.scan_nbytes, "Too much would have to be decoded for this view."),
    ):
        if need > limit:
            raise errors.OverBudget(sentence, _SMALLER, {"This view needs": size_text(need), "Limit for one view": size_text(limit)})
