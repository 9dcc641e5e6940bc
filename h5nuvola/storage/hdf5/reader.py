"""The reader process: `python -m h5nuvola.storage.hdf5.reader SOCKET MEMORY`. It ends when its socket closes.

It has no network, no credentials and nothing to write. A damaged file may freeze or crash it at any moment: then the pool
ends it and starts another.
"""

from __future__ import annotations

import dataclasses
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

import hdf5plugin  # noqa: F401  its import registers the filters
import numpy as np

from h5nuvola import errors
from h5nuvola.model import Budget, Selection
from h5nuvola.storage.hdf5 import entrance, lines, metadata, reduction, tree, values
from h5nuvola.storage.hdf5.arrays import Block, pack
from h5nuvola.storage.hdf5.opening import Files, OpenFile, words
from h5nuvola.storage.hdf5.wire import Channel, Gone, Message

TIRED = 768 << 20  # resident bytes above which a reader is replaced rather than kept
GRACE = 5.0  # seconds after the deadline at which the kernel ends a reader whose parent is gone

Result = tuple[Any, list[np.ndarray[Any, Any]]]


def _describe(file: OpenFile, args: dict[str, Any]) -> Result:
    return dataclasses.asdict(metadata.describe(file, args["path"])), []


def _children(file: OpenFile, args: dict[str, Any]) -> Result:
    nodes, total = tree.children(file, args["path"], args["start"], args["count"])
    return [[dataclasses.asdict(node) for node in nodes], total], []


def _position(file: OpenFile, args: dict[str, Any]) -> Result:
    return tree.position(file, args["path"], args["key"]), []


def _walk(file: OpenFile, args: dict[str, Any]) -> Result:
    nodes, cut = tree.walk(file, args["limit"], args["seconds"])
    return [[dataclasses.asdict(node) for node in nodes], cut], []


def _entrance(file: OpenFile, args: dict[str, Any]) -> Result:
    return entrance.entrance(file, args["path"]), []


def _read(file: OpenFile, args: dict[str, Any]) -> Result:
    array = values.read(file, args["path"], Selection.parse(args["selection"]), Budget(**args["budget"]))
    return None, [] if array is None else [array]


def _reduce(file: OpenFile, args: dict[str, Any]) -> Result:
    factors = (args["factors"][0], args["factors"][1])
    selection = Selection.parse(args["selection"])
    return None, [reduction.reduce(file, args["path"], selection, factors, args["method"], Budget(**args["budget"]))]


def _envelope(file: OpenFile, args: dict[str, Any]) -> Result:
    selection = Selection.parse(args["selection"])
    line = lines.envelope(file, args["path"], selection, args["bins"], args["x"], args["errors"], Budget(**args["budget"]))
    present = [line.index, line.y, line.x, line.errors]
    return [line.x is not None, line.errors is not None], [array for array in present if array is not None]


def _locate(file: OpenFile, args: dict[str, Any]) -> Result:
    return lines.locate(file, args["path"], args["lo"], args["hi"], Budget(**args["budget"])), []


OPERATIONS: dict[str, Callable[[OpenFile, dict[str, Any]], Result]] = {
    "describe": _describe,
    "children": _children,
    "position": _position,
    "walk": _walk,
    "entrance": _entrance,
    "read": _read,
    "reduce": _reduce,
    "envelope": _envelope,
    "locate": _locate,
}


def run(files: Files, message: Message) -> Result:
    """One operation. Raises errors.* with sentences for people, whatever HDF5 raised."""
    request = message.header
    if request["op"] == "ping":
        return "pong", []
    file: OpenFile | None = None
    try:
        file = files.get(request["file"], message.fds)
        return OPERATIONS[request["op"]](file, request["args"])
    except errors.H5nuvolaError:
        raise
    except MemoryError:
        raise errors.OverBudget("Reading this asked for more memory than a reader may take.", "Choose a smaller part.") from None
    except RecursionError:
        raise errors.Damaged("The parts of this object are nested too deep.") from None
    except Exception as error:
        raise _plain(error) from None
    finally:
        if file is not None and file.remote is not None and file.remote.failed:
            files.forget(file)


def _plain(error: Exception) -> errors.H5nuvolaError:
    """HDF5's exception as ours."""
    text = str(error).lower()
    if "memory allocation failed" in text or "unable to allocate" in text or "can't allocate" in text:
        return errors.OverBudget("Reading this asked for more memory than a reader may take.", "Choose a smaller part.")
    if "required filter" in text or ("filter" in text and "not registered" in text):
        return errors.FilterMissing(
            "The values are compressed with a filter that is not installed here.", "Ask for its plugin on this server."
        )
    return errors.Damaged(f"This part of the file cannot be read: {words(error)}.", "Check the file with h5dump or h5check.")


def answer(channel: Channel, files: Files, message: Message) -> None:
    """Run the request and send its result or its error."""
    block = Block()
    try:
        value, arrays = run(files, message)
        header: dict[str, Any] = {"ok": value, "arrays": [pack(array, block) for array in arrays]}
    except errors.H5nuvolaError as error:
        block = Block()
        header = {"error": {"code": error.code, "sentence": error.sentence, "advice": error.advice, "figures": error.figures}}
    except MemoryError:
        block = Block()
        header = {"error": {"code": errors.OverBudget.code, "sentence": "The values need more memory than a reader may take."}}
    finally:
        for fd in message.fds:
            os.close(fd)
    if _resident() > TIRED:
        header["tired"] = True
    channel.send(header, block.parts)


def _resident() -> int:
    with open("/proc/self/statm", "rb") as status:
        return int(status.read().split()[1]) * resource.getpagesize()


def main(arguments: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (int(arguments[1]), int(arguments[1])))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = Channel(socket.socket(fileno=int(arguments[0])))
    files = Files(channel)
    # What libraries print while they crash is of no use and could fill the log of the server.
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 2)
    os.close(quiet)
    try:
        channel.send({"ready": os.getpid()})
        while True:
            message = channel.receive()
            # The kernel ends this process even while HDF5 hangs with the interpreter's lock held and nobody is left to kill it.
            signal.setitimer(signal.ITIMER_REAL, float(message.header["seconds"]) + GRACE)
            answer(channel, files, message)
            signal.setitimer(signal.ITIMER_REAL, 0)
    except (Gone, OSError):
        pass
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
