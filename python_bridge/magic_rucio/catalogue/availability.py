"""Where a run is, from its replicas and the rules that cover it: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from magic_rucio.catalogue.models import Availability

WAITING_RULES = frozenset({"WAITING_APPROVAL", "SUSPENDED", "INJECT"})


class RuleOnRun(NamedTuple):
    """A rule at the destination that covers a run.

    `lock` is the run's own lock under that rule; None where it was not read or does not exist.
    """

    state: str
    lock: str | None = None


def availability_of(
    replicas: Mapping[str, str] | None, rules: Iterable[RuleOnRun], destination: str
) -> Availability:
    """Judge one run.

    Parameters
    ----------
    replicas : mapping or None
        RSE -> state of the replica, in Rucio's words; None where they were never looked up.
    rules : iterable of RuleOnRun
        The rules at the destination that cover the run.
    destination : str
        The RSE that counts.

    Notes
    -----
    A replica that is AVAILABLE at the destination decides, whatever the rules say. Without it a rule
    that is OK means "not yet": the file was attached after the rule was served, or its replica was
    lost and Rucio will bring another.
    """
    if replicas is None:
        return Availability.UNKNOWN
    if replicas.get(destination) == "AVAILABLE":
        return Availability.AT_DESTINATION
    states = {_state_under(rule) for rule in rules}
    for state in (Availability.STUCK, Availability.REPLICATING, Availability.WAITING):
        if state in states:
            return state
    if replicas.get(destination) == "COPYING":
        return Availability.REPLICATING
    if "AVAILABLE" in replicas.values():
        return Availability.ELSEWHERE
    return Availability.UNAVAILABLE


def _state_under(rule: RuleOnRun) -> Availability:
    if rule.state in WAITING_RULES:
        return Availability.WAITING
    if (rule.lock or rule.state) == "STUCK":
        return Availability.STUCK
    return Availability.REPLICATING
