"""Powder diffraction of corundum while it is heated: a detector's frames, and the curves integrated from a model of it."""

from __future__ import annotations

import h5py
import numpy as np
from numpy.typing import NDArray

from h5nuvola.demo import nexus
from h5nuvola.demo.sizes import Sizes

Floats = NDArray[np.float64]

# Lattice of corundum at 298 K in angstrom: certificate of NIST SRM 676a. Mean expansion to 1300 K along a and c, a kelvin.
CORUNDUM_A, CORUNDUM_C = 4.759091, 12.991777
EXPANSION_A, EXPANSION_C = 7.9e-6, 8.8e-6
# h, k, l and relative intensity of the strong reflections: ICDD PDF 46-1212.
REFLECTIONS = (
    (0, 1, 2, 45),
    (1, 0, 4, 100),
    (1, 1, 0, 21),
    (0, 0, 6, 2),
    (1, 1, 3, 66),
    (0, 2, 4, 34),
    (1, 1, 6, 89),
    (0, 1, 8, 14),
    (2, 1, 4, 23),
    (3, 0, 0, 27),
    (1, 0, 10, 29),
    (1, 1, 9, 12),
)
WAVELENGTH = 0.4133  # angstrom: 30 keV
DISTANCE_MM = 250.0
SIDE_MM = 204.8  # of the square detector
HOT = 65535


def spacing(h: int, k: int, l: int, kelvin: float = 298.0) -> float:  # noqa: E741 — h, k, l are the field's letters
    """The distance of lattice planes of corundum in angstrom."""
    a = CORUNDUM_A * (1 + EXPANSION_A * (kelvin - 298.0))
    c = CORUNDUM_C * (1 + EXPANSION_C * (kelvin - 298.0))
    return float((4 / 3 * (h * h + h * k + k * k) / a**2 + l * l / c**2) ** -0.5)


def two_theta(d: float) -> float:
    """Bragg's law: the scattering angle in radians for a distance of lattice planes in angstrom."""
    return float(2 * np.arcsin(WAVELENGTH / (2 * d)))


def intensity(angle: Floats, kelvin: float, width: float) -> Floats:
    """Expected counts at scattering angles (radians): reflections of a Gaussian `width` (radians), halo of the capillary, air."""
    total = 6.0 + 40.0 * np.exp(-angle / 0.035) + 9.0 * np.exp(-0.5 * ((angle - 0.105) / 0.032) ** 2)
    for h, k, l, strength in REFLECTIONS:  # noqa: E741
        d = spacing(h, k, l, kelvin)
        damping = np.exp(-2.0 * (0.25 + 0.9 * (kelvin - 298.0) / 1000.0) / (4 * d * d))  # Debye-Waller, B in square angstrom
        total += 2.2 * strength * damping * np.exp(-0.5 * ((angle - two_theta(d)) / width) ** 2)
    return np.asarray(total)


