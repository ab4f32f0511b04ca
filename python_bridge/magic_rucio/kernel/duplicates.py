"""Several files of one observation number: gammapy would keep the first row and say little.

They are reprocessings, or other cuts. The choice is the analyst's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .columns import NO_INTEGER, Runs
from .errors import AttachmentError, listing

POLICIES = ("refuse", "newest", "first")


def check_policy(policy: str) -> None:
    if policy not in POLICIES:
        raise ValueError(f"duplicates is one of {', '.join(POLICIES)}, not {policy!r}")


def groups(runs: Runs, indices: Sequence[int]) -> dict[int, list[int]]:
    """Return the rows of each observation number that occurs more than once."""
    column = runs.integers["obs_id"]
    counts = Counter(column[i] for i in indices)
    repeated = {number for number, count in counts.items() if count > 1 and number != NO_INTEGER}
    by_number: dict[int, list[int]] = {}
    for i in indices if repeated else ():
        if column[i] in repeated:
            by_number.setdefault(column[i], []).append(i)
    return by_number


def resolve(runs: Runs, indices: Sequence[int], policy: str) -> list[int]:
    """Keep one file of each observation number.

    Raises
    ------
    AttachmentError
        Where the policy is to refuse, or no file is the newest.
    """
    check_policy(policy)
    several = groups(runs, indices)
    if several and policy == "refuse":
        raise AttachmentError(
            _message(runs, several),
            code="duplicate-obs-id",
            advice='Choose: .select(duplicates="newest") or .select(duplicates="first").',
        )
    dropped: set[int] = set()
    for rows in several.values():
        kept = rows[0] if policy == "first" else _newest(runs, rows)
        dropped.update(i for i in rows if i != kept)
    return [i for i in indices if i not in dropped]


def _newest(runs: Runs, rows: list[int]) -> int:
    ages = [runs.value("created", i) for i in rows]
    latest = max((age for age in ages if age is not None), default=None)
    if latest is None or None in ages or ages.count(latest) > 1:
        raise AttachmentError(
            f"It is not known which is the newest of {listing([runs.dids[i] for i in rows])}.",
            code="newest-unknown",
            advice='Choose .select(duplicates="first"), or pick one of them in the panel.',
        )
    return rows[ages.index(latest)]


def _message(runs: Runs, several: dict[int, list[int]]) -> str:
    parts = [
        f"{number} in {listing([_described(runs, i) for i in rows], 3)}"
        for number, rows in list(several.items())[:3]
    ]
    more = len(several) - len(parts)
    return (
        f"{len(several)} observation number{'s occur' if len(several) > 1 else ' occurs'} more than once: "
        + "; ".join(parts)
        + (f"; and {more} more numbers" if more > 0 else "")
        + "."
    )


def _described(runs: Runs, index: int) -> str:
    creator = runs.value("creator", index)
    return f"{runs.dids[index]} ({creator})" if creator else runs.dids[index]
