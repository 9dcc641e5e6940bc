"""Who may read what."""

import pytest

from h5nuvola.access import Grant, Policy
from h5nuvola.model import Ref, User

POLICY = Policy((Grant("open"), Grant("beamline", "p1107", frozenset({"anna", "@p1107"}))))


@pytest.mark.parametrize(
    ("user", "ref", "allowed"),
    [
        (User("x"), Ref("open", "a.h5"), True),
        (User("x"), Ref("unknown", "a.h5"), False),
        (User("anna"), Ref("beamline", "p1107/raw/a.h5"), True),
        (User("anna"), Ref("beamline", "p1107"), True),
        (User("anna"), Ref("beamline", "p11070/a.h5"), False),
        (User("anna"), Ref("beamline", ""), False),
        (User("x"), Ref("beamline", "p1107/a.h5"), False),
        (User("x", frozenset({"p1107"})), Ref("beamline", "p1107/a.h5"), True),
        (User("p1107"), Ref("beamline", "p1107/a.h5"), False),
    ],
)
def test_only_what_is_granted_is_allowed(user: User, ref: Ref, allowed: bool) -> None:
    assert POLICY.may(user, ref) is allowed


def test_an_empty_policy_refuses() -> None:
    assert not Policy().may(User("root"), Ref("s", "f"))
