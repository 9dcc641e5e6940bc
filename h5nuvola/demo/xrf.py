"""X-ray fluorescence maps of soil grains: 2048 channels of 10 eV at each point, with real lines and scattered light."""

from __future__ import annotations

import math
from collections.abc import Mapping

import h5py
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from h5nuvola.demo import nexus
from h5nuvola.demo.sizes import Sizes

Floats = NDArray[np.float64]

# Energies in eV with relative intensities of Kα1, Kα2 and Kβ1: X-ray Data Booklet (LBNL, 2009), tables 1-2 and 1-3.
LINES: Mapping[str, tuple[tuple[float, float], ...]] = {
    "Si": ((1739.98, 100), (1739.38, 50), (1835.94, 2)),
    "S": ((2307.84, 100), (2306.64, 50), (2464.04, 5)),
    "Ar": ((2957.70, 100), (2955.63, 50), (3190.5, 10)),
    "K": ((3313.8, 100), (3311.1, 50), (3589.6, 11)),
    "Ca": ((3691.68, 100), (3688.09, 50), (4012.7, 13)),
    "Ti": ((4510.84, 100), (4504.86, 50), (4931.81, 15)),
    "Cr": ((5414.72, 100), (5405.509, 50), (5946.71, 15)),
    "Mn": ((5898.75, 100), (5887.65, 50), (6490.45, 17)),
    "Fe": ((6403.84, 100), (6390.84, 50), (7057.98, 17)),
    "Ni": ((7478.15, 100), (7460.89, 50), (8264.66, 17)),
    "Cu": ((8047.78, 100), (8027.83, 50), (8905.29, 17)),
    "Zn": ((8638.86, 100), (8615.78, 50), (9572.0, 17)),
}
# Counts a pixel of each element in a grain of each mineral.
MINERALS: Mapping[str, Mapping[str, float]] = {
    "quartz": {"Si": 900, "K": 150},
    "calcite": {"Ca": 14000, "Mn": 900, "Fe": 500},
    "hematite": {"Fe": 30000, "Ti": 800, "Mn": 400},
    "chromite": {"Cr": 12000, "Fe": 14000, "Ni": 700, "Mn": 500},
    "rutile": {"Ti": 11000, "Fe": 700},
    "chalcopyrite": {"Cu": 12000, "Fe": 13000, "S": 900},
    "sphalerite": {"Zn": 16000, "Fe": 2500, "S": 900, "Mn": 300},
    "feldspar": {"K": 3500, "Ca": 700, "Si": 800, "Fe": 300},
}
CHANNELS = 2048
WIDTH_EV = 10.0  # of a channel
EXCITATION_EV = 11000.0
ELECTRON_REST_EV = 510998.95
COMPTON_EV = EXCITATION_EV / (1 + EXCITATION_EV / ELECTRON_REST_EV)  # scattered by 90 degrees
DWELL_S = 0.1


def energies() -> Floats:
    """The middle of each channel in eV."""
    return np.arange(CHANNELS, dtype="f8") * WIDTH_EV


def _fwhm(energy: float) -> float:
    """Resolution of a silicon drift detector in eV: electronic noise of 70 eV and Fano statistics (0.115, 3.66 eV a pair)."""
    return math.sqrt(70.0**2 + 2.3548**2 * 0.115 * 3.66 * energy)


def _peak(center: float, widen: float = 1.0) -> Floats:
    """A Gaussian of area 1 over the channels, with the detector's width times `widen`."""
    sigma = _fwhm(center) / 2.3548 * widen
    shape = np.exp(-0.5 * ((energies() - center) / sigma) ** 2)
    return np.asarray(shape / shape.sum())


def response(element: str) -> Floats:
    """The spectrum of one count of an element: its K lines, and their silicon escape peaks 1740 eV lower."""
    total = np.zeros(CHANNELS)
    for energy, weight in LINES[element]:
        escape = 0.004 if energy > 1839.0 else 0.0  # below silicon's own K edge none can escape
        total += weight * ((1 - escape) * _peak(energy) + (escape * _peak(energy - 1739.98) if escape else 0.0))
    return total / sum(weight for _, weight in LINES[element])


def scatter() -> Floats:
    """What every pixel has, in counts: elastic and Compton peaks, their tail, argon of the air and the continuum below."""
    axis = energies()
    below = axis < EXCITATION_EV
    tail = np.where(axis < COMPTON_EV, np.exp((axis - COMPTON_EV) / 350.0), 0.0)
    continuum = np.where(below, (EXCITATION_EV - axis) / EXCITATION_EV * np.exp(-((1500.0 / np.maximum(axis, 300.0)) ** 2)), 0.0)
    shelf = np.where(below, 1.0, 0.0)
    parts = (700, _peak(EXCITATION_EV)), (1900, _peak(COMPTON_EV, 1.9)), (220, tail / tail.sum()), (260, response("Ar"))
    return sum((counts * part for counts, part in parts), 900 * continuum / continuum.sum() + 150 * shelf / shelf.sum())


