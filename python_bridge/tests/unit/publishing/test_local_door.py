"""The door of mounted storage: whole or not at all, and never over something else."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from magic_rucio.errors import ConflictError
from magic_rucio.storage.fingerprint import Fingerprint, fingerprint
from magic_rucio.storage.local import LocalDoor, path_of_pfn
from magic_rucio.storage.upload import OccupiedError, StorageError, Stored

DOOR = LocalDoor()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "run.fits"
    path.write_bytes(os.urandom(3_000_000))
    return path


def pfn_below(tmp_path: Path, name: str = "scope/a/b/run.fits") -> str:
    return f"file://localhost:0{tmp_path}/se/{name}"


def ignore(_: int) -> None:
    pass


def test_what_was_put_is_there_and_nothing_else(tmp_path: Path, source: Path) -> None:
    pfn, content = pfn_below(tmp_path), fingerprint(source)
    told: list[int] = []
    assert DOOR.look(pfn) is None
    DOOR.put(source, pfn, content, told.append)
    assert path_of_pfn(pfn).read_bytes() == source.read_bytes()
    assert DOOR.look(pfn) == Stored(bytes=content.bytes, adler32=content.adler32)
    assert sum(told) == content.bytes
    assert os.listdir(path_of_pfn(pfn).parent) == ["run.fits"]
    DOOR.put(source, pfn, content, ignore)
    assert os.listdir(path_of_pfn(pfn).parent) == ["run.fits"]


def test_another_file_is_never_overwritten(tmp_path: Path, source: Path) -> None:
    pfn = pfn_below(tmp_path)
    path_of_pfn(pfn).parent.mkdir(parents=True)
    path_of_pfn(pfn).write_bytes(b"older")
    with pytest.raises(OccupiedError, match="5 bytes"):
        DOOR.put(source, pfn, fingerprint(source), ignore)
    assert path_of_pfn(pfn).read_bytes() == b"older"
    assert os.listdir(path_of_pfn(pfn).parent) == ["run.fits"]


def test_without_hard_links_neither(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    pfn, content = pfn_below(tmp_path), fingerprint(source)
    DOOR.put(source, pfn, content, ignore)
    assert DOOR.look(pfn) == Stored(bytes=content.bytes, adler32=content.adler32)
    path_of_pfn(pfn).write_bytes(b"older")
    with pytest.raises(OccupiedError):
        DOOR.put(source, pfn, content, ignore)
    assert path_of_pfn(pfn).read_bytes() == b"older"


def test_a_source_that_changed_is_not_published(tmp_path: Path, source: Path) -> None:
    content = fingerprint(source)
    source.write_bytes(b"x" + source.read_bytes()[1:])
    with pytest.raises(StorageError, match="reads back"):
        DOOR.put(source, pfn_below(tmp_path), content, ignore)
    assert DOOR.look(pfn_below(tmp_path)) is None
    assert os.listdir(tmp_path / "se/scope/a/b") == []


def test_stopping_leaves_nothing(tmp_path: Path, source: Path) -> None:
    def stop(_: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        DOOR.put(source, pfn_below(tmp_path), fingerprint(source), stop)
    assert os.listdir(tmp_path / "se/scope/a/b") == []


def test_killed_in_the_middle_the_next_run_takes_over(tmp_path: Path, source: Path) -> None:
    pfn, folder = pfn_below(tmp_path), tmp_path / "se/scope/a/b"
    program = (
        "import sys, time; from pathlib import Path\n"
        "from magic_rucio.storage.local import LocalDoor\n"
        "from magic_rucio.storage.fingerprint import fingerprint\n"
        "source = Path(sys.argv[1])\n"
        "LocalDoor().put(source, sys.argv[2], fingerprint(source), lambda _: time.sleep(60))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(source), pfn])
    deadline = time.monotonic() + 20
    while not (folder.is_dir() and any(file.stat().st_size for file in folder.iterdir())):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    with pytest.raises(StorageError, match="another process"):
        DOOR.put(source, pfn, fingerprint(source), ignore)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=10)
    assert DOOR.look(pfn) is None
    assert len(os.listdir(folder)) == 1
    DOOR.put(source, pfn, fingerprint(source), ignore)
    assert os.listdir(folder) == ["run.fits"]


def test_a_lock_on_a_name_that_was_removed_meanwhile_does_not_count(tmp_path: Path) -> None:
    from magic_rucio.storage.local import _took_lock

    temporary = tmp_path / ".x.part"
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT)
    temporary.unlink()
    assert not _took_lock(descriptor, temporary)
    temporary.touch()
    assert not _took_lock(descriptor, temporary)
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


@pytest.mark.parametrize(
    "pfn", ["file://localhost/a/../etc/x", "davs://host/a", "/a/b", "file://localhost", "file:///a\0b"]
)
def test_other_pfns_are_refused(pfn: str) -> None:
    with pytest.raises(StorageError):
        path_of_pfn(pfn)


def test_a_storage_that_fails_is_explained(tmp_path: Path, source: Path) -> None:
    (tmp_path / "se").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="cannot be written") as failure:
        DOOR.put(source, pfn_below(tmp_path), fingerprint(source), ignore)
    assert failure.value.advice
    with pytest.raises(StorageError, match="Is a directory"):
        DOOR.look(f"file://localhost{tmp_path}")


def test_the_fingerprint_is_the_known_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"Wikipedia")
    assert fingerprint(tmp_path / "a") == Fingerprint(
        bytes=9,
        adler32="11e60398",
        md5="9c677286866aad38f8e9b660f5411814",
        sha256="d38b38a2dd476e045c299e8ee5d6466834456d97bd592a71746b423a6a05f386",
    )


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"a" * 100)

    written = 0

    def grow() -> bool:
        nonlocal written
        if written < 3:
            written += 1
            with path.open("ab") as file:
                file.write(b"b")
        return False

    with pytest.raises(ConflictError, match="changed"):
        fingerprint(path, stopped=grow)
