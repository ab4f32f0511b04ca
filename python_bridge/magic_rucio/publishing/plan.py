"""What is left to do for one file: decided on facts alone, without asking anybody."""

from __future__ import annotations

from enum import StrEnum

from magic_rucio.errors import ConflictError
from magic_rucio.publishing.candidates import Candidate, Metadata
from magic_rucio.publishing.registry import Registered
from magic_rucio.storage.upload import Stored


class Step(StrEnum):
    """In this order: bytes before their registration, registration before the dataset.

    A crash between two of them leaves a file that nobody knows yet, or one that is not attached yet,
    and the next run finds either and goes on from there.
    """

    upload = "upload"
    register = "register"
    metadata = "metadata"
    attach = "attach"


class ContentDiffersError(ConflictError):
    """Rucio or the storage has other content under the name of this file."""

    code = "content-differs"


def plan(
    candidate: Candidate,
    *,
    rse: str,
    pfn: str,
    registered: Registered | None,
    stored: Stored | None,
    attached: bool,
) -> tuple[Step, ...]:
    """Return the steps that are left; none where all is there.

    Parameters
    ----------
    registered
        What Rucio has under the candidate's DID.
    stored
        What lies at `pfn`, read afresh.
    attached
        Whether the dataset has the DID.

    Raises
    ------
    ContentDiffersError
        Where Rucio or the storage has other content under this name. Rucio itself would take the new
        size without a word.
    ConflictError
        Where Rucio is busy with the replica, or knows it as bad.
    """
    if registered is not None:
        check_same(candidate, registered)
        _check_replica(candidate, registered, rse)
    if stored is not None and not stored.matches(candidate.content):
        raise ContentDiffersError(
            f"{pfn} holds other content than {candidate.path}: {stored.bytes} bytes,"
            f" adler32 {stored.adler32}, not {candidate.content.bytes} bytes,"
            f" adler32 {candidate.content.adler32}.",
            advice="Nothing was changed. The copy there is damaged, or another file: compare the two.",
        )
    steps = []
    if stored is None:
        steps.append(Step.upload)
    if registered is None or registered.replica_state is None:
        steps.append(Step.register)
    if registered is not None and missing_metadata(candidate, registered):
        steps.append(Step.metadata)
    if not attached:
        steps.append(Step.attach)
    return tuple(steps)


def check_same(candidate: Candidate, registered: Registered) -> None:
    """Refuse a DID that is another content's.

    Raises
    ------
    ContentDiffersError
        Where size or a checksum differ, or Rucio has no checksum to compare.
    """
    did, content = candidate.did, candidate.content
    if registered.kind != "FILE":
        raise ContentDiffersError(
            f"{did} is a {registered.kind.lower()} in Rucio, not a file.", advice="Rename the file."
        )
    pairs = [
        ("bytes", registered.bytes, content.bytes),
        ("adler32", registered.adler32, content.adler32),
        ("md5", registered.md5, content.md5),
    ]
    differing = [
        f"{what} {theirs} there, {ours} here"
        for what, theirs, ours in pairs
        if theirs is not None and str(theirs).lower().zfill(len(str(ours))) != str(ours)
    ]
    details = {
        "did": str(did),
        "registered": {what: theirs for what, theirs, _ in pairs},
        "file": {what: ours for what, _, ours in pairs},
    }
    if differing:
        raise ContentDiffersError(
            f"Rucio has other content under {did}: {'; '.join(differing)} ({candidate.path}).",
            advice="Nothing was changed. A new processing needs another name, or another scope.",
            details=details,
        )
    if registered.adler32 is None and registered.md5 is None:
        raise ContentDiffersError(
            f"Rucio has {did} without a checksum: nobody can tell whether {candidate.path} is the same.",
            advice="Have its checksum put right in Rucio, or publish under another name.",
            details=details,
        )


def missing_metadata(candidate: Candidate, registered: Registered) -> Metadata:
    """Return the metadata that Rucio has not, or has otherwise."""
    return {key: value for key, value in candidate.metadata.items() if registered.metadata.get(key) != value}


def _check_replica(candidate: Candidate, registered: Registered, rse: str) -> None:
    state = registered.replica_state
    if state in (None, "AVAILABLE"):
        return
    raise ConflictError(
        f"Rucio has a replica of {candidate.did} at {rse} in state {state}.",
        code="replica-busy",
        advice="Wait until Rucio is done with it, and publish again."
        if state in ("COPYING", "UNAVAILABLE", "BEING_DELETED")
        else "Have the replica repaired or removed, and publish again.",
    )
