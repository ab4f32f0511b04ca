"""Why a transfer failed, in the words of FTS 3.14, and whether FTS would try it again."""

from __future__ import annotations

import errno
from enum import StrEnum
from typing import Any


class Scope(StrEnum):
    """Where FTS puts the blame."""

    SOURCE = "SOURCE"
    TRANSFER = "TRANSFER"
    DESTINATION = "DESTINATION"
    STAGING = "STAGING"
    ARCHIVING = "ARCHIVING"
    GENERAL_FAILURE = "GENERAL_FAILURE"


CANCELED_BY_USER = "Job canceled by the user"
QUEUED_TOO_LONG = (
    "Job has been canceled because it stayed in the queue for too long (max-time-in-queue timeout)"
)
DESTINATION_EXISTS = "Destination file exists and overwrite is not enabled"
"""Rucio decides on this text."""
DESTINATION_ON_TAPE = "Destination file exists and is on tape (overwrite-when-only-on-disk requested)"


class TransferFailure(Exception):  # noqa: N818 - a failed transfer, not a failing service
    """A transfer that ends FAILED.

    Parameters
    ----------
    scope : Scope or None
        None for the few reasons that FTS writes without scope and number.
    number : int
        An errno.
    message : str
    destination : dict, optional
        FTS's `dst_file` report about the file that is in the way.
    """

    def __init__(
        self, scope: Scope | None, number: int, message: str, destination: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.scope = scope
        self.number = number
        self.message = message
        self.destination = destination

    @property
    def reason(self) -> str:
        """The text in the REST answer."""
        return format_reason(self.scope, self.number, self.message)

    @classmethod
    def from_os(cls, scope: Scope, error: OSError) -> TransferFailure:
        """What an operating system's error is in FTS's words (ENOSPC is 70 there, as gfal2 reports it)."""
        number = error.errno or errno.EIO
        message = error.strerror or "Input/output error"
        if number in (errno.ENOSPC, errno.EDQUOT):
            return cls(Scope.TRANSFER, errno.ECOMM, "System error in write: No space left on device")
        if number == errno.ELOOP:
            return cls(scope, errno.EACCES, "Permission denied: a symbolic link on the way")
        return cls(scope, number, message)


def format_reason(scope: Scope | None, number: int, message: str) -> str:
    """`SCOPE [errno] message`; the message alone without a scope."""
    return message if scope is None else f"{scope} [{number}] {message}"


def marker_timeout(seconds: int) -> TransferFailure:
    """The failure that DAC21 met most."""
    return TransferFailure(
        Scope.TRANSFER,
        errno.ETIMEDOUT,
        "Transfer canceled because the gsiftp performance marker timeout of "
        f"{seconds} seconds has been exceeded, or all performance markers during that period "
        "indicated zero bytes transferred",
    )


def probably_stalled(seconds: int) -> TransferFailure:
    """What FTS writes when the process that moved a file has gone."""
    return TransferFailure(
        None,
        errno.ETIMEDOUT,
        f"No FTS server has updated the transfer status the last {seconds} seconds. Probably stalled",
    )


_RETRY = (
    "performance marker",
    "Name or service not known",
    "Connection timed out",
    "end-of-file was reached",
    "end of file occurred",
    "SRM_INTERNAL_ERROR",
    "was forcefully killed",
    "operation timeout",
)
_NEVER = (
    "proxy expired",
    "with an error 550 File not found",
    "File exists and overwrite",
    "No such file or directory",
    "SRM_INVALID_PATH",
    "The certificate has expired",
    "The available CRL has expired",
    "SRM Authentication failed",
    "SRM_DUPLICATION_ERROR",
    "SRM_AUTHENTICATION_FAILURE",
    "SRM_NO_FREE_SPACE",
    "Permission denied",
    "File exists",
    "checksum do not match",
    "CHECKSUM MISMATCH",
    "The source file is not ONLINE",
)
_COMMON = {errno.EPERM, errno.EACCES, errno.ENAMETOOLONG, errno.EPROTONOSUPPORT}
_NEVER_NUMBERS = {
    Scope.SOURCE: _COMMON | {errno.ENOENT, errno.EISDIR, errno.E2BIG, errno.ENOTDIR},
    Scope.DESTINATION: _COMMON | {errno.EISDIR, errno.E2BIG, errno.EROFS, errno.EFAULT, errno.EEXIST},
}
_NEVER_IN_TRANSFER = _COMMON | {errno.ENOSPC, errno.EEXIST, errno.EFBIG, errno.EROFS}


def is_recoverable(scope: Scope | None, number: int, message: str) -> bool:
    """Whether FTS would spend a retry on it: the rules of fts3's `heuristics.cpp`."""
    if any(text in message for text in _RETRY) or number == errno.ETIMEDOUT:
        return True
    if number == errno.ECANCELED or any(text in message for text in _NEVER):
        return False
    never = _NEVER_IN_TRANSFER if scope is None else _NEVER_NUMBERS.get(scope, _NEVER_IN_TRANSFER)
    return number not in never
