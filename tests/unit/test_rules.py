"""Clauses, their composition, their words and the ranking."""

from dataclasses import replace

import pytest

from h5nuvola import rules
from h5nuvola.model import Attribute, Facts, Node, Ref, TypeInfo
from h5nuvola.rules import Candidate, Clause, Rule, Verdict, rank

FACTS = Facts(
    ref=Ref("mcx", "2026/scan_0412.h5", "/entry/detector/mca_data"),
    kind="dataset",
    revision="1",
    shape=(64, 200, 2048),
    type=TypeInfo("uint", "uint16", 2, "<u2"),
    attrs={"interpretation": Attribute("interpretation", "string", (), "spectrum", "spectrum"), "n": Attribute("n", "int64", (), "3", 3)},
    parent_attrs={"NX_class": Attribute("NX_class", "string", (), "NXdetector", "NXdetector")},
    root_attrs={"instrument": Attribute("instrument", "string", (), "TwinMic-2", "TwinMic-2")},
    siblings=(
        Node("mca_data", "mca_data", "/entry/detector/mca_data", "dataset"),
        Node("energy", "energy", "/entry/detector/energy", "dataset"),
    ),
    definition="NXfluo",
)


@pytest.mark.parametrize(
    ("rule", "fits", "weight"),
    [
        (rules.kind("dataset"), True, 1),
        (rules.kind("group"), False, 1),
        (rules.ndim(3), True, 2),
        (rules.ndim(1, 2), False, 2),
        (rules.ndim(at_least=2), True, 2),
        (rules.numeric(), True, 1),
        (rules.dtype("uint", "int"), True, 2),
        (rules.dtype("string"), False, 2),
        (rules.shape(2048), True, 3),
        (rules.shape(None, 2048), True, 3),
        (rules.shape(3), False, 3),
        (rules.longer_than(63), True, 1),
        (rules.longer_than(64), False, 1),
        (rules.longer_than(100, -1, -2), True, 1),
        (rules.larger_than(10**6), True, 1),
        (rules.larger_than(10**12), False, 1),
        (rules.name("MCA*"), True, 5),
        (rules.name("mca"), False, 5),
        (rules.path("/entry/*"), True, 5),
        (rules.filename("scan_*.h5"), True, 5),
        (rules.filename("2026*"), False, 5),
        (rules.source("mcx"), True, 5),
        (rules.attr("interpretation"), True, 10),
        (rules.attr("interpretation", "spec*"), True, 10),
        (rules.attr("interpretation", "image"), False, 10),
        (rules.attr("n", 3), True, 10),
        (rules.attr("n", 4), False, 10),
        (rules.parent_attr("NX_class", "NXdetector"), True, 10),
        (rules.root_attr("instrument", "TwinMic*"), True, 10),
        (rules.nxclass("NXdetector", "NXfluo"), True, 20),
        (rules.nxclass("NXdata"), False, 20),
        (rules.definition("NXfluo"), True, 40),
        (rules.sibling("energ*"), True, 8),
        (rules.sibling("mca_data"), False, 8),  # it is no sibling of itself
    ],
)
def test_each_clause_holds_weighs_and_speaks(rule: Rule, fits: bool, weight: int) -> None:
    verdict = rule.judge(FACTS)
    assert verdict.fits is fits
    assert verdict.score == (weight if fits else 0)
    assert [reason.holds for reason in verdict.reasons] == [fits]
    sentence = verdict.reasons[0].sentence
    assert sentence[0].isupper()
    if isinstance(rule, Clause):
        assert sentence == (rule.yes if fits else rule.no)
    assert rule.words()[0].islower()


def test_an_attribute_clause_says_what_it_found() -> None:
    def sentence(rule: Rule) -> str:
        return rule.judge(FACTS).reasons[0].sentence

    assert sentence(rules.attr("interpretation", "image", "spec*")) == "It has interpretation = spectrum"
    assert sentence(rules.attr("interpretation", "image")) == "It has interpretation = spectrum, not image"
    assert sentence(rules.parent_attr("signal")) == "Its group has no attribute signal"


def test_clauses_without_a_dataset_do_not_hold() -> None:
    group = replace(FACTS, kind="group", shape=None, type=None)
    for rule in (rules.ndim(3), rules.numeric(), rules.shape(3), rules.longer_than(1), rules.dtype("int"), rules.larger_than(0)):
        assert not rule.judge(group).fits


def test_and_needs_all_and_adds_up() -> None:
    good, bad = rules.ndim(3) & rules.numeric(), rules.ndim(3) & rules.name("x")
    assert (good.judge(FACTS).fits, good.judge(FACTS).score) == (True, 3)
    assert (bad.judge(FACTS).fits, bad.judge(FACTS).score) == (False, 0)
    assert [reason.holds for reason in bad.judge(FACTS).reasons] == [True, False]


def test_or_needs_one_and_counts_every_part_that_holds() -> None:
    both = rules.ndim(3) | rules.numeric()
    one = rules.name("x") | rules.numeric()
    assert (both.judge(FACTS).score, one.judge(FACTS).score) == (3, 1)
    assert not (rules.name("x") | rules.name("y")).judge(FACTS).fits


def test_not_turns_the_answer_and_adds_nothing() -> None:
    verdict = (~rules.name("x")).judge(FACTS)
    assert (verdict.fits, verdict.score) == (True, 0)
    assert not (~rules.numeric()).judge(FACTS).fits


def test_a_composed_rule_reads_as_a_sentence() -> None:
    rule = rules.ndim(3) & (rules.name("mca*") | rules.nxclass("NXfluo")) & ~rules.attr("signal")
    assert (
        rule.words() == "it has 3 dimensions and (its name looks like mca* or it belongs to an NXfluo) and not (it has an attribute signal)"
    )


def _candidate(app: str, fits: bool, score: int, clauses: int) -> Candidate:
    return Candidate(app, Verdict(fits, score, tuple(rules.Reason(True, "", 0) for _ in range(clauses))))


def test_ranking_is_total_fits_then_score_then_clauses_then_name() -> None:
    candidates = [
        _candidate("d", False, 99, 9),
        _candidate("c", True, 5, 1),
        _candidate("b", True, 5, 2),
        _candidate("a", True, 5, 1),
        _candidate("e", True, 7, 1),
    ]
    assert [one.app for one in rank(candidates)] == ["e", "b", "a", "c", "d"]
    assert rank(reversed(candidates)) == rank(candidates)
