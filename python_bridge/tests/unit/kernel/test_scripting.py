"""`magic_rucio.open_files` and `.attach`: the same `Attachment` without JupyterLab."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

import magic_rucio
from magic_rucio.kernel.attachment import Attachment
from magic_rucio.kernel.errors import AttachmentError

from .synthetic import write_dl3


def test_files_a_folder_or_one_file(tmp_path: Path) -> None:
    first, second = write_dl3(tmp_path / "b.fits", 2), write_dl3(tmp_path / "a.fits", 1)
    (tmp_path / "notes.txt").touch()
    crab = magic_rucio.open_files([first, str(second)])
    assert isinstance(crab, Attachment)
    assert crab.obs_ids == [2, 1]
    assert magic_rucio.open_files(tmp_path).obs_ids == [1, 2]
    assert magic_rucio.open_files(str(first)).obs_ids == [2]
    assert magic_rucio.open_files(tmp_path).data_store.obs_table["ALT_PNT"][0] == pytest.approx(69.7)


def test_relative_paths_survive_a_change_of_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_dl3(tmp_path / "a.fits", 1)
    monkeypatch.chdir(tmp_path)
    assert magic_rucio.open_files("a.fits")[0] == str(tmp_path / "a.fits")


def test_what_is_no_dl3_is_named_or_skipped(tmp_path: Path) -> None:
    write_dl3(tmp_path / "a.fits", 1)
    (tmp_path / "b.fits").write_text("no FITS")
    with pytest.raises(AttachmentError, match=r"1 of 2 files cannot be opened: .*b\.fits"):
        magic_rucio.open_files(tmp_path)
    crab = magic_rucio.open_files(tmp_path, on_error="skip")
    assert len(crab) == 1
    assert "b.fits" in crab.missing[0].reason
    with pytest.raises(AttachmentError, match="cannot be opened"):
        magic_rucio.open_files(tmp_path / "none.fits")
    (tmp_path / "empty").mkdir()
    with pytest.raises(AttachmentError, match="no FITS files"):
        magic_rucio.open_files(tmp_path / "empty")


def test_the_newest_of_duplicates_is_the_last_changed(tmp_path: Path) -> None:
    for name, when in (("new.fits", 2_000_000_000), ("old.fits", 1_000_000_000)):
        os.utime(write_dl3(tmp_path / name, 1), (when, when))
    assert magic_rucio.open_files(tmp_path).select(duplicates="newest").dids == ["new.fits"]


def test_a_missing_configuration_or_token_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("RUCIO_", "MAGIC_RUCIO_"))]:
        monkeypatch.delenv(name)
    empty = tmp_path / "empty.toml"
    empty.touch()
    monkeypatch.setenv("MAGIC_RUCIO_CONFIG", str(empty))
    with pytest.raises(AttachmentError) as caught:
        magic_rucio.attach("magic:x")
    assert caught.value.code == "not-configured"
    monkeypatch.setenv("RUCIO_BASE_URL", "http://127.0.0.1:9")

    async def in_a_notebook() -> None:
        magic_rucio.attach("magic:x")

    with pytest.raises(AttachmentError) as caught:
        asyncio.run(in_a_notebook())
    assert caught.value.code == "sign-in-needed"
    with pytest.raises(AttachmentError) as caught:
        magic_rucio.attach("no DID")
    assert caught.value.code == "invalid-did"


def test_importing_the_package_costs_nothing() -> None:
    heavy = {"pydantic", "httpx", "gammapy", "astropy"}
    code = f"import sys, magic_rucio; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == "[]"
    with pytest.raises(AttributeError, match="nonsense"):
        magic_rucio.nonsense  # noqa: B018
