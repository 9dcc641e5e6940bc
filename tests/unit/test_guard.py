from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from h5nuvola.errors import SourceUnavailable
from h5nuvola.storage.guard import Guard

LONG = 30.0


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    gate = threading.Event()
    yield gate
    gate.set()


def test_gives_what_the_call_gives() -> None:
    guard = Guard("tape", LONG)
    assert guard.run(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        guard.run(lambda: 1 // 0)
    assert guard.run(threading.current_thread) is not threading.current_thread()


def test_a_hung_call_is_given_up_and_its_late_result_discarded(gate: threading.Event) -> None:
    guard = Guard("tape", 0.05)
    discarded: list[int] = []
    came = threading.Event()

    def hang() -> int:
        gate.wait(LONG)
        return 7

    with pytest.raises(SourceUnavailable, match=r"“tape” has not answered for 0\.05 s"):
        guard.run(hang, discard=lambda value: (discarded.append(value), came.set()))
    assert guard.hung == 1
    assert guard.run(lambda: "another thread is free", LONG)
    gate.set()
    assert came.wait(LONG)
    assert discarded == [7]


def test_when_all_threads_hang_calls_fail_at_once_and_later_work_again(gate: threading.Event) -> None:
    guard = Guard("tape", LONG, threads=3)
    back = threading.Semaphore(0)

    def hang() -> None:
        gate.wait(LONG)

    for _ in range(3):
        with pytest.raises(SourceUnavailable):
            guard.run(hang, 0.05, discard=lambda _: back.release())
    called = []
    with pytest.raises(SourceUnavailable):
        guard.run(lambda: called.append(1), LONG)
    assert guard.hung == 3
    gate.set()
    for _ in range(3):
        assert back.acquire(timeout=LONG)
    assert guard.run(lambda: "back") == "back"
    assert called == []


def test_a_pipe_without_a_writer_hangs_only_its_own_thread(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    guard = Guard("tape", 0.05)
    with pytest.raises(SourceUnavailable):
        guard.run(lambda: pipe.open("rb").close())
    assert guard.run(lambda: 1, LONG) == 1
    os.close(os.open(pipe, os.O_WRONLY))  # waits for the reader, and lets it go


def test_a_call_that_waits_for_a_thread_is_never_begun_after_its_deadline(gate: threading.Event) -> None:
    guard = Guard("tape", LONG, threads=1)
    begun = threading.Event()

    def hang() -> None:
        begun.set()
        gate.wait(LONG)

    first = threading.Thread(target=guard.run, args=(hang,))
    first.start()
    assert begun.wait(LONG)
    called = []
    with pytest.raises(SourceUnavailable):
        guard.run(lambda: called.append(1), 0.05)
    gate.set()
    first.join(LONG)
    assert guard.run(lambda: "next") == "next"
    assert called == []


def test_many_callers_share_few_threads() -> None:
    guard = Guard("tape", LONG, threads=4)
    used = set()

    def call() -> None:
        used.add(threading.get_ident())

    callers = [threading.Thread(target=guard.run, args=(call,)) for _ in range(50)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(LONG)
    assert 1 <= len(used) <= 4


def test_a_hung_thread_does_not_keep_python_from_ending() -> None:
    code = """
import threading
from h5nuvola.errors import SourceUnavailable
from h5nuvola.storage.guard import Guard
try:
    Guard("tape", 0.05).run(threading.Event().wait)
except SourceUnavailable:
    print("given up")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LONG, check=True)
    assert done.stdout == "given up\n"


def test_a_forked_process_has_threads_of_its_own(gate: threading.Event) -> None:
    guard = Guard("tape", LONG, threads=1)
    with pytest.raises(SourceUnavailable):
        guard.run(lambda: gate.wait(LONG), 0.05)
    child = os.fork()
    if child == 0:
        os._exit(0 if guard.run(lambda: 5, 5.0) == 5 else 1)
    assert os.waitpid(child, 0)[1] == 0
