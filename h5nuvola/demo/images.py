"""Pictures: a large radiograph, a photograph in colour, and the awkward ones (holes, signs, uneven axes, complex values)."""

from __future__ import annotations

import h5py
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from h5nuvola.demo import nexus
from h5nuvola.demo.sizes import Sizes

Floats = NDArray[np.float64]


def radiograph(file: h5py.File, sizes: Sizes) -> None:
    """X-ray transmission of an aluminium foam: Beer-Lambert along the path through the metal that its bubbles leave."""
    rng = np.random.default_rng(904)
    side = sizes.image
    pixel_um = 4096 / side * 1.6
    path = np.full((side, side), 2400.0, "f4")  # um of metal
    for _ in range(420):
        radius = float(rng.gamma(4.0, side / 220))
        top, left = rng.uniform(-radius, side + radius, 2)
        rows = slice(max(0, int(top - radius)), min(side, int(top + radius) + 1))
        columns = slice(max(0, int(left - radius)), min(side, int(left + radius) + 1))
        y, x = np.arange(rows.start, rows.stop)[:, None] - top, np.arange(columns.start, columns.stop) - left
        path[rows, columns] -= 0.5 * pixel_um * 2 * np.sqrt(np.maximum(radius**2 - y**2 - x**2, 0)).astype("f4")
    path = np.maximum(path, 60.0)
    across = np.linspace(-1, 1, side, dtype="f4")
    beam = 21000 * np.exp(-0.5 * (across[:, None] ** 2 / 0.9 + across**2 / 1.4))
    expected = beam * np.exp(-path * 3.0e-4) + 110  # 3.0 1/cm: aluminium near 20 keV; 110 counts of dark signal
    # Above some hundred counts a Poisson number and a rounded normal one cannot be told apart, and the latter is quick.
    noise = rng.standard_normal((side, side), dtype="f4")
    image = np.rint(expected + noise * np.sqrt(expected)).clip(0, 65535).astype("u2")
    entry = nexus.entry(file, "Aluminium foam, radiograph", "2026-09-17T11:05:00+02:00")
    nexus.group(entry, "sample", "NXsample")["name"] = "Aluminium foam, 4 mm"
    data = nexus.nxdata(entry, "data", "counts", ["y", "x"], "Aluminium foam, radiograph", interpretation="image")
    chunk = min(512, side)
    nexus.field(data, "counts", image, "counts", "Transmitted X-rays", chunks=(chunk, chunk), **nexus.fast())
    for axis in "yx":
        nexus.field(data, axis, np.arange(side) * pixel_um / 1000, "mm", axis)


