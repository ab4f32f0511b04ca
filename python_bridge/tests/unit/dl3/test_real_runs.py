"""The two public MAGIC runs, against what astropy reads from them."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from magic_rucio.dl3 import read_observation

FOLDER = Path(
    os.environ.get("MAGIC_DL3_DIR") or Path(__file__).parents[4] / ".." / "shared" / "data" / "magic-dl3"
)
RUNS = sorted(FOLDER.glob("*_DL3_*.fits"))

pytestmark = pytest.mark.skipif(not RUNS, reason=f"no MAGIC DL3 files in {FOLDER} (set MAGIC_DL3_DIR)")


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.name)
def test_as_astropy_reads_it(path: Path) -> None:
    fits = pytest.importorskip("astropy.io.fits")
    run = read_observation(path)
    with fits.open(path) as hdus:
        header = hdus["EVENTS"].header
        for key in [
            "OBS_ID",
            "TSTART",
            "TSTOP",
            "ONTIME",
            "LIVETIME",
            "DEADC",
            "RA_PNT",
            "DEC_PNT",
            "RA_OBJ",
        ]:
            assert getattr(run, key.lower()) == header[key]
        assert run.target == header["OBJECT"]
        assert run.event_count == len(hdus["EVENTS"].data)
        assert [hdu.hdu_name for hdu in run.hdus] == [hdu.name for hdu in hdus[1:]]
        assert run.lo_thres == hdus["EFFECTIVE AREA"].header["LO_THRES"]
    assert run.night is not None
    assert path.name.startswith(run.night.replace("-", ""))
    assert run.bytes == path.stat().st_size


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.name)
def test_gzipped_it_says_the_same(path: Path, tmp_path: Path) -> None:
    packed = tmp_path / "run.fits.gz"
    packed.write_bytes(gzip.compress(path.read_bytes(), 1))
    assert read_observation(packed) == read_observation(path).model_copy(
        update={"bytes": packed.stat().st_size}
    )
