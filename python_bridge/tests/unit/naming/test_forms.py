"""Every form of MAGIC's file names, and what earlier clients got wrong about them."""

from __future__ import annotations

from datetime import date

import pytest

from magic_rucio.naming import RefusedNameError, parse_file_name

FORMS = {
    "20200103_M2_05088096.011_D_4C+39.12-W0.40+270.raw.gz": (
        ("RAW", "M2", "4C+39.12", date(2020, 1, 3), 5088096, 11, "D", 0.40, 270)
    ),
    "20200103_M2_05088069.001_P_Hamal.raw.gz": (
        ("RAW", "M2", "Hamal", date(2020, 1, 3), 5088069, 1, "P", None, None)
    ),
    "20200211_M1_05089058.001_C_DarkPatch26.raw.gz": (
        ("RAW", "M1", "DarkPatch26", date(2020, 2, 11), 5089058, 1, "C", None, None)
    ),
    "20200204_M1_05089023.001_B_Regulus.raw": (
        ("RAW", "M1", "Regulus", date(2020, 2, 4), 5089023, 1, "B", None, None)
    ),
    "20230324_M1_05106879.001_Y_1ES0806+524-W0.40+000.root": (
        ("Calibrated", "M1", "1ES0806+524", date(2023, 3, 24), 5106879, 1, "Y", 0.40, 0)
    ),
    "ssignal05099186.001_M1.root": ("Calibrated", "M1", None, None, 5099186, 1, None, None, None),
    "20211208_M1_05058680.006_I_UrsaMinor-W0.40_270.root": (
        ("Star", "M1", "UrsaMinor", date(2021, 12, 8), 5058680, 6, "I", 0.40, 270)
    ),
    "20211208_M1_05058680_I_UrsaMinor-W0.40_270.root": (
        ("Star", "M1", "UrsaMinor", date(2021, 12, 8), 5058680, None, "I", 0.40, 270)
    ),
    "20240912_05116784_S_4C+27.50-W0.40+180.root": (
        ("SuperStar", None, "4C+27.50", date(2024, 9, 12), 5116784, None, "S", 0.40, 180)
    ),
    "superstar75939036.root": ("SuperStar", None, None, None, 75939036, None, None, None, None),
    "20210314_05095172_Q_CrabNebula-W0.40+035.root": (
        ("Melibea", None, "CrabNebula", date(2021, 3, 14), 5095172, None, "Q", 0.40, 35)
    ),
    "melibea39615589.root": ("Melibea", None, None, None, 39615589, None, None, None, None),
    "20131004_05029747_DL3_CrabNebula-W0.40+035.fits": (
        ("DL3", None, "CrabNebula", date(2013, 10, 4), 5029747, None, None, 0.40, 35)
    ),
    "20131004_05029747_DL3_CrabNebula-W0.40+035.fits.gz": (
        ("DL3", None, "CrabNebula", date(2013, 10, 4), 5029747, None, None, 0.40, 35)
    ),
    "run_05029748_DL3.fits": ("DL3", None, None, None, 5029748, None, None, None, None),
    "dl3_LST-1_MAGIC.Run03265.fits.gz": ("DL3", None, None, None, 3265, None, None, None, None),
    "dl3_combined.fits.gz": ("DL3", None, None, None, None, None, None, None, None),
}


@pytest.mark.parametrize(("name", "fields"), FORMS.items())
def test_each_form_gives_its_fields(name: str, fields: tuple[object, ...]) -> None:
    assert parse_file_name(name) == (name, *fields)


def test_a_source_called_m15_does_not_make_an_m2_file_one_of_m1() -> None:
    assert parse_file_name("20200204_M2_05089023.001_D_M15-W0.40+090.raw.gz").telescope == "M2"
    assert parse_file_name("20200204_05089023_S_M15-W0.40+090.root").telescope is None


def test_superstar_is_not_star() -> None:
    assert parse_file_name("superstar75939036.root").level == "SuperStar"
    assert parse_file_name("20240912_05116784_S_Star-W0.40+180.root").level == "SuperStar"


def test_the_type_is_the_letter_and_not_the_source() -> None:
    assert parse_file_name("20200103_M2_05088069.001_P_D.raw.gz")[3:8:4] == ("D", "P")


