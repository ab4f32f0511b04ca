"""The night of a folder against the night of the file name."""

from __future__ import annotations

from datetime import date

import pytest

from magic_rucio.naming import night_of_folder, night_warning, parse_file_name

NAME = "20200204_M1_05089023.001_B_Regulus.raw.gz"


@pytest.mark.parametrize(
    ("path", "night"),
    [
        (f"/data/M1/DAQ/RAW/2020_02_04/{NAME}", date(2020, 2, 4)),
        (f"/data/M1/OSA/Calibrated/2020/02/03/{NAME}", date(2020, 2, 3)),
        (f"2020_02_03/{NAME}", date(2020, 2, 3)),
        (f"/2019_01_01/v1/Crab/2020_02_03/{NAME}", date(2020, 2, 3)),
        (f"/data/2020_02_31/{NAME}", None),
        (f"/data/12020_02_03/{NAME}", None),
        ("/data/x/2020_02_03", None),
        (NAME, None),
    ],
)
def test_the_innermost_folder_that_names_a_night(path: str, night: date | None) -> None:
    assert night_of_folder(path) == night


def test_a_warning_only_where_they_differ() -> None:
    name = parse_file_name(NAME)
    assert night_warning(name, f"/data/2020_02_04/{NAME}") is None
    assert night_warning(name, NAME) is None
    warning = night_warning(name, f"/data/2020_02_05/{NAME}")
    assert warning is not None
    assert "2020-02-05" in warning
    assert (
        night_warning(parse_file_name("superstar75939036.root"), "2020_02_05/superstar75939036.root") is None
    )
