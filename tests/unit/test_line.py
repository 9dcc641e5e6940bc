"""The line app: what it reads, how much, and what it draws of it."""

from __future__ import annotations

import base64
import math

import numpy as np
import pytest
from looking import by_id, components, words

from h5nuvola.errors import BadSelection, OverBudget
from h5nuvola.model import Budget
from h5nuvola.plugins import curve, line


def read(dataset, xr="", part="amplitude", errors=True, selection="", along="", log_y=False):
    return curve.read(dataset, selection, along, xr, part, errors, log_y)


def draw(dataset, yscale="linear", xscale="linear", style="auto", selection="", xr="", yr=""):
    return line.draw(dataset, yscale, xscale, style, "amplitude", "on", selection, xr, yr, "")


def numbers(sent):
    return np.frombuffer(base64.b64decode(sent["bdata"]), "<" + sent["dtype"])


def test_a_spike_of_two_samples_is_in_the_overview(opened):
    points = read(opened("/spike"))
    assert points.thinned
    assert len(points.y) <= 4 * curve.BINS + 2
    assert points.y.max() == 5000
    assert points.index[points.y.argmax()] in (654_321, 654_322)


def test_a_zoom_reads_the_stored_points_around_the_window(opened):
    dataset = opened("/spike")
    points = read(dataset, "654300:654340")
    assert not points.thinned
    assert (points.index[0] <= 654_300, points.index[-1] >= 654_340, len(points.y) < 200) == (True, True, True)
    assert np.array_equal(points.y, dataset[int(points.index[0]) : int(points.index[-1]) + 1])
    assert np.array_equal(points.x, points.index)


@pytest.mark.parametrize("xr", ["", "5", "a:b", "nan:1", "3:3", "1e999:2", "1:2:3", None])
def test_what_is_no_window_shows_everything(opened, xr):
    assert read(opened("/few"), xr).covered == 3


@pytest.mark.parametrize("xr", ["-500:-400", "5000000:6000000"])
def test_a_window_beside_the_data_does_not_fail(opened, xr):
    assert len(read(opened("/spike"), xr).y) >= 2


def test_the_axis_of_the_group_runs_along_x_even_downwards(opened):
    dataset = opened("/nxdata/counts")
    points = read(dataset, "30:31")
    inside = (points.x >= 30) & (points.x <= 31)
    angle = dataset.sibling("angle")[:]
    assert inside.sum() == ((angle >= 30) & (angle <= 31)).sum()
    assert np.array_equal(angle[points.index], points.x)
    assert np.array_equal(dataset[:][points.index], points.y)


def test_axis_titles_have_units_and_no_markup(opened):
    layout = draw(opened("/nxdata/counts"))[0]["layout"]
    assert layout["xaxis"]["title"]["text"] == "&lt;b&gt;2θ&lt;/b&gt; (deg)"
    assert layout["yaxis"]["title"]["text"] == "counts"


def test_many_errors_make_a_band_and_few_make_bars(opened):
    dataset = opened("/nxdata/counts")
    main, low, high = line.traces(read(dataset), "auto")
    assert "error_y" not in main
    assert np.array_equal(numbers(high["y"]) - numbers(low["y"]), np.full(2000, 5.0))
    main, low, _ = line.traces(read(dataset, "30:31"), "auto")
    assert set(numbers(main["error_y"]["array"])) == {2.5}
    assert low["y"] == []
    assert "error_y" not in line.traces(read(dataset, "30:31", errors=False), "auto")[0]


def test_a_band_on_a_log_axis_stays_above_zero(opened):
    _, low, _ = line.traces(read(opened("/nxdata/counts"), log_y=True), "auto")
    assert (numbers(low["y"]) > 0).all()


def test_bin_edges_are_drawn_as_steps_from_edge_to_edge(opened):
    points = read(opened("/edges/n"))
    main = line.traces(points, "auto")[0]
    assert np.allclose(numbers(main["x"]), np.linspace(-2, 2, 41))
    assert main["line"]["shape"] == "hv"
    assert numbers(main["y"]).tolist() == [*range(40), 39]


def test_bin_edges_of_a_window_fit_their_values(opened):
    points = read(opened("/edges/n"), "0:0.5")
    assert np.allclose(points.x[:-1], np.linspace(-2, 2, 41)[points.index[:-1]])


def test_an_axis_that_goes_back_and_forth_is_drawn_whole(opened):
    dataset = opened("/walk/y")
    points = read(dataset, "0:0.1")
    assert points.covered == points.total == 5000
    assert np.array_equal(points.x, dataset.sibling("x")[:])


def test_what_cannot_be_drawn_is_said(opened):
    assert any("10 points not finite" in note for note in read(opened("/gaps")).notes)
    assert any("1 point not above 0" in note for note in read(opened("/few"), log_y=True).notes)
    assert np.isnan(numbers(line.traces(read(opened("/gaps")), "auto")[0]["y"])[0])


def test_complex_numbers_show_the_part_that_is_asked_for(opened):
    dataset = opened("/wave")
    assert np.allclose(read(dataset).y, 2)
    assert np.allclose(read(dataset, part="real").y, 2 * np.cos(np.linspace(0, 6, 500)))
    assert np.allclose(np.unwrap(read(dataset, part="phase").y), np.linspace(0, 6, 500))


def test_integers_beyond_the_browser_travel_as_text(opened):
    main = line.traces(read(opened("/long_integers")), "auto")[0]
    assert main["customdata"] == ["9223372036854775807", "9007199254740993", "-5"]


