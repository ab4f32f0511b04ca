"""How many move at once, in which order, and how fast."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from magic_rucio.sandbox.transfer import scheduler
from magic_rucio.sandbox.transfer.areas import StorageAreas
from magic_rucio.sandbox.transfer.config import TransferConfig
from magic_rucio.sandbox.transfer.job_builder import JobBuilder
from magic_rucio.sandbox.transfer.store import Store
from magic_rucio.sandbox.transfer.submission import parse_submission

from .rig import Rig, wait_for

StartRig = Callable[..., Rig]

LIMITS = [
    {"workers": 2},
    {"storage_limits": {"ORM": {"outbound": 2}}},
    {"storage_limits": {"PIC-DCACHE": {"inbound": 2}}},
    {"link_limits": {"ORM->PIC-DCACHE": {"active": 2}}},
    {"default_link_limit": {"active": 2}},
    {"default_storage_limit": {"inbound": 2}},
]


@pytest.mark.parametrize("settings", LIMITS, ids=lambda settings: next(iter(settings)))
def test_no_more_than_the_limit_move_at_once(start_rig: StartRig, settings: dict[str, object]) -> None:
    rig = start_rig(**settings)
    rig.fault(kind="slow", bytes_per_second=20_000)
    job_id = rig.submit(*(rig.file(f"f{number}", b"x" * 3000) for number in range(6)))
    most = 0
    while rig.job(job_id)["job_state"] != "FINISHED":
        active = [file for file in rig.job(job_id)["files"] if file["file_state"] in ("ACTIVE", "READY")]
        most = max(most, len(active), len(rig.moving()))
    assert most == 2


def test_another_link_is_not_held_up(start_rig: StartRig) -> None:
    rig = start_rig(link_limits={"ORM->PIC-DCACHE": {"active": 1}})
    rig.fault(kind="stall", match={"link": "ORM->PIC-DCACHE"})
    rig.submit(*(rig.file(f"f{number}") for number in range(5)), priority=5)
    to_tape = rig.file("a", destinations=[rig.url("PIC-TAPE", "a")])
    assert rig.run(to_tape, priority=1)["job_state"] == "FINISHED"


def test_higher_priority_moves_first_and_then_the_older(start_rig: StartRig) -> None:
    rig = start_rig(workers=1)
    gate = rig.fault(kind="stall", match={"source": "*/first"})
    first = rig.submit(rig.file("first"))
    rig.in_state(first, "ACTIVE")
    low, middle, later, raised = (
        rig.submit(rig.file(name), priority=priority)
        for name, priority in (("low", 1), ("middle", 3), ("later", 3), ("raised", 2))
    )
    rig.http.post(f"/jobs/{raised}", json={"params": {"priority": 5}})
    rig.http.delete(f"/control/faults/{gate}")
    rig.http.delete(f"/jobs/{first}")
    for job_id in (low, middle, later, raised):
        rig.ended(job_id)
    names = ["raised", "middle", "later", "low"]
    times = [rig.at_pic(name).stat().st_mtime_ns for name in names]
    assert times == sorted(times)


def test_a_throttled_link_keeps_its_rate_over_all_its_files(start_rig: StartRig) -> None:
    rig = start_rig(link_limits={"ORM->PIC-DCACHE": {"active": 4, "bytes_per_second": 200_000}})
    began = time.monotonic()
    rig.run(*(rig.file(f"f{number}", os.urandom(50_000)) for number in range(4)))
    assert 0.9 <= time.monotonic() - began <= 3


def test_cancel_of_what_is_slow_is_prompt(start_rig: StartRig) -> None:
    rig = start_rig(link_limits={"ORM->PIC-DCACHE": {"bytes_per_second": 10}})
    job_id = rig.submit(rig.file("a", os.urandom(5000)))
    rig.in_state(job_id, "ACTIVE")
    began = time.monotonic()
    rig.http.delete(f"/jobs/{job_id}")
    wait_for(lambda: not rig.moving() and not rig.leftovers())
    assert time.monotonic() - began < 2


def test_a_store_that_fails_for_a_moment_loses_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk of the database may be full: a file is tried again, and the others go on."""
    monkeypatch.setattr(scheduler, "NEXT_TRY", 0.1)
    config = TransferConfig(port=0, database=tmp_path / "t.db", allowed_roots=(tmp_path,))
    agenda = scheduler.Scheduler(config, StorageAreas(config.allowed_roots))
    store = Store(config.database)
    file = {
        "sources": [f"file://h{tmp_path}/a"],
        "destinations": [f"file://h{tmp_path}/b"],
    }
    builder = JobBuilder(vo="v", auth_method="m", file_metadata_bytes=99, job_metadata_bytes=99)
    job, files = builder.build(parse_submission({"files": [file]}))
    store.add_job(job, files)
    calls: list[str] = []

    def failing_at_first(step: str) -> None:
        calls.append(step)
        if calls.count(step) == 1:
            raise sqlite3.OperationalError("database or disk is full")

    def claim(file_id: int) -> bool:
        failing_at_first("claim")
        return True

    agenda.start(claim, lambda file_id: failing_at_first("carry out"))
    try:
        agenda.enqueue(store.files(job.job_id)[0])
        wait_for(lambda: calls.count("carry out") == 2)
    finally:
        agenda.stop()
        store.close()
    assert calls == ["claim", "claim", "carry out", "claim", "carry out"]


def test_hundreds_of_small_files_take_seconds(rig: Rig) -> None:
    jobs = [
        rig.submit(*(rig.file(f"{job}/{number}", os.urandom(1000)) for number in range(100)))
        for job in range(4)
    ]
    began = time.monotonic()
    assert {rig.ended(job_id, 30)["job_state"] for job_id in jobs} == {"FINISHED"}
    assert time.monotonic() - began < 20
    assert not rig.leftovers()
