from __future__ import annotations

import builtins
import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.kernel.names import problem_with, propose


@pytest.mark.parametrize("name", ["crab", "crab_2", "Mrk421", "μ", "données"])
def test_names_that_may_be(name: str) -> None:
    assert problem_with(name) is None


@pytest.mark.parametrize(
    "name",
    [
        *("", "1a", "a b", "a.b", "a;b", "a\n", "__import__", "_", "_1", "ﬁle", "In", "Out", "get_ipython"),
        *("x" * 101, "match", None, 5, *keyword.kwlist, *dir(builtins)),
    ],
)
def test_names_that_may_not_be(name: object) -> None:
    assert problem_with(name)


@given(st.lists(st.text(max_size=30), max_size=3))
def test_a_proposal_can_always_be_used(targets: list[str]) -> None:
    assert problem_with(propose(targets)) is None


@pytest.mark.parametrize(
    ("targets", "name"),
    [
        (["CrabNebula"], "crab_nebula"),
        (["CrabNebula", "CrabNebula"], "crab_nebula"),
        (["Mrk421"], "mrk421"),
        (["1ES 1959+650"], "es_1959p650"),
        (["1ES1011-232"], "es1011m232"),
        (["Mrk421", "Mrk501"], "runs"),
        (["print"], "print_runs"),
        (["IC310"], "ic310"),
        ([], "runs"),
        (["★"], "runs"),
    ],
)
def test_proposals_are_made_from_the_target(targets: list[str], name: str) -> None:
    assert propose(targets) == name
