"""One of everything that HDF5 can hold and viewers stumble over."""

from __future__ import annotations

import h5py
import numpy as np

from h5nuvola.demo import nexus
from h5nuvola.demo.sizes import Sizes


def odd_types(file: h5py.File, sizes: Sizes) -> None:
    """Numbers of every kind, enums, opaque bytes, bit fields, references, nested records, empty things, strange names and links."""
    _numbers(file.create_group("numbers"))
    _structures(file.create_group("structures"))
    _references(file.create_group("references"), file)
    _empties(file.create_group("empty"))
    _names(file.create_group("names"))
    _links(file.create_group("links"))
    _attributes(file.create_group("attributes"))


def _numbers(group: h5py.Group) -> None:
    for code in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"):
        group[f"little_{code}"] = np.arange(10, dtype=f"<{code}")
        group[f"big_{code}"] = np.arange(10, dtype=f">{code}")
    group["extremes_i8"] = np.array([np.iinfo("i8").min, -1, 0, np.iinfo("i8").max])
    group["extremes_u8"] = np.array([0, np.iinfo("u8").max], "u8")
    group["specials_f8"] = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324, 1.7976931348623157e308])
    group["long_double"] = np.array([1, 2, 3], np.longdouble) / 3
    group["complex64"] = np.exp(1j * np.linspace(0, 6, 64)).astype("c8")
    group["complex128"] = np.exp(1j * np.linspace(0, 6, 64))
    group["bool"] = np.array([True, False, True])
    group["bool_image"] = np.hypot(*np.mgrid[-20:21, -30:31]) < 18
    group.create_dataset("enum", data=np.array([0, 1, 2, 1]), dtype=h5py.enum_dtype({"RED": 0, "GREEN": 1, "BLUE": 42}, "i2"))
    bits = h5py.h5d.create(group.id, b"bitfield", h5py.h5t.STD_B8LE, h5py.h5s.create_simple((4,)))
    bits.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([1, 2, 4, 255], "u1"), mtype=h5py.h5t.STD_B8LE)


def _structures(group: h5py.Group) -> None:
    nested = np.dtype([("id", "u2"), ("position", [("x", "f4"), ("y", "f4")]), ("matrix", "f4", (2, 2)), ("name", "S6")])
    group["nested_compound"] = np.array([(n, (n * 0.5, -n), np.eye(2) * n, f"row{n}".encode()) for n in range(5)], nested)
    group["scalar_compound"] = np.array((7, (1.5, 2.5), np.eye(2), b"one"), nested)
    group["compound_image"] = np.zeros((4, 6), [("real", "i4"), ("imaginary", "i4")])
    mixed = np.dtype([("text", h5py.string_dtype()), ("values", h5py.vlen_dtype("i4"))])
    group.create_dataset("compound_with_vlen", (3,), mixed)[...] = np.array(
        [("α", np.arange(2, dtype="i4")), ("", np.arange(0, dtype="i4")), ("third", np.arange(5, dtype="i4"))], mixed
    )
    ragged = group.create_dataset("ragged", (4,), h5py.vlen_dtype("f4"))
    for row in range(4):
        ragged[row] = np.arange(row * 3, dtype="f4")
    group.create_dataset("array_type", (3,), np.dtype(("i2", (2, 3))))[...] = np.arange(18).reshape(3, 2, 3)
    group["opaque"] = np.array([b"\x00\x01\x02\x03", b"\xff\xfe\xfd\xfc"], "V4")
    times = np.array(["2026-11-12T22:40", "2026-11-12T23:05"], "M8[s]")
    group.create_dataset("datetime_opaque", data=times.astype(h5py.opaque_dtype(times.dtype)))
    group["named_type"] = nested
    group.create_dataset("with_named_type", (2,), group["named_type"])


def _references(group: h5py.Group, file: h5py.File) -> None:
    target = group.create_dataset("target", data=np.arange(100).reshape(10, 10))
    group.create_dataset("object_references", data=[target.ref, file["numbers"].ref], dtype=h5py.ref_dtype)
    group.create_dataset("region_references", data=[target.regionref[2:5, 1:4], target.regionref[0, :]], dtype=h5py.regionref_dtype)
    group.create_dataset("null_reference", (2,), h5py.ref_dtype)
    group.attrs["points_to"] = target.ref


def _empties(group: h5py.Group) -> None:
    group["null"] = h5py.Empty("f8")
    group["null_text"] = h5py.Empty(h5py.string_dtype())
    group["zero_length"] = np.zeros((0,), "f4")
    group["zero_in_the_middle"] = np.zeros((3, 0, 5), "i4")
    group.create_dataset("never_written", (50, 50), "f4", chunks=(10, 10), fillvalue=-1)
    group.create_dataset("growing", (0, 16), "u2", maxshape=(None, 16), chunks=(64, 16))
    group["scalar"] = 6.02214076e23
    group["one"] = np.array([1])
    group["seven_dimensions"] = np.arange(2**7).reshape((2,) * 7)
    group.create_group("nothing_inside")


def _names(group: h5py.Group) -> None:
    for name in (
        "température (°C)",
        "数据",
        "данные",
        "🔬 overview",
        " leading space",
        "semi;colon",
        "a=b&c=d",
        "100 %",
        "<b>bold</b>",
        "back\\slash",
        "x" * 200,
    ):
        group[name] = np.arange(5)
    group[b"latin-1 \xe9"] = np.arange(5)  # names are bytes; this one is no UTF-8
    group["deep/er/and/deeper/still/here"] = 1.0


def _links(group: h5py.Group) -> None:
    group["data"] = np.linspace(0, 1, 50)
    group["hard"] = group["data"]
    group["soft"] = h5py.SoftLink("data")
    group["soft_absolute"] = h5py.SoftLink("/links/data")
    group["soft_to_soft"] = h5py.SoftLink("soft")
    group["broken"] = h5py.SoftLink("/links/gone")
    group["turning_in_circles"] = h5py.SoftLink("turning_in_circles")
    group["up_again"] = group  # a cycle of hard links
    group["external_missing"] = h5py.ExternalLink("not_here.h5", "/data")


def _attributes(group: h5py.Group) -> None:
    data = nexus.field(group, "with_attributes", np.arange(4), "m/s", "Speed")
    data.attrs["text"] = "Größe × Höhe"
    data.attrs["list"] = np.array([1.5, 2.5, 3.5])
    data.attrs["texts"] = np.array(["one", "two"], dtype=h5py.string_dtype())
    data.attrs["fixed"] = np.bytes_(b"fixed length")
    data.attrs["empty"] = h5py.Empty("f4")
    data.attrs["bool"] = True
    data.attrs["complex"] = 1 + 2j
    data.attrs.create("matrix", np.eye(3))
    data.attrs["long"] = "lorem ipsum " * 400
