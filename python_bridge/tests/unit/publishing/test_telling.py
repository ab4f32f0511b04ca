"""What people read after a publication, and the command without a Rucio."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from magic_rucio.errors import InvalidInputError
from magic_rucio.publishing import Outcome, Problem, PublishedFile, PublishReport
from magic_rucio.publishing.registry import check_place
from magic_rucio.publishing.telling import complaints, printable, summary
from magic_rucio.rucio.records import ProtocolRecord, RseRecord


def report(*files: PublishedFile) -> PublishReport:
    return PublishReport(dataset="s:d", rse="PIC", dry_run=False, files=files)


def failed(path: str, message: str) -> PublishedFile:
    problem = Problem(code="x", message=message, advice="Do this.")
    return PublishedFile(path=path, outcome=Outcome.failed, problem=problem)


def test_the_summary_counts() -> None:
    done = PublishedFile(path="a", outcome=Outcome.published, bytes=2_000_000)
    old = PublishedFile(path="b", outcome=Outcome.already_there, bytes=5)
    assert summary(report(done, old, failed("c", "no"))) == (
        "s:d at PIC: 1 published, 1 already there, 1 failed (2.0 MB)"
    )
    assert summary(report()) == "s:d at PIC: no files"


def test_what_met_many_files_alike_is_said_once() -> None:
    files = [failed("a", "a is bad"), *(failed(path, "No Rucio.") for path in "bcd"), failed("e", "bad")]
    assert complaints(report(*files)) == [
        "failed: a is bad. Do this.",
        "failed: 3 files, from b on: No Rucio. Do this.",
        "failed: e: bad. Do this.",
    ]


def test_file_names_cannot_steer_the_terminal() -> None:
    assert printable("a\x1b[2Jb\n") == r"a\x1b[2Jb\n"


def test_file_names_that_are_not_utf_8_still_give_valid_json() -> None:
    text = report(failed("b\udcff.fits", "b\udcff.fits: bad")).model_dump_json()
    (file,) = json.loads(text)["files"]
    assert (file["path"], file["problem"]["message"]) == (r"b\xff.fits", r"b\xff.fits: bad")


@pytest.mark.parametrize(
    "pfn",
    [
        "file://localhost/etc/passwd",
        "file://localhost/se/../etc/x",
        "file://localhost/sex/x",
        "davs://h/se/x",
        "",
    ],
)
def test_a_place_outside_the_rse_is_refused(pfn: str) -> None:
    rse = RseRecord(rse="PIC", protocols=[ProtocolRecord(scheme="file", prefix="/se")])
    assert check_place("file://localhost:0/se/scope/x", rse)
    with pytest.raises(InvalidInputError):
        check_place(pfn, rse)


def run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from magic_rucio.cli import main; main()", "publish", *arguments]
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("RUCIO_", "MAGIC_RUCIO_"))}
    return subprocess.run(
        command,
        env={**kept, "XDG_CONFIG_HOME": str(home), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (("", "--dataset", "s:d", "--rse", "R"), {}, "configured"),
        (("x", "--dataset", "nocolon", "--rse", "R"), {}, "scope:name"),
        (("x", "--dataset", "s:d", "--rse", "R"), {}, "No Rucio is configured"),
        (("x", "--dataset", "s:d", "--rse", "R"), {"RUCIO_BASE_URL": "http://127.0.0.1:9"}, "no token"),
        (
            ("x", "--dataset", "s:d", "--rse", "R", "--username", "u"),
            {"RUCIO_BASE_URL": "http://127.0.0.1:9"},
            "RUCIO_PASSWORD",
        ),
        (
            ("x", "--dataset", "s:d", "--rse", "R"),
            {"RUCIO_BASE_URL": "http://127.0.0.1:9", "RUCIO_AUTH_TOKEN": "secret-token"},
            "cannot be reached",
        ),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str], said: str
) -> None:
    done = run(tmp_path, *arguments, **environment)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret-token" not in done.stderr + done.stdout
