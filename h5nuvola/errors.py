"""Everything that can go wrong, as sentences for people.

    H5nuvolaError
    ├── BadRequest           400  the address or the request itself makes no sense
    │   ├── BadSelection     422  a slice that does not fit the dataset
    │   └── BadSetting       400  a setting that does not exist or cannot be used
    ├── NotFound             404  nothing is there (or nothing this user may know of)
    │   ├── SourceNotFound   404
    │   ├── FileNotFound     404
    │   ├── ObjectNotFound   404  no such group or dataset in the file
    │   └── AppNotFound      404
    ├── Refused              403  it is there and will not be opened
    │   ├── NotAllowed       403  by the rules of access
    │   ├── PermissionMissing 403 the server's own account may not read the file
    │   ├── NotAFile         403  a folder, a pipe, a device
    │   └── LinkRefused      403  an external link, virtual dataset or external raw storage
    ├── Unreadable           422  the bytes cannot be understood
    │   ├── NotHdf5          422
    │   ├── Truncated        422
    │   ├── Damaged          422  reading it crashed or froze HDF5, or HDF5 says so
    │   ├── StillWriting     422  open for writing in another program
    │   ├── FilterMissing    422
    │   └── TypeUnsupported  422
    ├── FileChanged          409  rewritten while it was being read
    ├── OverBudget           413  more than one view may cost
    │   └── TooSlow          413  more than one view may take
    ├── SourceUnavailable    503  storage slow, failing or gone
    ├── Busy                 503  every reader is at work
    └── AppFailed            422  an app raised; the rest of the page goes on

Each class gives a code to quote, an HTTP status and a title; each instance adds what happened (`sentence`),
what to do (`advice`) and the figures that belong to it (`figures`).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, ClassVar


class H5nuvolaError(Exception):
    """The root: an error that a user may read as it is."""

    code: ClassVar[str] = "H5N-1000"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "Something went wrong"
    icon: ClassVar[str] = "alert-triangle"
    tone: ClassVar[str] = "err"

    def __init__(self, sentence: str, advice: str = "", figures: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.advice = advice
        self.figures = dict(figures or {})
        self.id = secrets.token_hex(2)

    def as_json(self) -> dict[str, Any]:
        """The same error for programs; `message` is what h5grove's clients look for."""
        return {
            "code": self.code,
            "id": self.id,
            "title": self.title,
            "message": self.sentence,
            "advice": self.advice,
            "figures": self.figures,
        }


class BadRequest(H5nuvolaError):
    code, status, title = "H5N-1400", 400, "This address cannot be understood"
    icon, tone = "link-off", "warn"


class BadSelection(BadRequest):
    code, status, title = "H5N-1422", 422, "This slice does not fit the dataset"


class BadSetting(BadRequest):
    code, title = "H5N-1401", "A setting cannot be used"


class NotFound(H5nuvolaError):
    code, status, title = "H5N-1404", 404, "Nothing is here"
    icon, tone = "file-unknown", "warn"


class SourceNotFound(NotFound):
    code, title = "H5N-1405", "No source has this name"


class FileNotFound(NotFound):
    code, title = "H5N-1406", "This file is not here"


class ObjectNotFound(NotFound):
    code, title = "H5N-1407", "The file has no such object"


class AppNotFound(NotFound):
    code, title = "H5N-1408", "No app has this name"


class Refused(H5nuvolaError):
    code, status, title = "H5N-4000", 403, "This was not opened"
    icon, tone = "lock", "warn"


class NotAllowed(Refused):
    code, title = "H5N-4031", "You may not read this"


class PermissionMissing(Refused):
    code, title = "H5N-4032", "The server may not read this file"


class NotAFile(Refused):
    code, title = "H5N-4033", "This is not a file"
    icon = "folder"


class LinkRefused(Refused):
    code, title = "H5N-4107", "This data lies in another file"
    icon, tone = "unlink", "err"


class Unreadable(H5nuvolaError):
    code, status, title = "H5N-2200", 422, "This cannot be read"
    icon = "file-alert"


class NotHdf5(Unreadable):
    code, title = "H5N-2201", "This is not an HDF5 file"


class Truncated(Unreadable):
    code, title = "H5N-2203", "The end of this file is missing"


class Damaged(Unreadable):
    code, title = "H5N-2204", "This part of the file is damaged"


class StillWriting(Unreadable):
    code, title = "H5N-2205", "The file is still open for writing"
    tone = "warn"


class FilterMissing(Unreadable):
    code, title = "H5N-2206", "A compression filter is missing"


class TypeUnsupported(Unreadable):
    code, title = "H5N-2207", "This type of data cannot be shown"
    tone = "warn"


class FileChanged(H5nuvolaError):
    code, status, title = "H5N-1409", 409, "The file has changed"
    icon, tone = "refresh", "warn"


class OverBudget(H5nuvolaError):
    code, status, title = "H5N-3310", 413, "Too big to show at once"
    icon, tone = "gauge", "warn"


class TooSlow(OverBudget):
    code, title = "H5N-3311", "This takes too long to show at once"


class SourceUnavailable(H5nuvolaError):
    code, status, title = "H5N-5031", 503, "The storage does not answer"
    icon, tone = "cloud-off", "err"


class Busy(H5nuvolaError):
    code, status, title = "H5N-5032", 503, "The server is busy"
    icon, tone = "clock", "warn"


class AppFailed(H5nuvolaError):
    code, status, title = "H5N-6000", 422, "The app stopped"
    icon = "plug-off"


def tree(root: type[H5nuvolaError] = H5nuvolaError) -> list[type[H5nuvolaError]]:
    """Every error class, parents before children."""
    found = [root]
    for child in root.__subclasses__():
        found += tree(child)
    return found


def from_code(code: str) -> type[H5nuvolaError]:
    """The class with this code; the root when no class has it."""
    return next((cls for cls in tree() if cls.code == code), H5nuvolaError)
