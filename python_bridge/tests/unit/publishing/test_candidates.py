"""Names and metadata of DL3 files, and which files a path means."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from magic_rucio.dl3 import Dl3Error, from_rucio_metadata
from magic_rucio.errors import InvalidInputError
from magic_rucio.naming import GENERIC, PIC
from magic_rucio.publishing.candidates import Candidate, read_candidate
from magic_rucio.publishing.discovery import find_files
from tests.unit.dl3.fits_bytes import EVENTS, Keyword, dl3, gti

MAGIC_NAME = "20131004_05029747_DL3_CrabNebula-W0.40+035.fits"


def candidate(folder: Path, name: str, **keywords: Keyword) -> Candidate:
    path = folder / name
    path.write_bytes(dl3({**EVENTS, **keywords}, gti()))
    return read_candidate(path, "magic-dl3", PIC)


def test_a_magic_name_gives_the_rucio_name(tmp_path: Path) -> None:
    found = candidate(tmp_path, MAGIC_NAME)
    assert str(found.did) == f"magic-dl3:DL3/CrabNebula/2013_10_04/05029747/{MAGIC_NAME}"
    assert found.warnings == ()
    generic = read_candidate(tmp_path / MAGIC_NAME, "magic-dl3", GENERIC)
    assert generic.did.name.endswith("/20131004_05029747_DL3_CrabNebula-W0.40.plus.035.fits")


def test_names_that_say_less_are_completed_from_the_header(tmp_path: Path) -> None:
    assert candidate(tmp_path, "run_05029747_DL3.fits").did.name == (
        "DL3/CrabNebula/2013_10_04/05029747/run_05029747_DL3.fits"
    )
    assert candidate(tmp_path, "dl3_mine.fits.gz.fits", OBJECT="Mrk 421").did.name == (
        "DL3/Mrk.sp.421/2013_10_04/05029747/dl3_mine.fits.gz.fits"
    )
    assert candidate(tmp_path, "hess_dl3_dr1.fits", OBJECT="", OBS_ID=None).did.name == (
        "DL3/unknown-source/2013_10_04/unknown-run/hess_dl3_dr1.fits"
    )


def test_metadata_holds_the_observation_the_name_and_the_content(tmp_path: Path) -> None:
    found = candidate(tmp_path, MAGIC_NAME)
    observation = from_rucio_metadata(found.metadata)
    assert (observation.obs_id, observation.target) == (5029747, "CrabNebula")
    assert found.metadata["level"] == "DL3"
    assert found.metadata["original_name"] == MAGIC_NAME
    assert found.metadata["sha256"] == found.content.sha256
    assert not any("." in key or value is None for key, value in found.metadata.items())
    assert "original_path" not in found.metadata


def test_a_header_that_contradicts_the_name_is_a_warning(tmp_path: Path) -> None:
    found = candidate(tmp_path, MAGIC_NAME, OBS_ID=5029748, MJDREFI=52707)
    assert len(found.warnings) == 2
    assert "5029748" in found.warnings[0]
    assert found.metadata["night"] == "2013-10-04"


def test_what_is_no_observation_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.fits").write_bytes(b"no")
    with pytest.raises(Dl3Error):
        read_candidate(tmp_path / "a.fits", "s", PIC)


def test_file_names_that_rucio_cannot_have_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="ASCII"):
        candidate(tmp_path, "b\udcff.fits")
    with pytest.raises(InvalidInputError, match="other meaning"):
        candidate(tmp_path, "run_05029747_DL3.fits", OBJECT="..")


def test_folders_are_searched_and_files_taken_once(tmp_path: Path) -> None:
    for name in ("b/2.fits", "b/1.fits.gz", "a.fits", "b/.part.fits", ".ipynb_checkpoints/a.fits", "b/x.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    os.symlink(tmp_path / "a.fits", tmp_path / "b/same.fits")
    os.symlink(tmp_path / "gone", tmp_path / "b/broken.fits")
    found = list(find_files([tmp_path, tmp_path / "b/2.fits"]))
    assert [str(file.path.relative_to(tmp_path)) for file in found] == ["a.fits", "b/1.fits.gz", "b/2.fits"]
    assert all(file.error is None and file.from_folder for file in found)


def test_places_that_hold_nothing_are_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe.fits")
    found = list(find_files([tmp_path / "empty", tmp_path / "gone.fits", tmp_path / "pipe.fits"]))
    assert [file.error.message.split()[-1] for file in found if file.error] == ["file.", "exist.", "file."]
