"""The group app: what a group holds, with reasons for what cannot be opened, and datatypes in words."""

from __future__ import annotations

from looking import by_id, components, words

from h5nuvola.plugins import group


def show(dataset, **given):
    return group.layout(dataset, {one.key: one.default for one in group.plugin.states} | given)


def links(part):
    return [one.href for one in components(part) if type(one).__name__ == "A"]


def test_every_child_is_a_link_with_its_kind_shape_and_type(opened):
    view = show(opened("/nxdata"))
    assert links(view) == [f"/view?s=shelf&f=all.h5&p=/nxdata/{name}" for name in ("angle", "counts", "counts_errors")]
    assert "Curve 2000 float64" in words(view)
    assert "NXdata" in words(view)


def test_what_cannot_be_opened_has_no_link_but_a_reason(opened):
    view = show(opened("/"))
    assert not any(target.endswith(("dangling", "outside")) for target in links(view))
    shown = words(view)
    assert "/nowhere" in shown
    assert "/etc/passwd" in shown
    assert shown.count("Not readable") == 2


def test_a_long_list_comes_in_pages(opened):
    dataset = opened("/many")
    seen = [link for page in (1, 2, 3) for link in links(group.turn(dataset, page)[0])]
    assert len(seen) == len(set(seen)) == 450
    assert by_id(show(dataset), "page").total == 3
    assert group.turn(dataset, 3)[1] == "401 to 450"
    assert links(group.turn(dataset, "x")[0]) == seen[:200]


def test_an_empty_group_says_so(opened):
    assert "This group is empty" in words(show(opened("/hollow")))


def test_a_named_datatype_is_described(opened):
    shown = words(show(opened("/type")))
    assert "A record of 8 members" in shown
    for part in ("spectrum", "pos", "x float64", "HIGH 2"):
        assert part in shown, part
    assert "3 names for values of type uint8, 1 byte." in words(show(opened("/gain_type")))


def test_a_dataset_is_no_group(opened):
    assert "This is a dataset" in words(show(opened("/few")))
