"""Datasets that stand for free selections, in the account's own scope.

Rucio's generic policy, and PIC's, let only administrators change or delete a rule. The owner of a dataset,
however, may end the dataset, and its rules end with it: so an analyst can cancel and extend what they began.
"""

from __future__ import annotations

from collections.abc import Sequence

from magic_rucio.errors import ConflictError, ForbiddenError, NotFoundError
from magic_rucio.replication.proposals import PREFIX
from magic_rucio.rucio import Did, RucioClient

LEFT_OVER_SECONDS = 86400
"""A dataset for which Rucio refused the rule is kept a day, for the next try."""


def is_own(did: Did, account: str) -> bool:
    """Whether a dataset was made by this package for this account."""
    return did.scope == f"user.{account}" and did.name.startswith(PREFIX)


async def make(
    client: RucioClient, dataset: Did, files: Sequence[Did], *, account: str, lifetime: int | None
) -> bool:
    """Make the dataset of a selection, or complete one that is there already; whether it is new.

    Parameters
    ----------
    lifetime : int or None
        Seconds until it ends with its rules; None: never.
    """
    try:
        await client.did(dataset)
        await set_end(client, dataset, lifetime)
        new = False
    except NotFoundError:
        await _add(client, dataset, account, lifetime)
        new = True
    # Attached again on a repeat: the first try may have been cut off between two batches.
    await client.attach(dataset, files)
    return new


async def _add(client: RucioClient, dataset: Did, account: str, lifetime: int | None) -> None:
    try:
        await client.add_dataset(dataset, lifetime=lifetime, purge_replicas=False)
        return
    except NotFoundError as error:
        if error.code != "scope-not-found":
            raise
    try:
        await client.add_scope(account, dataset.scope)
    except ForbiddenError as error:
        raise ForbiddenError(
            f"{account} has no scope {dataset.scope}, in which the dataset of the selection would be.",
            code="no-scope",
            advice="Ask the data manager for a scope of your own, or replicate a whole dataset.",
            details=error.details,
        ) from None
    await client.add_dataset(dataset, lifetime=lifetime, purge_replicas=False)


async def set_end(client: RucioClient, dataset: Did, lifetime: int | None) -> None:
    """Let the dataset end in so many seconds, never where None; its rules end with it.

    Raises
    ------
    ConflictError
        Where Rucio would purge the files' replicas along with it. Its default is to purge, at once and even
        the last copy: nothing ends before it is known that this dataset does not.
    """
    columns = await client.column_metadata(dataset)
    if columns.get("purge_replicas") is not False:
        await client.set_metadata(dataset, "purge_replicas", False)
        columns = await client.column_metadata(dataset)
    if columns.get("purge_replicas") is not False:
        raise ConflictError(
            f"{dataset} would take its files' replicas along when it ends; it was left as it is.",
            code="would-purge",
            advice="Ask the people who run Rucio to set purge_replicas of it to False.",
        )
    await client.set_metadata(dataset, "lifetime", lifetime)
