"""Early reads: in time with the page, else not at all; never an error, never a queue."""

from __future__ import annotations

import threading

from h5nuvola.ui.early import AT_ONCE, early, warm


def test_what_is_done_in_time_is_given():
    assert early(lambda: 17, patience=20) == 17


def test_a_long_read_is_not_waited_for_and_goes_on():
    go, done = threading.Event(), threading.Event()
    assert early(lambda: go.wait(20) and done.set(), patience=0.001) is None
    assert not done.is_set()
    go.set()
    assert done.wait(20)


def test_a_read_that_fails_leaves_the_error_to_whoever_asks_again():
    assert early(lambda: 1 / 0, patience=20) is None


def test_no_more_than_a_few_reads_go_on_at_once():
    go, begun = threading.Event(), threading.Semaphore(0)
    ended = threading.Semaphore(0)

    def read():
        begun.release()
        go.wait(20)
        ended.release()

    warm(*[read] * AT_ONCE)
    for _ in range(AT_ONCE):
        assert begun.acquire(timeout=20)
    try:
        assert early(lambda: 17, patience=20) is None
    finally:
        go.set()
    for _ in range(AT_ONCE):
        assert ended.acquire(timeout=20)
