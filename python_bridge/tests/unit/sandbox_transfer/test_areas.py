"""No path leads out of the storages, whatever the request says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from magic_rucio.sandbox.transfer.areas import StorageAreas

from .rig import Rig


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    return outside


HOSTILE = ["../outside/secret", "x/../../outside/secret", "./a", "link/secret", "file-link", "\0", "a/"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_source_is_refused(rig: Rig, secret: Path, name: str) -> None:
    (rig.folder / "ORM/link").symlink_to(secret)
    (rig.folder / "ORM/file-link").symlink_to(secret / "secret")
    job = rig.run(rig.file("a", None, sources=[rig.url("ORM", name)]))
    assert job["files"][0]["reason"].startswith(("SOURCE [13] Permission denied", "SOURCE [22] "))
    assert not rig.at_pic("a").exists()


@pytest.mark.parametrize("name", ["../outside/new", "x/../../outside/new", "link/new", "a/", "\0"])
def test_a_hostile_destination_is_refused(rig: Rig, secret: Path, name: str) -> None:
    rig.at_pic("link").symlink_to(secret)
    job = rig.run(rig.file("a", destinations=[rig.url("PIC-DCACHE", name)]))
    assert job["files"][0]["reason"].startswith(("DESTINATION [13] Permission denied", "DESTINATION [22] "))
    assert os.listdir(secret) == ["secret"]


def test_absolute_paths_elsewhere_are_refused(rig: Rig, secret: Path) -> None:
    job = rig.run(rig.file("a", None, sources=[f"file://h{secret}/secret"]))
    assert "outside of the storage areas" in job["files"][0]["reason"]
    job = rig.run(rig.file("a", destinations=[f"file://h{rig.folder}/PIC-DCACHE-2/new"]))
    assert "outside of the storage areas" in job["files"][0]["reason"]
    assert not (rig.folder / "PIC-DCACHE-2").exists()


def test_a_link_at_the_destination_is_replaced_and_not_followed(rig: Rig, secret: Path) -> None:
    rig.at_pic("a").symlink_to(secret / "secret")
    assert rig.run(rig.file("a", b"new"))["job_state"] == "FINISHED"
    assert (secret / "secret").read_bytes() == b"secret"
    assert not rig.at_pic("a").is_symlink()


def test_a_link_within_the_storages_is_followed(rig: Rig) -> None:
    rig.put("real", b"events")
    (rig.folder / "ORM/link").symlink_to("real")
    assert rig.run(rig.file("a", None, sources=[rig.url("ORM", "link")]))["job_state"] == "FINISHED"


def test_what_is_no_file_fails_at_once(rig: Rig) -> None:
    (rig.folder / "ORM/folder").mkdir()
    os.mkfifo(rig.folder / "ORM/pipe")
    rig.at_pic("folder").mkdir()
    job = rig.run(
        rig.file("a", None, sources=[rig.url("ORM", "folder")]),
        rig.file("b", None, sources=[rig.url("ORM", "pipe")]),
        rig.file("c", destinations=[rig.url("PIC-DCACHE", "folder")]),
        rig.file("d", destinations=[rig.url("PIC-DCACHE", "n" * 300)]),
    )
    assert [file["reason"].split("]")[0] for file in job["files"]] == [
        "SOURCE [21",
        "SOURCE [22",
        "DESTINATION [21",
        "DESTINATION [36",
    ]


def test_storages_are_called_by_their_directory_or_whole_path() -> None:
    areas = StorageAreas([Path("/g/ORM"), Path("/g/PIC"), Path("/h/PIC")])
    assert areas.storage_of("file://localhost:0/g/ORM/a/b") == "ORM"
    assert areas.storage_of("file://localhost/h/PIC/a") == "/h/PIC"
    assert areas.storage_of("file://localhost/g/ORM2/a") == "file://localhost"
    assert areas.storage_of("gsiftp://Door.example:2811/x") == "gsiftp://door.example"
