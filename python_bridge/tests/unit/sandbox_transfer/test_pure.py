"""Pure parts, by their properties: states of jobs, reasons, the queue, throttles, checksums."""

from __future__ import annotations

import json
import re
import zlib

from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.sandbox.transfer.checksums import Checksum, same_checksum
from magic_rucio.sandbox.transfer.faults import Match
from magic_rucio.sandbox.transfer.queue import Link, Slots, Turn, WaitingLine
from magic_rucio.sandbox.transfer.reasons import (
    Scope,
    TransferFailure,
    format_reason,
    is_recoverable,
    marker_timeout,
)
from magic_rucio.sandbox.transfer.run import Run, Throttle, TransferName
from magic_rucio.sandbox.transfer.states import FINAL_JOB, UNDER_WAY, FileState, JobState, JobType, judge_job

FINAL_FILE = {FileState.FINISHED, FileState.FAILED, FileState.CANCELED}
file_states = st.lists(st.sampled_from(list(FileState)), min_size=1, max_size=8)


@given(file_states)
def test_a_regular_job_is_final_exactly_when_its_files_are(states: list[FileState]) -> None:
    state = judge_job(JobType.REGULAR, enumerate(states)).state
    assert (state in FINAL_JOB) == (set(states) <= FINAL_FILE)
    if state is JobState.FINISHED:
        assert set(states) == {FileState.FINISHED}
    if state is JobState.FINISHEDDIRTY:
        assert {FileState.FINISHED, FileState.FAILED} <= set(states)
    if state is JobState.FAILED:
        assert FileState.FAILED in states
        assert FileState.FINISHED not in states


@given(file_states)
def test_one_finished_source_finishes_the_job(states: list[FileState]) -> None:
    state = judge_job(JobType.MULTI_SOURCE, [(0, state) for state in states]).state
    assert (state is JobState.FINISHED) == (FileState.FINISHED in states)
    if state in (JobState.FAILED, JobState.CANCELED):
        assert not set(states) & (UNDER_WAY | {FileState.NOT_USED})


@given(file_states)
def test_hops_are_never_finisheddirty_and_one_failure_ends_them(states: list[FileState]) -> None:
    state = judge_job(JobType.MULTI_HOP, enumerate(states)).state
    assert state is not JobState.FINISHEDDIRTY
    if FileState.FAILED in states:
        assert state is JobState.FAILED


@given(st.sampled_from(list(Scope)), st.integers(1, 255), st.text(min_size=1))
def test_reasons_can_be_taken_apart_again(scope: Scope, number: int, message: str) -> None:
    found = re.fullmatch(r"([A-Z_]+) \[(\d+)\] (.+)", format_reason(scope, number, message), re.DOTALL)
    assert found is not None
    assert found.groups() == (str(scope), str(number), message)


def test_reasons_word_for_word() -> None:
    assert marker_timeout(360).reason == (
        "TRANSFER [110] Transfer canceled because the gsiftp performance marker timeout of 360 seconds has "
        "been exceeded, or all performance markers during that period indicated zero bytes transferred"
    )
    full = TransferFailure.from_os(Scope.DESTINATION, OSError(28, "No space left on device"))
    assert full.reason == "TRANSFER [70] System error in write: No space left on device"


def test_what_fts_would_try_again() -> None:
    assert is_recoverable(Scope.TRANSFER, 110, "anything")
    assert is_recoverable(Scope.TRANSFER, 70, "an end-of-file was reached")
    assert is_recoverable(Scope.DESTINATION, 22, "Source and destination file size mismatch")
    assert not is_recoverable(Scope.DESTINATION, 5, "Source and destination ADLER32 checksum do not match")
    assert not is_recoverable(Scope.SOURCE, 2, "anything")
    assert not is_recoverable(Scope.TRANSFER, 125, "Transfer canceled")
    assert is_recoverable(Scope.DESTINATION, 2, "vanished")


links = st.builds(Link, st.sampled_from(["a", "b", "c"]), st.sampled_from(["x", "y"]))


@given(st.lists(st.tuples(links, st.integers(1, 5), st.floats(0, 9))), st.lists(st.integers(0, 30)))
def test_the_queue_goes_by_priority_then_time(
    entries: list[tuple[Link, int, float]], dropped: list[int]
) -> None:
    line = WaitingLine()
    for file_id, (link, priority, since) in enumerate(entries):
        line.put(link, Turn(0, 0.0, file_id))
        line.put(link, Turn(-priority, since, file_id))
    for file_id in dropped:
        line.drop(file_id)
    expected = [
        (-priority, since, file_id)
        for file_id, (_, priority, since) in enumerate(entries)
        if file_id not in dropped
    ]
    assert len(line) == len(expected)
    popped = []
    while turn := line.pop(lambda link: True):
        popped.append(turn[1])
    assert popped == [file_id for _, _, file_id in sorted(expected)]
    assert all(line.waiting_at(storage) == 0 for storage in "abc")


def test_a_full_link_does_not_hold_up_another() -> None:
    line, slots = WaitingLine(), Slots()
    full, free = Link("ORM", "PIC"), Link("ORM", "CNAF")
    line.put(full, Turn(-5, 0.0, 1))
    line.put(free, Turn(-1, 9.0, 2))
    slots.take(full)

    def has_room(link: Link) -> bool:
        return slots.has_room(link, outbound=8, inbound=1, active=8)

    assert line.pop(has_room) == (free, 2)
    assert line.pop(has_room) is None
    slots.free(full)
    assert line.pop(has_room) == (full, 1)


@given(st.lists(st.integers(1, 1000), min_size=1), st.floats(1, 1e6))
def test_a_throttle_gives_no_more_than_its_rate(sizes: list[int], rate: float) -> None:
    throttle = Throttle(rate, clock=lambda: 0.0)
    due = [throttle.reserve(size) for size in sizes]
    for position, when in enumerate(due):
        assert abs(when - sum(sizes[: position + 1]) / rate) <= 1e-6 * (1 + when)


def test_a_run_is_interrupted_before_its_commit_and_not_after() -> None:
    name = TransferName(1, "j", "s", "d", "ORM", "PIC")
    assert name.link == "ORM->PIC"
    committed = Run(name)
    committed.commit()
    assert not committed.interrupt(ValueError())
    committed.admit(1)
    assert committed.bytes_done == 1


@given(st.binary(max_size=2000), st.integers(1, 50))
def test_adler32_in_pieces(data: bytes, piece: int) -> None:
    hasher = Checksum.parse("adler32:").hasher(Scope.SOURCE)
    for start in range(0, len(data), piece):
        hasher.update(memoryview(data)[start : start + piece])
    assert same_checksum(hasher.hexdigest().upper(), f"{zlib.adler32(data):x}")


def test_matches() -> None:
    name = TransferName(1, "j", "file://h/ORM/a.root", "file://h/PIC/a", "ORM", "PIC", "ORM_RAW", "PIC_DISK")
    assert Match().fits(name)
    assert Match(source="*.root", link="ORM->*", destination_rse="PIC_*").fits(name)
    assert not Match(source="*.root", source_rse="CNAF").fits(name)
    assert json.loads(Match().model_dump_json())["link"] == "*"
