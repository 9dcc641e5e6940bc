"""Long ones: a list of a million peaks, a trace of ten million samples, a group of two thousand datasets."""

from __future__ import annotations

import h5py
import numpy as np

from h5nuvola.demo import nexus, powder
from h5nuvola.demo.sizes import Sizes

FLAGS = {"good": 0, "weak": 1, "overlapped": 2, "saturated": 3, "edge": 4}
SAMPLE_RATE_HZ = 1000.0
SPIKES = 12  # beam losses a few samples long in the trace


def peaks(file: h5py.File, sizes: Sizes) -> None:
    """Peaks found in the frames of a powder run: one row a peak, as a compound table."""
    rng = np.random.default_rng(153)
    rows = sizes.table
    flag = h5py.enum_dtype(FLAGS, basetype="i1")
    kind = np.dtype(
        [("frame", "u4"), ("x", "f4"), ("y", "f4"), ("intensity", "f8"), ("fwhm", "f4"), ("flag", flag), ("used", "?"), ("label", "S8")]
    )
    table = np.zeros(rows, kind)
    which = rng.choice(
        len(powder.REFLECTIONS), rows, p=np.array([line[3] for line in powder.REFLECTIONS]) / sum(line[3] for line in powder.REFLECTIONS)
    )
    radius = np.array([powder.DISTANCE_MM * np.tan(powder.two_theta(powder.spacing(*line[:3]))) for line in powder.REFLECTIONS])
    around = rng.uniform(0, 2 * np.pi, rows)
    table["frame"] = np.sort(rng.integers(0, max(1, rows // 40), rows))
    table["x"] = radius[which] * np.cos(around) + rng.normal(0, 0.08, rows)
    table["y"] = radius[which] * np.sin(around) + rng.normal(0, 0.08, rows)
    table["intensity"] = rng.gamma(2.0, 600.0, rows)
    table["fwhm"] = rng.normal(2.6, 0.25, rows).clip(1.0)
    weak, saturated = table["intensity"] < 150, table["intensity"] > 6500
    table["flag"] = np.where(saturated, FLAGS["saturated"], np.where(weak, FLAGS["weak"], rng.choice([0, 0, 0, 0, 2, 4], rows)))
    table["used"] = table["flag"] == FLAGS["good"]
    names = np.array(["".join(f"{index}." for index in line[:3]).rstrip(".") for line in powder.REFLECTIONS], "S8")
    table["label"] = names[which]
    entry = nexus.entry(file, "Corundum, peaks of run 153", "2026-10-22T07:12:00+02:00", default="summary")
    found = nexus.group(entry, "peaks", "NXcollection")
    nexus.field(found, "table", table, chunks=(min(rows, 16384),), compression="gzip", compression_opts=1, shuffle=True)
    found["table"].attrs["units"] = "frame: -, x: mm, y: mm, intensity: counts, fwhm: pixel"
    summary = nexus.nxdata(entry, "summary", "peaks", ["frame"], "Peaks found in each frame")
    counted = np.bincount(table["frame"])
    nexus.field(summary, "peaks", counted, "", "Peaks")
    nexus.field(summary, "frame", np.arange(counted.size), "", "Frame")


def trace(file: h5py.File, sizes: Sizes) -> None:
    """The ring's current at 1 kHz with top-up every five minutes and beam losses 2 to 4 samples long; a vibration beside it."""
    rng = np.random.default_rng(1103)
    length = sizes.trace
    time = np.arange(length) / SAMPLE_RATE_HZ
    current = 310.0 - 0.9 * (time % 300.0) / 300.0 * (1 + 0.02 * np.sin(time / 900))
    values = (current + rng.standard_normal(length, dtype="f4") * 0.012).astype("f4")
    places = np.sort(rng.choice(np.arange(length // 50, length - 10), SPIKES, replace=False))
    widths = rng.integers(2, 5, SPIKES)
    for place, width in zip(places, widths, strict=True):
        values[place : place + width] = rng.uniform(150, 260)
    entry = nexus.entry(file, "Ring current, 3 November 2026", "2026-11-03T06:00:00+01:00", default="ring_current")
    ring = nexus.nxdata(entry, "ring_current", "value", [], "Ring current", start_time="2026-11-03T06:00:00+01:00")
    stored = nexus.field(ring, "value", values, "mA", "Ring current", chunks=(min(length, 1 << 17),), **nexus.fast())
    stored.attrs["sample_rate"], stored.attrs["sample_rate_units"] = SAMPLE_RATE_HZ, "Hz"
    losses = nexus.group(entry, "beam_losses", "NXcollection")
    nexus.field(losses, "first_sample", places, "", "First sample of each loss")
    nexus.field(losses, "samples", widths, "", "Length of each loss")

    short = max(1000, length // 20)
    moment = np.arange(short) / 5000.0
    shaking = nexus.nxdata(entry, "vibration", "velocity", ["time"], "Vibration of the floor")
    swing = 0.8 * np.sin(2 * np.pi * 49.98 * moment) + 2.1 * np.sin(2 * np.pi * 3.1 * moment) * np.exp(-(((moment % 40) - 12) ** 2) / 8)
    chunks = (min(short, 1 << 16),)
    nexus.field(shaking, "velocity", (swing + rng.normal(0, 0.25, short)).astype("f4"), "um/s", "Velocity", chunks=chunks, **nexus.fast())
    nexus.field(shaking, "time", moment, "s", "Time", chunks=chunks, **nexus.fast())


def shots(file: h5py.File, sizes: Sizes) -> None:
    """One group with a dataset for each of many laser shots, as data acquisition that knows no better writes it."""
    rng = np.random.default_rng(2000)
    entry = nexus.entry(file, "Laser shots, night of 29 October", "2026-10-29T23:00:00+01:00", default="energy")
    group = nexus.group(entry, "shots", "NXcollection")
    time = np.linspace(-20, 180, 256)
    energy = rng.normal(4.2, 0.15, sizes.shots)
    pulse = np.exp(-np.maximum(time, 0) / 35.0) * (1 + np.tanh(time / 3.0)) / 2
    for number, joules in enumerate(energy):
        signal = joules * pulse + rng.normal(0, 0.03, time.size)
        nexus.field(group, f"shot_{number:05d}", signal.astype("f4"), "V", "Photodiode").attrs["energy"] = joules
    data = nexus.nxdata(entry, "energy", "energy", ["shot"], "Energy of each shot")
    nexus.field(data, "energy", energy, "mJ", "Energy")
    nexus.field(data, "shot", np.arange(sizes.shots), "", "Shot")
