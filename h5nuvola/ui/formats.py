"""Numbers, sizes, shapes, times and whole values as text: exact where it is data, short where it is a size."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

import numpy as np

from h5nuvola.model import TypeInfo, visible

THIN = "\u202f"  # between groups of three digits; does not break at the end of a line
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")


def count(number: int) -> str:
    """A count with thin groups: `48 213`."""
    return f"{number:,}".replace(",", THIN)


def plural(number: int, noun: str, nouns: str = "") -> str:
    """`1 row`, `12 800 rows`."""
    return f"{count(number)} {noun if number == 1 else nouns or noun + 's'}"


def size(nbytes: int) -> str:
    """Bytes in decimal units with at most three digits that count: `2.15 GB`, `64 MB`, `912 bytes`."""
    value, unit = float(max(nbytes, 0)), 0
    while unit < len(_UNITS) - 1 and value >= (1000 if unit == 0 else 999.5):
        value, unit = value / 1000, unit + 1
    if unit == 0:
        return plural(int(value), "byte")
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    number = f"{value:.{digits}f}"
    return f"{number.rstrip('0').rstrip('.') if digits else count(int(number))} {_UNITS[unit]}"


def shape(lengths: Sequence[int] | None) -> str:
    """`64 × 4096 × 4096`; `scalar` without dimensions, `empty` for a null dataspace."""
    if lengths is None:
        return "empty"
    return " × ".join(map(str, lengths)) if lengths else "scalar"


def when(seconds: float, now: datetime | None = None, zone: tzinfo | None = None) -> str:
    """A time as people say it: `today 08:51`, `yesterday 17:05`, `21 Nov 17:05`, `21 Nov 2024`."""
    now = now or datetime.now(zone)
    try:
        then = datetime.fromtimestamp(seconds, now.tzinfo)
    except (OverflowError, ValueError, OSError):
        return "at an unknown time"
    days = now.date() - then.date()
    if days == timedelta(0):
        return f"today {then:%H:%M}"
    if days == timedelta(1):
        return f"yesterday {then:%H:%M}"
    if abs(days) < timedelta(300):
        return f"{then.day} {then:%b %H:%M}"
    return f"{then.day} {then:%b %Y}"


def milliseconds(seconds: float) -> str:
    """What a view took: `41 ms`, `2.3 s`."""
    return f"{seconds * 1e3:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


# --- values ----------------------------------------------------------------------------------------------------------


def number(value: Any) -> str:
    """One number in the fewest digits that read back to the very same value of its type."""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, complex | np.complexfloating):
        imaginary = number(value.imag)
        return f"{number(value.real)}{'' if imaginary.startswith('-') else '+'}{imaginary}j"
    if isinstance(value, float | np.floating):
        return "NaN" if value != value else str(value)
    return str(value)


def hexadecimal(data: bytes, limit: int = 64) -> str:
    """Bytes as pairs of hexadecimal digits; how many were left out is said."""
    shown = data[:limit].hex(" ")
    return shown if len(data) <= limit else f"{shown} … {count(len(data))} bytes"


def paragraph(words: str) -> str:
    """Text of several lines made safe to look at: line ends and tabs stay, all else that is invisible is shown."""
    lines = words.replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(visible(part) for part in line.split("\t")) for line in lines)


def hexdump(data: bytes, start: int = 0, width: int = 16) -> str:
    """Lines of offset, bytes and the ASCII letters among them."""
    lines = []
    for offset in range(0, len(data), width):
        row = data[offset : offset + width]
        letters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in row)
        lines.append(f"{start + offset:08x}  {row.hex(' '):<{width * 3 - 1}}  {letters}")
    return "\n".join(lines)


def text(value: Any, type: TypeInfo | None = None, limit: int = 1000) -> str:
    """Any value that a dataset may hold, as one line of harmless text, at most about `limit` letters.

    `type` gives enum names and the members of compounds.
    """
    return _cut(_write(value, type, limit), limit)


def _write(value: Any, type: TypeInfo | None, limit: int) -> str:
    if value is None:
        return "null"
    if type is not None and type.kind in ("enum", "bool") and isinstance(value, int | np.integer):
        return next((visible(name) for name, one in type.names if one == int(value)), f"{int(value)} (no name)")
    if isinstance(value, str):
        return visible(value[: limit + 1])
    if isinstance(value, bytes | bytearray | memoryview):
        return _bytes(bytes(value), type)
    if isinstance(value, np.void):
        return hexadecimal(value.tobytes()) if value.dtype.names is None else _record(value, type, limit)
    if isinstance(value, np.datetime64 | np.timedelta64):
        return str(value)
    if isinstance(value, bool | int | float | complex | np.generic):
        return number(value)
    if isinstance(value, np.ndarray | list | tuple):
        return _list(value, type, limit)
    if isinstance(value, dict):
        return _join("{", "}", (f"{visible(str(key))}: {_write(one, None, limit)}" for key, one in value.items()), len(value), limit)
    return visible(str(value)[: limit + 1])


def _bytes(data: bytes, type: TypeInfo | None) -> str:
    if type is not None and type.kind == "opaque":
        return hexadecimal(data)
    try:
        return visible(data.rstrip(b"\0").decode())
    except UnicodeDecodeError:
        return hexadecimal(data)


def _record(value: np.void, type: TypeInfo | None, limit: int) -> str:
    members = dict(type.fields) if type is not None else {}
    names = value.dtype.names or ()
    return _join("{", "}", (f"{visible(name)}: {_write(value[name], members.get(name), limit)}" for name in names), len(names), limit)


def _list(values: Any, type: TypeInfo | None, limit: int) -> str:
    if isinstance(values, np.ndarray) and values.ndim == 0:
        return _write(values[()], type, limit)
    base = type.base if type is not None and type.base is not None else type
    return _join("[", "]", (_write(one, base, limit) for one in values), len(values), limit)


def _join(open: str, close: str, parts: Any, total: int, limit: int) -> str:
    taken: list[str] = []
    length = 0
    for part in parts:
        if length + len(part) > limit and taken:
            return f"{open}{', '.join(taken)}, … {plural(total, 'value')}{close}"
        taken.append(part)
        length += len(part) + 2
    return f"{open}{', '.join(taken)}{close}"


def _cut(line: str, limit: int) -> str:
    return line if len(line) <= limit + 40 else line[:limit] + "…"


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
