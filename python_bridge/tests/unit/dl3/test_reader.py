"""What is read from each kind of DL3 file."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from magic_rucio.dl3 import Dl3Error, Observation, read_observation
from magic_rucio.dl3.gadf import CLASSES

from .fits_bytes import EVENTS, Keyword, card, dl3, gti, header, irf, point_like, primary, table, table_cards


def read(tmp_path: Path, content: bytes, name: str = "run.fits") -> Observation:
    path = tmp_path / name
    path.write_bytes(content)
    return read_observation(path)


def hdus(observation: Observation) -> list[str]:
    return [f"{hdu.hdu_type}/{hdu.hdu_class}/{hdu.hdu_name}" for hdu in observation.hdus]


def test_point_like_with_a_table(tmp_path: Path) -> None:
    run = read(tmp_path, point_like())
    assert hdus(run) == [
        "events/events/EVENTS",
        "gti/gti/GTI",
        "rad_max/rad_max_2d/RAD_MAX",
        "aeff/aeff_2d/EFFECTIVE AREA",
        "edisp/edisp_2d/ENERGY DISPERSION",
    ]
    assert (run.irf_type, run.rad_max, run.rad_max_value) == ("point-like", "table", None)
    assert (run.obs_id, run.target, run.event_count, run.lo_thres) == (5029747, "CrabNebula", 3, 0.08576008)
    assert (run.date_start, run.night) == ("2013-10-04T04:20:49.435Z", "2013-10-04")
    assert run.wobble_offset == pytest.approx(0.397, abs=1e-3)
    assert run.wobble_angle == pytest.approx(35.35, abs=1e-2)


def test_point_like_with_the_keyword(tmp_path: Path) -> None:
    events = EVENTS | {"EQUINOX": "", "TIMESYS": "utc", "OBS_ID": 5029748.0}
    run = read(tmp_path, dl3(events, irf("EFFECTIVE AREA", "EFF_AREA", "AEFF_2D", RAD_MAX=0.1414213)))
    assert (run.irf_type, run.rad_max, run.rad_max_value) == ("point-like", "keyword", 0.1414213)
    assert (run.obs_id, run.timesys, run.zen_pnt, run.obs_mode) == (5029748, "UTC", None, None)


def test_full_enclosure(tmp_path: Path) -> None:
    full: dict[str, Keyword] = {"HDUCLAS3": "FULL-ENCLOSURE"}
    run = read(
        tmp_path,
        dl3(
            EVENTS | {"ZEN_PNT": 38.5, "N_TELS": 4},
            irf("AEFF", "EFF_AREA", "AEFF_2D", **full),
            irf("PSF", "RPSF", "PSF_TABLE", **full),
            irf("BKG", "BKG", "BKG_3D", **full),
        ),
    )
    assert (run.irf_type, run.rad_max) == ("full-enclosure", "none")
    assert (run.zen_pnt, run.alt_pnt, run.n_tels) == (38.5, 51.5, 4)
    assert hdus(run)[2:] == ["aeff/aeff_2d/AEFF", "psf/psf_table/PSF", "bkg/bkg_3d/BKG"]


def test_magic_and_lst(tmp_path: Path) -> None:
    events: dict[str, Keyword] = {
        "OBS_ID": 1,
        "OBS_MODE": "wobble",
        "MJDREFI": 40587,
        "MJDREFF": 0.0,
        "TIMESYS": "utc",
        "TSTART": 1545271047.668582,
    }
    extras = [
        table("POINTING", {"HDUCLAS1": "POINTING"}),
        table("GH_CUTS", {"HDUCLAS1": "RESPONSE", "HDUCLAS2": "GH_CUTS"}),
    ]
    run = read(tmp_path, gzip.compress(dl3(events, *extras)), "dl3_x.fits.gz")
    assert hdus(run) == ["events/events/EVENTS", "gti/gti/GTI"]
    assert (run.telescope, run.obs_mode, run.irf_type) == (None, "WOBBLE", None)
    assert run.date_start == "2018-12-20T01:57:27.669Z"


@pytest.mark.parametrize(
    ("hduclas2", "hduclas4", "expected"),
    [
        ("EFF_AREA", "2D", "aeff/aeff_2d"),
        ("RPSF", "3GAUSS", "psf/psf_3gauss"),
        ("PSF", "PSF_3GAUSS", "psf/psf_3gauss"),
        ("rpsf", "psf_king", "psf/psf_king"),
        ("BKG", "2D", "bkg/bkg_2d"),
        ("EDISP", None, "edisp/edisp_2d"),
        ("RAD_MAX", None, "rad_max/rad_max_2d"),
    ],
)
def test_hduclas_decides_whatever_the_name(
    tmp_path: Path, hduclas2: str, hduclas4: str | None, expected: str
) -> None:
    assert hdus(read(tmp_path, dl3(EVENTS, irf("SOMETHING", hduclas2, hduclas4))))[2:] == [
        f"{expected}/SOMETHING"
    ]


@pytest.mark.parametrize(
    ("name", "column", "expected"),
    [
        ("POINT SPREAD FUNCTION", "SIGMA_1", "psf/psf_3gauss"),
        ("PSF", "RPSF", "psf/psf_table"),
        ("PSF", "GAMMA", "psf/psf_king"),
        ("BACKGROUND", "DETX_LO", "bkg/bkg_3d"),
        ("BKG", "THETA_LO", "bkg/bkg_2d"),
        ("EFFECTIVE AREA", "EFFAREA", "aeff/aeff_2d"),
        ("energy dispersion", "MATRIX", "edisp/edisp_2d"),
    ],
)
def test_without_hduclas_the_name_and_the_columns_decide(
    tmp_path: Path, name: str, column: str, expected: str
) -> None:
    assert hdus(read(tmp_path, dl3(EVENTS, table(name, {"TTYPE1": column}))))[2:] == [f"{expected}/{name}"]


def test_several_of_one_response_are_all_listed(tmp_path: Path) -> None:
    run = read(tmp_path, dl3(EVENTS, irf("PSF_A", "RPSF", "PSF_KING"), irf("PSF_B", "RPSF", "PSF_TABLE")))
    assert hdus(run)[2:] == ["psf/psf_king/PSF_A", "psf/psf_table/PSF_B"]


def test_images_and_foreign_tables_are_passed_over(tmp_path: Path) -> None:
    image = (
        header(
            card("XTENSION", "IMAGE"),
            card("BITPIX", -32),
            card("NAXIS", 2),
            card("NAXIS1", 20),
            card("NAXIS2", 10),
            card("EXTNAME", "AEFF"),
        )
        + b"\0" * 2880
    )
    run = read(tmp_path, dl3(EVENTS, image, table("OTHER", {}), irf("X", "GH_CUTS", "GH_CUTS")))
    assert hdus(run) == ["events/events/EVENTS", "gti/gti/GTI"]


def test_events_are_found_by_class_under_another_name(tmp_path: Path) -> None:
    run = read(tmp_path, primary() + gti() + table("SELECTED", EVENTS, rows=9))
    assert (run.event_count, hdus(run)[1]) == (9, "events/events/SELECTED")


def test_a_long_events_header_is_read_whole(tmp_path: Path) -> None:
    filler = [card(f"MID{number:05d}", number) for number in range(500)]
    cards = table_cards("EVENTS", {}) + filler + [card("OBS_ID", 7)]
    assert read(tmp_path, primary() + header(*cards) + b"\0" * 2880).obs_id == 7


def test_padding_after_the_last_hdu_is_harmless(tmp_path: Path) -> None:
    assert read(tmp_path, point_like() + b"\0" * 7 * 2880).obs_id == 5029747


def test_a_primary_hdu_may_hold_data(tmp_path: Path) -> None:
    # HAWC's event lists begin with a 4 x 4 image.
    start = primary(BITPIX=-64, NAXIS=2, NAXIS1=4, NAXIS2=4) + b"\0" * 2880
    run = read(tmp_path, start + table("EVENTS", {"OBS_ID": "chunks 103 - 133", "TIMESYS": "TAI"}))
    assert (run.obs_id, run.timesys, run.event_count) == (None, "TAI", 3)


def test_random_groups_and_image_arrays_are_measured(tmp_path: Path) -> None:
    groups = {"NAXIS": 2, "NAXIS1": 0, "NAXIS2": 10, "GROUPS": True, "PCOUNT": 5, "GCOUNT": 200}
    start = primary(**groups) + b"\0" * 2880 * 2  # 200 x (5 + 10) bytes
    assert read(tmp_path, start + table("EVENTS", EVENTS)).obs_id == 5029747


def test_no_events_is_not_dl3(tmp_path: Path) -> None:
    with pytest.raises(Dl3Error, match=r"not a DL3 file: no EVENTS table .*found: GTI"):
        read(tmp_path, primary() + gti())


def test_the_classes_are_those_that_gammapy_knows() -> None:
    index = pytest.importorskip("gammapy.data.hdu_index_table")
    assert set(CLASSES) <= set(index.HDUIndexTable.VALID_HDU_TYPE)
    assert {name for names in CLASSES.values() for name in names} <= set(index.HDUIndexTable.VALID_HDU_CLASS)
