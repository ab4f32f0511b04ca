"""The namespace: round trips, injectivity, the hierarchy, and both schemas."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.naming import (
    GENERIC,
    PIC,
    MagicName,
    NameSchema,
    RefusedNameError,
    compose,
    decode,
    encode,
    hierarchy,
    parse_collection,
    parse_file_name,
    parse_rucio_name,
    rucio_name,
    to_rucio_metadata,
)

from .strategies import long_names, short_names

schemas = st.sampled_from([PIC, GENERIC])


def named(file: str, schema: NameSchema = PIC) -> str:
    return rucio_name(parse_file_name(file), schema)


def test_the_name_of_dac21_stays_as_it_was_in_pics_rucio() -> None:
    assert named("20211206_M1_05039477.008_D_UrsaMinor-W0.40_180.raw.gz") == (
        "RAW_M1/UrsaMinor/2021_12_06/05039477/20211206_M1_05039477.008_D_UrsaMinor-W0.40_180.raw.gz"
    )
    assert named("20200103_M2_05088096.011_D_4C+39.12-W0.40+270.raw.gz") == (
        "RAW_M2/4C+39.12/2020_01_03/05088096/20200103_M2_05088096.011_D_4C+39.12-W0.40+270.raw.gz"
    )


def test_refused_characters_become_words() -> None:
    file = "20211215_M1_05010894.015_D_1ES2344+514-W0.40=270.raw.gz"
    assert named(file).endswith("/20211215_M1_05010894.015_D_1ES2344+514-W0.40.eq.270.raw.gz")
    assert named(file, GENERIC) == (
        "RAW_M1/1ES2344.plus.514/2021_12_15/05010894"
        "/20211215_M1_05010894.015_D_1ES2344.plus.514-W0.40.eq.270.raw.gz"
    )


def test_stereo_levels_have_no_telescope() -> None:
    assert named("20240912_05116784_S_Crab.root") == (
        "SuperStar/Crab/2024_09_12/05116784/20240912_05116784_S_Crab.root"
    )


@pytest.mark.parametrize("schema", [PIC, GENERIC])
def test_separators_and_signs_never_fall_together(schema: NameSchema) -> None:
    files = [
        f"20200103_M2_05088096.011_D_4C{sign}39.12-W0.40{separator}270.raw.gz"
        for sign in "+-_=%."
        for separator in "+=_"
    ]
    names = [named(file, schema) for file in files]
    assert len(set(names)) == len(files)
    assert len({hierarchy(name).source for name in names}) == 6


@given(st.lists(st.one_of(long_names, short_names), min_size=2, max_size=8, unique=True), schemas)
def test_two_files_never_get_one_rucio_name(files: list[str], schema: NameSchema) -> None:
    names = []
    for file in files:
        try:
            names.append(named(file, schema))
        except RefusedNameError:
            continue
    assert len(set(names)) == len(names)


@given(
    st.text(" +-.=%_/aplusexqct2B'~", max_size=14), st.text(" +-.=%_/aplusexqct2B'~", max_size=14), schemas
)
def test_encoding_is_injective_or_refused(one: str, other: str, schema: NameSchema) -> None:
    encoded = []
    for text in {one, other}:
        try:
            encoded.append(encode(text, schema))
        except RefusedNameError:
            continue
        assert decode(encoded[-1]) == text
    assert len(set(encoded)) == len(encoded)


@given(st.one_of(long_names, short_names), schemas)
def test_file_to_rucio_and_back(file: str, schema: NameSchema) -> None:
    try:
        found = parse_file_name(file)
        name = rucio_name(found, schema)
    except RefusedNameError:
        return
    assert schema.check_name(name) == name
    assert parse_rucio_name(name) == found
    assert parse_rucio_name(name).file == file


@given(long_names)
def test_metadata_is_flat_json_without_nulls(file: str) -> None:
    try:
        metadata = to_rucio_metadata(parse_file_name(file), "/data/x")
    except RefusedNameError:
        return
    assert json.loads(json.dumps(metadata)) == metadata
    assert None not in metadata.values()
    assert not any("." in key for key in metadata)
    assert metadata["original_name"] == file


def test_metadata_numbers_keep_one_type() -> None:
    metadata = to_rucio_metadata(parse_file_name("20200204_M1_05089023.001_D_Crab-W0.40+035.raw.gz"))
    assert {key: type(metadata[key]) for key in ("run", "subrun", "wobble_offset", "wobble_angle")} == {
        "run": int,
        "subrun": int,
        "wobble_offset": float,
        "wobble_angle": float,
    }


@given(st.text(max_size=40) | st.lists(st.text(max_size=6), min_size=5, max_size=5).map("/".join))
def test_any_text_as_a_rucio_name_is_taken_apart_or_refused(name: str) -> None:
    with pytest.raises(RefusedNameError):
        parse_rucio_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "RAW_M1/Crab/2020_01_04/05088069/20200103_M1_05088069.001_P_Crab.raw.gz",
        "RAW_M2/Crab/2020_01_03/05088069/20200103_M1_05088069.001_P_Crab.raw.gz",
        "RAW_M1/Iota/2020_01_03/05088069/20200103_M1_05088069.001_P_Aur-Iota-3.raw.gz",
        "RAW_M1/Crab/2020_01_03/5088069/20200103_M1_05088069.001_P_Crab.raw.gz",
        "RAW_M1/Crab/2020_01_03/05088069/..x2F.20200103_M1_05088069.001_P_Crab.raw.gz",
        "RAW_M1/4C.plus.39/2020_01_03/05088069/20200103_M1_05088069.001_P_4C+39.raw.gz",
        "DL3/../unknown-night/05029748/run_05029748_DL3.fits",
        "DL3/Crab/2013_13_04/05029748/run_05029748_DL3.fits",
    ],
)
def test_a_rucio_name_that_contradicts_itself_is_refused(name: str) -> None:
    with pytest.raises(RefusedNameError):
        parse_rucio_name(name)


def test_fields_that_the_file_name_lacks_can_be_given_and_are_read_back() -> None:
    found = parse_file_name("run_05029748_DL3.fits")
    assert rucio_name(found) == "DL3/unknown-source/unknown-night/05029748/run_05029748_DL3.fits"
    name = rucio_name(found, source="PKS 2155-304", night=date(2013, 10, 4))
    assert name == "DL3/PKS.sp.2155-304/2013_10_04/05029748/run_05029748_DL3.fits"
    assert parse_rucio_name(name) == found._replace(source="PKS 2155-304", night=date(2013, 10, 4))


def test_fields_that_contradict_the_file_name_are_refused() -> None:
    found = parse_file_name("20131004_05029747_DL3_CrabNebula-W0.40+035.fits")
    with pytest.raises(RefusedNameError, match="CrabNebula"):
        rucio_name(found, source="Mrk421")
    with pytest.raises(RefusedNameError, match="2013-10-04"):
        rucio_name(found, night=date(2013, 10, 5))


def test_any_file_can_be_composed_into_the_namespace() -> None:
    name = compose("DL3", "Crab", date(2004, 3, 26), 20136, "hess_dl3_dr1_obs_id_020136.fits.gz", GENERIC)
    assert name == "DL3/Crab/2004_03_26/00020136/hess_dl3_dr1_obs_id_020136.fits.gz"


def test_names_longer_than_the_schema_takes_are_refused() -> None:
    found = parse_file_name(f"20200103_M2_05088069.001_P_{'a' * 120}.raw.gz")
    assert len(rucio_name(found, PIC)) > 250
    with pytest.raises(RefusedNameError, match="250"):
        rucio_name(found, GENERIC)


def test_scopes() -> None:
    assert PIC.check_scope("dac21-magic-lpm2pic-v2") == "dac21-magic-lpm2pic-v2"
    for schema, scope in ((GENERIC, "a" * 26), (PIC, "a" * 101), (PIC, "a b"), (PIC, ""), (PIC, "a\n")):
        with pytest.raises(RefusedNameError):
            schema.check_scope(scope)


@given(long_names, schemas)
def test_the_hierarchy_above_a_file_and_back(file: str, schema: NameSchema) -> None:
    try:
        found = parse_file_name(file)
        name = rucio_name(found, schema)
    except RefusedNameError:
        return
    above = hierarchy(name)
    assert name.startswith(above.run + "/")
    for depth, collection in enumerate(above):
        expected = (found.source, found.night, found.run)[:depth]
        assert parse_collection(collection) == (
            found.level, found.telescope, *expected, *(None,) * (3 - depth),
        )  # fmt: skip


@pytest.mark.parametrize(
    "name", ["", "RAW", "Foo/Crab", "RAW_M1/..", "RAW_M1/a/2020_02_30", "DL3/a/2020_02_03/1", "DL3/a/b/c/d"]
)
def test_other_collections_are_refused(name: str) -> None:
    with pytest.raises(RefusedNameError):
        parse_collection(name)
    assert isinstance(parse_file_name("superstar75939036.root"), MagicName)
