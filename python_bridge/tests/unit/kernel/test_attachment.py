"""The `Attachment` on metadata alone, with the real gammapy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.time import Time

from magic_rucio.kernel.attachment import CHUNK, Attachment
from magic_rucio.kernel.columns import Row, Runs
from magic_rucio.kernel.errors import AttachmentError

from .synthetic import FULL_ENCLOSURE, POINT_LIKE, row, write_dl3

START = Time("2013-10-04T04:20:49.435217", scale="utc")
"""Of `MAGIC`, as gammapy reads TSTART: elapsed seconds, the three leap seconds since 2003 counted."""


def attachment(*rows: Row, duplicates: str = "refuse") -> Attachment:
    return Attachment(Runs.from_rows(rows), name="crab", duplicates=duplicates)


def touched(folder: Path, *numbers: int, **changes: object) -> list[Row]:
    rows = []
    for number in numbers:
        path = folder / f"{number}.fits"
        path.touch()
        rows.append(row(number, path, **changes))
    return rows


def refused(code: str) -> pytest.RaisesExc[AttachmentError]:
    return pytest.RaisesExc(AttachmentError, check=lambda error: error.code == code)


def test_is_a_sequence_of_paths() -> None:
    crab = attachment(row(1), row(2), Row("magic:gone", "/gone", reason="not on the mount"))
    assert list(crab) == crab.paths == crab[:] == ["/nowhere/run1.fits", "/nowhere/run2.fits"]
    assert (crab[0], crab[-1], len(crab)) == ("/nowhere/run1.fits", "/nowhere/run2.fits", 2)
    assert "/nowhere/run2.fits" in crab
    assert crab.dids == ["magic:run1.fits", "magic:run2.fits"]
    assert [tuple(entry) for entry in crab.missing] == [("magic:gone", "/gone", "not on the mount")]
    assert repr(crab) == "<Attachment crab: 2 runs of CrabNebula, 0.7 h livetime, 1 missing>"
    with pytest.raises(IndexError):
        crab[2]


def test_the_data_store_is_made_without_a_file() -> None:
    store = attachment(row(7), row(3)).data_store
    assert list(store.obs_ids) == [3, 7]
    assert len(store.hdu_table) == 10
    start = store.obs_table.time_start
    assert abs((start[0] - START).sec) < 0.001
    assert store.obs_table["TSTART"].dtype == np.float64
    assert store.obs_table["OBJECT"][0] == "CrabNebula"
    assert str(store.obs_table["LIVETIME"].unit) == "s"


def test_the_run_table_has_a_row_for_each_path() -> None:
    table = attachment(row(7), row(3)).table
    assert list(table["OBS_ID"]) == [7, 3]
    assert list(table["PATH"]) == ["/nowhere/run7.fits", "/nowhere/run3.fits"]
    assert table["LIVETIME"].quantity.sum().to_value("min") == pytest.approx(39.269)


def test_the_response_is_chosen_from_the_runs(tmp_path: Path) -> None:
    """Gammapy's default would skip every one of these but the last."""
    for hdus in (row(1).observation["hdus"], POINT_LIKE, FULL_ENCLOSURE):
        crab = attachment(*touched(tmp_path, 1, 2, hdus=hdus))
        assert [observation.obs_id for observation in crab.observations()] == [1, 2]


def test_a_rad_max_table_and_a_rad_max_keyword_go_together(tmp_path: Path) -> None:
    crab = attachment(*touched(tmp_path, 1), *touched(tmp_path, 2, hdus=POINT_LIKE))
    assert len(crab.observations()) == 2


def test_point_like_and_full_enclosure_do_not(tmp_path: Path) -> None:
    crab = attachment(*touched(tmp_path, 1, 2), *touched(tmp_path, 3, hdus=FULL_ENCLOSURE))
    with refused("mixed-irfs") as caught:
        crab.observations()
    assert "1 full-enclosure, 2 point-like" in str(caught.value)
    assert len(crab.select(irf="point-like").observations()) == 2
    assert len(crab.select(irf="full-enclosure").observations()) == 1


def test_runs_without_a_response_are_named(tmp_path: Path) -> None:
    crab = attachment(*touched(tmp_path, 1), *touched(tmp_path, 2, hdus=POINT_LIKE[:2]))
    with refused("irf-missing") as caught:
        crab.observations()
    assert "magic:run2.fits" in str(caught.value)
    assert len(crab.observations(required_irf=[])) == 2


def test_files_that_went_are_named_before_the_analysis(tmp_path: Path) -> None:
    crab = attachment(*touched(tmp_path, 1, 2))
    (tmp_path / "2.fits").unlink()
    with refused("files-missing") as caught:
        crab.observations()
    assert str(tmp_path / "2.fits") in str(caught.value)
    assert len(crab.observations(on_missing="skip")) == 1
    assert [entry.did for entry in crab.check()] == ["magic:run2.fits"]
    assert len(crab) == len(crab.observations()) == 1
    (tmp_path / "2.fits").touch()
    assert crab.check() == []
    assert len(crab) == 2


