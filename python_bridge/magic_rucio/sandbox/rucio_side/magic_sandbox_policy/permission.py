"""Who may do what: as in Rucio's generic policy, and the owner of a rule may end or extend it."""

# mypy: disable-error-code="import-not-found,import-untyped"
# (Rucio lives in an environment of its own that the type checker does not see.)

from __future__ import annotations

from typing import Any

OWNERS_OPTIONS = {"lifetime", "comment", "eol_at", "activity", "priority", "boost_rule", "cancel_requests"}
"""Of a rule; not `purge_replicas`, `locked` or `account`: these reach beyond the rule itself."""


def has_permission(issuer: Any, action: str, kwargs: dict[str, Any], *, session: Any = None) -> bool | None:
    """Decide; None leaves it to the generic policy."""
    if action == "del_rule" and not kwargs.get("purge_replicas"):
        return _owns(issuer, kwargs["rule_id"], session)
    if action == "update_rule" and set(kwargs.get("options", ())) <= OWNERS_OPTIONS:
        return _owns(issuer, kwargs["rule_id"], session)
    return None


def _owns(issuer: Any, rule_id: str, session: Any) -> bool | None:
    from rucio.common.exception import RuleNotFound
    from rucio.core.rule import get_rule

    try:
        return True if get_rule(rule_id, session=session)["account"] == issuer else None
    except RuleNotFound:
        return None
