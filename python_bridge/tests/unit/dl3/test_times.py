"""UTC from GADF's time keywords, judged by astropy where it is right and by DATE-OBS where files give it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.dl3.cards import Header
from magic_rucio.dl3.times import civil_time, elapsed, iso, night_of, utc


@pytest.mark.parametrize("scale", ["utc", "tt", "tai"])
@pytest.mark.parametrize(
    ("mjdrefi", "mjdreff", "tstart"),
    [
        (52706, 0.0, 333778852.435217),
        (51910, 0.000742870370370241, 101962602.0),
        (51544, 0.5, 664502400.0),
        (53736, 0.0, 0.0),
        (57754, 0.0, 1.5),
    ],
)
def test_as_astropy_has_it(scale: str, mjdrefi: int, mjdreff: float, tstart: float) -> None:
    time = pytest.importorskip("astropy.time")
    units = pytest.importorskip("astropy.units")
    expected = time.Time(mjdrefi, mjdreff, format="mjd", scale=scale) + tstart * units.s
    found = utc(tstart, mjdrefi, mjdreff, scale, "s")
    assert found is not None
    assert abs(found - expected.utc.to_datetime(timezone=UTC)) < timedelta(microseconds=20)


def test_joint_crab_agrees_with_its_own_date_obs() -> None:
    # OBS_ID 5029748: DATE-OBS 2013-10-04, TIME-OBS 04:41:09.
    assert iso(utc(333780072.766974, 52706, 0.0, "utc", "s")) == "2013-10-04T04:41:09.767Z"


def test_hess_is_on_terrestrial_time() -> None:
    # OBS_ID 20136: DATE-OBS 2004-03-26T02:57:46.184 TT, which is 64.184 s ahead of UTC.
    assert iso(utc(101962602.0, 51910, 0.000742870370370241, "TT", "s")) == "2004-03-26T02:56:42.000Z"


def test_unix_time_has_no_leap_seconds() -> None:
    moment = datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert utc(moment.timestamp(), 40587, 0.0, "utc", "s") == moment


@pytest.mark.parametrize(
    "arguments",
    [
        (None, 52706, 0.0, "UTC", "s"),
        (1.0, None, 0.0, "UTC", "s"),
        (1.0, 52706, 0.0, "MOON", "s"),
        (1.0, 52706, 0.0, "UTC", "furlong"),
        (1e300, 52706, 0.0, "UTC", "s"),
        (-1e15, 52706, 0.0, "TT", "s"),
        (1.0, 10**9, 0.0, "UTC", "s"),
        (1.0, -(10**9), 0.0, "TAI", "d"),
    ],
)
def test_what_has_no_date_gives_none(
    arguments: tuple[float | None, int | None, float, str, str],
) -> None:
    assert utc(*arguments) is None


@pytest.mark.parametrize(
    ("moment", "night"),
    [
        ("2013-10-03T11:59:59+00:00", "2013-10-03"),
        ("2013-10-03T12:00:00+00:00", "2013-10-04"),
        ("2013-10-04T04:20:49+00:00", "2013-10-04"),
        ("2013-12-31T23:00:00+00:00", "2014-01-01"),
    ],
)
def test_a_night_bears_the_date_of_its_morning(moment: str, night: str) -> None:
    assert night_of(datetime.fromisoformat(moment)) == night


def test_dates_at_the_end_of_the_calendar() -> None:
    assert night_of(datetime.max.replace(tzinfo=UTC)) is None
    assert iso(datetime.max.replace(tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("cards", "expected"),
    [
        (["DATE-OBS= '2013-10-04'", "TIME-OBS= '04:41:09'"], "2013-10-04T04:41:09.000Z"),
        (["DATE-OBS= '2013-10-04T04:41:09.5'"], "2013-10-04T04:41:09.500Z"),
        (["DATE_OBS= '2013-10-04'", "TIME_OBS= '04:41:09'"], "2013-10-04T04:41:09.000Z"),
        (["DATE-OBS= 'last Friday'"], None),
        (["DATE-OBS= '0001-01-01T00:00:00+23:59'"], None),
        ([], None),
    ],
)
def test_date_obs_helps_out(cards: list[str], expected: str | None) -> None:
    header = Header("".join(card.ljust(80) for card in cards).encode())
    assert iso(civil_time(header, "OBS", "UTC")) == expected


@given(
    moment=st.datetimes(datetime(1975, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    epoch=st.sampled_from([52706, 40587, 51544]),
)
def test_elapsed_is_the_inverse(moment: datetime, epoch: int) -> None:
    found = utc(elapsed(moment, epoch), epoch, 0.0, "UTC", "s")
    assert found is not None
    # A float64 of some 1e9 s holds microseconds, and a leap second has no datetime of its own.
    assert abs(found - moment) <= timedelta(microseconds=2)