def frames(file: h5py.File, sizes: Sizes) -> None:
    """The heating ramp on a flat detector of 8 modules: gaps, a beam stop, hot and dead pixels, and their mask."""
    rng = np.random.default_rng(87)
    side, number = sizes.detector, sizes.frames
    pixel_mm = SIDE_MM / side
    center_y, center_x = side * 0.507, side * 0.488  # pixels
    y, x = np.mgrid[0:side, 0:side].astype("f8")
    up, right = (y - center_y) * pixel_mm, (x - center_x) * pixel_mm
    radius = np.hypot(up, right)
    angle = np.arctan2(radius, DISTANCE_MM)
    polarisation = 1 - 0.95 * np.sin(angle) ** 2 * np.cos(np.arctan2(up, right)) ** 2
    seen = polarisation * np.cos(angle) ** 3  # a flat pixel far out sees a smaller solid angle
    seen[(radius < 4.0) | ((np.abs(right - 0.15 * up) < 1.0) & (up > 0))] = 0.02  # the beam stop and its arm

    mask = np.zeros((side, side), "u4")  # bits as in NXdetector/pixel_mask: 0 gap, 1 dead, 4 noisy
    gap = max(2, side // 128)
    for k in (1, 2, 3):
        mask[k * side // 4 - gap // 2 : k * side // 4 + gap // 2, :] = 1
    mask[:, side // 2 - gap // 2 : side // 2 + gap // 2] = 1
    hot = rng.choice(side * side, max(4, side // 24), replace=False)
    dead = rng.choice(side * side, max(4, side // 16), replace=False)
    mask.flat[dead] |= 2
    mask.flat[hot] |= 16
    blind = (mask & 3) > 0

    kelvin = np.linspace(298.0, 1273.0, number)
    entry = nexus.entry(file, "Corundum, heating ramp", "2026-10-21T14:02:55+02:00")
    nexus.group(entry, "sample", "NXsample")["name"] = "alpha-Al2O3 powder in a quartz capillary"
    nexus.field(entry["sample"], "temperature", kelvin, "K", "Temperature")
    instrument = nexus.group(entry, "instrument", "NXinstrument")
    beam = nexus.group(instrument, "beam", "NXbeam")
    nexus.field(beam, "incident_wavelength", WAVELENGTH, "angstrom")
    detector = nexus.group(instrument, "detector", "NXdetector")
    stack = detector.create_dataset("data", (number, side, side), "u2", chunks=(1, side, side // 4), **nexus.fast())
    stack.attrs["units"], stack.attrs["long_name"], stack.attrs["interpretation"] = "counts", "Counts", "image"
    nexus.field(detector, "pixel_mask", mask, **nexus.fast(), chunks=(side, side))
    nexus.field(detector, "distance", DISTANCE_MM, "mm")
    nexus.field(detector, "beam_center_x", center_x, "pixel")
    nexus.field(detector, "beam_center_y", center_y, "pixel")
    nexus.field(detector, "x_pixel_size", pixel_mm, "mm")
    nexus.field(detector, "y_pixel_size", pixel_mm, "mm")
    nexus.field(detector, "saturation_value", HOT)
    powder = nexus.group(entry, "reflections", "NXcollection")
    powder["hkl"] = np.array([line[:3] for line in REFLECTIONS], "i4")
    nexus.field(powder, "d", [spacing(*line[:3]) for line in REFLECTIONS], "angstrom")

    # The model depends on the radius alone: taken from a fine table, it costs a tenth of computing it in every pixel.
    table = np.linspace(0.0, float(angle.max()), 20_000)
    for frame, temperature in enumerate(kelvin):
        expected = np.interp(angle.ravel(), table, intensity(table, float(temperature), 0.0016)).reshape(side, side) * seen
        image = rng.poisson(expected).astype("u2")
        image.flat[hot] = np.where(np.arange(hot.size) % 3, HOT, rng.integers(3000, 20000, hot.size))
        image[blind] = 0
        stack[frame] = image

    data = nexus.nxdata(entry, "data", "data", ["temperature", "y", "x"], "Corundum, heating ramp")
    data["data"], data["temperature"] = stack, entry["sample/temperature"]
    nexus.field(data, "y", (np.arange(side) - center_y) * pixel_mm, "mm", "y from the beam")
    nexus.field(data, "x", (np.arange(side) - center_x) * pixel_mm, "mm", "x from the beam")


def patterns(file: h5py.File, sizes: Sizes) -> None:
    """Intensity against 2θ with Poisson errors at room temperature, and the whole ramp as a map."""
    rng = np.random.default_rng(88)
    degrees = np.arange(2.0, 22.0, 0.01)
    kelvin = np.linspace(298.0, 1273.0, max(4, sizes.frames))
    gain = 40.0
    counts = rng.poisson(np.stack([gain * intensity(np.radians(degrees), float(k), 0.0012) for k in kelvin]))
    entry = nexus.entry(file, "Corundum, integrated", "2026-10-21T14:31:10+02:00", default="pattern")
    nexus.group(entry, "sample", "NXsample")["name"] = "alpha-Al2O3 powder in a quartz capillary"
    one = nexus.nxdata(entry, "pattern", "intensity", ["two_theta"], "Corundum at 298 K")
    nexus.field(one, "intensity", counts[0] / gain, "counts", "Intensity")
    nexus.field(one, "intensity_errors", np.sqrt(counts[0]) / gain, "counts")
    nexus.field(one, "two_theta", degrees, "deg", "2θ")
    ramp = nexus.nxdata(entry, "ramp", "intensity", ["temperature", "two_theta"], "Corundum, 298 to 1273 K", interpretation="image")
    nexus.field(ramp, "intensity", counts / gain, "counts", "Intensity", compression="gzip")
    nexus.field(ramp, "temperature", kelvin, "K", "Temperature")
    nexus.field(ramp, "two_theta", degrees, "deg", "2θ")


def background(file: h5py.File, sizes: Sizes) -> None:
    """The empty capillary, as integer counts with their errors."""
    rng = np.random.default_rng(85)
    degrees = np.arange(2.0, 22.0, 0.02)
    angle = np.radians(degrees)
    counts = rng.poisson(40 * (6.0 + 40.0 * np.exp(-angle / 0.035) + 9.0 * np.exp(-0.5 * ((angle - 0.105) / 0.032) ** 2)))
    entry = nexus.entry(file, "Empty capillary, integrated", "2026-10-21T13:20:00+02:00")
    data = nexus.nxdata(entry, "data", "counts", ["two_theta"], "Empty capillary")
    nexus.field(data, "counts", counts, "counts", "Counts")
    nexus.field(data, "counts_errors", np.sqrt(counts), "counts")
    nexus.field(data, "two_theta", degrees, "deg", "2θ")
