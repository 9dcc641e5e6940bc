"""What plain h5py says of HDF5 files: the oracle that other tests compare with.

It runs in a process of its own (`python oracle.py`), since damaged files end it: `Oracle` starts it, asks it file by file and
starts another when one dies or hangs, leaving out the object at which it did.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
import resource
import select
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

WHOLE = 4 << 20  # bytes up to which a dataset is compared whole
SIDE = 65_536  # values compared of a larger one
MOST_OBJECTS = 20_000
DEEPEST = 64
MEMORY = 3 << 30


def selection(shape: tuple[int, ...], itemsize: int) -> str:
    """The part of a dataset that is compared, in numpy's words: all of it, a strided part, or a corner of a huge one."""
    nbytes = math.prod(shape) * itemsize
    if nbytes <= WHOLE or not shape:
        return ""
    side = max(1, int(SIDE ** (1 / len(shape))))
    if nbytes > 64 * WHOLE:
        return ",".join(f"0:{min(length, side)}" for length in shape)
    return ",".join(f"0:{length}:{max(1, -(-length // side))}" for length in shape)


def index(text: str) -> tuple[slice, ...]:
    """A selection's words as an index."""
    return tuple(slice(*(int(number) for number in part.split(":"))) for part in text.split(",")) if text else ()


def digest(values: np.ndarray[Any, Any]) -> str:
    """A fingerprint of shape, type and every bit of the values; bytes that pad records and long doubles are left out."""
    state = hashlib.sha256()
    _feed(state, np.asarray(values))
    return state.hexdigest()


def _feed(state: Any, array: np.ndarray[Any, Any]) -> None:
    if array.dtype.names:
        state.update(repr((array.shape, array.dtype.names)).encode())
        for name in array.dtype.names:
            _feed(state, array[name])
    elif array.dtype.kind in "fc" and array.dtype.itemsize in (12, 16, 24, 32) and array.dtype.char in "gG":
        state.update(repr((array.shape, array.dtype.kind, [repr(value) for value in array.ravel()])).encode())
    else:
        state.update(repr((array.shape, array.dtype.str)).encode())
        state.update(array.tobytes())


def canonical(value: Any) -> Any:
    """h5py's values as the JSON answers of the server write them; every reference is an arrow."""
    if isinstance(value, np.ndarray):
        return [canonical(item) for item in value] if value.ndim else canonical(value[()])
    if isinstance(value, np.void):
        if value.dtype.names:
            return [canonical(value[name]) for name in value.dtype.names]
        return base64.b64encode(value.tobytes()).decode()
    if isinstance(value, np.bytes_):
        try:
            return bytes(value).decode()
        except UnicodeDecodeError:
            return bytes(value).decode("utf-8", "backslashreplace")
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, np.longdouble | np.clongdouble):
        return repr(value)
    if isinstance(value, np.generic):
        return canonical(value.item())
    if isinstance(value, complex):
        return [canonical(value.real), canonical(value.imag)]
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if type(value).__name__ in ("Reference", "RegionReference"):
        return "→"
    return value


def digest_json(values: Any) -> str:
    """A fingerprint of values that came as JSON, or went through `canonical`."""
    return hashlib.sha256(json.dumps(_arrows(values)).encode()).hexdigest()


def _arrows(value: Any) -> Any:
    if isinstance(value, list):
        return [_arrows(item) for item in value]
    return "→" if isinstance(value, str) and value.startswith("→") else value


# --- the process ------------------------------------------------------------------------------------------------------


def main() -> None:
    """Answers one JSON line with one JSON line, and says before each object which one it looks at."""
    import hdf5plugin  # noqa: F401  its import registers the filters

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    # Filters print their complaints to the standard output of the process.
    sys.stdout = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps({"answer": look(Path(asked["file"]), set(asked["skip"]))}), flush=True)


def look(path: Path, skip: set[str]) -> dict[str, Any]:
    """Groups with the names in them, and datasets with their values' fingerprint; or why the file cannot be opened."""
    import h5py

    _say("/")
    if "/" in skip:
        return {"error": "it crashes or hangs", "crashed": True}
    try:
        with h5py.File(path, "r", locking=False) as file:
            return _walk(file, skip)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:300]}


