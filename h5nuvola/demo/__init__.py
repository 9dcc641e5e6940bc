"""Demo data: files as instruments write them, made from physics and a fixed seed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import h5py

from h5nuvola.demo import datatypes, images, notes, powder, records, xas, xrf
from h5nuvola.demo.sizes import SMALL, Sizes

__all__ = ["FILES", "REVISION", "SMALL", "Sizes", "write_demo"]

ABANDONED_S = 600.0
REVISION = 1  # goes up when the files change, so that a cached folder of older ones is not taken for them

FILES: dict[str, Callable[[h5py.File, Sizes], None]] = {
    "beamline-powder/2026-10/corundum_empty_0085_pattern.nxs": powder.background,
    "beamline-powder/2026-10/corundum_ramp_0087.nxs": powder.frames,
    "beamline-powder/2026-10/corundum_ramp_0087_pattern.nxs": powder.patterns,
    "beamline-powder/2026-10/corundum_run_0153_peaks.h5": records.peaks,
    "beamline-xas/2026-11/fe_foil_0021.nxs": xas.foil,
    "beamline-xas/2026-11/hematite_0022.nxs": xas.hematite,
    "beamline-xas/2026-11/magnetite_0023.nxs": xas.magnetite,
    "beamline-xas/2026-11/pyrite_0024.nxs": xas.pyrite,
    "beamline-xas/2026-11/scan_0031/scan_0031_master.h5": xas.master,
    **{f"beamline-xas/2026-11/scan_0031/{xas.PART_NAME.format(n)}": partial(xas.part, number=n) for n in range(1, xas.PARTS + 1)},
    "beamline-xrf/2026-11/logbook_20261107.h5": notes.logbook,
    "beamline-xrf/2026-11/soil_b_0411_map.nxs": xrf.coarse,
    "beamline-xrf/2026-11/soil_b_0412_map.nxs": xrf.fine,
    "beamline-xrf/2026-11/soil_b_0412_overview.h5": images.photograph,
    "imaging/2026-09/al_foam_0904_radiograph.nxs": images.radiograph,
    "imaging/2026-09/mirror_0057_heights.nxs": images.topography,
    "imaging/2026-09/siemens_star_0061_ptycho.h5": images.ptychography,
    "laser/2026-10/shots_20261029.h5": records.shots,
    "machine/2026-11/ring_current_20261103.h5": records.trace,
    "types/odd_types.h5": datatypes.odd_types,
}


def write_demo(folder: Path, sizes: Sizes | None = None) -> list[Path]:
    """Write the demo files that `folder` does not hold yet, and return the paths of all of them. Raises OSError."""
    written = []
    for name, write in FILES.items():
        path = folder / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            for left in path.parent.glob(f".{path.name}.*.part"):
                if time.time() - left.stat().st_mtime > ABANDONED_S:
                    left.unlink(missing_ok=True)  # of a run that was killed
            # Under its own name a file is complete: an interrupted run must not leave half a file that is taken for done.
            part = path.with_name(f".{path.name}.{os.getpid()}.part")
            try:
                with h5py.File(part, "w", libver=("v108", "v110")) as file:
                    write(file, sizes or Sizes())
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
        written.append(path)
    return written
