"""What speaks against a replication, in words: pure."""

from __future__ import annotations

from magic_rucio.errors import MagicRucioError
from magic_rucio.replication.models import Count, PreviewProblem, Quota
from magic_rucio.rucio.errors import clean_words


def of_selection(
    *, total: Count, to_move: Count, without_source: int, quota: Quota | None, support: str
) -> list[PreviewProblem]:
    """Judge a selection against quota and sources."""
    found: list[PreviewProblem] = []
    ask = f"Ask {support} for quota." if support else "Ask the site for quota."
    if total.files == 0:
        found.append(_problem("empty", "The selection holds no runs.", "Pick at least one."))
    if quota is not None and not quota.unlimited:
        left = quota.left or 0
        if quota.limit is None:
            found.append(_problem("no-quota", f"{quota.account} has no quota at {quota.rse}.", ask))
        elif total.bytes > left:
            # Rucio counts all files of a rule, also those that are there already.
            found.append(
                _problem(
                    "quota",
                    f"The selection has {size(total.bytes)}; the quota at {quota.rse} has {size(left)} left.",
                    f"Pick fewer runs, or end replications you no longer need. {ask}",
                )
            )
    if without_source:
        runs = "run has" if without_source == 1 else "runs have"
        found.append(
            _problem(
                "no-source",
                f"{without_source} {runs} no good replica anywhere: Rucio would wait for ever.",
                "Leave them out, or tell the data manager.",
                blocking=False,
            )
        )
    if total.files and to_move.files == 0 and not found:
        found.append(
            _problem(
                "nothing-to-move",
                "All runs are there or on their way; a rule of your own keeps them there.",
                "",
                blocking=False,
            )
        )
    return found


def from_error(error: MagicRucioError) -> PreviewProblem:
    """Turn what Rucio refused into a problem of the preview."""
    return _problem(error.code, error.message, error.advice)


def rule_words(error: str | None) -> str | None:
    """Return Rucio's words on a rule; None where it has none."""
    words = clean_words(error or "")
    return words or None


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
