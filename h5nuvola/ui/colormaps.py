"""Colour maps by name, as short tables that the browser and the server turn into the same 256 colours."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
import plotly.colors
from plotly.colors import cmocean, cyclical, diverging

STOPS = 64  # pieces a table is cut into; between two stops colours are mixed evenly


@dataclass(frozen=True, slots=True)
class Colormap:
    """A map's name in addresses, its title for eyes, and what it is good for."""

    name: str
    title: str
    uniform: bool = False  # equal steps of the value look like equal steps
    safe: bool = False  # also for colour-blind readers
    diverging: bool = False  # its middle means zero
    cyclic: bool = False  # its ends are one colour: angles


# Perceptually uniform ones first: the order of the menu.
COLORMAPS = (
    Colormap("viridis", "Viridis", uniform=True, safe=True),
    Colormap("cividis", "Cividis", uniform=True, safe=True),
    Colormap("magma", "Magma", uniform=True, safe=True),
    Colormap("inferno", "Inferno", uniform=True, safe=True),
    Colormap("plasma", "Plasma", uniform=True, safe=True),
    Colormap("gray", "Gray", uniform=True, safe=True),
    Colormap("thermal", "Thermal", uniform=True),
    Colormap("ice", "Ice", uniform=True),
    Colormap("balance", "Balance", uniform=True, safe=True, diverging=True),
    Colormap("rdbu", "RdBu", safe=True, diverging=True),
    Colormap("twilight", "Twilight", uniform=True, cyclic=True),
    Colormap("phase", "Phase", uniform=True, cyclic=True),
    Colormap("turbo", "Turbo"),
    Colormap("hot", "Hot"),
    Colormap("jet", "Jet"),
)
NAMES = tuple(one.name for one in COLORMAPS)
DEFAULT = "viridis"

_CV2 = {
    "viridis": cv2.COLORMAP_VIRIDIS,
    "cividis": cv2.COLORMAP_CIVIDIS,
    "magma": cv2.COLORMAP_MAGMA,
    "inferno": cv2.COLORMAP_INFERNO,
    "plasma": cv2.COLORMAP_PLASMA,
    "turbo": cv2.COLORMAP_TURBO,
    "hot": cv2.COLORMAP_HOT,
    "jet": cv2.COLORMAP_JET,
}
_PLOTLY: dict[str, list[str]] = {
    "thermal": cmocean.thermal,
    "ice": cmocean.ice,
    "balance": cmocean.balance,
    "rdbu": diverging.RdBu,
    "twilight": cyclical.Twilight,
    "phase": cmocean.phase,
}


def get(name: str) -> Colormap:
    """The colour map of this name; the default one for a name that does not exist."""
    return next((one for one in COLORMAPS if one.name == name), COLORMAPS[0])


def _source(name: str) -> np.ndarray[Any, Any]:
    """The published colours, shape (n, 3), 0…255."""
    if name == "gray":
        return np.array([[0.0] * 3, [255.0] * 3])
    if name in _CV2:
        ramp = np.arange(256, dtype=np.uint8).reshape(1, 256)
        return np.asarray(cv2.applyColorMap(ramp, _CV2[name])[0, :, ::-1], dtype=float)
    colours = [plotly.colors.unlabel_rgb(c) if c.startswith("rgb") else plotly.colors.hex_to_rgb(c) for c in _PLOTLY[name]]
    return np.asarray(colours, dtype=float)


def _mixed(colours: np.ndarray[Any, Any], count: int) -> np.ndarray[Any, Any]:
    at = np.linspace(0, len(colours) - 1, count)
    channels = [np.interp(at, np.arange(len(colours)), colours[:, channel]) for channel in range(3)]
    return np.floor(np.stack(channels, axis=1) + 0.5).astype(np.uint8)


@cache
def stops(name: str) -> np.ndarray[Any, Any]:
    """The short table of a map: shape (STOPS + 1, 3), uint8, evenly spaced from the lowest to the highest value."""
    return _mixed(_source(get(name).name), STOPS + 1)


@cache
def table(name: str) -> np.ndarray[Any, Any]:
    """The 256 colours of a map as they are drawn: shape (256, 3), uint8."""
    return _mixed(stops(name).astype(float), 256)


@cache
def packed() -> dict[str, str]:
    """Every short table in base64, for the browser."""
    return {name: base64.b64encode(stops(name).tobytes()).decode("ascii") for name in NAMES}


def scale(name: str) -> list[tuple[float, str]]:
    """A map as plotly's colour scale."""
    rows = stops(name).tolist()
    return [(index / STOPS, f"rgb({red},{green},{blue})") for index, (red, green, blue) in enumerate(rows)]


def options() -> list[tuple[str, str]]:
    """Name and title of every map, in the order of the menu."""
    return [(one.name, one.title) for one in COLORMAPS]
