"""A logbook: text short and long, lists of text, JSON, Markdown, text in many alphabets."""

from __future__ import annotations

import json

import h5py
import numpy as np

from h5nuvola.demo import nexus
from h5nuvola.demo.sizes import Sizes

MARKDOWN = """# Night shift, 12 November 2026

Grain mount **B** is in the beam. Coarse map first (8 µm), then the fine one (2 µm) over the bright corner.

| time  | what                      | by   |
|-------|---------------------------|------|
| 22:10 | detector moved to 35 mm   | Ada  |
| 22:40 | map 411, dead time 3 %    | Ada  |
| 23:05 | map 412, dead time 6 %    | Emil |

- I0 falls by 6 % over a map: *divide by it*.
- Chromium sits with nickel: chromite?
"""


def logbook(file: h5py.File, sizes: Sizes) -> None:
    """Notes of a beamtime in every form that HDF5 has for text."""
    entry = nexus.entry(file, "Logbook of beamtime 20261107", "2026-11-12T22:00:00+01:00", default="")
    del entry.attrs["default"]
    nexus.field(entry, "experiment_description", "Where do metals sit in the soil of a vineyard? Grain by grain, with a 2 µm beam.")
    nexus.field(entry, "proposal", np.bytes_(b"20261107"))
    nexus.field(
        entry, "team", ["Ada Kovač", "Emil Sørensen", "Zoë Müller", "Søren Ødegård", "李 娜", "Γιώργος Παππάς"], dtype=h5py.string_dtype()
    )
    nexus.field(entry, "shutter_log", np.array([b"open", b"close", b"open", b"close", b"fault"], "S8"))
    nexus.field(entry, "sample_grid", np.array([["A1", "A2", "A3"], ["B1", "B2 (empty)", "B3"]], dtype=object), dtype=h5py.string_dtype())
    nexus.field(entry, "remark", "")
    note = nexus.group(entry, "night_shift", "NXnote")
    note["type"], note["data"], note["author"] = "text/markdown", MARKDOWN, "Ada Kovač"
    plan = nexus.group(entry, "scan_plan", "NXnote")
    steps = [{"scan": 411, "step_um": 8.0, "dwell_s": 0.1}, {"scan": 412, "step_um": 2.0, "dwell_s": 0.1, "after": 411}]
    plan["type"], plan["data"] = "application/json", json.dumps({"sample": "B", "steps": steps, "priority": ["Cr", "Ni"]}, indent=2)
    lines = [
        f"2026-11-12T{22 + n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d} motor sam_x at {n * 0.002:.3f} mm" for n in range(0, 7200, 4)
    ]
    nexus.field(entry, "messages", lines, dtype=h5py.string_dtype(), chunks=(256,), compression="gzip")