def _walk(file: Any, skip: set[str]) -> dict[str, Any]:
    from h5py import h5d, h5g, h5l, h5o, h5t

    from h5nuvola.model import encode_name

    root = h5g.open(file.id, b"/")
    seen = {h5o.get_info(root).addr}
    groups: dict[str, list[str] | None] = {}
    datasets: dict[str, Any] = {}
    waiting = deque([(root, "/", 0)])
    cut = False
    while waiting:
        group, where, depth = waiting.popleft()
        names: list[tuple[bytes, int]] = []
        groups[where] = None
        try:
            group.links.iterate(lambda name, info, names=names: names.append((name, int(info.type))), info=True)
        except Exception:
            continue
        groups[where] = sorted(encode_name(name) for name, _ in names)
        for name, kind in sorted(names):
            path = f"{where.rstrip('/')}/{encode_name(name)}"
            if kind != h5l.TYPE_HARD or b"/" in name or name in (b"", b".") or path in skip:
                continue
            if len(seen) >= MOST_OBJECTS:
                return {"groups": groups, "datasets": datasets, "cut": True}
            _say(path)
            try:
                info = h5o.get_info(group, name)
                if info.addr in seen:
                    continue
                seen.add(info.addr)
                thing = h5o.open(group, name)
            except Exception as error:
                datasets[path] = {"error": f"{type(error).__name__}: {error}"[:300]}
                continue
            if isinstance(thing, h5g.GroupID):
                if depth < DEEPEST:
                    waiting.append((thing, path, depth + 1))
                else:
                    cut = True
            elif isinstance(thing, h5d.DatasetID) and not isinstance(thing, h5t.TypeID):
                datasets[path] = _dataset(thing)
    return {"groups": groups, "datasets": datasets, "cut": cut}


def _dataset(thing: Any) -> dict[str, Any]:
    import h5py
    from h5py import h5d, h5s, h5t

    found: dict[str, Any] = {}
    try:
        plist = thing.get_create_plist()
        if plist.get_layout() == h5d.VIRTUAL or (plist.get_layout() == h5d.CONTIGUOUS and plist.get_external_count()):
            return {"elsewhere": True}
        dataset = h5py.Dataset(thing)
        dtype = dataset.dtype
        if dataset.shape is None:
            return {"null": True}
        part = selection(dataset.shape, thing.get_type().get_size())
        found |= {"shape": list(dataset.shape), "part": part, "objects": dtype.hasobject}
        tid = thing.get_type()
        if tid.get_class() == h5t.OPAQUE and not part and dtype.kind == "V":
            # h5py's own type for opaque bytes has no tag, and HDF5 converts between equal tags only.
            values = np.zeros(dataset.shape, dtype)
            thing.read(h5s.ALL, h5s.ALL, values, tid)
        else:
            values = dataset[index(part) if part else ()]
        found["digest"] = digest_json(canonical(values)) if dtype.hasobject else digest(np.asarray(values))
    except Exception as error:
        found["error"] = f"{type(error).__name__}: {error}"[:300]
    return found


def _say(path: str) -> None:
    print(json.dumps({"at": path}), flush=True)


# --- the other end ----------------------------------------------------------------------------------------------------


class Oracle:
    """Asks oracle processes; `close` ends the last one."""

    def __init__(self, seconds: float = 10.0) -> None:
        self.seconds = seconds
        self.ended = 0
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, file: Path) -> dict[str, Any]:
        """What h5py says of a file; objects at which it crashed or hung have `"crashed": True` instead of a fingerprint."""
        skip: list[str] = []
        while len(skip) < 20:
            answer, at = self._try(file, skip)
            if answer is not None:
                for path in skip:
                    answer.get("datasets", {}).setdefault(path, {"crashed": True})
                return answer
            self.close()
            self.ended += 1
            skip.append(at)
        return {"error": "it crashes or hangs again and again", "crashed": True}

    def _try(self, file: Path, skip: list[str]) -> tuple[dict[str, Any] | None, str]:
        process = self._start()
        assert process.stdin is not None
        process.stdin.write(json.dumps({"file": str(file), "skip": skip}).encode() + b"\n")
        process.stdin.flush()
        at = "/"
        for line in self._lines(process):
            told = json.loads(line)
            if "answer" in told:
                return told["answer"], at
            at = told["at"]
        return None, at

    def _lines(self, process: subprocess.Popen[bytes]) -> Iterator[bytes]:
        """The lines of the process, until it ends or says nothing for too long."""
        assert process.stdout is not None
        rest = b""
        while select.select([process.stdout], [], [], self.seconds)[0]:
            data = os.read(process.stdout.fileno(), 1 << 20)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            yield from lines

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            root = Path(__file__).parent.parent
            self._process = subprocess.Popen(
                [sys.executable, __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": str(root), "PYTHONWARNINGS": "ignore"},
            )
        return self._process

    def close(self) -> None:
        """Ends the process; another starts with the next question."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


if __name__ == "__main__":
    main()
