"""Names proposed for variables."""

from __future__ import annotations

import builtins
import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.catalogue.proposals import LONGEST, proposed_variable


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (["CrabNebula"], "crab"),
        (["Crab Nebula"], "crab"),
        (["Mrk421"], "mrk421"),
        (["Mrk 421", "Mrk421"], "mrk421_and_others"),
        (["1ES0806+524"], "src_1es0806_p524"),
        (["4C+39.12"], "src_4c_p39_12"),
        (["4C-39.12"], "src_4c_m39_12"),
        (["4FGLJ1723.5-"], "src_4fglj1723_5"),
        (["Aur-Iota-3"], "aur_iota_m3"),
        (["Mrk421", "CrabNebula"], "crab_and_others"),
        (["class"], "class_runs"),
        (["print"], "print_runs"),
        (["np"], "np_runs"),
        ([], "runs"),
        (["", "***"], "runs"),
        (["<img src=x onerror=alert(1)>"], "img_src_x_onerror_alert"),
        (["Größe"], "groe"),
    ],
)
def test_examples(targets: list[str], expected: str) -> None:
    assert proposed_variable(targets) == expected


@given(st.lists(st.text(max_size=300), max_size=4))
def test_always_a_free_name(targets: list[str]) -> None:
    name = proposed_variable(targets)
    assert name.isidentifier()
    assert name.isascii()
    assert not keyword.iskeyword(name)
    assert not hasattr(builtins, name)
    assert not name.startswith("_")
    assert len(name) <= LONGEST + len("src__runs_and_others")
    assert proposed_variable(list(reversed(targets))) == name
