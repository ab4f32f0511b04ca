"""How many move at once, in which order, and how fast."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

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


def test_hundreds_of_small_files_take_seconds(rig: Rig) -> None:
    jobs = [
        rig.submit(*(rig.file(f"{job}/{number}", os.urandom(1000)) for number in range(100)))
        for job in range(4)
    ]
    began = time.monotonic()
    assert {rig.ended(job_id, 30)["job_state"] for job_id in jobs} == {"FINISHED"}
    assert time.monotonic() - began < 20
    assert not rig.leftovers()
