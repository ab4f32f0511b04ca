"""The real process: killed, started again, told nonsense."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from .rig import Client, Storages, wait_for


class Process(Client):
    def __init__(self, process: subprocess.Popen[str], said: dict[str, Any]) -> None:
        self.process = process
        super().__init__(f"http://{said['host']}:{said['port']}")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


def write_config(storages: Storages, **settings: object) -> Path:
    path = storages.folder / "config.json"
    database = str(storages.folder / "transfers.db")
    values = {"port": 0, "database": database, "allowed_roots": storages.roots, "control": True, **settings}
    path.write_text(json.dumps(values))
    return path


def command(config: Path) -> list[str]:
    return [sys.executable, "-m", "magic_rucio.sandbox.transfer", "--config", str(config)]


@contextmanager
def running(config: Path) -> Iterator[Process]:
    process = subprocess.Popen(command(config), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Process(process, json.loads(process.stdout.readline()))
    finally:
        process.terminate()
        process.wait(15)
        process.stdout.close()


@pytest.fixture
def storages(tmp_path: Path) -> Storages:
    return Storages(tmp_path)


def test_after_kill_what_waited_moves_and_what_moved_goes_on(storages: Storages) -> None:
    config = write_config(storages, workers=1)
    with running(config) as first:
        done = first.run(storages.file("done"))["job_id"]
        stall = first.fault(kind="stall", after_bytes=4, count=1)
        moving = first.submit(storages.file("moving", os.urandom(3 << 20)), copy_pin_lifetime=10)
        waiting = first.submit(*(storages.file(f"w{number}") for number in range(50)))
        begun = first.in_state(moving, "ACTIVE")
        wait_for(storages.leftovers)
        first.kill()
    assert storages.leftovers()
    with running(config) as second:
        (placed,) = second.http.get("/control/faults").json()
        assert (placed["id"], placed["used"]) == (stall, 1)
        assert second.ended(moving)["job_state"] == "FINISHED"
        assert second.job(moving)["files"][0]["start_time"] == begun["start_time"]
        assert second.ended(waiting)["job_state"] == "FINISHED"
        assert second.job(done)["job_state"] == "FINISHED"
    assert not storages.leftovers()
    source = storages.folder / "ORM/moving"
    assert storages.at_pic("moving").read_bytes() == source.read_bytes()


def test_after_kill_what_moved_can_count_as_stalled(storages: Storages) -> None:
    with running(write_config(storages)) as first:
        first.fault(kind="stall", count=1)
        moving = first.submit(storages.file("moving"))
        first.in_state(moving, "ACTIVE")
        first.kill()
    with running(write_config(storages, after_restart="stall", stalled_after_seconds=1)) as second:
        assert second.job(moving)["job_state"] == "ACTIVE"
        (file,) = second.ended(moving)["files"]
        assert file["file_state"] == "FAILED"
        assert file["reason"].endswith("the last 1 seconds. Probably stalled")


def post_in_vain(client: Client, file: dict[str, Any]) -> None:
    with suppress(httpx.HTTPError):
        client.post_job(file)


def test_term_ends_soon_leaves_no_partial_and_the_job_goes_on_later(storages: Storages) -> None:
    config = write_config(storages)
    with running(config) as first:
        first.fault(kind="stall", after_bytes=2, count=1)
        moving = first.submit(storages.file("moving"))
        first.in_state(moving, "ACTIVE")
        first.fault(kind="hang", method="POST")
        threading.Thread(target=post_in_vain, args=(first, storages.file("other"))).start()
        wait_for(lambda: first.http.get("/control/faults").json()[1]["used"] == 1)
    assert not storages.leftovers()
    with running(config) as second:
        assert second.ended(moving)["job_state"] == "FINISHED"


def test_staging_and_archiving_go_on_after_kill(storages: Storages) -> None:
    tapes = {"PIC-TAPE": {"staging_seconds": 1, "archiving_seconds": 1}}
    config = write_config(storages, tapes=tapes)
    url = storages.put("a", storage="PIC-TAPE")
    with running(config) as first:
        to_tape = storages.file("b", destinations=[storages.url("PIC-TAPE", "b")])
        archiving = first.submit(to_tape, archive_timeout=60)
        staging = first.submit(storages.file("a", None, sources=[url]), bring_online=60)
        first.in_state(archiving, "ARCHIVING")
        first.kill()
    with running(config) as second:
        assert second.ended(archiving)["job_state"] == "FINISHED"
        assert second.ended(staging)["job_state"] == "FINISHED"


def test_one_database_has_one_process(storages: Storages) -> None:
    config = write_config(storages)
    with running(config):
        second = subprocess.run(command(config), capture_output=True, text=True, timeout=20)
    assert second.returncode == 1
    assert "Another transfer service works on" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"port": "x"}, "port:"),
        ({"allowed_roots": []}, "allowed_roots:"),
        ({"allowed_roots": ["relative"]}, "absolute path"),
        ({"unheard": 1}, "unheard:"),
        ({"host": "203.0.113.1"}, "Cannot listen on 203.0.113.1"),
    ],
)
def test_mistakes_in_the_configuration_are_named(
    storages: Storages, settings: dict[str, object], text: str
) -> None:
    config = write_config(storages, **settings)
    result = subprocess.run(command(config), capture_output=True, text=True, timeout=20)
    assert result.returncode == 1
    assert text in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_configuration_is_named(tmp_path: Path) -> None:
    result = subprocess.run(command(tmp_path / "none"), capture_output=True, text=True, timeout=20)
    assert result.returncode == 1
    assert "Cannot read" in result.stderr
