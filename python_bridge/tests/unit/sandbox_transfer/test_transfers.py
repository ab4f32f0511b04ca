"""Bytes that really move: checksums, overwriting, several sources, hops, tape, retries."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from .rig import Rig, adler32

StartRig = Callable[..., Rig]


def only(job: dict[str, Any]) -> tuple[str, str]:
    (file,) = job["files"]
    return file["file_state"], file["reason"]


@pytest.mark.parametrize("size", [0, 1, 6, (1 << 20) - 1, (1 << 20) + 1, 5 << 20])
def test_the_copy_is_the_source(rig: Rig, size: int) -> None:
    data = os.urandom(size)
    assert only(rig.run(rig.file("deep/er/a", data))) == ("FINISHED", "")
    assert rig.at_pic("deep/er/a").read_bytes() == data
    assert (rig.folder / "ORM/deep/er/a").read_bytes() == data
    assert not rig.leftovers()


def test_names_are_taken_verbatim(rig: Rig) -> None:
    name = "20210314_M1_05094163.001_D_Crab+x%20y#1?ñ;a b.root"
    assert only(rig.run(rig.file(name))) == ("FINISHED", "")
    assert rig.at_pic(name).exists()


WRONG = "ADLER32:00000001"


@pytest.mark.parametrize(
    ("verify", "scope"),
    [("both", "SOURCE"), ("source", "SOURCE"), ("target", "DESTINATION"), ("none", None), (True, "SOURCE")],
)
def test_a_wrong_checksum_is_found_at_the_end_that_is_verified(
    rig: Rig, verify: object, scope: str | None
) -> None:
    state, reason = only(rig.run(rig.file("a", checksum=WRONG), verify_checksum=verify))
    if scope is None:
        assert (state, reason) == ("FINISHED", "")
        return
    assert state == "FAILED"
    assert reason.startswith(f"{scope} [5] ")
    assert "checksum do not match" in reason
    assert not rig.at_pic("a").exists()
    assert not rig.leftovers()


@pytest.mark.parametrize(
    "checksum", [None, "ADLER32", "adler32:8EB0296", "MD5:16908b0605f2645dfcb4c3a8d248cef3"]
)
def test_checksums_in_every_form(rig: Rig, checksum: str | None) -> None:
    assert only(rig.run(rig.file("a", b"events", checksum=checksum))) == ("FINISHED", "")


def test_an_unknown_algorithm_fails(rig: Rig) -> None:
    state, reason = only(rig.run(rig.file("a", checksum="SHA3:12")))
    assert state == "FAILED"
    assert "not supported" in reason


def test_overwriting_replaces_silently_and_without_it_nothing_is_adopted(rig: Rig) -> None:
    rig.put("a", b"older", "PIC-DCACHE")
    assert only(rig.run(rig.file("a", b"newer"), overwrite=False)) == (
        "FAILED",
        "DESTINATION [17] Destination file exists and overwrite is not enabled",
    )
    assert rig.at_pic("a").read_bytes() == b"older"
    assert only(rig.run(rig.file("a", b"newer"))) == ("FINISHED", "")
    assert rig.at_pic("a").read_bytes() == b"newer"
    same = only(rig.run(rig.file("a", b"newer"), overwrite=False))
    assert same[0] == "FAILED"


def test_a_failed_overwrite_loses_the_older_file_but_not_when_the_source_is_at_fault(rig: Rig) -> None:
    rig.put("a", b"older", "PIC-DCACHE")
    rig.run(rig.file("a", b"newer", checksum=WRONG))
    assert rig.at_pic("a").read_bytes() == b"older"
    rig.fault(kind="corrupt")
    rig.run(rig.file("a", b"newer"))
    assert not rig.at_pic("a").exists()


def test_the_report_about_the_file_in_the_way(rig: Rig) -> None:
    rig.put("a", b"events", "PIC-DCACHE")
    job = rig.run(rig.file("a", b"events"), overwrite=False, dst_file_report=True)
    assert job["files"][0]["file_metadata"]["dst_file"] == {
        "file_size": 6,
        "checksum_type": "ADLER32",
        "checksum_value": adler32(b"events").split(":")[1],
        "file_on_disk": True,
        "file_on_tape": False,
    }


def test_the_size_in_the_request_is_not_checked(rig: Rig) -> None:
    assert only(rig.run(rig.file("a", filesize=123456789)))[0] == "FINISHED"


def test_some_failed_some_finished_is_finisheddirty(rig: Rig) -> None:
    job = rig.run(rig.file("a"), rig.file("gone", None))
    assert job["job_state"] == "FINISHEDDIRTY"
    assert [file["file_state"] for file in job["files"]] == ["FINISHED", "FAILED"]
    assert job["files"][1]["reason"] == "SOURCE [2] No such file or directory"
    assert job["reason"].startswith("One or more files failed.")


def test_a_foreign_protocol_fails(rig: Rig) -> None:
    file = rig.file("a", sources=["root://eospublic.cern.ch:1094//eos/a"])
    assert only(rig.run(file)) == ("FAILED", "SOURCE [93] Protocol not supported or path/url invalid")


def test_several_sources_are_tried_until_one_works(rig: Rig) -> None:
    sources = [rig.url("ORM", "gone"), rig.put("there"), rig.put("unneeded")]
    file = rig.file("a", None, sources=sources, destinations=[rig.url("PIC-DCACHE", "a")])
    job = rig.run(file, job_metadata={"multi_sources": True}, copy_pin_lifetime=10)
    assert (job["job_state"], job["job_type"]) == ("FINISHED", "R")
    assert [file["file_state"] for file in job["files"]] == ["FAILED", "FINISHED", "NOT_USED"]


def test_all_sources_gone_fails_the_job(rig: Rig) -> None:
    sources = [rig.url("ORM", name) for name in ("x", "y")]
    job = rig.run(rig.file("a", None, sources=sources, selection_strategy="auto"))
    assert job["job_state"] == "FAILED"
    assert [file["file_state"] for file in job["files"]] == ["FAILED", "FAILED"]


def test_an_unknown_strategy_is_refused(rig: Rig) -> None:
    sources = [rig.put("x"), rig.put("y")]
    assert rig.post_job(rig.file("a", None, sources=sources, selection_strategy="dice")).status_code == 400


def hops(rig: Rig) -> list[dict[str, Any]]:
    tape = rig.url("PIC-TAPE", "a")
    return [rig.file("a"), rig.file("a", None, sources=[rig.url("PIC-DCACHE", "a")], destinations=[tape])]


def test_hops_move_one_after_the_other(rig: Rig) -> None:
    job = rig.run(*hops(rig), multihop=True)
    assert (job["job_state"], job["job_type"]) == ("FINISHED", "H")
    assert (rig.folder / "PIC-TAPE/a").read_bytes() == b"events"


def test_a_failed_hop_leaves_the_rest_unused(rig: Rig) -> None:
    rig.fault(kind="fail", match={"destination": "*/PIC-DCACHE/*"})
    job = rig.run(*hops(rig), multihop=True)
    assert job["job_state"] == "FAILED"
    assert [file["file_state"] for file in job["files"]] == ["FAILED", "NOT_USED"]


def to_tape(rig: Rig) -> dict[str, Any]:
    return rig.file("a", destinations=[rig.url("PIC-TAPE", "a")])


def test_archiving_takes_the_time_of_the_tape(start_rig: StartRig) -> None:
    rig = start_rig(tapes={"PIC-TAPE": {"archiving_seconds": 0.5}})
    job_id = rig.submit(to_tape(rig), archive_timeout=60)
    rig.in_state(job_id, "ARCHIVING")
    assert rig.job(job_id)["job_state"] == "ARCHIVING"
    assert (rig.folder / "PIC-TAPE/a").exists()
    assert only(rig.ended(job_id)) == ("FINISHED", "")


def test_archiving_that_takes_too_long_fails(start_rig: StartRig) -> None:
    rig = start_rig(tapes={"PIC-TAPE": {"archiving_seconds": 60}})
    assert only(rig.run(to_tape(rig), archive_timeout=1)) == (
        "FAILED",
        "ARCHIVING [110] archive timeout has been exceeded",
    )


def test_staging_takes_the_time_of_the_tape_and_can_take_too_long(start_rig: StartRig) -> None:
    rig = start_rig(tapes={"PIC-TAPE": {"staging_seconds": 1.3}})
    recall = rig.file("a", None, sources=[rig.put("a", storage="PIC-TAPE")])
    job_id = rig.submit(recall, bring_online=60)
    assert rig.job(job_id)["job_state"] == "STAGING"
    assert rig.job(job_id)["files"][0]["file_state"] == "STAGING"
    assert only(rig.ended(job_id)) == ("FINISHED", "")
    assert only(rig.run(recall, bring_online=1)) == (
        "FAILED",
        "STAGING [110] bring-online timeout has been exceeded",
    )


def test_no_retries_unless_asked_for_and_only_of_what_is_recoverable(rig: Rig) -> None:
    flaky = {"kind": "fail", "errno": 110, "message": "Connection timed out", "count": 2}
    rig.fault(**flaky)
    assert only(rig.run(rig.file("a"))) == ("FAILED", "TRANSFER [110] Connection timed out")
    assert only(rig.run(rig.file("a"), retry=1)) == ("FINISHED", "")
    rig.fault(kind="fail", errno=13, message="Permission denied", count=1)
    assert only(rig.run(rig.file("a"), retry=3)) == ("FAILED", "TRANSFER [13] Permission denied")


def test_waiting_too_long_cancels(start_rig: StartRig) -> None:
    rig = start_rig(workers=1)
    rig.fault(kind="stall", match={"source": "*/first"})
    rig.submit(rig.file("first"))
    state, reason = only(rig.run(rig.file("second"), max_time_in_queue="1s"))
    assert state == "CANCELED"
    assert "stayed in the queue for too long" in reason


def test_two_jobs_to_one_destination_at_once_both_fail(rig: Rig) -> None:
    """As FTS 3.14; and a scope that is not SOURCE, though the text is that of a lost source."""
    rig.fault(kind="slow", bytes_per_second=200)
    place = rig.url("PIC-DCACHE", "x")
    same = place.replace("localhost:0", "127.0.0.1:2811")
    first = rig.file("a", os.urandom(1000), destinations=[place])
    second = rig.file("b", os.urandom(1000), destinations=[same])
    jobs = [rig.submit(first), rig.submit(second)]
    assert [only(rig.ended(job)) for job in jobs] == [
        ("FAILED", "DESTINATION [2] No such file or directory")
    ] * 2
    assert not rig.at_pic("x").exists()
    assert not rig.leftovers()
