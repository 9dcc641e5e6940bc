"""Rows of results: medians of what was measured, their ratio, and whether a promise holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One line of results. `ratio` is theirs / ours: above 1 ours is quicker or smaller. `goal` bounds ours from above."""

    case: str
    metric: str
    ours: float | None
    peer: str
    theirs: float | None
    ratio: float | None
    goal: float | None
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Click:
    """What one click cost: milliseconds until data were painted, bytes and requests on the way."""

    ms: float
    nbytes: int
    requests: int


def row(case: str, metric: str, ours: Sequence[float], peer: str = "", theirs: Sequence[float] = (), goal: float | None = None) -> Row:
    """The row of two series of measurements; an empty series has no median, and a row without ours keeps no promise."""
    mine, other = _median(ours), _median(theirs)
    ratio = round(other / mine, 2) if mine and other is not None else None
    holds = None if goal is None else mine is not None and mine <= goal
    return Row(case, metric, mine, peer, other, ratio, goal, holds)


def click_rows(case: str, when: str, ours: Sequence[Click], peer: str, theirs: Sequence[Click], goals: Mapping[str, float]) -> list[Row]:
    """Time, bytes and requests of a kind of click."""
    return [
        row(case, f"{when}: click to paint, ms", [one.ms for one in ours], peer, [one.ms for one in theirs], goals.get("ms")),
        row(case, f"{when}: bytes", [one.nbytes for one in ours], peer, [one.nbytes for one in theirs], goals.get("bytes")),
        row(case, f"{when}: requests", [one.requests for one in ours], peer, [one.requests for one in theirs], goals.get("requests")),
    ]


def as_json(rows: Iterable[Row]) -> str:
    """One JSON object a line."""
    return "\n".join(json.dumps(asdict(one), ensure_ascii=False) for one in rows)


def as_text(rows: Iterable[Row]) -> str:
    """An aligned table for people."""
    table = [["case", "metric", "ours", "theirs", "ratio", "goal", "holds", "peer"]]
    table += [
        [one.case, one.metric, _number(one.ours), _number(one.theirs), _number(one.ratio), _number(one.goal), _holds(one.holds), one.peer]
        for one in rows
    ]
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    right = range(2, 6)
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in table
    )


def _median(values: Sequence[float]) -> float | None:
    return round(median(values), 1) if values else None


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:g}"


def _holds(value: Any) -> str:
    return {True: "yes", False: "NO", None: "–"}[value]
