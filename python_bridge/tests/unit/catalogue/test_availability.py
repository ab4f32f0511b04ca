"""The truth table of a run's availability."""

from __future__ import annotations

import pytest

from magic_rucio.catalogue.availability import RuleOnRun, availability_of
from magic_rucio.catalogue.models import Availability

PIC = "PIC-DCACHE"
HERE = {PIC: "AVAILABLE", "ORM": "AVAILABLE"}
AWAY = {"ORM": "AVAILABLE"}
COMING = {PIC: "COPYING", "ORM": "AVAILABLE"}
LOST = {"ORM": "BAD"}


@pytest.mark.parametrize(
    ("replicas", "rules", "expected"),
    [
        (None, [], Availability.UNKNOWN),
        (None, [RuleOnRun("OK")], Availability.UNKNOWN),
        (HERE, [], Availability.AT_DESTINATION),
        (HERE, [RuleOnRun("STUCK", "STUCK")], Availability.AT_DESTINATION),
        (HERE, [RuleOnRun("SUSPENDED")], Availability.AT_DESTINATION),
        (AWAY, [], Availability.ELSEWHERE),
        (AWAY, [RuleOnRun("REPLICATING")], Availability.REPLICATING),
        # Attached after the rule was served, or lost since: Rucio will bring it.
        (AWAY, [RuleOnRun("OK")], Availability.REPLICATING),
        (AWAY, [RuleOnRun("STUCK")], Availability.STUCK),
        (AWAY, [RuleOnRun("STUCK", "STUCK")], Availability.STUCK),
        (AWAY, [RuleOnRun("STUCK", "REPLICATING")], Availability.REPLICATING),
        (AWAY, [RuleOnRun("STUCK", "OK")], Availability.REPLICATING),
        (AWAY, [RuleOnRun("WAITING_APPROVAL")], Availability.WAITING),
        (AWAY, [RuleOnRun("INJECT")], Availability.WAITING),
        (AWAY, [RuleOnRun("SUSPENDED", "REPLICATING")], Availability.WAITING),
        (AWAY, [RuleOnRun("WAITING_APPROVAL"), RuleOnRun("REPLICATING")], Availability.REPLICATING),
        (AWAY, [RuleOnRun("REPLICATING"), RuleOnRun("STUCK", "STUCK")], Availability.STUCK),
        (COMING, [], Availability.REPLICATING),
        (COMING, [RuleOnRun("STUCK", "STUCK")], Availability.STUCK),
        ({PIC: "BAD", "ORM": "AVAILABLE"}, [], Availability.ELSEWHERE),
        ({PIC: "BEING_DELETED", "ORM": "AVAILABLE"}, [], Availability.ELSEWHERE),
        ({PIC: "UNAVAILABLE"}, [], Availability.UNAVAILABLE),
        (LOST, [], Availability.UNAVAILABLE),
        (LOST, [RuleOnRun("REPLICATING")], Availability.REPLICATING),
        ({}, [], Availability.UNAVAILABLE),
    ],
)
def test_truth_table(replicas: dict[str, str] | None, rules: list[RuleOnRun], expected: Availability) -> None:
    assert availability_of(replicas, rules, PIC) is expected
