"""The index's file: private, made anew where it no longer fits, synced by one process."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from magic_rucio.catalogue.journal import journal_mode
from magic_rucio.catalogue.lock import SyncLock
from magic_rucio.catalogue.store import (
    CatalogueStore,
    IndexUnusableError,
    open_store,
    read_state,
    write_state,
)


def mark(store: CatalogueStore) -> None:
    with store.write() as connection:
        write_state(connection, {"mark": "here"})


def marked(store: CatalogueStore) -> bool:
    with store.read() as connection:
        return "mark" in read_state(connection)


def test_files_are_private(tmp_path: Path) -> None:
    store = open_store(tmp_path / "folder" / "index.sqlite", "a")
    mark(store)
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o700
    for path in (tmp_path / "folder").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    store.close()


def test_kept_for_the_same_and_made_anew_for_another(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    mark(open_store(path, "rucio-1"))
    assert marked(open_store(path, "rucio-1"))
    assert not marked(open_store(path, "rucio-2"))


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "index.sqlite"
    path.write_bytes(content)
    store = open_store(path, "a")
    mark(store)
    assert marked(store)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(IndexUnusableError, match="cannot be written"):
        open_store(tmp_path / "file" / "index.sqlite", "a")


def test_one_process_syncs(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    store = open_store(path, "a")
    lock, other = SyncLock(store), SyncLock(store)
    assert lock.acquire()
    assert not other.acquire()
    code = (
        "import sys, pathlib\n"
        "from magic_rucio.catalogue.store import open_store\n"
        "from magic_rucio.catalogue.lock import SyncLock\n"
        "print(SyncLock(open_store(pathlib.Path(sys.argv[1]), 'a')).acquire())"
    )
    command = [sys.executable, "-c", code, str(path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "False"
    lock.release()
    # Freed by the system when that process ends, even without a release.
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "True"
    assert other.acquire()
    other.release()


MOUNTS = """
/dev/sda1 / ext4 rw 0 0
nas:/home /home nfs4 rw 0 0
/dev/sdb1 /home/local ext4 rw 0 0
tmpfs /home/user\\040name tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        ("/var/x.sqlite", "WAL"),
        ("/home/analyst/x.sqlite", "DELETE"),
        ("/home/local/x.sqlite", "WAL"),
        ("/homework/x.sqlite", "WAL"),
        ("/home/user name/x.sqlite", "WAL"),
    ],
)
def test_no_wal_on_a_network_file_system(path: str, mode: str) -> None:
    assert journal_mode(Path(path), MOUNTS) == mode
