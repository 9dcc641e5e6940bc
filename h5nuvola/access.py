"""Who may read what. Pure: it decides from a User and a Ref and touches nothing."""

from __future__ import annotations

from dataclasses import dataclass

from h5nuvola.model import Ref, User


@dataclass(frozen=True, slots=True)
class Grant:
    """Lets the named users or groups read one source, or a folder of it. `*` stands for everybody."""

    source: str
    folder: str = ""
    who: frozenset[str] = frozenset({"*"})


@dataclass(frozen=True, slots=True)
class Policy:
    """The grants in force. Whatever no grant names is refused."""

    grants: tuple[Grant, ...] = ()

    def may(self, user: User, ref: Ref) -> bool:
        """Whether `user` may read what `ref` names."""
        names = {"*", user.name, *(f"@{group}" for group in user.groups)}
        return any(grant.source == ref.source and _inside(ref.file, grant.folder) and names & grant.who for grant in self.grants)


def _inside(file: str, folder: str) -> bool:
    wanted = [part for part in folder.split("/") if part]
    return file.split("/")[: len(wanted)] == wanted if wanted else True
