"""The command line without anything running: each mistake gets a sentence, never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from magic_rucio.sandbox import postgresql
from magic_rucio.sandbox.layout import StateDirectory
from magic_rucio.sandbox.settings import settings_for


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from magic_rucio.cli import main; main()", "sandbox", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["status"], 1, "There is no sandbox in"),
        (["down"], 1, "There is no sandbox in"),
        (["password", "mover"], 1, "There is no sandbox in"),
        (["up", "--schema", "atlas"], 1, "There is no schema 'atlas'"),
        (["reset"], 1, "Confirm with --yes"),
    ],
)
def test_mistakes_are_explained(tmp_path: Path, arguments: list[str], status: int, words: str) -> None:
    done = run(*arguments, "--dir", str(tmp_path))
    assert done.returncode == status
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_reset_of_nothing_is_no_mistake(tmp_path: Path) -> None:
    assert run("reset", "--yes", "--dir", str(tmp_path)).returncode == 0


def test_reset_leaves_a_strangers_directory_alone(tmp_path: Path) -> None:
    treasure = tmp_path / "grid" / "thesis.tex"
    treasure.parent.mkdir()
    treasure.write_text("unpublished")
    done = run("reset", "--yes", "--dir", str(tmp_path))
    assert done.returncode == 1
    assert "nothing was removed" in done.stderr
    assert treasure.exists()


def test_status_of_a_sandbox_that_is_down(tmp_path: Path) -> None:
    directory = StateDirectory(tmp_path)
    directory.make()
    settings_for(directory, None, None)
    done = run("status", "--json", "--dir", str(tmp_path))
    assert done.returncode == 3
    answer = json.loads(done.stdout)
    assert answer["state"] == "stopped"
    assert answer["processes"] == []
    assert {rse["name"] for rse in answer["rses"]} >= {"ORM", "PIC-DCACHE", "PIC-TAPE"}
    assert run("down", "--json", "--dir", str(tmp_path)).stdout.strip().endswith('"was_running": false}')


def test_a_password_is_printed_when_asked_for(tmp_path: Path) -> None:
    directory = StateDirectory(tmp_path)
    directory.make()
    settings_for(directory, None, None)
    known = json.loads(directory.passwords_file.read_text())["accounts"]
    assert run("password", "analyst1", "--dir", str(tmp_path)).stdout.strip() == known["analyst1"]
    assert "There is no account 'nobody'" in run("password", "nobody", "--dir", str(tmp_path)).stderr


@pytest.mark.parametrize(("content", "stays"), [("1\n", False), ("not a number\n", True)])
def test_the_lock_of_a_dead_postgresql_is_removed(tmp_path: Path, content: str, stays: bool) -> None:
    lock = tmp_path / "postmaster.pid"
    lock.write_text(content)
    postgresql.remove_stale_lock(tmp_path)
    assert lock.exists() == stays
