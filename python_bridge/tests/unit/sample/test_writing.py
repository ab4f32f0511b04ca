"""Writing sample files: reproducible, whole, never over something else unasked."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from magic_rucio.dl3 import Observation, read_observation
from magic_rucio.errors import ConflictError, InvalidInputError, MagicRucioError
from magic_rucio.sample import dl3_file
from magic_rucio.sample.variants import Variant
from magic_rucio.sample.writing import write_dl3

fits = pytest.importorskip("astropy.io.fits")

SHORT = 200
"""Events a run, to be quick."""


def digests(paths: list[Path]) -> list[str]:
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]


@pytest.mark.parametrize("variant", list(Variant))
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, variant: Variant) -> None:
    first = list(write_dl3(tmp_path / "a", runs=3, events=SHORT, variant=variant))
    second = list(write_dl3(tmp_path / "b", runs=3, events=SHORT, variant=variant))
    other = list(write_dl3(tmp_path / "c", runs=3, events=SHORT, variant=variant, seed=99))
    assert digests(first) == digests(second)
    assert digests(first) != digests(other)


@pytest.mark.parametrize("variant", list(Variant))
def test_checksums_hold(tmp_path: Path, variant: Variant, recwarn: pytest.WarningsRecorder) -> None:
    (path,) = write_dl3(tmp_path, runs=1, events=SHORT, variant=variant)
    with fits.open(path, checksum=True) as hdus:
        for hdu in hdus:
            assert "CHECKSUM" in hdu.header
            assert hdu.data is None or len(hdu.data)
    assert not [warning for warning in recwarn if "hecksum" in str(warning.message)]


def read_variant(tmp_path: Path, variant: Variant) -> Observation:
    (path,) = write_dl3(tmp_path / variant, runs=1, events=SHORT, variant=variant)
    return read_observation(path)


def test_variants_are_read_as_what_they_imitate(tmp_path: Path) -> None:
    table = read_variant(tmp_path, Variant.TABLE)
    assert (table.irf_type, table.rad_max, table.telescope) == ("point-like", "table", "MAGIC")
    assert [hdu.hdu_class for hdu in table.hdus] == ["events", "gti", "rad_max_2d", "aeff_2d", "edisp_2d"]
    keyword = read_variant(tmp_path, Variant.KEYWORD)
    assert (keyword.irf_type, keyword.rad_max, keyword.rad_max_value) == ("point-like", "keyword", 0.1414213)
    assert (keyword.alt_pnt, keyword.obs_mode) == (None, None)
    full = read_variant(tmp_path, Variant.FULL)
    assert (full.irf_type, full.rad_max, full.n_tels) == ("full-enclosure", "none", 2)
    assert [hdu.hdu_class for hdu in full.hdus][2:] == ["aeff_2d", "edisp_2d", "psf_3gauss", "bkg_3d"]
    lst = read_variant(tmp_path, Variant.LST)
    assert (lst.mjdrefi, lst.telescope, lst.obs_mode) == (40587, None, "WOBBLE")
    assert {run.date_start for run in (table, keyword, full, lst)} == {table.date_start}
    assert {run.obs_id for run in (table, keyword, full, lst)} == {table.obs_id}


def test_files_are_like_magics_in_size_and_events(tmp_path: Path) -> None:
    (path,) = write_dl3(tmp_path, runs=1)
    assert 330_000 < path.stat().st_size < 400_000
    assert path.name.startswith("20")
    run = read_observation(path)
    assert run.event_count == pytest.approx(11_700, rel=0.05)
    assert run.wobble_offset == pytest.approx(0.4, abs=1e-4)
    assert run.creator == "magic-rucio sample"


def test_gzip(tmp_path: Path) -> None:
    (packed,) = write_dl3(tmp_path, runs=1, events=SHORT, gzip=True)
    (plain,) = write_dl3(tmp_path, runs=1, events=SHORT)
    assert packed.name == plain.name + ".gz"
    assert read_observation(packed).hdus == read_observation(plain).hdus


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    first, second = write_dl3(tmp_path, runs=2, events=SHORT)
    first.unlink()
    second.write_text("mine")
    with pytest.raises(ConflictError, match=r"exists already; nothing was written"):
        list(write_dl3(tmp_path, runs=2, events=SHORT))
    assert not first.exists()
    assert second.read_text() == "mine"
    list(write_dl3(tmp_path, runs=2, events=SHORT, force=True))
    assert read_observation(second).event_count


def test_an_interruption_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = dl3_file.dl3_bytes

    def interrupted(*arguments: object) -> bytes:
        if list(tmp_path.iterdir()):
            raise KeyboardInterrupt
        return made(*arguments)  # type: ignore[arg-type]  # passed on as given

    monkeypatch.setattr(dl3_file, "dl3_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(write_dl3(tmp_path, runs=3, events=SHORT))
    assert [path.suffix for path in tmp_path.iterdir()] == [".fits"]


@pytest.mark.parametrize(("runs", "events"), [(0, 100), (-1, 100), (10**9, 100), (1, 0), (1, 10**9)])
def test_numbers_out_of_range_are_refused(tmp_path: Path, runs: int, events: int) -> None:
    with pytest.raises(InvalidInputError, match="give a number from"):
        list(write_dl3(tmp_path, runs=runs, events=events))


def test_a_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MagicRucioError, match="Cannot write sample data"):
        list(write_dl3(tmp_path / "file", runs=1, events=SHORT))


def test_without_astropy_it_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['astropy'] = None\n"
        "sys.argv = ['magic-rucio', 'sample', 'dl3', '--runs', '1', sys.argv[1]]\n"
        "from magic_rucio.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "pip install 'jupyterlab-magic-rucio[gammapy]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_importing_the_command_costs_no_numpy() -> None:
    code = "import sys, magic_rucio.sample.cli; sys.exit('numpy' in sys.modules or 'astropy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
