"""Into which blocks a remote file is divided, and which requests fetch them."""

from __future__ import annotations

from collections.abc import Iterable

FIRST = 64 << 10  # the first block comes with the answer that tells size and ETag
BLOCK = 256 << 10
REQUEST = 4 << 20  # the most one request asks for; the rest of a file up to this size comes in one


def block_at(offset: int, size: int) -> int:
    """The number of the block that holds the byte at `offset` of a file of `size` bytes."""
    if offset < FIRST:
        return 0
    return 1 if size <= REQUEST else 1 + offset // BLOCK


def bounds(index: int, size: int) -> tuple[int, int]:
    """Where a block begins and ends: the first 64 KiB, then up to the next 256 KiB and so on; a small file is two blocks."""
    if index == 0:
        return 0, min(FIRST, size)
    if size <= REQUEST:
        return FIRST, size
    return max(FIRST, (index - 1) * BLOCK), min(index * BLOCK, size)


def spans_of(indices: Iterable[int], size: int) -> list[tuple[int, int, list[int]]]:
    """Neighbouring blocks joined into requests: begin, end and the blocks in each."""
    spans: list[tuple[int, int, list[int]]] = []
    for index in sorted(indices):
        low, high = bounds(index, size)
        if spans and spans[-1][1] == low and high - spans[-1][0] <= REQUEST:
            spans[-1] = (spans[-1][0], high, [*spans[-1][2], index])
        else:
            spans.append((low, high, [index]))
    return spans
