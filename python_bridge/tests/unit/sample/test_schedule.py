"""The schedule of synthetic runs: plausible, reproducible, and in MAGIC's names."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from magic_rucio.dl3.pointing import wobble
from magic_rucio.errors import InvalidInputError
from magic_rucio.naming import parse_file_name
from magic_rucio.sample.schedule import LOWEST, TWILIGHT, plan_runs
from magic_rucio.sample.sky import altitude_azimuth, sun_altitude, wobble_pointing
from magic_rucio.sample.targets import TARGETS, Target
from magic_rucio.sample.variants import Variant, file_name

RUNS = plan_runs(200, 7, 1200)


def mjd(moment: datetime) -> float:
    return (moment - datetime(1858, 11, 17, tzinfo=UTC)) / timedelta(days=1)


def test_a_longer_schedule_begins_with_the_shorter() -> None:
    assert plan_runs(30, 7, 1200) == RUNS[:30]
    assert plan_runs(30, 8, 1200) != RUNS[:30]


def test_there_is_variety() -> None:
    assert {run.target.name for run in RUNS} == set(TARGETS)
    assert len({run.night for run in RUNS}) > 25
    assert Counter(run.wobble_angle for run in RUNS).keys() == {35, 125, 215, 305}
    zeniths = [90 - run.alt_pnt for run in RUNS]
    assert min(zeniths) < 20
    assert max(zeniths) > 40


def test_runs_are_in_dark_nights_with_the_source_up() -> None:
    for run in RUNS:
        assert sun_altitude(mjd(run.start)) < TWILIGHT + 1
        assert run.alt_pnt > LOWEST - 1
        assert run.night == (run.start + timedelta(hours=12)).date()


def test_run_numbers_and_names_are_unique() -> None:
    assert len({run.obs_id for run in RUNS}) == len({run.file_name for run in RUNS}) == 200
    in_time = sorted(RUNS, key=lambda run: run.start)
    assert [run.obs_id for run in in_time] == sorted(run.obs_id for run in RUNS)


def test_names_are_magics() -> None:
    run = next(run for run in RUNS if run.target.name == "1ES0806+524")
    assert (
        run.file_name
        == f"{run.night:%Y%m%d}_{run.obs_id:08d}_DL3_1ES0806+524-W0.40+{run.wobble_angle:03d}.fits"
    )


@pytest.mark.parametrize("angle", [0, 35, 125, 215, 305])
@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.name)
def test_the_reader_finds_the_wobble_again(target: Target, angle: int) -> None:
    pointing = wobble_pointing(target.ra, target.dec, 0.4, angle)
    offset, found = wobble(*pointing, target.ra, target.dec)
    assert offset == pytest.approx(0.4)
    assert found is not None
    assert (found - angle + 180) % 360 == pytest.approx(180, abs=1e-6)


def test_altitudes_as_magic_wrote_them() -> None:
    # Run 5029747: ALT_PNT 69.69974, AZ_PNT 103.8848, means over the run.
    middle = datetime(2013, 10, 4, 4, 30, 43, tzinfo=UTC)
    altitude, azimuth = altitude_azimuth(83.98333, 22.24389, mjd(middle))
    assert altitude == pytest.approx(69.7, abs=0.3)
    assert azimuth == pytest.approx(103.9, abs=0.3)


def test_a_full_calendar_is_said_not_waited_for() -> None:
    with pytest.raises(InvalidInputError, match="No free night is left"):
        plan_runs(10_000, 1, 5000, ["CrabNebula"])


def test_naming_takes_the_names_apart() -> None:
    for run in RUNS:
        name = parse_file_name(run.file_name)
        assert (name.level, name.source, name.night) == ("DL3", run.target.name, run.night)
        assert (name.run, name.wobble_offset, name.wobble_angle) == (run.obs_id, 0.4, run.wobble_angle)


@pytest.mark.parametrize("variant", list(Variant))
def test_naming_takes_the_names_of_all_variants(variant: Variant) -> None:
    assert parse_file_name(file_name(RUNS[0], variant, gzip=True)).run == RUNS[0].obs_id