def test_enums_and_flags_are_steps_with_names(opened):
    figure = draw(opened("/gains"))[0]
    assert figure["layout"]["yaxis"]["ticktext"] == ["LOW", "MID", "HIGH"]
    assert figure["data"][0]["line"]["shape"] == "hvh"
    assert draw(opened("/flags"))[0]["layout"]["yaxis"]["ticktext"] == ["false", "true"]


def test_ranges_of_log_axes_are_exponents(opened):
    layout = draw(opened("/nxdata/counts"), yscale="log", xscale="log", xr="10:100", yr="1:1000")[0]["layout"]
    assert layout["xaxis"]["range"] == [1, 2]
    assert layout["yaxis"]["range"] == [0, 3]
    assert draw(opened("/few"), xscale="log", xr="-1:2")[0]["layout"]["xaxis"]["autorange"]


def test_one_row_of_a_stack_is_shown_at_a_time(opened):
    dataset = opened("/spectra")
    assert np.array_equal(read(dataset, selection="2,3,:").y, dataset[2, 3])
    assert np.array_equal(read(dataset, selection="2,3,:", along="0").y, dataset[:, 3, 0])
    with pytest.raises(BadSelection):
        read(dataset, selection="9,0,:")


def test_each_dimension_brings_its_own_axis(opened):
    dataset = opened("/maps/data")
    figure = line.draw(dataset, "linear", "linear", "auto", "amplitude", "on", "2,:", "", "", "")[0]
    assert figure["layout"]["xaxis"]["title"]["text"] == "energy (keV)"
    assert np.array_equal(numbers(figure["data"][0]["x"]), np.linspace(5, 9, 50))
    figure = line.draw(dataset, "linear", "linear", "auto", "amplitude", "on", ":,7", "", "", "0")[0]
    assert numbers(figure["data"][0]["x"]).tolist() == [0, 0.1, 0.2, 0.3]
    assert numbers(figure["data"][0]["y"]).tolist() == [7, 57, 107, 157]


def test_columns_of_a_narrow_table_run_down(opened):
    dataset = opened("/matrix")
    assert np.array_equal(read(dataset, selection=":,2").y, dataset[:, 2])
    assert by_id(line.layout(dataset, _state(along="1")), "along").data == "1"


def test_a_complex_curve_over_the_budget_says_so(opened):
    with pytest.raises(OverBudget):
        read(opened("/wave", Budget(nbytes=1000)))


def test_thinning_keeps_the_extremes_of_every_stretch():
    y = np.random.default_rng(0).normal(size=10_000)
    y[5000] = np.nan
    kept = curve.thin(y, 100)
    assert len(kept) <= 400
    for part in np.split(np.arange(10_000), 100):
        assert {int(np.nanargmax(y[part])) + part[0], int(np.nanargmin(y[part])) + part[0]} <= set(kept)


def test_the_csv_holds_the_window_exactly(opened):
    dataset = opened("/nxdata/counts")
    saved = line.save(dataset, 1, "30:30.2", "", "")
    rows = [row.split(",") for row in saved["content"].splitlines()]
    assert rows[0] == ["index", "<b>2θ</b> (deg)", "counts", "errors"]
    angle = dataset.sibling("angle")[:]
    for index, x, y, error in rows[1:]:
        assert (float(x), int(y), float(error)) == (angle[int(index)], int(index) ** 2, 2.5)
    assert len(rows) > 6


@pytest.mark.parametrize(("path", "said"), [("/names", "made of numbers"), ("/unwritten", "no values yet"), ("/none", "made of numbers")])
def test_what_is_no_curve_has_a_card(opened, path, said):
    assert said in words(line.layout(opened(path), _state()))


def test_a_zoom_changes_data_and_nothing_else(opened):
    patch, cost, _ = line.zoom(opened("/spike"), "100:200", "linear", "linear", "auto", "amplitude", "on", "", "")
    assert [change["location"] for change in patch.to_plotly_json()["operations"]] == [["data"]]
    assert "in all" in cost


def _state(**given):
    return {state.key: state.default for state in line.plugin.states} | given


def test_a_curve_that_is_read_soon_comes_with_the_page(opened, monkeypatch):
    monkeypatch.setattr(line, "SOON", 20)
    view = line.layout(opened("/spike"), _state(y="log"))
    figure = by_id(view, "graph").figure
    assert numbers(figure["data"][0]["y"]).max() == 5000
    assert figure["layout"]["yaxis"]["type"] == "log"
    assert "points" in by_id(view, "cost").children
    assert not any(getattr(one, "id", None) == "late" for one in components(view))


def test_a_curve_that_cannot_be_read_is_asked_for_again_by_the_page(opened, monkeypatch):
    monkeypatch.setattr(line, "SOON", 20)
    dataset = opened("/spike", Budget(scan_nbytes=1000))
    view = line.layout(dataset, _state(xr="1000:400000"))
    assert by_id(view, "graph").figure["data"] == []
    assert by_id(view, "late").max_intervals == 1
    assert by_id(view, "yscale").value == "linear"
    with pytest.raises(OverBudget):
        draw(dataset, xr="1000:400000")


def test_a_window_in_the_address_comes_back(opened):
    view = line.layout(opened("/spike"), _state(xr="10:20.5", y="log"))
    assert by_id(view, "xr").data == "10:20.5"
    assert by_id(view, "yscale").value == "log"
    assert by_id(line.layout(opened("/spike"), _state(y="<script>")), "yscale").value == "linear"
    assert math.isclose(curve.window_of("10:20.5")[1], 20.5)
