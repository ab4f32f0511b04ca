"""One supervised process: ended, noticed, started again after a growing while."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from magic_rucio.sandbox.child import LOG_BYTES, Child, last_line
from magic_rucio.sandbox.parts import Part


def child(tmp_path: Path, *command: str) -> Child:
    return Child(Part("part", list(command), dict(os.environ), grace_seconds=0.3), tmp_path)


def wait_for_change(subject: Child) -> None:
    deadline = time.monotonic() + 10
    while not subject.look():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_killed_process_is_started_again(tmp_path: Path) -> None:
    subject = child(tmp_path, "sleep", "60")
    subject.start()
    wait_for_change(subject)
    before = subject.describe()
    assert (before.state, before.restarts, before.last_end) == ("running", 0, "")
    assert before.pid is not None
    os.kill(before.pid, signal.SIGKILL)
    wait_for_change(subject)
    assert subject.describe().state == "waiting"
    assert not subject.restart_if_due()
    time.sleep(0.5)
    assert subject.restart_if_due()
    wait_for_change(subject)
    after = subject.describe()
    assert (after.state, after.restarts, after.last_end) == ("running", 1, "killed by SIGKILL")
    assert after.pid != before.pid
    subject.ask_to_end()
    subject.wait_for_end()


def test_its_last_words_are_kept_and_the_waits_grow(tmp_path: Path) -> None:
    subject = child(tmp_path, sys.executable, "-c", "import sys; sys.exit('no such thing')")
    waits = []
    for _ in range(3):
        subject.start()
        while subject.running:
            subject.look()
            time.sleep(0.01)
        waits.append(subject._wait)
    assert waits == sorted(waits)
    assert waits[-1] > 2 * waits[0] - 1e-9
    assert subject.describe().last_end == "ended with status 1: no such thing"


def test_who_does_not_end_in_time_is_killed(tmp_path: Path) -> None:
    subject = child(tmp_path, "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done")
    subject.start()
    while "ready" not in last_line(subject.log):
        time.sleep(0.01)
    subject.ask_to_end()
    subject.wait_for_end()
    assert not subject.running


def test_a_log_does_not_grow_for_ever(tmp_path: Path) -> None:
    subject = child(tmp_path, "true")
    with subject.log.open("wb") as log:
        log.truncate(LOG_BYTES + 1)
    subject.limit_log()
    assert subject.log.stat().st_size == 0


@pytest.mark.parametrize(
    ("text", "words"), [("", ""), ("a\nb\n\n", "b"), ("x" * 9000, "x" * 300), ("\xff\n", "ÿ")]
)
def test_the_last_line_that_says_something(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "log").write_text(text)
    assert last_line(tmp_path / "log") == words
    assert last_line(tmp_path / "absent") == ""
