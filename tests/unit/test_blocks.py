from __future__ import annotations

from itertools import pairwise

import pytest

from h5nuvola.storage.blocks import FIRST, REQUEST, block_at, bounds, spans_of


@pytest.mark.parametrize("size", [1, FIRST, FIRST + 1, REQUEST, REQUEST + 1, 3 * REQUEST + 17])
def test_blocks_cover_a_file_once_and_spans_cover_the_blocks(size: int) -> None:
    last = block_at(size - 1, size)
    edges = [bounds(index, size) for index in range(last + 1)]
    assert (edges[0][0], edges[-1][1]) == (0, size)
    assert all(low < high for low, high in edges)
    assert all(one[1] == other[0] for one, other in pairwise(edges))
    for index, (low, high) in enumerate(edges):
        assert block_at(low, size) == block_at(high - 1, size) == index
    spans = spans_of(range(last + 1), size)
    assert [index for *_, indices in spans for index in indices] == list(range(last + 1))
    assert all(high - low <= REQUEST for low, high, _ in spans)
    assert len(spans) <= size // REQUEST + 2


def test_blocks_that_are_not_neighbours_are_asked_for_apart() -> None:
    size = 3 * REQUEST
    assert [indices for *_, indices in spans_of([9, 2, 3, 5], size)] == [[2, 3], [5], [9]]
