"""How big the demo files are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Lengths of the big demo datasets; the defaults are what `h5nuvola demo` writes, smaller ones make quick tests."""

    map_rows: int = 128
    map_columns: int = 160
    frames: int = 24
    detector: int = 1024  # pixels along a side
    image: int = 4096  # pixels along a side
    table: int = 1_000_000  # rows
    trace: int = 10_000_000  # samples
    shots: int = 2_000  # datasets in one group


SMALL = Sizes(map_rows=12, map_columns=16, frames=3, detector=512, image=256, table=2_000, trace=20_000, shots=20)
