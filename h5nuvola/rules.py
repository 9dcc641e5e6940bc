"""Which app fits: clauses over Facts, composed with `& | ~`, that score and explain themselves in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from h5nuvola.model import Attribute, Facts


@dataclass(frozen=True, slots=True)
class Reason:
    """One clause's answer in words, with what it adds to the score."""

    holds: bool
    sentence: str
    weight: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule's answer: whether it fits, how well, and why. `clauses` counts the ones that held."""

    fits: bool
    score: int
    reasons: tuple[Reason, ...]

    @property
    def clauses(self) -> int:
        return sum(reason.holds for reason in self.reasons)


class Rule:
    """A question about Facts. Build them with the functions of this module and join them with `&`, `|` and `~`."""

    def judge(self, facts: Facts) -> Verdict:
        """The verdict for one object."""
        raise NotImplementedError

    def words(self) -> str:
        """The rule said in words, for people."""
        raise NotImplementedError

    def __and__(self, other: Rule) -> Rule:
        return All((self, other))

    def __or__(self, other: Rule) -> Rule:
        return AnyOf((self, other))

    def __invert__(self) -> Rule:
        return Not(self)


@dataclass(frozen=True, slots=True)
class Clause(Rule):
    """One test with its weight and its sentences when true and when false."""

    holds: Callable[[Facts], bool]
    yes: str
    no: str
    weight: int

    def judge(self, facts: Facts) -> Verdict:
        holds = self.holds(facts)
        weight = self.weight if holds else 0
        return Verdict(holds, weight, (Reason(holds, self.yes if holds else self.no, weight),))

    def words(self) -> str:
        return self.yes[:1].lower() + self.yes[1:]


