"""Reading a replica from its storage element, onwards from where an earlier try ended."""

from __future__ import annotations

from typing import Protocol

from magic_rucio.errors import MagicRucioError


class Sink(Protocol):
    """Where the bytes of one replica go."""

    @property
    def size(self) -> int:
        """Bytes of the whole file, as Rucio has it on record."""
        ...

    @property
    def offset(self) -> int:
        """Bytes that are there already, of this or an earlier try."""
        ...

    def write(self, block: bytes) -> None:
        """Append.

        Raises
        ------
        FetchError
            Where it would become longer than the file is.
        InterruptedError
            Where the user has cancelled.
        """
        ...

    def restart(self) -> None:
        """Forget what is there: the storage begins anew."""
        ...


class ReadDoor(Protocol):
    """One protocol of a storage element, for reading; every call blocks, so call from a thread."""

    def fetch(self, pfn: str, sink: Sink) -> None:
        """Append to `sink` what it lacks.

        Raises
        ------
        FetchError
            Where the storage fails, says why, and whether that may pass.
        """
        ...


class FetchError(MagicRucioError):
    """A replica that could not be read.

    Parameters
    ----------
    passing : bool
        Whether the same try may work a little later.
    """

    code = "fetch-failed"
    status = 502

    def __init__(self, message: str, *, advice: str, passing: bool = False, code: str | None = None) -> None:
        super().__init__(message, advice=advice, code=code)
        self.passing = passing


TOO_LONG = "It sends more bytes than Rucio has on record."