@pytest.mark.parametrize(
    ("written", "source", "angle"),
    [
        ("Aur-Iota-3-W0.40+288", "Aur-Iota-3", 288),
        ("Aur-Iota-3", "Aur-Iota-3", None),
        ("4FGLJ1723.5--W0.70+108", "4FGLJ1723.5-", 108),
        ("4FGLJ1723.5-", "4FGLJ1723.5-", None),
        ("4C-39.12-W0.40+000", "4C-39.12", 0),
        ("1ES2344+514-W0.40=270", "1ES2344+514", 270),
        ("Dark_Patch_2-W0.40_270", "Dark_Patch_2", 270),
        ("SNR-W51", "SNR-W51", None),
        ("W51-W0.40+359", "W51", 359),
        ("D_Y_I", "D_Y_I", None),
        ("X.raw", "X.raw", None),
    ],
)
def test_the_source_keeps_its_spelling(written: str, source: str, angle: int | None) -> None:
    found = parse_file_name(f"20200204_M2_05089023.001_D_{written}.raw.gz")
    assert (found.source, found.wobble_angle) == (source, angle)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "/",
        "20200103_M2_05088069.001_P_Hamal.raw.gz/",
        "20200103_M2_05088069.001_P_Hamal.raw.gz\n",
        "20200103_M2_05088069.001_P_Ha\nmal.raw.gz",
        " 20200103_M2_05088069.001_P_Hamal.raw.gz",
        "20200103_M2_05088069.001_P_Ham\udcffal.raw.gz",
        "٢٠٢٠0103_M2_05088069.001_P_Hamal.raw.gz",
        "20200103_M2_05088069.001_P_$(reboot).raw.gz",
        "20200103_M2_05088069.001_P_Ha mal.raw.gz",
        "20200103_M2_05088069.001_P_Hamal\0.raw.gz",
        "20200103_M2_05088069.001_P_.raw.gz",
        "20200103_M2_05088069.001_P_...raw.gz",
        "20200103_M2_05088069.001_P_.hidden.raw.gz",
        "20200103_M2_05088069.001_P_meta.raw.gz",
        "20200103_M2_05088069.001_P_unknown-source.raw.gz",
        f"20200103_M2_05088069.001_P_{'a' * 300}.raw.gz",
        "20200230_M2_05088069.001_P_Hamal.raw.gz",
        "20210229_M2_05088069.001_P_Hamal.raw.gz",
        "00000101_M2_05088069.001_P_Hamal.raw.gz",
        "20200103_M3_05088069.001_P_Hamal.raw.gz",
        "20200103_M2_5088069.001_P_Hamal.raw.gz",
        "20200103_M2_05088069.01_P_Hamal.raw.gz",
        "20200103_M2_05088069_P_Hamal.raw.gz",
        "20200103_05088069.001_P_Hamal.raw.gz",
        "20200103_M2_05088069.001_P_Hamal.root",
        "20200103_M2_05088069.001_Y_Hamal.raw.gz",
        "20200103_M2_05088069.001_X_Hamal.raw.gz",
        "20200103_M2_05088069.001_S_Hamal.root",
        "20131004_05029747.001_DL3_CrabNebula.fits",
        "20131004_05029747_DL3_CrabNebula.root",
        "20200103_M2_05088069.001_D_X-W0.40%180.raw.gz",
        "20200103_M2_05088069.001_D_X-W0.40+18.raw.gz",
        "20200103_M2_05088069.001_D_X-W0.40+360.raw.gz",
        "20200103_M2_05088069.001_D_X-W0.40+000-W0.40+180.raw.gz",
        "20200103_M2_05088069.001_D_X-W0.40+000.raw.gz.part",
        "superstar1234.root",
        "superstar75939036.root.bak",
        "dl3_.fits.gz",
    ],
)
def test_what_is_not_a_magic_name_is_refused_in_one_printable_sentence(name: str) -> None:
    with pytest.raises(RefusedNameError) as refusal:
        parse_file_name(name)
    assert refusal.value.message.isascii() or "…" in refusal.value.message
    assert "\n" not in refusal.value.message


def test_the_last_component_of_a_path_is_the_name() -> None:
    name = "20200103_M2_05088069.001_P_Hamal.raw.gz"
    assert parse_file_name(f"/data/M2/DAQ/RAW/2020_01_03/{name}") == parse_file_name(name)
    assert parse_file_name(f"../../etc/{name}").file == name
