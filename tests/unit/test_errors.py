"""Every error is a sentence with a code of its own."""

import h5nuvola.errors as errors


def test_codes_are_unique_and_lead_back_to_their_class() -> None:
    found = errors.tree()
    assert len({cls.code for cls in found}) == len(found) > 20
    assert all(errors.from_code(cls.code) is cls for cls in found)
    assert errors.from_code("H5N-0") is errors.H5nuvolaError


def test_every_class_is_drawn_in_the_tree_at_the_top() -> None:
    drawing = errors.__doc__ or ""
    for cls in errors.tree():
        line = next((line for line in drawing.splitlines() if line.strip("│├└─ ").split(" ")[0] == cls.__name__), None)
        assert line is not None, cls.__name__
        assert cls is errors.H5nuvolaError or f" {cls.status}" in line, cls.__name__


def test_an_error_tells_programs_what_it_tells_people() -> None:
    error = errors.OverBudget("Reading this takes 41 GB.", "Choose a smaller range.", {"Limit": "64 MB"})
    told = error.as_json()
    assert told["message"] == str(error) == "Reading this takes 41 GB."
    assert (told["code"], told["advice"], told["figures"]) == ("H5N-3310", "Choose a smaller range.", {"Limit": "64 MB"})
    assert len(told["id"]) == 4