def test_duplicates_are_refused_with_a_choice(tmp_path: Path) -> None:
    old = row(1, did="magic:v1.fits", created=1.0, creator="v1")
    new = row(1, did="magic:v2.fits", created=2.0, creator="v2")
    crab = attachment(old, new, row(2))
    with refused("duplicate-obs-id") as caught:
        crab.data_store  # noqa: B018 (the property raises)
    message = str(caught.value)
    assert "1 in magic:v1.fits (v1), magic:v2.fits (v2)" in message
    assert 'duplicates="newest"' in message
    assert crab.select(duplicates="newest").dids == ["magic:v2.fits", "magic:run2.fits"]
    assert crab.select(duplicates="first").dids == ["magic:v1.fits", "magic:run2.fits"]
    assert list(attachment(old, new, duplicates="newest").data_store.obs_ids) == [1]
    with refused("newest-unknown"):
        attachment(row(1), row(1)).select(duplicates="newest")
    with pytest.raises(ValueError, match="refuse, newest, first"):
        attachment(row(1), duplicates="last")


def test_times_of_different_zeros_and_clocks_become_one() -> None:
    seconds = (START - Time(40587, format="mjd", scale="tt")).sec
    other = row(3, mjdrefi=40587, timesys="tt", tstart=seconds, tstop=seconds + 100)
    crab = attachment(row(1), row(2), other)
    table = crab.data_store.obs_table
    assert (table.meta["MJDREFI"], table.meta["TIMESYS"]) == (52706, "UTC")
    assert np.all(np.abs((table.time_start - START).sec) < 0.001)
    assert table["TSTOP"][2] - table["TSTART"][2] == pytest.approx(100, abs=1e-5)


def test_days_become_seconds() -> None:
    crab = attachment(row(1), row(2, timeunit="d", tstart=333778852.435217 / 86400))
    assert crab.table["TSTART"][1] == pytest.approx(333778852.435217, abs=1e-4)


def test_an_unknown_clock_is_named() -> None:
    with refused("unknown-time-system"):
        attachment(row(1, timesys="local")).data_store  # noqa: B018
    assert "run1" in attachment(row(1, timesys="local"))._repr_html_()


def test_files_without_metadata_are_read_when_asked(tmp_path: Path) -> None:
    paths = [write_dl3(tmp_path / "a.fits", 11), write_dl3(tmp_path / "b.fits", 12, named_only=True)]
    crab = attachment(*(Row(f"magic:{path.name}", str(path)) for path in paths), row(13))
    assert crab.obs_ids == [None, None, 13]
    assert list(crab.data_store.obs_ids) == [11, 12, 13]
    types = set(crab.data_store.hdu_table["HDU_TYPE"])
    assert types == {"events", "gti", "aeff", "edisp", "rad_max"}
    assert crab.obs_ids == [11, 12, 13]
    assert crab.table["ZEN_PNT"][0] == pytest.approx(20.3)


def test_what_is_no_dl3_is_named(tmp_path: Path) -> None:
    text = tmp_path / "notes.fits"
    text.write_text("not FITS")
    with refused("unreadable") as caught:
        attachment(Row("magic:notes", str(text))).data_store  # noqa: B018
    assert str(text) in str(caught.value)
    with refused("unreadable"):
        attachment(Row("magic:none", str(tmp_path / "none"))).data_store  # noqa: B018


def test_selecting() -> None:
    crab = attachment(row(1), row(2, target="Mrk421"), row(3))
    assert crab.select([3, 1]).obs_ids == [1, 3]
    assert crab.select(target="mrk421").obs_ids == [2]
    with refused("unknown-obs-id"):
        crab.select([4])
    with refused("empty"):
        crab.select(target="nothing").data_store  # noqa: B018
    with pytest.raises(ValueError, match="point-like"):
        crab.select(irf="all")


def test_many_observations_come_in_order_and_whole(tmp_path: Path) -> None:
    numbers = range(3 * CHUNK + 7, 0, -1)
    crab = attachment(*touched(tmp_path, *numbers))
    assert [o.obs_id for o in crab.observations()] == list(numbers)
    assert [o.obs_id for o in crab.observations([5, 3])] == [5, 3]


def test_the_card_shows_all_text_escaped() -> None:
    evil = '<script>alert("x")</script>'
    crab = Attachment(
        Runs.from_rows([row(1, target=evil, did=f"magic:{evil}"), Row(evil, None, reason=evil)]), name=evil
    )
    card = crab._repr_html_()
    assert "<script" not in card
    assert card.count("&lt;script&gt;") >= 6
    assert "1 missing" in card


def test_the_error_renders_as_sentences() -> None:
    error = AttachmentError("This is wrong.", code="x", advice="Do that.")
    assert error._render_traceback_() == ["AttachmentError: This is wrong.", "Do that."]
