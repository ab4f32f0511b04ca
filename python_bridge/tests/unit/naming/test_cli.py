"""`magic-rucio name` as a process: what it prints, its status, and hostile names."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

GOOD = "20200103_M2_05088096.011_D_4C+39.12-W0.40+270.raw.gz"


def run(*arguments: str | bytes, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from magic_rucio.cli import main; main()", "name", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=30, check=False)


def records(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, object]]:
    assert b"Traceback" not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_name_gives_one_object_with_all_fields() -> None:
    done = run(GOOD)
    assert done.returncode == 0
    assert records(done) == [
        {
            "name": GOOD,
            "file": GOOD,
            "level": "RAW",
            "telescope": "M2",
            "source": "4C+39.12",
            "night": "2020-01-03",
            "run": 5088096,
            "subrun": 11,
            "type": "D",
            "wobble_offset": 0.4,
            "wobble_angle": 270,
            "rucio_name": f"RAW_M2/4C+39.12/2020_01_03/05088096/{GOOD}",
        }
    ]


def test_what_does_not_parse_is_said_and_the_others_still_printed() -> None:
    done = run("nonsense", GOOD, "--schema", "generic")
    assert done.returncode == 1
    bad, good = records(done)
    assert set(bad) == {"name", "error"}
    assert bad["name"] == "nonsense"
    assert str(good["rucio_name"]).startswith("RAW_M2/4C.plus.39.12/")


def test_standard_input_one_name_a_line_or_ended_by_nul() -> None:
    lines = run(stdin=f"{GOOD}\n\nsuperstar75939036.root".encode())
    assert [record["name"] for record in records(lines)] == [GOOD, "", "superstar75939036.root"]
    assert lines.returncode == 1
    nul = run("-0", stdin=f"{GOOD}\0a\nb\0".encode())
    assert [record["name"] for record in records(nul)] == [GOOD, "a\nb"]
    assert records(run()) == []


@pytest.mark.parametrize(
    "hostile",
    ["", "-", "--", "-x", "--frob", "a\nb", "..", "/", "$(reboot)", "٣", "\x1b[31m", "a" * 4000, "%s{0}"],
)
def test_hostile_names_never_end_in_a_traceback(hostile: str) -> None:
    done = run("--", hostile)
    (record,) = records(done)
    assert done.returncode == 1
    assert record["name"] == hostile
    assert record["error"]


def test_a_name_may_begin_with_a_dash_even_without_two_dashes_before() -> None:
    assert [record["name"] for record in records(run("-x.raw.gz", "--frob"))] == ["-x.raw.gz", "--frob"]


def test_bytes_that_are_not_utf_8_still_give_valid_json() -> None:
    for done in (run(b"Ha\xffmal.raw.gz"), run(stdin=b"Ha\xffmal.raw.gz\n")):
        done.stdout.decode("ascii")
        assert records(done)[0]["name"] == "Ha\\xffmal.raw.gz"


def test_a_path_warns_of_a_folder_of_another_night() -> None:
    (record,) = records(run(f"/data/M2/DAQ/RAW/2020_01_04/{GOOD}"))
    assert (record["file"], record["night"]) == (GOOD, "2020-01-03")
    assert "2020-01-04" in str(record["warning"])


def test_a_rucio_name_is_taken_apart_too() -> None:
    file = "20211215_M1_05010894.015_D_1ES2344+514-W0.40=270.raw.gz"
    (there,) = records(run("--schema", "generic", file))
    (back,) = records(run("--schema", "generic", f"magic:{there['rucio_name']}"))
    assert {**back, "name": file} == there
    (given,) = records(run("DL3/Crab/2013_10_04/05029748/run_05029748_DL3.fits"))
    assert (given["source"], given["night"]) == ("Crab", "2013-10-04")


def test_a_reader_that_leaves_ends_it_quietly() -> None:
    command = [sys.executable, "-c", "from magic_rucio.cli import main; main()", "name"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.close()
        _, errors = process.communicate(f"{GOOD}\n".encode() * 10_000, timeout=30)
    assert errors == b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's /dev/full")
def test_a_full_disk_is_said() -> None:
    command = [sys.executable, "-c", "from magic_rucio.cli import main; main()", "name", GOOD]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=30, check=False)
    assert done.returncode == 1
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr
