"""What a file is to the storage rooms: bytes that can be asked for by position, wherever they lie."""

from __future__ import annotations

from typing import Protocol


class Blob(Protocol):
    """The bytes of one file at one revision.

    `revision` names the content (an ETag, or inode + mtime + size): two blobs with the same revision hold the same bytes.
    A local file has `fd`, a descriptor opened read-only which stays open while the blob is in use; a remote object has None
    and is read through `get`.
    """

    @property
    def revision(self) -> str: ...

    @property
    def size(self) -> int:
        """Bytes in the file."""

    @property
    def mtime(self) -> float:
        """Seconds since 1970 of the last change; 0.0 when unknown."""

    @property
    def name(self) -> str:
        """The file's name for sentences; never a server path."""

    @property
    def fd(self) -> int | None: ...

    def get(self, offset: int, n: int) -> bytes:
        """The `n` bytes from `offset`, fewer only at the end of the file.

        Raises SourceUnavailable when the storage does not answer and FileChanged when the revision is gone.
        """
