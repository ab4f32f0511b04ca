"""A file that download mode is asked for, and the name of its place in the cache: pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_SAFE = re.compile(r"[^A-Za-z0-9._+=@-]+")

LONGEST_NAME = 200
"""Bytes; file systems take 255, and some room is for suffixes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file as the catalogue has it: DID, bytes, checksum (None where Rucio has none)."""

    did: str
    size: int
    adler32: str | None


def key_of(instance_id: str, wanted: Wanted) -> str:
    """Return what a content is kept under: another size or checksum is another entry."""
    adler32 = (wanted.adler32 or "").lower().zfill(8) if wanted.adler32 else ""
    text = "\0".join((instance_id, wanted.did, str(wanted.size), adler32))
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def file_name(did: str) -> str:
    """Return a file name from a DID: the last part of its name, for people; the key makes it unique.

    The end is kept when it is too long: gammapy goes by `.fits.gz`.
    """
    last = did.partition(":")[2].rpartition("/")[2]
    return _SAFE.sub("_", last)[-LONGEST_NAME:].lstrip(".-") or "file"