@dataclass(frozen=True, slots=True)
class All(Rule):
    """Every part must hold."""

    parts: tuple[Rule, ...]

    def judge(self, facts: Facts) -> Verdict:
        verdicts = [part.judge(facts) for part in self.parts]
        fits = all(verdict.fits for verdict in verdicts)
        return Verdict(fits, sum(verdict.score for verdict in verdicts) if fits else 0, _joined(verdicts))

    def words(self) -> str:
        return " and ".join(f"({part.words()})" if isinstance(part, AnyOf) else part.words() for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf(Rule):
    """One part must hold; every part that holds adds its weight."""

    parts: tuple[Rule, ...]

    def judge(self, facts: Facts) -> Verdict:
        verdicts = [part.judge(facts) for part in self.parts]
        return Verdict(
            any(verdict.fits for verdict in verdicts), sum(verdict.score for verdict in verdicts if verdict.fits), _joined(verdicts)
        )

    def words(self) -> str:
        return " or ".join(part.words() for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not(Rule):
    """The part must not hold; what is absent adds no weight."""

    part: Rule

    def judge(self, facts: Facts) -> Verdict:
        verdict = self.part.judge(facts)
        reasons = tuple(Reason(not reason.holds, reason.sentence, 0) for reason in verdict.reasons)
        return Verdict(not verdict.fits, 0, reasons)

    def words(self) -> str:
        return f"not ({self.part.words()})"


def _joined(verdicts: Iterable[Verdict]) -> tuple[Reason, ...]:
    return tuple(reason for verdict in verdicts for reason in verdict.reasons)


# --- clauses ---------------------------------------------------------------------------------------------------------


def kind(*kinds: str) -> Rule:
    """The object is one of these kinds: `dataset`, `group`, `datatype`."""
    said = " or ".join(kinds)
    return Clause(lambda facts: facts.kind in kinds, f"It is a {said}", f"It is no {said}", 1)


def ndim(*counts: int, at_least: int | None = None) -> Rule:
    """The dataset has one of these numbers of dimensions, or at least so many."""

    def holds(facts: Facts) -> bool:
        if facts.shape is None:
            return False
        return len(facts.shape) in counts or (at_least is not None and len(facts.shape) >= at_least)

    said = " or ".join(map(str, counts)) if counts else f"{at_least} or more"
    plural = "" if counts == (1,) else "s"
    return Clause(holds, f"It has {said} dimension{plural}", f"It has not {said} dimension{plural}", 2)


def numeric() -> Rule:
    """The elements are numbers."""
    return Clause(lambda facts: facts.type is not None and facts.type.numeric, "Its values are numbers", "Its values are no numbers", 1)


def dtype(*kinds: str) -> Rule:
    """The datatype is of one of these kinds: `int`, `float`, `complex`, `string`, `compound`, …"""
    said = " or ".join(kinds)
    return Clause(lambda facts: facts.type is not None and facts.type.kind in kinds, f"Its type is {said}", f"Its type is not {said}", 2)


def shape(*lengths: int | None) -> Rule:
    """The last dimensions have these lengths; None stands for any."""

    def holds(facts: Facts) -> bool:
        found = facts.shape or ()
        return len(found) >= len(lengths) and all(
            want is None or want == have for want, have in zip(reversed(lengths), reversed(found), strict=False)
        )

    said = " × ".join("any" if length is None else str(length) for length in lengths)
    return Clause(holds, f"Its last dimensions are {said}", f"Its last dimensions are not {said}", 3)


def longer_than(count: int, *axes: int) -> Rule:
    """Each of these dimensions (all, when none is named) is longer than `count`."""

    def holds(facts: Facts) -> bool:
        if not facts.shape:
            return False
        wanted = axes or tuple(range(len(facts.shape)))
        return all(-len(facts.shape) <= axis < len(facts.shape) and facts.shape[axis] > count for axis in wanted)

    which = "Its dimensions are" if not axes else "The dimensions it shows are"
    return Clause(holds, f"{which} longer than {count}", f"{which} not longer than {count}", 1)


def larger_than(nbytes: int) -> Rule:
    """All elements together take more than `nbytes` bytes."""
    return Clause(lambda facts: facts.nbytes > nbytes, f"It is larger than {nbytes:,} bytes", f"It is not larger than {nbytes:,} bytes", 1)


def name(*patterns: str) -> Rule:
    """The dataset's name matches one of these patterns (`mca*`, case matters not)."""
    said = " or ".join(patterns)
    return Clause(lambda facts: _matches(facts.name, patterns), f"Its name looks like {said}", f"Its name does not look like {said}", 5)


def path(*patterns: str) -> Rule:
    """The whole path matches one of these patterns."""
    said = " or ".join(patterns)
    return Clause(lambda facts: _matches(facts.ref.path, patterns), f"Its path looks like {said}", f"Its path does not look like {said}", 5)


def filename(*patterns: str) -> Rule:
    """The file's name matches one of these patterns."""
    said = " or ".join(patterns)
    return Clause(
        lambda facts: _matches(facts.ref.file.split("/")[-1], patterns),
        f"The file is named like {said}",
        f"The file is not named like {said}",
        5,
    )


def source(*names: str) -> Rule:
    """The file lies in one of these sources."""
    said = " or ".join(names)
    return Clause(lambda facts: facts.ref.source in names, f"It lies in the source {said}", f"It does not lie in the source {said}", 5)


def attr(key: str, *values: Any) -> Rule:
    """The object has this attribute, with one of these values (patterns for text) when any is given."""
    return AttributeClause("It", lambda facts: facts.attrs, key, values, 10)


def parent_attr(key: str, *values: Any) -> Rule:
    """The group that holds it has this attribute."""
    return AttributeClause("Its group", lambda facts: facts.parent_attrs, key, values, 10)


def root_attr(key: str, *values: Any) -> Rule:
    """The file's root has this attribute."""
    return AttributeClause("The file", lambda facts: facts.root_attrs, key, values, 10)


def nxclass(*classes: str) -> Rule:
    """The object or the group that holds it is of one of these NeXus classes."""
    said = " or ".join(classes)

    def holds(facts: Facts) -> bool:
        return any(
            str(found.value) in classes for attrs in (facts.attrs, facts.parent_attrs) if (found := attrs.get("NX_class")) is not None
        )

    return Clause(holds, f"It belongs to an {said}", f"It belongs to no {said}", 20)


def definition(*names: str) -> Rule:
    """The NeXus application definition of the entry is one of these."""
    said = " or ".join(names)
    return Clause(
        lambda facts: facts.definition in names, f"The application definition is {said}", f"The application definition is not {said}", 40
    )


def sibling(*patterns: str) -> Rule:
    """An object beside it is named like one of these patterns."""
    said = " or ".join(patterns)

    def holds(facts: Facts) -> bool:
        return any(_matches(node.label, patterns) for node in facts.siblings if node.path != facts.ref.path)

    return Clause(holds, f"Beside it lies {said}", f"Beside it lies no {said}", 8)


@dataclass(frozen=True, slots=True)
class AttributeClause(Rule):
    """An attribute is there, with one of these values when any is given; it says the value that it found."""

    whose: str
    attrs: Callable[[Facts], Mapping[str, Attribute]]
    key: str
    values: tuple[Any, ...]
    weight: int

    def judge(self, facts: Facts) -> Verdict:
        found = self.attrs(facts).get(self.key)
        if found is None:
            return self._answer(False, f"{self.whose} has no attribute {self.key}")
        said = f"{self.whose} has {self.key} = {found.text[:60]}"
        holds = not self.values or any(
            _matches(str(found.value), (want,)) if isinstance(want, str) else found.value == want for want in self.values
        )
        return self._answer(holds, said if holds else f"{said}, not {self._wanted()}")

    def words(self) -> str:
        whose = self.whose[:1].lower() + self.whose[1:]
        return f"{whose} has {self.key} = {self._wanted()}" if self.values else f"{whose} has an attribute {self.key}"

    def _wanted(self) -> str:
        return " or ".join(map(str, self.values))

    def _answer(self, holds: bool, sentence: str) -> Verdict:
        weight = self.weight if holds else 0
        return Verdict(holds, weight, (Reason(holds, sentence, weight),))


def _matches(text: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(text.casefold(), pattern.casefold()) for pattern in patterns)


# --- ranking ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """An app's name with its rule's verdict."""

    app: str
    verdict: Verdict


def rank(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Candidates from best to worst: those that fit, by score, then by number of clauses, then by name. The order is total."""
    return sorted(candidates, key=lambda one: (not one.verdict.fits, -one.verdict.score, -one.verdict.clauses, one.app))
