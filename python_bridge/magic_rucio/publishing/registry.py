"""What a publication asks and tells Rucio: few calls, each for up to a thousand files."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from magic_rucio.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    MagicRucioError,
    NotFoundError,
    SignInNeededError,
)
from magic_rucio.publishing.candidates import Candidate
from magic_rucio.rucio import Did, RucioClient
from magic_rucio.rucio.batches import batches
from magic_rucio.rucio.errors import DuplicateRuleError
from magic_rucio.rucio.http import path_of
from magic_rucio.rucio.records import ProtocolRecord, ReplicaRecord, RseRecord

_QUERY_LENGTH = 2500
"""Characters of LFNs in one address: web servers cut request lines at 4094, and quoting lengthens them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What Rucio knows of a DID, and of its replica at the RSE of the publication."""

    kind: str
    """FILE, DATASET or CONTAINER."""
    bytes: int | None = None
    adler32: str | None = None
    md5: str | None = None
    is_open: bool = True
    metadata: Mapping[str, Any] = field(default_factory=dict)
    replica_state: str | None = None
    """AVAILABLE, BAD, ...; none where the RSE has no replica."""
    pfns: tuple[str, ...] = ()


async def look_up(client: RucioClient, dids: Sequence[Did], rse: str) -> dict[Did, Registered]:
    """Return what Rucio knows of DIDs; those it does not know are left out."""
    columns = {did: record async for did, record in client.bulk_metadata(dids, "DID_COLUMN")}
    files = [did for did, record in columns.items() if _kind(record) == "FILE"]
    metadata, replicas = await asyncio.gather(_metadata(client, files), _replicas(client, files, rse))
    return {
        did: Registered(
            kind=_kind(record),
            bytes=record.get("bytes"),
            adler32=record.get("adler32"),
            md5=record.get("md5"),
            is_open=record.get("is_open") is not False,
            metadata=metadata.get(did, {}),
            replica_state=replicas[did].states.get(rse) if did in replicas else None,
            pfns=tuple(replicas[did].rses.get(rse, ())) if did in replicas else (),
        )
        for did, record in columns.items()
    }


async def _metadata(client: RucioClient, files: Sequence[Did]) -> dict[Did, Mapping[str, Any]]:
    return {did: record async for did, record in client.bulk_metadata(files, "JSON")}


async def _replicas(client: RucioClient, files: Sequence[Did], rse: str) -> dict[Did, ReplicaRecord]:
    return {record.did: record async for record in client.list_replicas(files, rse_expression=rse)}


async def look_up_dataset(client: RucioClient, dataset: Did) -> bool:
    """Return whether the dataset exists.

    Raises
    ------
    ConflictError
        Where that DID is something else, or a dataset that is closed.
    NotFoundError
        Where there is not even the scope.
    """
    found = [record async for _, record in client.bulk_metadata([dataset], "DID_COLUMN")]
    if not found:
        if dataset.scope not in await client.list_scopes():
            raise NotFoundError(
                f"Rucio knows no scope {dataset.scope}.",
                code="scope-not-found",
                advice="Check the scope, or have it made for your account.",
            )
        return False
    kind = _kind(found[0])
    if kind != "DATASET":
        raise ConflictError(
            f"{dataset} is a {kind.lower()}; files can be attached to a dataset only.",
            code="not-a-dataset",
            advice="Give another name.",
        )
    if found[0].get("is_open") is False:
        raise ConflictError(
            f"The dataset {dataset} is closed: nothing can be attached to it.",
            code="dataset-closed",
            advice="Publish to another dataset, or have this one opened again.",
        )
    return True


async def check_may_register(client: RucioClient, rse: str) -> None:
    """Ask whether the account may register replicas at an RSE, before a byte is uploaded in vain.

    Rucio has no call that says so. But it looks at the right before it looks at the files: without
    any, it either refuses the account or (41) stumbles over the empty list.

    Raises
    ------
    ForbiddenError
        Where it may not.
    """
    what = f"right to register files at {rse}"
    try:
        await client.http.call("POST", "/replicas/", what=what, body={"rse": rse, "files": []})
    except MagicRucioError as error:
        if isinstance(error, ForbiddenError | SignInNeededError):
            raise


async def pfns_at(client: RucioClient, dids: Sequence[Did], rse: RseRecord, scheme: str) -> dict[Did, str]:
    """Return where files belong at an RSE.

    A deterministic RSE says so itself. At another the place is ours to choose: below the prefix,
    `scope/name` as at PIC, so that a file is found again where it was put before a crash.
    """
    if not rse.deterministic:
        return {did: _chosen_pfn(did, rse, scheme) for did in dids}
    found: dict[Did, str] = {}
    for some in _by_length(dids):
        query = urlencode([*(("lfn", str(did)) for did in some), ("scheme", scheme), ("operation", "write")])
        answer = await client.http.json(
            "GET", f"{path_of('rses', rse.rse, 'lfns2pfns')}?{query}", what=f"PFNs at {rse.rse}"
        )
        found |= {did: str(answer[str(did)]) for did in some if str(did) in answer}
    return found


async def hold(client: RucioClient, dataset: Did, rse: str) -> str | None:
    """Return the rule without an end that holds the dataset at the RSE; make it where there is none.

    Without one the copy is safe only until somebody else's rule on it expires: Rucio then takes an
    unlocked replica for one that nobody needs, even the last.
    """
    rules = [rule async for rule in client.rules(did=dataset)]
    for rule in rules:
        if rule.rse_expression == rse and rule.expires_at is None:
            return rule.id
    try:
        (rule_id,) = await client.add_rule(
            [dataset],
            rse,
            account=await client.whoami(),
            comment="magic-rucio publish: holds the copies it uploaded",
        )
    except DuplicateRuleError:  # another publication made it meanwhile, or it has an end
        return None
    return rule_id


async def register(client: RucioClient, files: Mapping[str, Candidate], rse: str) -> None:
    """Register files, their metadata, and their replicas at the RSE, by PFN; known DIDs get the replica."""
    bodies = [
        {
            **candidate.did.body,
            "bytes": candidate.content.bytes,
            "adler32": candidate.content.adler32,
            "md5": candidate.content.md5,
            "pfn": pfn,
            "meta": candidate.metadata,
        }
        for pfn, candidate in files.items()
    ]
    await client.add_replicas(rse, bodies, ignore_availability=False)


async def attach(client: RucioClient, dataset: Did, files: Mapping[Did, Registered]) -> None:
    """Attach files to the dataset, with the sizes and checksums that they are registered with.

    Those it has are passed over. Rucio compares what it is given, and takes a checksum that it does
    not have itself for a mismatch: so it is given no other.
    """
    for some in batches(files.items()):
        children = [
            {**did.body, **_known(bytes=known.bytes, adler32=known.adler32, md5=known.md5)}
            for did, known in some
        ]
        body = {"attachments": [{**dataset.body, "dids": children}], "ignore_duplicate": True}
        await client.http.call("POST", "/dids/attachments", what=f"attach to {dataset}", body=body)


def _known(**facts: Any) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if value is not None}


def _kind(record: Mapping[str, Any]) -> str:
    return str(record.get("did_type") or "").upper().removeprefix("DIDTYPE.")


def _chosen_pfn(did: Did, rse: RseRecord, scheme: str) -> str:
    protocol = next(protocol for protocol in rse.protocols if protocol.scheme == scheme)
    folder = _folder(protocol)
    return f"{scheme}://{protocol.hostname}:{protocol.port}{folder}{did.scope}/{did.name}"


def check_place(pfn: str, rse: RseRecord) -> str:
    """Return a PFN that lies below a prefix of its RSE: Rucio's word alone lets nobody write elsewhere.

    Raises
    ------
    InvalidInputError
        Where it does not.
    """
    scheme, _, rest = pfn.partition("://")
    path = "/" + rest.partition("/")[2]
    folders = [_folder(protocol) for protocol in rse.protocols if protocol.scheme == scheme]
    if ".." in path.split("/") or not any(path.startswith(folder) for folder in folders):
        raise InvalidInputError(
            f"Rucio names {pfn!a}, which is not below {rse.rse}'s prefix.",
            code="pfn-outside-rse",
            advice="Nothing was written. Tell the people who run this Rucio.",
        )
    return pfn


def _folder(protocol: ProtocolRecord) -> str:
    inner = protocol.prefix.strip("/")
    return f"/{inner}/" if inner else "/"


def _by_length(dids: Sequence[Did]) -> Iterator[list[Did]]:
    some: list[Did] = []
    length = 0
    for did in dids:
        if some and length + len(str(did)) > _QUERY_LENGTH:
            yield some
            some, length = [], 0
        some.append(did)
        length += len(str(did))
    if some:
        yield some
