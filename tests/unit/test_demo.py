"""The demo files: right NeXus, right physics, the same bytes every time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.signal import find_peaks

from h5nuvola import demo
from h5nuvola.demo import SMALL, notes, powder, records, xas, xrf

XRF = "beamline-xrf/2026-11/soil_b_0412_map.nxs"
RAMP = "beamline-powder/2026-10/corundum_ramp_0087.nxs"
PATTERN = "beamline-powder/2026-10/corundum_ramp_0087_pattern.nxs"
PEAKS = "beamline-powder/2026-10/corundum_run_0153_peaks.h5"
MASTER = "beamline-xas/2026-11/scan_0031/scan_0031_master.h5"
ODD = "types/odd_types.h5"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("demo")
    demo.write_demo(made, SMALL)
    return made


def read(path: Path, name: str) -> np.ndarray:
    with h5py.File(path) as file:
        return file[name][()]


def default(group: h5py.Group) -> h5py.Group:
    """Where @default leads from the root."""
    while "default" in group.attrs:
        group = group[group.attrs["default"]]
    return group


def datasets(group: h5py.Group) -> Iterator[h5py.Group]:
    """Every NXdata group of a file, each once."""
    found: list[h5py.Group] = []
    group.visititems(lambda _, node: found.append(node) if node.attrs.get("NX_class") == "NXdata" else None)
    yield from found


@pytest.mark.parametrize("name", [name for name in demo.FILES if name != ODD])
def test_nexus_structure(folder: Path, name: str) -> None:
    with h5py.File(folder / name) as file:
        assert file.attrs["NX_class"] == "NXroot"
        assert default(file).attrs["NX_class"] == ("NXentry" if "logbook" in name else "NXdata")
        for group in datasets(file):
            signal = group[group.attrs["signal"]]
            axes = group.attrs.get("axes", [])
            assert len(axes) in (0, signal.ndim)
            for dimension, axis in enumerate(axes):
                if axis != ".":
                    assert group[axis].shape == (signal.shape[dimension],)
                    assert list(group.attrs[f"{axis}_indices"]) == [dimension]
            for field in group:
                if field.endswith("_errors"):
                    assert group[field].shape == group[field.removesuffix("_errors")].shape
            for other in group.attrs.get("auxiliary_signals", ()):
                assert group[other].shape == signal.shape


def test_every_file_is_there_and_nothing_else(folder: Path) -> None:
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == set(demo.FILES)


@pytest.mark.parametrize("element", ["Ca", "Ti", "Cr", "Fe", "Cu", "Zn"])
def test_fluorescence_lines_lie_where_the_handbook_says(folder: Path, element: str) -> None:
    energy = read(folder / XRF, "entry/sum_spectrum/energy") * 1000
    # The pixel where the element is brightest shows its lines clear of the others'.
    window = read(folder / XRF, f"entry/{element}_Ka/counts")
    bright = np.unravel_index(window.argmax(), window.shape)
    spectrum = read(folder / XRF, "entry/data/data")[bright].astype("f8")
    (alpha1, weight1), (alpha2, weight2), (beta, weight3) = xrf.LINES[element]
    alpha = (alpha1 * weight1 + alpha2 * weight2) / (weight1 + weight2)
    near = np.abs(energy - alpha) < 80
    assert np.average(energy[near], weights=spectrum[near]) == pytest.approx(alpha, abs=8)
    near_beta = np.abs(energy - beta) < 80
    ratio = spectrum[near_beta].sum() / spectrum[near].sum()
    assert ratio == pytest.approx(weight3 / (weight1 + weight2), abs=0.09)


def test_fluorescence_adds_up(folder: Path) -> None:
    with h5py.File(folder / XRF) as file:
        entry = file["entry"]
        counts = entry["data/data"][()]
        assert counts.shape == (SMALL.map_rows, SMALL.map_columns, xrf.CHANNELS)
        assert (entry["sum_spectrum/counts"][()] == counts.sum(axis=(0, 1))).all()
        assert (entry["Fe_Ka/counts"][()] == counts[..., 632:649].sum(axis=-1)).all()
        live = entry["instrument/fluorescence/live_time"][()] / entry["instrument/fluorescence/real_time"][()]
        assert 0.85 < live.min() < live.max() < 1
        energy = entry["data/energy"][()]
        scattered = (energy > 10.4) & (energy < 10.95)
        assert energy[scattered][counts.sum(axis=(0, 1))[scattered].argmax()] * 1000 == pytest.approx(xrf.COMPTON_EV, abs=40)
        assert not counts[..., energy > 11.6].any() or counts[..., energy > 11.6].mean() < 0.01


def test_rings_lie_on_corundums_reflections(folder: Path) -> None:
    with h5py.File(folder / RAMP) as file:
        detector = file["entry/instrument/detector"]
        stack, mask = detector["data"][()], detector["pixel_mask"][()]
        center_y, center_x = detector["beam_center_y"][()], detector["beam_center_x"][()]
        pixel, distance = detector["x_pixel_size"][()], detector["distance"][()]
        wavelength = file["entry/instrument/beam/incident_wavelength"][()]
    y, x = np.indices(mask.shape)
    radius = np.hypot(y - center_y, x - center_x)
    good = mask == 0

    def rings(frame: np.ndarray) -> np.ndarray:
        """Radii in pixels of the peaks in the azimuthal mean."""
        bins = (radius[good] * 2).astype(int)
        mean = np.bincount(bins, frame[good]) / np.maximum(np.bincount(bins), 1)
        return np.asarray(find_peaks(mean[: mask.shape[0]], prominence=8, distance=4)[0]) / 2 + 0.25

    cold, warm = rings(stack[0]), rings(stack[-1])
    for h, k, l, strength in powder.REFLECTIONS:  # noqa: E741
        if strength < 20:
            continue
        expected = distance * np.tan(2 * np.arcsin(wavelength / (2 * powder.spacing(h, k, l)))) / pixel
        nearest = cold[np.abs(cold - expected).argmin()]
        assert nearest == pytest.approx(expected, abs=1.0), (h, k, l)
        if expected > 150:  # the lattice grows when heated, so its rings shrink: by 0.8 % at 1273 K
            assert warm[np.abs(warm - expected * 0.992).argmin()] < nearest


def test_spacings_agree_with_the_powder_diffraction_file() -> None:
    for hkl, d in {(0, 1, 2): 3.480, (1, 0, 4): 2.551, (1, 1, 0): 2.379, (1, 1, 3): 2.085, (1, 1, 6): 1.601}.items():
        assert powder.spacing(*hkl) == pytest.approx(d, abs=0.002)


def test_the_mask_names_every_bad_pixel(folder: Path) -> None:
    stack, mask = read(folder / RAMP, "entry/data/data"), read(folder / RAMP, "entry/instrument/detector/pixel_mask")
    assert (stack[:, (mask & 3) > 0] == 0).all()
    assert (stack == powder.HOT).any()
    assert stack[:, mask == 0].max() < 2000


def test_errors_of_the_pattern_are_its_scatter(folder: Path) -> None:
    angle = np.radians(read(folder / PATTERN, "entry/pattern/two_theta"))
    measured, errors = read(folder / PATTERN, "entry/pattern/intensity"), read(folder / PATTERN, "entry/pattern/intensity_errors")
    pull = (measured - powder.intensity(angle, 298.0, 0.0012)) / errors
    assert pull.std() == pytest.approx(1.0, abs=0.08)


def test_peaks_lie_on_the_rings_their_labels_name(folder: Path) -> None:
    table = read(folder / PEAKS, "entry/peaks/table")
    assert len(table) == SMALL.table
    row = table[table["label"] == b"1.0.4"]
    expected = powder.DISTANCE_MM * np.tan(powder.two_theta(powder.spacing(1, 0, 4)))
    assert np.hypot(row["x"], row["y"]).mean() == pytest.approx(expected, abs=0.05)
    assert h5py.check_enum_dtype(table.dtype["flag"]) == records.FLAGS
    assert (table["used"] == (table["flag"] == records.FLAGS["good"])).all()
    assert (np.diff(table["frame"].astype("i8")) >= 0).all()


def test_the_trace_has_exactly_the_losses_it_lists(folder: Path) -> None:
    with h5py.File(folder / "machine/2026-11/ring_current_20261103.h5") as file:
        values = file["entry/ring_current/value"][()]
        first, samples = file["entry/beam_losses/first_sample"][()], file["entry/beam_losses/samples"][()]
    lost = np.concatenate([np.arange(start, start + count) for start, count in zip(first, samples, strict=True)])
    assert len(first) == records.SPIKES
    assert 2 <= samples.min() <= samples.max() <= 4
    assert (np.flatnonzero(values < 300) == np.unique(lost)).all()


def test_edges_of_iron_and_its_minerals(folder: Path) -> None:
    def edge(name: str) -> float:
        mu, energy = read(folder / name, "entry/data/absorbed_beam"), read(folder / name, "entry/data/energy")
        rise = np.gradient(mu, energy)
        return float(energy[np.where((energy > 7105) & (energy < 7140), rise, 0).argmax()])

    metal, oxide = edge("beamline-xas/2026-11/fe_foil_0021.nxs"), edge("beamline-xas/2026-11/hematite_0022.nxs")
    assert metal == pytest.approx(xas.IRON_K_EV, abs=4)
    assert 6 < oxide - metal < 14


def test_the_master_shows_its_parts(folder: Path) -> None:
    parts = [folder / Path(MASTER).with_name(xas.PART_NAME.format(number)) for number in range(1, xas.PARTS + 1)]
    together = np.concatenate([read(part, "entry/data/data") for part in parts])
    with h5py.File(folder / MASTER) as file:
        assert (file["entry/data/data"][()] == together).all()
        assert file["entry/data/data"].is_virtual
        assert (file["entry/data_000002"][()] == together[8:16]).all()
        gone = file["entry"].get("data_000005", getlink=True)
        assert isinstance(gone, h5py.ExternalLink)
        assert not (folder / Path(MASTER).with_name(gone.filename)).exists()


def test_odd_types_hold_what_they_claim(folder: Path) -> None:
    with h5py.File(folder / ODD) as file:
        numbers = file["numbers"]
        assert (numbers["big_f8"].dtype, numbers["little_f2"].dtype) == (np.dtype(">f8"), np.dtype("<f2"))
        kinds = {h5py.h5d.open(numbers.id, name.encode()).get_type().get_class() for name in numbers}
        assert {h5py.h5t.INTEGER, h5py.h5t.FLOAT, h5py.h5t.ENUM, h5py.h5t.BITFIELD} <= kinds
        structures = file["structures"]
        assert structures["nested_compound"][2]["position"]["y"] == -2
        assert [len(row) for row in structures["ragged"][()]] == [0, 3, 6, 9]
        assert structures["compound_with_vlen"][0]["text"] == "α".encode()
        assert file[file["references"].attrs["points_to"]].name == "/references/target"
        assert isinstance(file["empty/null"][()], h5py.Empty)
        assert file["empty/zero_in_the_middle"].shape == (3, 0, 5)
        assert file["names"].id.links.exists(b"latin-1 \xe9")
        assert file["links/up_again"] == file["links"]
        with pytest.raises(KeyError):
            file["links/broken"]


def test_the_logbooks_text(folder: Path) -> None:
    with h5py.File(folder / "beamline-xrf/2026-11/logbook_20261107.h5") as file:
        entry = file["entry"]
        assert entry["night_shift/data"].asstr()[()] == notes.MARKDOWN
        assert "李 娜" in entry["team"].asstr()[()]
        assert entry["messages"].asstr()[-1].startswith("2026-11-12T23:59:56")


def test_the_same_bytes_every_time(folder: Path, tmp_path: Path) -> None:
    demo.write_demo(tmp_path, SMALL)
    stamped = {MASTER, ODD}  # into virtual datasets and some odd ones HDF5 writes the time
    assert [name for name in demo.FILES.keys() - stamped if (tmp_path / name).read_bytes() != (folder / name).read_bytes()] == []


def test_files_already_there_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "note.h5"
    monkeypatch.setattr(demo, "FILES", {name: notes.logbook})
    (tmp_path / name).write_bytes(b"mine")
    assert demo.write_demo(tmp_path, SMALL) == [tmp_path / name]
    assert (tmp_path / name).read_bytes() == b"mine"


def test_an_interrupted_file_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(file: h5py.File, sizes: demo.Sizes) -> None:
        file["half"] = 1
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "FILES", {"half.h5": stopped})
    with pytest.raises(KeyboardInterrupt):
        demo.write_demo(tmp_path, SMALL)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_swept_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "FILES", {"note.h5": notes.logbook})
    old, new = tmp_path / ".note.h5.1.part", tmp_path / ".note.h5.2.part"
    for left in (old, new):
        left.touch()
    os.utime(old, (0, 0))
    demo.write_demo(tmp_path, SMALL)
    assert (old.exists(), new.exists()) == (False, True)
