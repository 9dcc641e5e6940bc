"""The benchmark's own arithmetic and files; how fast anything is, no test says."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from benchmarks import files, rows
from benchmarks.rows import Click, Row


def test_a_row_has_the_medians_their_ratio_and_whether_the_promise_holds() -> None:
    made = rows.row("image", "ms", [100, 300, 200], "h5grove", [900, 800, 1000], goal=250)
    assert made == Row("image", "ms", 200, "h5grove", 900, 4.5, 250, True)
    assert rows.row("image", "ms", [100, 300, 200], goal=150).holds is False


def test_what_was_not_measured_has_no_figure_and_keeps_no_promise() -> None:
    assert rows.row("image", "ms", [5.0]) == Row("image", "ms", 5.0, "", None, None, None, None)
    lost = rows.row("image", "ms", [], "h5grove", [3.0], goal=10)
    assert (lost.ours, lost.ratio, lost.holds) == (None, None, False)
    assert rows.row("start", "requests", [0], "h5grove", [1]).ratio is None


def test_a_click_gives_rows_of_time_bytes_and_requests() -> None:
    ours, theirs = [Click(10.0, 2_000_000, 3)], [Click(40.0, 32_000_000, 1)]
    made = rows.click_rows("image", "cold", ours, "h5grove", theirs, {"ms": 5})
    assert [(one.metric, one.ours, one.theirs, one.ratio, one.holds) for one in made] == [
        ("cold: click to paint, ms", 10, 40, 4, False),
        ("cold: bytes", 2e6, 3.2e7, 16, None),
        ("cold: requests", 3, 1, 0.33, None),
    ]


def test_json_has_one_object_a_line_with_the_agreed_keys() -> None:
    made = [rows.row("image", "ms", [1.0]), rows.row("line", "ms", [2.0], "h5grove", [4.0], goal=1)]
    lines = [json.loads(line) for line in rows.as_json(made).splitlines()]
    assert [list(line) for line in lines] == [["case", "metric", "ours", "peer", "theirs", "ratio", "goal", "holds"]] * 2
    assert lines[1]["holds"] is False


def test_the_table_for_people_is_aligned_and_says_what_failed() -> None:
    text = rows.as_text([rows.row("image", "ms", [1234567.0], "h5grove", [1.0], goal=1), rows.row("a longer case", "ms", [1.0])])
    head, first, second = text.splitlines()
    assert "1,234,567" in first and "NO" in first
    assert first.index("1,234,567") + len("1,234,567") == head.index("ours") + len("ours")
    assert second.count("–") == 4


def test_the_files_hold_what_the_cases_say(tmp_path: Path) -> None:
    files.write(tmp_path, files.TINY)
    with h5py.File(tmp_path / files.MAIN) as file:
        assert file["line_0"].shape == (files.TINY["points"],)
        assert file["image_1"].chunks == (512, 512)
        assert file["table_0"].dtype == files.ROW
        for name in ("line", "image", "table"):
            assert np.array_equal(file[f"{name}_0"][...], file[f"{name}_1"][...])
        assert len(np.unique(file["image_0"][...])) > 50
    with h5py.File(tmp_path / files.MANY[1]) as file:
        assert len(file) == files.TINY["datasets"]


def test_a_file_that_could_not_be_finished_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "table", full)
    with pytest.raises(OSError, match="No space left"):
        files.write(tmp_path, files.TINY)
    assert list(tmp_path.iterdir()) == []
