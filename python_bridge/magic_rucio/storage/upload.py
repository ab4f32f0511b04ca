"""Putting a file on storage so that it is there whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from magic_rucio.errors import ConflictError, MagicRucioError
from magic_rucio.storage.fingerprint import Fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file as its storage has it."""

    bytes: int
    adler32: str

    def matches(self, content: Fingerprint) -> bool:
        """Whether it is that content, as far as size and adler32 tell."""
        return (self.bytes, self.adler32) == (content.bytes, content.adler32)


class UploadDoor(Protocol):
    """One protocol of a storage element, for writing; every call blocks, so call from a thread.

    A door for davs, root or gsiftp does the same three things through its own client.
    """

    def look(self, pfn: str) -> Stored | None:
        """Return what lies at a PFN, its checksum read afresh from the storage; None where nothing does.

        Raises
        ------
        StorageError
            Where the storage does not say.
        """
        ...

    def put(self, source: Path, pfn: str, content: Fingerprint, advance: Callable[[int], None]) -> None:
        """Write a file under another name, verify what was written, and only then give it its name.

        Done again after a crash, it leaves the same. `advance` is told of the bytes written, and may
        raise to stop.

        Raises
        ------
        StorageError
            Where the storage fails, or what was written is not `content`.
        OccupiedError
            Where another file lies there.
        """
        ...


class StorageError(MagicRucioError):
    """A storage element that failed, or gave back other bytes than it was given."""

    code = "storage-failed"
    status = 502


class OccupiedError(ConflictError):
    """Another file lies at the PFN."""

    code = "storage-occupied"

    @classmethod
    def at(cls, pfn: str, found: Stored, content: Fingerprint) -> OccupiedError:
        return cls(
            f"{pfn} holds other content: {found.bytes} bytes, adler32 {found.adler32},"
            f" not {content.bytes} bytes, adler32 {content.adler32}.",
            advice="Nothing was overwritten. Find out which of the two files is right.",
        )


def door_for(scheme: str, doors: Mapping[str, UploadDoor]) -> UploadDoor:
    """Return the door of a protocol.

    Raises
    ------
    StorageError
        Where there is none.
    """
    door = doors.get(scheme)
    if door is None:
        raise StorageError(
            f"This machine cannot write by {scheme}://.",
            advice=f"It can write by {', '.join(sorted(doors))}; publish to an RSE that offers one of these.",
        )
    return door
