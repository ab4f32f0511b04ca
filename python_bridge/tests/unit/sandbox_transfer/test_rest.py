"""The REST contract: what Rucio's transfer tool sends, reads and decides on."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest

from .rig import FIELDS, Rig

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def test_a_finished_job_has_all_that_rucio_reads(rig: Rig) -> None:
    metadata = {"request_id": "r1", "scope": "magic", "odd": ["\ud800", "ñ", None, 1.5], "src_rse": "ORM"}
    job = rig.run(
        rig.file("a", metadata=metadata),
        copy_pin_lifetime=172800,
        bring_online=None,
        job_metadata={"issuer": "rucio", "multi_sources": False},
    )
    assert job["http_status"] == "200 Ok"
    assert (job["job_state"], job["job_type"]) == ("FINISHED", "N")
    assert job["job_metadata"] == {"issuer": "rucio", "multi_sources": False, "auth_method": "certificate"}
    (file,) = job["files"]
    assert set(file) == set(FIELDS.split(","))
    assert file["file_state"] == "FINISHED"
    assert file["reason"] == ""
    assert file["file_metadata"] == metadata
    assert all(
        TIME.fullmatch(file[key])
        for key in ("start_time", "finish_time", "staging_start", "staging_finished")
    )


def test_before_the_end_reason_and_times_are_null(rig: Rig) -> None:
    rig.fault(kind="stall")
    job_id = rig.submit(rig.file("a"))
    file = rig.in_state(job_id, "ACTIVE")
    assert file["reason"] is None
    assert file["finish_time"] is None
    assert file["staging_start"] is None
    assert rig.job(job_id)["job_state"] == "ACTIVE"


def test_a_bad_id_alone_is_404_and_among_several_207(rig: Rig) -> None:
    good = rig.submit(rig.file("a"))
    alone = rig.http.get("/jobs/no-such-job")
    assert alone.status_code == 404
    assert alone.json()["http_status"] == "404 Not Found"
    assert alone.json()["job_id"] == "no-such-job"
    assert "no-such-job" in alone.json()["http_message"]
    several = rig.http.get(f"/jobs/{good},no-such-job", params={"files": "file_state"})
    assert several.status_code == 207
    assert [entry["http_status"] for entry in several.json()] == ["200 Ok", "404 Not Found"]
    assert rig.http.get(f"/jobs/{good},{good}").status_code == 200


def test_a_hundred_ids_are_answered_and_more_are_too_long(rig: Rig) -> None:
    job_id = rig.submit(rig.file("a"))
    assert len(rig.http.get("/jobs/" + ",".join([job_id] * 100)).json()) == 100
    assert rig.http.get("/jobs/" + ",".join([job_id] * 101)).status_code == 414


def test_cancelling_a_finished_job_is_200_with_304_in_the_body(rig: Rig) -> None:
    job_id = rig.run(rig.file("a"))["job_id"]
    answer = rig.http.delete(f"/jobs/{job_id}")
    assert answer.status_code == 200
    assert answer.json()["http_status"] == "304 Not Modified"
    assert answer.json()["job_state"] == "FINISHED"
    assert rig.http.delete("/jobs/no-such-job").status_code == 404


def test_cancel_ends_what_moves_and_what_waits_and_leaves_nothing(start_rig: Callable[..., Rig]) -> None:
    rig: Rig = start_rig(workers=1)
    rig.fault(kind="stall", after_bytes=4)
    job_id = rig.submit(rig.file("a"), rig.file("b"))
    rig.in_state(job_id, "ACTIVE")
    answer = rig.http.delete(f"/jobs/{job_id}").json()
    assert (answer["http_status"], answer["job_state"]) == ("200 Ok", "CANCELED")
    assert [file["file_state"] for file in rig.job(job_id)["files"]] == ["CANCELED"] * 2
    assert [file["reason"] for file in rig.job(job_id)["files"]] == ["Job canceled by the user"] * 2
    rig.http.delete("/control/faults")
    assert rig.run(rig.file("c"))["job_state"] == "FINISHED"
    assert all(file["finish_time"] for file in rig.job(job_id)["files"])
    assert not rig.leftovers()
    assert not rig.at_pic("a").exists()
    assert not rig.at_pic("b").exists()


@pytest.mark.parametrize(("asked", "given"), [(9, 5), (-3, 1), (4, 4)])
def test_priority_is_clamped_at_submission_and_afterwards(rig: Rig, asked: int, given: int) -> None:
    rig.fault(kind="stall")
    job_id = rig.submit(rig.file("a"), priority=asked)
    assert rig.job(job_id)["priority"] == given
    answer = rig.http.post(f"/jobs/{job_id}", json={"params": {"priority": asked}})
    assert (answer.status_code, answer.json()["priority"]) == (200, given)
    assert rig.http.post(f"/jobs/{job_id}", json={"params": {"priority": "x"}}).status_code == 400


def test_whoami_and_deterministic_ids_agree_as_rucio_computes_them(rig: Rig) -> None:
    who = rig.http.get("/whoami").json()
    expected = uuid.uuid5(uuid.uuid5(uuid.UUID(who["base_id"]), who["vos"][0]), "request-1")
    params = {"id_generator": "deterministic", "sid": "request-1"}
    assert rig.submit(rig.file("a"), **params) == str(expected)
    assert rig.post_job(rig.file("a"), **params).status_code == 409
    assert rig.http.get("/").json()["api"]["major"] == 3


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"[]",
        b"{}",
        b'{"files": []}',
        b'{"files": [{"sources": [], "destinations": ["file://h/a"]}]}',
        b'{"files": [{"sources": ["file://h/a"], "destinations": ["relative"]}]}',
        b'{"files": [{"sources": ["file:///a"], "destinations": ["file://h/b"]}]}',
        b'{"files": [{"sources": ["file://h/\\ud800"], "destinations": ["file://h/b"]}]}',
        b'{"files": [{"sources": ["file://h/a"], "destinations": ["file://h/b"], "metadata": 7}]}',
        b'{"files": [{"sources": ["file://h/a"], "destinations": ["file://h/b"], "filesize": NaN}]}',
        b'{"files": [{"sources": ["file://h/a"], "destinations": ["file://h/b"], "filesize": 1e999}]}',
        b'{"files": [{"sources": ["file://h/a"], "destinations": ["file://h/b"], "filesize": 1e300}]}',
        b'{"files": [{"sources": ["file://h/a"], "destinations": ["file://h/b"]}], "params": {"retry": "x"}}',
        b'{"files": [{"sources": ["file://[/a"], "destinations": ["file://h/b"]}]}',
        b"[" * 100_000,
    ],
)
def test_a_malformed_submission_is_400(refusing_rig: Rig, body: bytes) -> None:
    answer = refusing_rig.http.post("/jobs", content=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["status"] == "400 Bad Request"


def test_absurd_numbers_are_taken_as_for_ever(rig: Rig) -> None:
    huge = 10**40
    times = {
        "max_time_in_queue": huge,
        "bring_online": huge,
        "copy_pin_lifetime": huge,
        "archive_timeout": huge,
    }
    assert rig.run(rig.file("a"), **times, priority=huge)["job_state"] == "FINISHED"


def test_metadata_above_the_limits_is_refused(rig: Rig) -> None:
    def file(size: int) -> dict[str, object]:
        return rig.file("a", metadata={"x": "y" * size})

    assert rig.post_job(file(4000)).status_code == 200
    assert rig.post_job(file(4096)).status_code == 400
    assert rig.post_job(rig.file("a"), job_metadata={"x": "y" * 2000}).status_code == 200
    assert rig.post_job(rig.file("a"), job_metadata={"x": "y" * 2048}).status_code == 400


def test_a_body_without_end_is_refused(start_rig: Callable[..., Rig]) -> None:
    rig: Rig = start_rig(request_bytes=2000)
    assert rig.http.post("/jobs", content=b" " * 3000).status_code == 413


def test_another_host_name_is_refused(rig: Rig) -> None:
    """A web page must not reach the service through a name of its own (DNS rebinding)."""
    assert rig.http.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_lists_fields_and_files(rig: Rig) -> None:
    rig.fault(kind="stall", match={"source": "*/slow"})
    job_id = rig.submit(rig.file("slow"), rig.file("quick"))
    assert [job["job_id"] for job in rig.http.get("/jobs").json()] == [job_id]
    assert rig.http.get("/jobs", params={"state_in": "FAILED"}).json() == []
    assert rig.http.get("/jobs", params={"limit": "-1"}).status_code == 400
    assert rig.http.get(f"/jobs/{job_id}/job_type").json() == "N"
    assert rig.http.get(f"/jobs/{job_id}/no_such_field").status_code == 404
    first, second = rig.http.get(f"/jobs/{job_id}/files").json()
    assert first["file_id"] < second["file_id"]
    answer = rig.http.delete(f"/jobs/{job_id}/files/{first['file_id']},999999")
    assert answer.json() == ["CANCELED", "File does not belong to the job"]
    assert {file["file_state"] for file in rig.ended(job_id)["files"]} == {"CANCELED", "FINISHED"}