def _stones(height: int, width: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A picture of pebbles seen through a microscope, as (height, width, 3) bytes."""
    y, x = np.mgrid[0:height, 0:width]
    count = 70
    seeds = rng.uniform((0, 0), (height, width), (count, 2))
    distance, nearest = cKDTree(seeds).query(np.stack([y, x], axis=-1), k=2)
    palette = np.array([[196, 178, 142], [142, 92, 66], [92, 88, 84], [214, 206, 190], [124, 108, 64], [78, 62, 70], [170, 140, 100]], "f8")
    colours = palette[rng.integers(0, len(palette), count)] * rng.uniform(0.85, 1.1, (count, 1))
    dome = np.clip((distance[..., 1] - distance[..., 0]) / 14, 0, 1) ** 0.6
    grain = gaussian_filter(rng.normal(0, 26, (height, width)), 1.1)
    lit = 0.55 + 0.45 * np.clip(0.6 + 0.4 * np.gradient(gaussian_filter(dome, 2), axis=0) * -9, 0, 1)
    return np.asarray((colours[nearest[..., 0]] * (0.18 + 0.82 * dome * lit)[..., None] + grain[..., None]).clip(0, 255).astype("u1"))


def photograph(file: h5py.File, sizes: Sizes) -> None:
    """The sample in colour as NXdata and HDF5 IMAGE at once; the same by planes; and a thumbnail with a palette."""
    rng = np.random.default_rng(412)
    height, width = (480, 640) if sizes.image > 1000 else (48, 64)
    picture = _stones(height, width, rng)
    entry = nexus.entry(file, "Vineyard soil, grain mount B", "2026-11-12T09:30:00+01:00")
    data = nexus.nxdata(entry, "data", "photo", ["y", "x", "."], "Overview through the microscope", interpretation="rgb-image")
    marks = {"CLASS": "IMAGE", "IMAGE_VERSION": "1.2", "IMAGE_SUBCLASS": "IMAGE_TRUECOLOR", "INTERLACE_MODE": "INTERLACE_PIXEL"}
    fixed = {name: np.bytes_(text) for name, text in marks.items()}
    nexus.field(data, "photo", picture, "", "Overview", {**fixed, "interpretation": "rgb-image"}, compression="gzip")
    nexus.field(data, "y", np.arange(height) * 0.5, "um", "Sample y")
    nexus.field(data, "x", np.arange(width) * 0.5, "um", "Sample x")
    planes = {**fixed, "INTERLACE_MODE": np.bytes_("INTERLACE_PLANE")}
    nexus.field(entry, "photo_planes", np.moveaxis(picture, -1, 0), "", "Overview, by planes", planes, compression="gzip")

    levels = (picture.astype("u4").sum(axis=-1) // 24).astype("u1")  # 32 steps
    ramp = np.linspace(0, 1, 32)[:, None]
    colours = (255 * np.hstack([ramp, ramp**1.6, 1 - 0.8 * ramp])).astype("u1")
    palette = nexus.field(
        entry,
        "palette",
        colours,
        attrs={"CLASS": np.bytes_("PALETTE"), "PAL_VERSION": np.bytes_("1.2"), "PAL_COLORMODEL": np.bytes_("RGB")},
    )
    indexed = {"CLASS": np.bytes_("IMAGE"), "IMAGE_VERSION": np.bytes_("1.2"), "IMAGE_SUBCLASS": np.bytes_("IMAGE_INDEXED")}
    small = nexus.field(entry, "thumbnail", levels[::2, ::2], "", "Thumbnail with a palette", indexed)
    small.attrs["PALETTE"] = np.array([palette.ref], dtype=h5py.ref_dtype)


def topography(file: h5py.File, sizes: Sizes) -> None:
    """Heights with holes (NaN) from an interferometer, their signed change, and a map over uneven axes."""
    rng = np.random.default_rng(57)
    side = 600 if sizes.image > 1000 else 60
    y, x = np.mgrid[0:side, 0:side] / side
    height = 40 * gaussian_filter(rng.normal(0, 1, (side, side)), side / 30) * side / 30 + 25 * np.exp(
        -((x - 0.6) ** 2 + (y - 0.4) ** 2) / 0.03
    )
    height[gaussian_filter(rng.normal(0, 1, (side, side)), side / 60) * side / 60 > 0.55] = np.nan  # too steep to be seen
    entry = nexus.entry(file, "Mirror blank, heights", "2026-09-02T08:15:00+02:00", default="height")
    data = nexus.nxdata(entry, "height", "height", ["y", "x"], "Mirror blank, heights", interpretation="image")
    nexus.field(data, "height", height.astype("f4"), "nm", "Height", compression="gzip")
    for name in "yx":
        nexus.field(data, name, np.arange(side) * 10.0 / side, "mm", name)
    change = nexus.nxdata(entry, "change", "change", ["y", "x"], "Change after one hour, as the camera's difference")
    signed = np.rint(120 * np.sin(9 * x) * np.cos(7 * y) + rng.normal(0, 8, (side, side)))
    nexus.field(change, "change", signed.astype("i2"), "counts", "Difference", compression="gzip")
    change["y"], change["x"] = data["y"], data["x"]
    edges = nexus.nxdata(entry, "reflectivity", "reflectivity", ["energy", "angle"], "Reflectivity over uneven axes")
    energy, angle = np.geomspace(100, 20000, 90), np.concatenate([np.linspace(0.05, 1, 60), np.linspace(1.1, 5, 21)])
    critical = 1.65e3 / energy  # degrees: falls with energy as for silica
    drop = 1 / (1 + (angle / critical[:, None]) ** 8)
    nexus.field(edges, "reflectivity", drop * (0.98 - 0.02 * rng.random(drop.shape)), "", "Reflectivity")
    nexus.field(edges, "energy", energy, "eV", "Energy")
    nexus.field(edges, "angle", angle, "deg", "Grazing angle")


def ptychography(file: h5py.File, sizes: Sizes) -> None:
    """A reconstructed object as complex numbers: a Siemens star that shifts the phase."""
    side = 512 if sizes.image > 1000 else 64
    y, x = (np.mgrid[0:side, 0:side] - side / 2) / (side / 2)
    spokes = (np.cos(18 * np.arctan2(y, x)) > 0) & (np.hypot(x, y) < 0.9) & (np.hypot(x, y) > 0.06)
    solid = gaussian_filter(spokes.astype("f8"), 0.9)
    entry = nexus.entry(file, "Siemens star, reconstruction", "2026-09-25T22:48:00+02:00")
    data = nexus.nxdata(entry, "data", "object", ["y", "x"], "Siemens star, reconstructed object", interpretation="image")
    nexus.field(data, "object", (np.exp(-0.12 * solid) * np.exp(-0.9j * solid)).astype("c8"), "", "Object", compression="gzip")
    for name in "yx":
        nexus.field(data, name, np.arange(side) * 0.012, "um", name)
    errors = nexus.nxdata(
        entry, "convergence", "error", ["iteration"], "Error of the reconstruction", SILX_style='{"signal_scale_type": "log"}'
    )
    iteration = np.arange(1, 301)
    nexus.field(errors, "error", 0.8 * np.exp(-iteration / 28.0) + 0.012, "", "Fourier error")
    nexus.field(errors, "iteration", iteration, "", "Iteration")
