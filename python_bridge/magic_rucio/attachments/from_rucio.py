"""Runs straight from Rucio, for scripts: contents, metadata, replicas, paths; no catalogue."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from magic_rucio.attachments.paths import local_path
from magic_rucio.config import RucioInstance, Settings, load_settings
from magic_rucio.dl3 import Dl3Error, Observation, from_rucio_metadata
from magic_rucio.errors import MagicRucioError, NotFoundError, SignInNeededError
from magic_rucio.kernel.columns import Row
from magic_rucio.rucio import Did, RucioClient
from magic_rucio.rucio.records import ReplicaRecord
from magic_rucio.session.tokens import given_token


async def rows_from_rucio(
    dids: Iterable[str],
    *,
    instance: str | None = None,
    account: str | None = None,
    settings: Settings | None = None,
) -> list[Row]:
    """Return a row for each file below the DIDs, in Rucio's order, each file once.

    Raises
    ------
    MagicRucioError
        No configuration, no token, an invalid or unknown DID, Rucio out of reach.
    """
    wanted = [Did.parse(text) for text in dids]
    known = settings or load_settings()
    chosen = known.instance(instance)
    if account is not None:
        chosen = chosen.model_copy(update={"account": account})
    token = given_token(chosen)
    if token is None:
        raise SignInNeededError(
            f"No token for {chosen.name} was found.",
            advice="Put one in MAGIC_RUCIO_TOKEN, or name a token file in the configuration.",
        )
    async with RucioClient(chosen, token.text, timeout=known.request_timeout_seconds) as client:
        files = await _files(client, wanted)
        observations = await _observations(client, files)
        created = await _created(client, files)
        replicas = {record.did: record async for record in client.list_replicas(files)}
    rows = [_row(did, replicas.get(did), observations.get(did), created.get(did), chosen) for did in files]
    if chosen.mode == "download":
        rows = await _downloaded(rows, {str(did): one for did, one in replicas.items()}, chosen, known)
    return rows


async def _files(client: RucioClient, dids: Sequence[Did]) -> list[Did]:
    files: dict[Did, None] = {}
    for did in dids:
        found = [record.did async for record in client.files(did)]
        if not found:
            # Rucio answers alike for an empty dataset and for one that does not exist.
            await client.did(did)
        files.update(dict.fromkeys(found))
    if not files:
        raise NotFoundError(
            f"There are no files in {', '.join(map(str, dids))}.", advice="Is the dataset empty?"
        )
    return list(files)


async def _observations(client: RucioClient, files: Sequence[Did]) -> dict[Did, Observation]:
    found = {}
    async for did, metadata in client.bulk_metadata(files):
        try:
            found[did] = from_rucio_metadata(metadata)
        except Dl3Error:
            # Published without metadata: its headers are read when they are needed.
            continue
    return found


async def _created(client: RucioClient, files: Sequence[Did]) -> dict[Did, float]:
    pairs = client.bulk_metadata(files, plugin="DID_COLUMN")
    return {did: when async for did, columns in pairs if (when := _seconds(columns)) is not None}


def _seconds(columns: Mapping[str, Any]) -> float | None:
    text = str(columns.get("created_at") or "")
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return read(text).replace(tzinfo=UTC).timestamp()
        except ValueError:
            # Rucio writes dates in either form, by call and version.
            continue
    return None


def _row(
    did: Did,
    replica: ReplicaRecord | None,
    observation: Observation | None,
    created: float | None,
    instance: RucioInstance,
) -> Row:
    path, reason = _place(replica, instance)
    return Row(str(did), path, observation, reason, created)


async def _downloaded(
    rows: Sequence[Row], replicas: Mapping[str, ReplicaRecord], instance: RucioInstance, settings: Settings
) -> list[Row]:
    """Bring what no mount reaches into the cache that notebooks and scripts share."""
    # Here and not above: a script on the site's own machines has no use for it.
    from magic_rucio.downloads.bringing import bring_all

    away = [replicas[row.did] for row in rows if row.reason is not None and row.did in replicas]
    found = await bring_all(away, instance=instance, settings=settings) if away else {}
    brought = []
    for row in rows:
        result = found.get(row.did)
        if isinstance(result, MagicRucioError):
            row = row._replace(reason=f"not downloaded: {result.message}")
        elif result is not None:
            row = row._replace(path=str(result), reason=None)
        brought.append(row)
    return brought


def _place(replica: ReplicaRecord | None, instance: RucioInstance) -> tuple[str | None, str | None]:
    """Return where a file is on this machine, and why it cannot be used."""
    good = {rse for rse, state in (replica.states if replica else {}).items() if state == "AVAILABLE"}
    if replica is None or not good:
        return None, "no good replica in Rucio"
    path = None
    for rse in sorted(good, key=lambda rse: rse != instance.destination_rse):
        found = local_path(replica.rses.get(rse, []), rse, instance)
        path = path or found
        if found and os.path.isfile(found):
            return found, None
    if path is None:
        return None, f"no mount on this machine reaches {', '.join(sorted(good))}"
    return path, "not on the mount"
