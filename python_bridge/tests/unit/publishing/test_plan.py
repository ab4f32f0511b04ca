"""What is left to do for a file, from every state that a crash or somebody else may have left."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.errors import ConflictError
from magic_rucio.publishing.candidates import Candidate
from magic_rucio.publishing.plan import ContentDiffersError, Step, check_same, missing_metadata, plan
from magic_rucio.publishing.registry import Registered
from magic_rucio.rucio import Did
from magic_rucio.storage.fingerprint import Fingerprint
from magic_rucio.storage.upload import Stored

CONTENT = Fingerprint(bytes=10, adler32="0a0b0c0d", md5="5" * 32, sha256="2" * 64)
SAME = Stored(bytes=10, adler32="0a0b0c0d")
CANDIDATE = Candidate(
    path=Path("/data/run.fits"),
    did=Did("magic-dl3", "DL3/Crab/2013_10_04/05029747/run.fits"),
    content=CONTENT,
    metadata={"obs_id": 5029747, "target": "Crab"},
)
PFN = "file://localhost/dcache/magic-dl3/run.fits"


def registered(**changes: object) -> Registered:
    facts: dict[str, object] = {
        "kind": "FILE",
        "bytes": 10,
        "adler32": "0a0b0c0d",
        "md5": "5" * 32,
        "metadata": dict(CANDIDATE.metadata),
        "replica_state": "AVAILABLE",
    }
    return Registered(**(facts | changes))  # type: ignore[arg-type]  # the facts of this test


def steps(known: Registered | None, stored: Stored | None, attached: bool) -> tuple[Step, ...]:
    return plan(CANDIDATE, rse="PIC", pfn=PFN, registered=known, stored=stored, attached=attached)


@pytest.mark.parametrize(
    ("known", "stored", "attached", "left"),
    [
        (None, None, False, "upload register attach"),
        (None, SAME, False, "register attach"),
        (registered(), SAME, False, "attach"),
        (registered(), SAME, True, ""),
        (registered(replica_state=None), None, True, "upload register"),
        (registered(replica_state=None), SAME, True, "register"),
        (registered(), None, True, "upload"),
        (registered(metadata={}), SAME, True, "metadata"),
        (registered(metadata={"obs_id": 1, "target": "Crab"}), SAME, False, "metadata attach"),
        (registered(metadata={**CANDIDATE.metadata, "note": "theirs"}), SAME, True, ""),
        (registered(md5=None), SAME, True, ""),
        (registered(adler32="A0B0C0D"), SAME, True, ""),
    ],
)
def test_only_what_is_missing_is_done(
    known: Registered | None, stored: Stored | None, attached: bool, left: str
) -> None:
    assert " ".join(steps(known, stored, attached)) == left


@pytest.mark.parametrize(
    "known",
    [
        registered(bytes=11),
        registered(adler32="00000001"),
        registered(md5="6" * 32),
        registered(adler32=None, md5=None),
        registered(kind="DATASET"),
        registered(kind="CONTAINER", bytes=None, adler32=None, md5=None),
    ],
)
def test_other_content_under_the_same_name_is_refused(known: Registered) -> None:
    for stored, attached in product((None, SAME), (False, True)):
        with pytest.raises(ContentDiffersError) as refusal:
            steps(known, stored, attached)
        assert str(CANDIDATE.did) in refusal.value.message
        assert refusal.value.advice


def test_other_content_on_the_storage_is_refused() -> None:
    for known in (None, registered(), registered(replica_state=None)):
        with pytest.raises(ContentDiffersError, match="holds other content"):
            steps(known, Stored(bytes=10, adler32="00000001"), False)


@pytest.mark.parametrize("state", ["BAD", "BEING_DELETED", "COPYING", "UNAVAILABLE", "SOMETHING_NEW"])
def test_a_replica_that_rucio_is_not_done_with_is_left_alone(state: str) -> None:
    with pytest.raises(ConflictError, match=state):
        steps(registered(replica_state=state), SAME, True)


@given(
    st.tuples(st.integers(0, 3), st.sampled_from(["0a0b0c0d", "1"]), st.sampled_from(["5" * 32, None])),
    st.tuples(st.integers(0, 3), st.sampled_from(["0a0b0c0d", "00000001"]), st.just("5" * 32)),
)
def test_same_means_that_everything_known_agrees(
    theirs: tuple[int, str, str | None], ours: tuple[int, str, str]
) -> None:
    content = Fingerprint(bytes=ours[0], adler32=ours[1], md5=ours[2], sha256="2" * 64)
    candidate = Candidate(path=Path("a"), did=Did("s", "n"), content=content, metadata={})
    known = Registered(kind="FILE", bytes=theirs[0], adler32=theirs[1], md5=theirs[2])
    if theirs[0] == ours[0] and theirs[1].zfill(8) == ours[1]:
        check_same(candidate, known)
    else:
        with pytest.raises(ContentDiffersError):
            check_same(candidate, known)


def test_metadata_that_others_added_stays() -> None:
    assert missing_metadata(CANDIDATE, registered(metadata={"note": "x", "target": "Crab"})) == {
        "obs_id": 5029747
    }
