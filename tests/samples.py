"""Small files that many tests serve."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

HTML = "<img src=x onerror=alert(1)>"


def write_samples(folder: Path) -> None:
    """Writes `scan.h5` (one dataset of each common kind and links of each kind), `other.h5` and a few odd files."""
    folder.mkdir(parents=True, exist_ok=True)
    grid = np.add.outer(np.arange(64.0), np.arange(96.0))
    with h5py.File(folder / "other.h5", "w") as file:
        file["secret"] = np.arange(5)
    with h5py.File(folder / "scan.h5", "w") as file:
        entry = file.create_group("entry")
        entry.attrs["NX_class"] = "NXentry"
        entry["title"] = "A scan of nothing in particular"
        entry["image"] = grid.astype("f4")
        entry["stack"] = np.stack([grid, grid * 2, grid.T[:64, :].repeat(2, 1)[:, :96]]).astype("u2")
        entry["line"] = np.sin(np.linspace(0, 20, 1000))
        entry["number"] = 42.5
        entry["words"] = ["α", "beta", "gamma"]
        records = np.zeros(200, [("id", "i4"), ("energy", "f8"), ("name", "S8")])
        records["id"], records["energy"], records["name"] = np.arange(200), np.linspace(5, 9, 200), b"peak"
        entry["table"] = records
        entry["rgb"] = np.zeros((32, 48, 3), "u1") + np.arange(48, dtype="u1")[:, None]
        entry["image"].attrs["units"] = "counts"
        links = file.create_group("links")
        links["soft"] = h5py.SoftLink("/entry/image")
        links["dangling"] = h5py.SoftLink("/nowhere")
        links["external"] = h5py.ExternalLink("other.h5", "/secret")
        layout = h5py.VirtualLayout((5,), "i8")
        layout[:] = h5py.VirtualSource("other.h5", "secret", (5,))
        links.create_virtual_dataset("virtual", layout)
        links.create_dataset("raw", shape=(8,), dtype="u1", external=[("/etc/passwd", 0, 8)])
    with h5py.File(folder / f"{HTML.replace('/', '')}.h5", "w") as file:
        group = file.create_group(HTML)
        group[HTML] = np.arange(10.0)
        group[HTML].attrs[HTML] = HTML
        group[HTML].attrs["units"] = HTML
        group[HTML].attrs["long_name"] = HTML
        group["text"] = HTML
        group["texts"] = [HTML, "</script><script>alert(2)</script>"]
    with h5py.File(folder / "odd_filter.h5", "w") as file:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((16,))
        plist.set_filter(30000, h5py.h5z.FLAG_OPTIONAL, (1, 2))
        dataset = h5py.h5d.create(file.id, b"packed", h5py.h5t.NATIVE_UINT8, h5py.h5s.create_simple((16,)), plist)
        dataset.write_direct_chunk((0,), b"x" * 16, 0)
    (folder / "notes.h5").write_text("This is a text that somebody named .h5\n" * 20)
    whole = (folder / "scan.h5").read_bytes()
    (folder / "cut.h5").write_bytes(whole[: len(whole) // 3])
    (folder / "empty.h5").write_bytes(b"")
    (folder / "inner").mkdir(exist_ok=True)
    (folder / "inner" / "deep.h5").write_bytes((folder / "other.h5").read_bytes())
