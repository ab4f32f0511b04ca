"""Each fault does what it says, as often as it says."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from magic_rucio.errors import InvalidInputError
from magic_rucio.sandbox.transfer.control import read_or_make_token

from .rig import Rig, wait_for

StartRig = Callable[..., Rig]


def reason(job: dict[str, Any]) -> str:
    return str(job["files"][0]["reason"])


def test_control_is_off_unless_asked_for(start_rig: StartRig) -> None:
    rig = start_rig(control=False)
    assert rig.http.get("/control/faults").status_code == 404
    assert rig.http.post("/control/faults", json={"kind": "stall"}).status_code == 404


def test_control_may_ask_for_a_token_of_mode_0600(start_rig: StartRig, tmp_path: Path) -> None:
    path = tmp_path / "control.token"
    rig = start_rig(control_token_file=path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert rig.http.get("/control/faults").status_code == 401
    assert rig.http.get("/control/faults", headers={"Authorization": "Bearer wrong"}).status_code == 401
    right = {"Authorization": f"Bearer {path.read_text()}"}
    assert rig.http.get("/control/faults", headers=right).json() == []
    assert rig.http.get("/whoami").status_code == 200
    path.chmod(0o644)
    with pytest.raises(InvalidInputError, match="0644"):
        read_or_make_token(path)


def test_faults_are_listed_counted_and_removed(rig: Rig) -> None:
    fault_id = rig.fault(kind="fail", match={"source": "*/bad*"}, count=2, scope="SOURCE", errno=2)
    states = [rig.run(rig.file(name))["job_state"] for name in ("bad1", "good", "bad2", "bad3")]
    assert states == ["FAILED", "FINISHED", "FAILED", "FINISHED"]
    (placed,) = rig.http.get("/control/faults").json()
    assert (placed["id"], placed["used"], placed["fault"]["count"]) == (fault_id, 2, 2)
    assert rig.http.delete(f"/control/faults/{fault_id}").status_code == 204
    assert rig.http.delete(f"/control/faults/{fault_id}").status_code == 404
    assert rig.http.get("/control/faults").json() == []


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"kind": "unheard-of"},
        {"kind": "fail", "errno": 0},
        {"kind": "slow", "bytes_per_second": 0},
        {"kind": "stall", "mach": {}},
        {"kind": "stall", "seconds": 1e300},
    ],
)
def test_a_fault_with_a_mistake_is_refused(refusing_rig: Rig, fault: dict[str, Any]) -> None:
    assert refusing_rig.http.post("/control/faults", json=fault).status_code == 422


def test_faults_are_documented_in_openapi(rig: Rig) -> None:
    document = rig.http.get("/openapi.json").json()
    assert "phantom" in document["paths"]["/control/faults"]["post"]["description"]
    assert "Stall" in document["components"]["schemas"]


@pytest.mark.parametrize(
    "match",
    [
        {"link": "ORM->PIC-DCACHE"},
        {"source_rse": "ORM", "destination_rse": "PIC-*"},
        {"destination": "file://*/PIC-DCACHE/*"},
    ],
)
def test_matching_by_link_rse_and_url(rig: Rig, match: dict[str, str]) -> None:
    rig.fault(kind="fail", match=match, scope="DESTINATION", errno=13, message="Permission denied")
    assert reason(rig.run(rig.file("a"))) == "DESTINATION [13] Permission denied"
    elsewhere = rig.file("a", destinations=[rig.url("PIC-TAPE", "a")], metadata={})
    assert rig.run(elsewhere)["job_state"] == "FINISHED"


def test_a_stall_is_active_without_bytes_and_ends_with_the_marker_reason(rig: Rig) -> None:
    rig.fault(kind="stall", after_bytes=3, seconds=0.6, count=1)
    job_id = rig.submit(rig.file("a"))
    rig.in_state(job_id, "ACTIVE")
    (moving,) = rig.moving()
    assert (moving["link"], moving["bytes_done"], moving["bytes_total"]) == ("ORM->PIC-DCACHE", 0, 6)
    expected = "TRANSFER [110] Transfer canceled because the gsiftp performance marker timeout of 360 seconds"
    assert reason(rig.ended(job_id)).startswith(expected)
    assert not rig.at_pic("a").exists()
    assert not rig.leftovers()
    assert rig.moving() == []


def test_a_dead_mover_is_noticed_late(rig: Rig) -> None:
    rig.fault(kind="dead-mover", seconds=0.3)
    assert reason(rig.run(rig.file("a"))) == (
        "No FTS server has updated the transfer status the last 900 seconds. Probably stalled"
    )


@pytest.mark.parametrize("size", [0, 6, 100_000])
def test_corruption_is_found_and_removed(rig: Rig, size: int) -> None:
    rig.fault(kind="corrupt", count=1)
    data = os.urandom(size)
    job = rig.run(rig.file("a", data))
    assert reason(job).startswith("DESTINATION [")
    assert not rig.at_pic("a").exists()
    assert rig.run(rig.file("a", data))["job_state"] == "FINISHED"


def test_silent_corruption_says_finished(rig: Rig) -> None:
    rig.fault(kind="corrupt", silent=True)
    assert rig.run(rig.file("a", b"events"))["job_state"] == "FINISHED"
    assert len(rig.at_pic("a").read_bytes()) == 6
    assert rig.at_pic("a").read_bytes() != b"events"


def test_a_phantom_is_finished_and_not_there(rig: Rig) -> None:
    rig.fault(kind="phantom")
    assert rig.run(rig.file("a"))["job_state"] == "FINISHED"
    assert not rig.at_pic("a").exists()


def test_a_file_lost_after_it_has_finished(rig: Rig) -> None:
    rig.fault(kind="lost-file", seconds=0.3)
    assert rig.run(rig.file("a"))["job_state"] == "FINISHED"
    assert rig.at_pic("a").exists()
    wait_for(lambda: not rig.at_pic("a").exists())


def test_a_lost_job_is_404_for_ever_and_its_files_move(rig: Rig) -> None:
    fault_id = rig.fault(kind="lost-job", match={"source": "*/a"}, count=1)
    lost, kept = rig.submit(rig.file("a")), rig.submit(rig.file("b"))
    assert rig.http.get(f"/jobs/{lost}").status_code == 404
    rig.http.delete(f"/control/faults/{fault_id}")
    assert rig.http.get(f"/jobs/{lost},{kept}").status_code == 207
    assert rig.http.delete(f"/jobs/{lost}").status_code == 404
    wait_for(lambda: rig.at_pic("a").exists())
    assert rig.http.get(f"/jobs/{rig.submit(rig.file('a'))}").status_code == 200


@pytest.mark.parametrize("status", [419, 503])
def test_submissions_are_rejected_and_queries_are_not(rig: Rig, status: int) -> None:
    job_id = rig.submit(rig.file("a"))
    rig.fault(kind="reject", status=status, message="No delegation found", count=1)
    answer = rig.post_job(rig.file("b"))
    assert (answer.status_code, answer.json()["message"]) == (status, "No delegation found")
    assert rig.http.get(f"/jobs/{job_id}").status_code == 200
    assert rig.post_job(rig.file("b")).status_code == 200


def test_hanging_answers_come_when_the_fault_goes_and_control_answers_meanwhile(rig: Rig) -> None:
    fault_id = rig.fault(kind="hang", method="GET")
    with pytest.raises(httpx.ReadTimeout):
        rig.http.get("/whoami", timeout=0.4)
    rig.post_job(rig.file("a")).raise_for_status()
    assert rig.http.get("/control/transfers", timeout=2).status_code == 200
    rig.http.delete(f"/control/faults/{fault_id}")
    assert rig.http.get("/whoami", timeout=2).status_code == 200
    rig.fault(kind="hang", seconds=0.5, count=1)
    began = time.monotonic()
    assert rig.http.get("/whoami").status_code == 200
    assert time.monotonic() - began >= 0.5


def test_a_slow_link_shows_progress(rig: Rig) -> None:
    rig.fault(kind="slow", bytes_per_second=100_000)
    began = time.monotonic()
    job_id = rig.submit(rig.file("a", os.urandom(100_000)))
    seen = set()
    while not rig.at_pic("a").exists():
        seen |= {moving["bytes_done"] for moving in rig.moving()}
        time.sleep(0.02)
    assert 0.9 <= time.monotonic() - began <= 3
    assert len(seen) >= 5
    assert rig.ended(job_id)["job_state"] == "FINISHED"
