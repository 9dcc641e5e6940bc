"""Names that users send, made into places inside a source and nowhere else."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from h5nuvola.errors import BadRequest, FileNotFound, PermissionMissing
from h5nuvola.model import decode_name, encode_name, visible

# What the operating system says when a name leads nowhere. All of them read the same to a user.
_NOWHERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ})


def missing(file: str) -> FileNotFound:
    """The one sentence for a file that is not there, or of which nobody may know whether it is."""
    return FileNotFound(f"There is no “{visible(file)[-200:]}” in this source.", "Check the name, or look for it in its folder.")


def parts(encoded_file: str) -> tuple[bytes, ...]:
    """The names along an encoded relative path; `""` is the source itself. BadRequest for anything that could lead elsewhere."""
    if encoded_file == "":
        return ()
    names = []
    for part in encoded_file.split("/"):
        raw = decode_name(part)
        if part == "":
            raise BadRequest("The file's address has an empty part.", "Write it without a “/” at its ends and without “//”.")
        if raw in (b".", b".."):
            raise BadRequest("The file's address goes up with “..” or stands still with “.”.", "Write the path from the source down.")
        # One file, one address: "\x61" for "a" would walk around whatever is decided by the text of an address, "\x2f" out of its folder.
        if b"/" in raw or b"\0" in raw or encode_name(raw) != part:
            raise BadRequest("The file's address is not written as h5nuvola writes it.", "Open the file from its folder.")
        names.append(raw)
    return tuple(names)


def contain(root: Path, encoded_file: str) -> Path:
    """The real path of a file or folder inside `root`, symbolic links followed.

    Raises BadRequest for an address that is no plain relative path, FileNotFound when nothing is there or a link leaves `root`
    (the same sentence for both), PermissionMissing, and OSError when the storage itself fails.
    """
    wanted = parts(encoded_file)
    real_root = Path(os.path.realpath(root, strict=True))
    try:
        real = Path(os.path.realpath(real_root.joinpath(*map(os.fsdecode, wanted)), strict=True))
    except OSError as error:
        # A link may lead to where the server has no rights: that something is there stays a secret, too.
        if isinstance(error, PermissionError) and inside(real_root, Path(os.fsdecode(error.filename or b"/"))):
            raise PermissionMissing(
                f"The server's account may not look at “{visible(encoded_file)[-200:]}”.", "Ask its owner for the right to read it."
            ) from None
        if isinstance(error, PermissionError) or error.errno in _NOWHERE:
            raise missing(encoded_file) from None
        raise
    if not inside(real_root, real):
        raise missing(encoded_file)
    return real


def inside(real_root: Path, real: Path) -> bool:
    """Whether a real path is `real_root` or below it, compared part by part: `/data-old` is not inside `/data`."""
    return real.parts[: len(real_root.parts)] == real_root.parts


def relative(real_root: Path, real: Path) -> str:
    """The encoded address of a real path inside `real_root`."""
    return "/".join(encode_name(os.fsencode(part)) for part in real.parts[len(real_root.parts) :])
