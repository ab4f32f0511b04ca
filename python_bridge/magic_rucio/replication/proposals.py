"""The dataset that stands for a free selection: pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from magic_rucio.rucio.records import Did

PREFIX = "magic-dl3/"
"""Of the names of datasets that this package makes."""


def dataset_for(account: str, dids: Iterable[str], targets: Iterable[str]) -> Did:
    """Name the dataset of a free selection in the account's own scope.

    The same runs give the same name in whatever order, so that a second click finds what the first made.
    Only characters that every policy of Rucio accepts.
    """
    digest = hashlib.sha256("\n".join(sorted(set(dids))).encode()).hexdigest()[:12]
    names = sorted(
        {name for target in targets if (name := re.sub(r"[^A-Za-z0-9.-]+", "_", target).strip("_.-"))}
    )
    title = names[0][:60] if len(names) == 1 else (f"{names[0][:40]}_and_others" if names else "runs")
    return Did(f"user.{account}", f"{PREFIX}{title}-{digest}")


def title_of(did: Did) -> str:
    """Return what a replication is called in the panel."""
    last = did.name.rpartition("/")[2]
    if did.name.startswith(PREFIX):
        last = re.sub(r"-[0-9a-f]{12}$", "", last)
    return last.replace("_", " ") or did.name
