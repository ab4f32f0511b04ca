"""What speaks against a replication, in words: pure."""

from __future__ import annotations

from magic_rucio.errors import MagicRucioError
from magic_rucio.replication.models import PreviewProblem, Quota
from magic_rucio.replication.selected import Places


def of_selection(
    *, places: Places, unknown: int, quota: Quota | None, existing: bool, support: str
) -> list[PreviewProblem]:
    """Judge a selection against quota and sources.

    Parameters
    ----------
    unknown : int
        Picked runs that Rucio does not have.
    quota : Quota or None
        None where the RSE is unknown.
    existing : bool
        Whether the account has this rule already: its bytes are in the quota then.
    """
    found: list[PreviewProblem] = []
    total = places.total
    if unknown:
        runs, left = ("run is", "it is") if unknown == 1 else ("runs are", "they are")
        words = f"{unknown} {runs} not in Rucio any more; {left} left out."
        found.append(_problem("unknown-runs", words, "Refresh the list.", blocking=False))
    if total.files == 0:
        found.append(_problem("empty", "The selection holds no runs.", "Pick at least one."))
    elif existing:
        words = "You have this replication already; it is shown instead of a second one."
        found.append(_problem("duplicate-rule", words, "", blocking=False))
    elif quota is not None and (short := of_quota(quota, total.bytes, support)):
        found.append(short)
    if places.without_source:
        runs = "run has" if places.without_source == 1 else "runs have"
        found.append(
            _problem(
                "no-source",
                f"{places.without_source} {runs} no good replica anywhere: Rucio would wait for ever.",
                "Leave them out, or tell the data manager.",
                blocking=False,
            )
        )
    if total.files and places.to_move.files == 0 and not found:
        found.append(
            _problem(
                "nothing-to-move",
                "All runs are there or on their way; a rule of your own keeps them there.",
                "",
                blocking=False,
            )
        )
    return found


def of_quota(quota: Quota, needed: int, support: str) -> PreviewProblem | None:
    """Judge bytes against a quota; Rucio counts all files of a rule, also those that are there already."""
    ask = f"Ask {support} for quota." if support else "Ask the site for quota."
    if quota.unlimited:
        return None
    if quota.limit is None:
        return _problem("no-quota", f"{quota.account} has no quota at {quota.rse}.", ask)
    left = quota.left or 0
    if needed <= left:
        return None
    return _problem(
        "quota",
        f"The selection has {size(needed)}; {quota.account} has {size(left)} of quota left at {quota.rse}.",
        f"Pick fewer runs, or end replications you no longer need. {ask}",
    )


def closed(rse: str) -> PreviewProblem:
    """Say that an RSE takes nothing now."""
    words = f"{rse} is closed for writing: Rucio would not make the rule."
    return _problem("rse-unavailable", words, "Try later, or ask the site.")


def from_error(error: MagicRucioError) -> PreviewProblem:
    """Turn what Rucio refused into a problem of the preview."""
    return _problem(error.code, error.message, error.advice)


def size(count: int) -> str:
    """Return bytes as people write them, decimal units."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    raise AssertionError


def _problem(code: str, message: str, advice: str, *, blocking: bool = True) -> PreviewProblem:
    return PreviewProblem(code=code, message=message, advice=advice, blocking=blocking)
