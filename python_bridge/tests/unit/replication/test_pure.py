"""State, counts, rate, problems, names, reasons a file: no I/O."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.catalogue.models import Availability, DidSelection
from magic_rucio.replication import proposals, selected
from magic_rucio.replication.models import Count, Quota, ReplicationState
from magic_rucio.replication.problems import of_quota, of_selection, size
from magic_rucio.replication.states import RateMeter, done_of, state_of
from magic_rucio.replication.stuck import describe_stuck, describe_waiting, with_replica
from magic_rucio.rucio.records import (
    AnalysedTransfer,
    LockRecord,
    ReplicaRecord,
    RequestRecord,
    RuleRecord,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def rule(
    state: str = "REPLICATING", ok: int = 0, replicating: int = 0, stuck: int = 0, **more: object
) -> RuleRecord:
    return RuleRecord.model_validate(
        {
            "id": "a" * 32,
            "account": "me",
            "scope": "user.me",
            "name": "magic-dl3/Crab-0123456789ab",
            "rse_expression": "PIC-DCACHE",
            "state": state,
            "locks_ok_cnt": ok,
            "locks_replicating_cnt": replicating,
            "locks_stuck_cnt": stuck,
            **more,
        }
    )


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("OK", ReplicationState.DONE),
        ("REPLICATING", ReplicationState.REPLICATING),
        ("STUCK", ReplicationState.STUCK),
        ("WAITING_APPROVAL", ReplicationState.WAITING_APPROVAL),
        ("SUSPENDED", ReplicationState.SUSPENDED),
        ("INJECT", ReplicationState.INJECTING),
        ("SOMETHING_NEW", ReplicationState.REPLICATING),
    ],
)
def test_each_state_is_a_state_of_its_own(state: str, expected: ReplicationState) -> None:
    assert state_of(rule(state), NOW) is expected


@pytest.mark.parametrize("state", ["OK", "REPLICATING", "STUCK"])
def test_what_has_ended_only_waits_for_rucios_cleaner(state: str) -> None:
    past, future = NOW - timedelta(seconds=1), NOW + timedelta(days=1)
    assert state_of(rule(state, expires_at=past.isoformat()), NOW) is ReplicationState.CANCELLED
    assert state_of(rule(state), NOW, past) is ReplicationState.CANCELLED
    assert state_of(rule(state, expires_at=future.isoformat()), NOW, future) is not ReplicationState.CANCELLED


counts = st.builds(Count, files=st.integers(0, 10**6), bytes=st.integers(0, 10**15))


@given(counts, st.integers(0, 10**6), counts | st.none())
def test_bytes_done_stay_within_the_total(total: Count, ok: int, measured: Count | None) -> None:
    done = done_of(rule(ok=ok), total, measured)
    assert 0 <= done.bytes <= total.bytes
    assert done.files == ok
    if ok >= total.files > 0:
        assert done.bytes == total.bytes


def test_bytes_are_those_measured_where_rucio_has_counted() -> None:
    total = Count(files=4, bytes=1000)
    assert done_of(rule(ok=2), total, Count(files=2, bytes=900)).bytes == 900
    assert done_of(rule(ok=2), total, None).bytes == 500
    assert done_of(rule(ok=3), total, Count(files=2, bytes=900)).bytes == 950


def test_rate_over_half_a_minute_and_time_left() -> None:
    meter = RateMeter()
    meter.add(0, 0)
    assert meter.rate is None
    for second in range(1, 41):
        meter.add(second, 100 * second if second <= 10 else 1000)
    assert meter.rate == 0.0
    assert meter.time_left(100) is None
    meter = RateMeter()
    meter.add(0, 0)
    meter.add(10, 1000)
    assert meter.rate == 100
    assert meter.time_left(500) == 5
    assert meter.time_left(0) is None


def quota(limit: int | None, used: int = 0, *, unlimited: bool = False) -> Quota:
    left = None if unlimited else max(0, (limit or 0) - used)
    return Quota(account="me", rse="P", limit=limit, used=used, left=left, unlimited=unlimited)


def test_no_quota_and_too_little_are_two_messages() -> None:
    none, little = of_quota(quota(None), 10, "pic@example.org"), of_quota(quota(100, 95), 10, "")
    assert none is not None
    assert none.code == "no-quota"
    assert "pic@example.org" in none.advice
    assert little is not None
    assert little.code == "quota"
    assert "5 B" in little.message
    assert of_quota(quota(None, unlimited=True), 10, "") is None
    assert of_quota(quota(10), 10, "") is None


def run(did: str, availability: Availability) -> SimpleNamespace:
    return SimpleNamespace(did=did, bytes=10, target="Crab", availability=availability)


def test_problems_of_a_selection() -> None:
    rows = [run("s:a", Availability.AT_DESTINATION), run("s:b", Availability.UNAVAILABLE)]
    places = selected.places_at_destination(rows)
    assert (places.total.files, places.there.files, places.to_move.files) == (2, 1, 1)
    codes = [
        (problem.code, problem.blocking)
        for problem in of_selection(places=places, unknown=1, quota=quota(5), existing=False, support="")
    ]
    assert codes == [("unknown-runs", False), ("quota", True), ("no-source", False)]


def test_what_exists_already_needs_no_more_quota() -> None:
    places = selected.places_at_destination([run("s:a", Availability.REPLICATING)])
    found = of_selection(places=places, unknown=0, quota=quota(1), existing=True, support="")
    assert [(problem.code, problem.blocking) for problem in found] == [("duplicate-rule", False)]


def test_picked_runs_that_are_gone_are_noticed() -> None:
    selection = DidSelection(kind="dids", dids=["s:a", "s:b", "s:b"])
    assert selected.unknown(selection, [run("s:a", Availability.ELSEWHERE)]) == ["s:b"]


def test_the_same_runs_have_the_same_dataset_in_whatever_order() -> None:
    one = proposals.dataset_for("me", ["s:a", "s:b"], ["Crab Nebula"])
    assert one == proposals.dataset_for("me", ["s:b", "s:a", "s:a"], ["Crab Nebula"])
    assert one != proposals.dataset_for("me", ["s:a"], ["Crab Nebula"])
    assert one.scope == "user.me"
    assert proposals.title_of(one) == "Crab Nebula"


@given(st.lists(st.text(max_size=40), max_size=4))
def test_names_of_datasets_hold_what_every_policy_takes(targets: list[str]) -> None:
    name = proposals.dataset_for("me", ["s:a"], targets).name
    assert name.isascii()
    assert len(name) < 120
    assert not set(name) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/")


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (123_456, "123 kB"), (10**15, "1000 TB")],
)
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text


LOCK = LockRecord(scope="s", name="f", rse="P", state="STUCK")
WORDS = "RequestErrMsg.TRANSFER_FAILED:SOURCE [2] No such file or directory"


def test_a_stuck_file_with_its_own_words() -> None:
    analysed = AnalysedTransfer(scope="s", name="f", attempts=4, last_source="ORM")
    found = describe_stuck(LOCK, WORDS, analysed, "something else", alone=False)
    assert (found.rucio_words, found.transfer_words) == (
        "TRANSFER_FAILED",
        "SOURCE [2] No such file or directory",
    )
    assert "data manager" in found.advice
    assert found.source_rse == "ORM"


def test_a_stuck_file_of_which_only_the_rule_tells() -> None:
    analysed = AnalysedTransfer(scope="s", name="f", attempts=4, last_source="ORM")
    alone = describe_stuck(LOCK, None, analysed, WORDS, alone=True)
    assert alone.transfer_words == "SOURCE [2] No such file or directory"
    assert (alone.attempts, alone.source_rse) == (4, "ORM")
    one_of_many = describe_stuck(LOCK, None, analysed, WORDS, alone=False)
    assert one_of_many.transfer_words is None
    assert "No such file" in (one_of_many.rucio_words or "")


def test_a_stuck_file_of_which_nothing_is_told() -> None:
    found = describe_stuck(LOCK, None, None, None, alone=True)
    assert (found.rucio_words, found.transfer_words) == (None, None)
    assert found.advice


def test_a_file_on_its_way_says_where_it_is() -> None:
    now = RequestRecord(scope="s", name="f", state="SUBMITTED", retry_count=2, source_rse="ORM")
    past = "RequestErrMsg.TRANSFER_FAILED:TRANSFER [110] timeout"
    found = describe_waiting(LOCK, now, past)
    assert (found.state, found.attempts) == ("replicating", 3)
    assert "transfer service has it" in found.advice
    assert found.transfer_words == "TRANSFER [110] timeout"
    assert describe_waiting(LOCK, None, None).attempts is None


def test_a_file_that_nobody_has_says_so_whatever_rucio_said() -> None:
    file = describe_waiting(LOCK, None, None)
    lost = ReplicaRecord(scope="s", name="f", bytes=7, states={"ORM": "BAD", "P": "COPYING"})
    assert "No RSE has a good replica" in with_replica(file, lost).advice
    good = lost.model_copy(update={"states": {"ORM": "AVAILABLE"}})
    assert with_replica(file, good).advice == file.advice
    assert with_replica(file, good).bytes == 7
