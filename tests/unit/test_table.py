"""The table app: columns, blocks of rows as exact text, and what it says when it cannot read."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from looking import by_id, words

from h5nuvola.model import Budget
from h5nuvola.plugins import table


def heads(dataset, first=0):
    return [column.head for column in table.columns(dataset.facts, first)[0]]


def block(dataset, start, stop, selection="", first=0, short=False):
    return table.block(dataset, selection, start, stop, first, table.COLUMNS, short)


def rows(dataset, start=0, stop=200, first=0, digits="exact", selection=""):
    return table.rows(dataset, {"startRow": start, "endRow": stop}, first, digits, selection)[0]


def state(**given):
    return {one.key: one.default for one in table.plugin.states} | given


def test_compounds_are_flattened(opened):
    assert heads(opened("/rows")) == [
        "id", "pos.x", "pos.y", "rgb[0]", "rgb[1]", "rgb[2]", "spectrum", "name", "gain", "ok", "field",
    ]  # fmt: skip


def test_every_value_is_exact_text(opened):
    number, x, y, red, _, _, spectrum, name, gain, ok, field = (column[3] for column in block(opened("/rows"), 0, 4))
    assert (number, x, y, red, name, ok) == (str(2**60 + 3), "0.1", "0.1", "1", "peak", "true")
    assert (gain, field) == ("3 (no name)", "1.0-2.0j")
    assert spectrum.startswith("[0.0, 0.0")


def test_values_read_back_to_what_is_stored(opened):
    matrix = opened("/matrix")
    texts = block(matrix, 990, 1000)
    assert np.array_equal(np.array(texts, "f4").T, matrix[990:1000])
    assert block(opened("/long_integers"), 0, 3) == [["9223372036854775807", "9007199254740993", "-5"]]
    assert block(opened("/gaps"), 0, 2) == [["NaN", "1.0"]]
    assert block(opened("/few"), 0, 1, short=True) == [["1"]]


def test_texts_lists_and_enums(opened):
    assert block(opened("/names"), 0, 3) == [["α", "<img src=x onerror=alert(1)>⟨U+202E⟩", ""]]
    assert block(opened("/lists"), 0, 3) == [["[1, 2, 3]", "[4]", "[]"]]
    assert block(opened("/gains"), 0, 3) == [["LOW", "HIGH", "MID"]]


def test_a_block_is_what_the_grid_asked_for(opened):
    answer = rows(opened("/rows"), 400, 600)
    assert answer["rowCount"] == 500
    assert [row["row"] for row in answer["rowData"]] == list(range(400, 500))
    assert answer["rowData"][-1]["c0"] == str(2**60 + 499)
    json.dumps(answer)


@pytest.mark.parametrize(
    "request_", [None, "x", [], {"startRow": "a"}, {"startRow": -5, "endRow": 10**30}, {"startRow": 10**9, "endRow": 5}]
)
def test_a_strange_request_gets_a_small_answer(opened, request_):
    answer = table.rows(opened("/rows"), request_, 0, "exact", "")[0]
    assert not isinstance(answer, dict) or len(answer["rowData"]) <= table.ROWS


def test_a_wide_matrix_has_a_window_of_columns(opened):
    dataset = opened("/wide")
    assert heads(dataset, 2500)[0] == "2500"
    assert len(heads(dataset, 2500)) == 500
    row = rows(dataset, 10, 11, first=2500)["rowData"][0]
    assert (row["c2500"], row["c2999"], "c2499" in row) == ("0.1", "0.1", False)
    definitions, said = table.across(dataset, 2500)
    assert [one["field"] for one in definitions[:2]] == ["row", "c2500"]
    assert said.replace("\u202f", "") == "– 2999"
    assert len(rows(dataset, 0, 200, first="nonsense")["rowData"]) == 50


def test_a_block_of_a_wide_matrix_stays_small(opened):
    assert table._block_rows(opened("/wide").facts) * table.COLUMNS <= table.CELLS
    assert table._block_rows(opened("/rows").facts) == table.ROWS


def test_leading_dimensions_are_chosen_by_the_slice(opened):
    dataset = opened("/spectra")
    texts = block(dataset, 1, 3, selection="2,:,:")
    assert np.array_equal(np.array(texts, int).T, dataset[2, 1:3])


def test_what_cannot_be_read_says_so_in_its_rows(opened):
    answer, said = table.rows(opened("/rows", Budget(nbytes=100)), {"startRow": 0, "endRow": 200}, 0, "exact", "")
    assert len(answer["rowData"]) == 200
    assert answer["rowData"][7]["c0"].startswith("not readable: ")
    assert said == "Too big to show at once"


def test_the_grid_knows_its_true_length_and_takes_no_code(opened):
    grid = by_id(table.layout(opened("/rows"), state()), "grid")
    assert grid.dashGridOptions["infiniteInitialRowCount"] == 500
    assert grid.dashGridOptions["maxConcurrentDatasourceRequests"] == 1
    assert not getattr(grid, "dangerously_allow_code", False)
    assert not any("cellRenderer" in one or "valueGetter" in one for one in grid.columnDefs)


def test_the_csv_holds_the_rows_from_the_first_in_sight(opened):
    dataset = opened("/rows")
    saved = table.save(dataset, {"row": 490}, 0, "")
    lines = list(csv.reader(io.StringIO(saved["content"])))
    assert lines[0][:2] == ["row", "id"]
    assert [line[0] for line in lines[1:]] == [str(row) for row in range(490, 500)]
    assert len(lines[1][lines[0].index("spectrum")]) > 400  # whole, not cut as on the screen


@pytest.mark.parametrize(
    ("path", "said"), [("/unwritten", "Nothing has been written"), ("/none", "no dimension"), ("/energy", "no dimension")]
)
def test_what_has_no_rows_has_a_card(opened, path, said):
    assert said in words(table.layout(opened(path), state()))


def test_the_row_in_the_address_is_gone_to(opened):
    assert by_id(table.layout(opened("/rows"), state(row="499")), "row").value == 499
    assert by_id(table.layout(opened("/rows"), state(row="1e400")), "row").value == 0


def test_the_first_rows_come_with_the_page(opened):
    view = table.layout(opened("/rows"), state())
    ahead = by_id(view, "ahead").data
    answer, cost = table.rows(opened("/rows"), {"startRow": 0, "endRow": 200}, 0, "exact", "")
    # On a machine that is very busy they are left to be asked for.
    assert ahead is None or {key: ahead[key] for key in answer} == answer
    assert (ahead is None) == (by_id(view, "cost").children == "")
    assert cost.startswith("rows 0 to ")