def grains(rows: int, columns: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Amount of each element (counts a pixel) over a field of mineral grains, blurred by the beam."""
    y, x = np.mgrid[0:rows, 0:columns]
    count = max(8, rows * columns // 220)
    seeds = rng.uniform((0, 0), (rows, columns), (count, 2))
    # One grain of each mineral at least, so that small maps show all elements too.
    shares = [0.34, 0.14, 0.1, 0.07, 0.07, 0.06, 0.06, 0.16]
    kinds = rng.permutation(np.concatenate([np.arange(len(MINERALS)), rng.choice(len(MINERALS), count - len(MINERALS), p=shares)]))
    thickness = rng.gamma(6.0, 1 / 6.0, count)
    distance = np.hypot(y[..., None] - seeds[:, 0], x[..., None] - seeds[:, 1])
    nearest = distance.argmin(axis=-1)
    rim = np.clip((np.partition(distance, 1, axis=-1)[..., 1] - distance.min(axis=-1)) / 2.0, 0.15, 1.0)
    maps = {element: np.full((rows, columns), 0.02 * LINES[element][2][1]) for element in LINES if element != "Ar"}
    for place, (_mineral, amounts) in enumerate(MINERALS.items()):
        here = np.where(kinds[nearest] == place, thickness[nearest] * rim, 0.0)
        for element, counts in amounts.items():
            maps[element] = maps[element] + counts * gaussian_filter(here, 0.6)
    return maps


def write_map(file: h5py.File, rows: int, columns: int, step_um: float, sample: str, number: int) -> None:
    """One map of (rows, columns, 2048) counts as an NXfluo entry, with its sum spectrum and window maps beside it."""
    rng = np.random.default_rng(number)
    entry = nexus.entry(file, f"{sample}, map {number}", "2026-11-12T09:41:07+01:00", definition="NXfluo")
    nexus.field(entry, "entry_identifier", f"{number:04d}")
    nexus.group(entry, "sample", "NXsample")["name"] = sample
    instrument = nexus.group(entry, "instrument", "NXinstrument")
    source = nexus.group(instrument, "source", "NXsource")
    source["name"], source["type"], source["probe"] = "Demo ring", "Synchrotron X-ray Source", "x-ray"
    monochromator = nexus.group(instrument, "monochromator", "NXmonochromator")
    nexus.field(monochromator, "energy", EXCITATION_EV, "eV", "Excitation energy")
    nexus.field(monochromator, "wavelength", 12398.41984 / EXCITATION_EV, "angstrom")

    amounts = grains(rows, columns, rng)
    shapes = np.stack([response(element) for element in amounts])
    background = scatter()
    intensity = 1.0 - 0.06 * np.linspace(0, 1, rows * columns).reshape(rows, columns) + rng.normal(0, 0.003, (rows, columns))
    arriving = sum(amounts.values()) + background.sum()
    live = DWELL_S / (1 + 1.1e-6 * arriving * intensity)

    detector = nexus.group(instrument, "fluorescence", "NXdetector")
    counts = detector.create_dataset(
        "data",
        (rows, columns, CHANNELS),
        "u2",
        chunks=(min(rows, 8), min(columns, 20), 256),
        compression="gzip",
        compression_opts=2,
        shuffle=True,
    )
    counts.attrs["units"], counts.attrs["long_name"] = "counts", "Fluorescence"
    counts.attrs["interpretation"] = "spectrum"
    energy = nexus.field(detector, "energy", energies() / 1000, "keV", "Energy")
    nexus.field(detector, "live_time", live.astype("f4"), "s", "Live time")
    nexus.field(detector, "real_time", np.full((rows, columns), DWELL_S, "f4"), "s", "Real time")
    monitor = nexus.group(entry, "monitor", "NXmonitor")
    nexus.field(monitor, "data", np.round(2.4e6 * intensity), "counts", "I0 (ion chamber)")

    summed = np.zeros(CHANNELS, "u8")
    windows = {element: np.zeros((rows, columns), "u4") for element in ("K", "Ca", "Ti", "Cr", "Mn", "Fe", "Ni", "Cu", "Zn")}
    for row in range(0, rows, 8):
        part = slice(row, min(row + 8, rows))
        expected = sum(
            (amounts[element][part, :, None] * shape for element, shape in zip(amounts, shapes, strict=True)),
            np.broadcast_to(background, (1, 1, CHANNELS)),
        )
        measured = rng.poisson(expected * (intensity * live / DWELL_S)[part, :, None]).clip(0, 65535).astype("u2")
        counts[part] = measured
        summed += measured.sum(axis=(0, 1), dtype="u8")
        for element, window in windows.items():
            middle = round(LINES[element][0][0] / WIDTH_EV)
            window[part] = measured[..., middle - 8 : middle + 9].sum(axis=-1)

    data = nexus.nxdata(entry, "data", "data", ["y", "x", "energy"], f"{sample}: spectra")
    data["data"], data["energy"] = counts, energy
    nexus.field(data, "y", np.arange(rows) * step_um, "um", "Sample y")
    nexus.field(data, "x", np.arange(columns) * step_um, "um", "Sample x")
    spectrum = nexus.nxdata(
        entry, "sum_spectrum", "counts", ["energy"], f"{sample}: sum of all pixels", SILX_style='{"signal_scale_type": "log"}'
    )
    nexus.field(spectrum, "counts", summed, "counts", "Counts of all pixels")
    spectrum["energy"] = energy
    for element, window in windows.items():
        ka = nexus.nxdata(entry, f"{element}_Ka", "counts", ["y", "x"], f"{sample}: {element} Kα window")
        nexus.field(ka, "counts", window, "counts", f"{element} Kα")
        ka["y"], ka["x"] = data["y"], data["x"]


def fine(file: h5py.File, sizes: Sizes) -> None:
    write_map(file, sizes.map_rows, sizes.map_columns, 2.0, "Vineyard soil, grain mount B", 412)


def coarse(file: h5py.File, sizes: Sizes) -> None:
    write_map(file, max(8, sizes.map_rows // 4), max(8, sizes.map_columns // 4), 8.0, "Vineyard soil, grain mount B", 411)
