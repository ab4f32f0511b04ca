"""Whether files are where they should be, and mounts that do not answer."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.attachments import mounts
from magic_rucio.attachments.mounts import MountLooks
from magic_rucio.attachments.resolve import Expected, duplicated, look
from magic_rucio.errors import UnreachableError


def reason(path: Path | str | None, size: int = 3, *, replicated: bool = True) -> str | None:
    file = Expected("s:n", None if path is None else str(path), size, replicated)
    found = look([file], rse="PIC").get("s:n")
    if found is None:
        return None
    assert found.message.endswith(".")
    return found.reason


def test_each_way_to_be_missing(tmp_path: Path) -> None:
    (tmp_path / "f.fits").write_bytes(b"abc")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "away").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    assert reason(tmp_path / "f.fits") is None
    assert reason(tmp_path / "f.fits", 4) == "wrong-size"
    assert reason(tmp_path / "f.fits", replicated=False) == "not-replicated"
    assert reason(None) == "no-mount"
    assert reason(tmp_path / "other.fits") == "not-on-mount"
    assert reason(tmp_path / "away") == "not-on-mount"
    assert reason(tmp_path / "f.fits" / "below") == "not-on-mount"
    for unreadable in (tmp_path, tmp_path / "pipe", tmp_path / "loop", tmp_path / ("x" * 300)):
        assert reason(unreadable) == "unreadable"


def test_a_refusal_of_the_storage_is_told_in_its_words() -> None:
    def refuse(path: str) -> object:
        raise PermissionError(13, "Permission denied", path)

    missing = look([Expected("s:n", "/eos/f", 3, True)], rse="PIC", stat_file=refuse)
    assert missing["s:n"].message == "/eos/f cannot be read: Permission denied."


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.none() | st.integers(0, 4), max_size=12))
def test_duplicates_are_all_that_share_a_number(runs: dict[str, int | None]) -> None:
    several = duplicated(runs)
    for run, dids in several.items():
        assert len(dids) > 1
        assert dids == [did for did, number in runs.items() if number == run]
    alone = {run for run in runs.values() if run is not None} - set(several)
    assert all(list(runs.values()).count(run) == 1 for run in alone)


async def test_a_mount_that_hangs_is_said_and_holds_up_nothing_else() -> None:
    looks, release = MountLooks(), threading.Event()
    before = threading.active_count()
    try:
        hanging = [looks.run(release.wait, seconds=0.2, what="5 files") for _ in range(mounts.MOST_LOOKS + 2)]
        begun = time.monotonic()
        answers = await asyncio.gather(*hanging, return_exceptions=True)
        assert time.monotonic() - begun < 2
        assert {type(answer) for answer in answers} == {UnreachableError}
        assert "5 files took more than 0 s: the mount hangs" in str(answers[0])
        assert threading.active_count() <= before + mounts.MOST_LOOKS
        assert await asyncio.to_thread(lambda: 5) == 5
    finally:
        release.set()
    assert await looks.run(lambda: "seen", seconds=5, what="it") == "seen"


async def test_what_goes_wrong_while_looking_reaches_whoever_asked() -> None:
    def fail() -> None:
        raise LookupError("no")

    looks = MountLooks()
    for _ in range(mounts.MOST_LOOKS + 1):
        with pytest.raises(LookupError):
            await looks.run(fail, seconds=5, what="it")


def test_a_mount_that_hangs_does_not_keep_the_process() -> None:
    program = """
import asyncio, time
from magic_rucio.attachments.mounts import MountLooks
from magic_rucio.errors import UnreachableError
async def main():
    try:
        await MountLooks().run(lambda: time.sleep(60), seconds=0.1, what="it")
    except UnreachableError as error:
        print(error.code)
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (0, "mount-hangs\n")
