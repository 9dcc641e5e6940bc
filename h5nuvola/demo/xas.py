"""X-ray absorption near the K edge of iron, and a scan written as one master file over parts."""

from __future__ import annotations

import h5py
import numpy as np
from numpy.typing import NDArray

from h5nuvola.demo import nexus
from h5nuvola.demo.sizes import Sizes

Floats = NDArray[np.float64]

IRON_K_EV = 7112.0  # X-ray Data Booklet (LBNL, 2009), table 1-1
# Chemical shift of the edge against the metal (eV), height of the white line and of the pre-edge peak.
SPECIES = {"iron foil": (0.0, 0.12, 0.0), "magnetite": (8.4, 0.42, 0.05), "hematite": (10.4, 0.55, 0.04), "pyrite": (6.8, 0.34, 0.09)}
PARTS = 4
PART_NAME = "scan_0031_data_{:06d}.h5"


def absorption(energy: Floats, species: str) -> Floats:
    """Normalised absorption against energy (eV): an edge step, its white line, a pre-edge peak and the first wiggles."""
    shift, white, pre = SPECIES[species]
    edge = IRON_K_EV + shift
    step = 0.5 + np.arctan((energy - edge) / 1.3) / np.pi
    above = np.maximum(energy - edge, 0.0)
    wavenumber = np.sqrt(above * 0.2624682)  # 1/angstrom
    wiggles = 0.09 * np.sin(2 * 2.4 * wavenumber + 0.6) * np.exp(-0.012 * wavenumber**2) * (above > 12.0)
    line = white * np.exp(-0.5 * ((energy - edge - 6.0) / 3.2) ** 2)
    peak = pre * np.exp(-0.5 * ((energy - IRON_K_EV - 1.5) / 1.1) ** 2)
    return np.asarray(step * (1 + wiggles) + line + peak)


def _energies() -> Floats:
    """The grid of a usual scan: coarse before, fine across, growing steps behind the edge."""
    before = np.arange(IRON_K_EV - 120, IRON_K_EV - 15, 5.0)
    across = np.arange(IRON_K_EV - 15, IRON_K_EV + 45, 0.25)
    return np.concatenate([before, across, IRON_K_EV + 45 + np.cumsum(np.linspace(0.5, 4.0, 160))])


def write_xanes(file: h5py.File, species: str, number: int) -> None:
    """One spectrum in transmission: absorption with its errors, and the two ion chambers it comes from."""
    rng = np.random.default_rng(number)
    energy = _energies()
    mu = 0.35 + 1.1 * absorption(energy, species)
    before = rng.poisson(2.0e6 * (1 - 0.02 * np.linspace(0, 1, energy.size)))
    behind = rng.poisson(before * np.exp(-mu))
    entry = nexus.entry(file, f"{species}, Fe K edge", "2026-11-03T18:22:40+01:00", definition="NXxas")
    nexus.group(entry, "sample", "NXsample")["name"] = species
    data = nexus.nxdata(entry, "data", "absorbed_beam", ["energy"], f"{species}, Fe K edge")
    nexus.field(data, "absorbed_beam", np.log(before / behind), "", "Absorption ln(I0/I1)")
    nexus.field(data, "absorbed_beam_errors", np.sqrt(1 / before + 1 / behind))
    nexus.field(data, "energy", energy, "eV", "Energy")
    monitors = nexus.nxdata(entry, "monitors", "I0", ["energy"], "Ion chambers", auxiliary_signals=np.array(["I1"], h5py.string_dtype()))
    nexus.field(monitors, "I0", before, "counts", "Before the sample")
    nexus.field(monitors, "I1", behind, "counts", "Behind the sample")
    monitors["energy"] = data["energy"]


def foil(file: h5py.File, sizes: Sizes) -> None:
    write_xanes(file, "iron foil", 21)


def hematite(file: h5py.File, sizes: Sizes) -> None:
    write_xanes(file, "hematite", 22)


def magnetite(file: h5py.File, sizes: Sizes) -> None:
    write_xanes(file, "magnetite", 23)


def pyrite(file: h5py.File, sizes: Sizes) -> None:
    write_xanes(file, "pyrite", 24)


def _part_shape(sizes: Sizes) -> tuple[int, int, int]:
    side = max(32, sizes.detector // 8)
    return 8, side, side


def part(file: h5py.File, sizes: Sizes, number: int) -> None:
    """Frames of a lens' focus as one of the detector's part files: /entry/data/data."""
    rng = np.random.default_rng(3100 + number)
    count, side, _ = _part_shape(sizes)
    y, x = np.mgrid[0:side, 0:side].astype("f8")
    frames = np.empty((count, side, side), "u2")
    for frame in range(count):
        position = (number - 1) * count + frame - PARTS * count / 2
        width = side / 28 * np.sqrt(1 + (position / 6) ** 2)  # Gaussian beam around its waist
        spot = 2.0e5 / width**2 * np.exp(-((y - side * 0.52) ** 2 + (x - side * 0.46) ** 2) / (2 * width**2))
        frames[frame] = rng.poisson(spot * (side / 128) ** 2 + 2).clip(0, 65535)
    entry = nexus.entry(file, f"Focus scan, part {number}", "2026-11-04T10:00:00+01:00")
    data = nexus.nxdata(entry, "data", "data", [".", ".", "."])
    nexus.field(data, "data", frames, "counts", chunks=(1, side, side), **nexus.fast())


def master(file: h5py.File, sizes: Sizes) -> None:
    """The scan's file of record: all frames as one virtual dataset, each part as an external link, one link broken."""
    count, side, _ = _part_shape(sizes)
    entry = nexus.entry(file, "Focus scan 31", "2026-11-04T10:00:00+01:00", default="measurement")
    data = nexus.nxdata(entry, "data", "data", ["z", ".", "."], "Focus scan, all frames", interpretation="image")
    layout = h5py.VirtualLayout((PARTS * count, side, side), "u2")
    for number in range(1, PARTS + 1):
        source = h5py.VirtualSource(PART_NAME.format(number), "/entry/data/data", (count, side, side), "u2")
        layout[(number - 1) * count : number * count] = source
        entry[f"data_{number:06d}"] = h5py.ExternalLink(PART_NAME.format(number), "/entry/data/data")
    data.create_virtual_dataset("data", layout, fillvalue=0)
    positions = np.linspace(-4.0, 4.0, PARTS * count)
    nexus.field(data, "z", positions, "mm", "Position along the beam")
    entry[f"data_{PARTS + 1:06d}"] = h5py.ExternalLink(
        PART_NAME.format(PARTS + 1), "/entry/data/data"
    )  # never written: the scan was stopped
    knife = nexus.nxdata(entry, "measurement", "width", ["z"], "Width of the focus")
    nexus.field(knife, "width", 2.3548 * 4.6 * np.sqrt(1 + (np.arange(PARTS * count) - PARTS * count / 2) ** 2 / 36), "um", "Width (FWHM)")
    nexus.field(knife, "width_errors", np.full(PARTS * count, 0.35), "um")
    knife["z"] = data["z"]
