"""Why a file could not be read as DL3: what, and where in the file."""

from __future__ import annotations

from magic_rucio.errors import InvalidInputError


class Dl3Error(InvalidInputError):
    """A file that cannot be read as DL3; the message says what is wrong and at which HDU and byte."""

    code = "dl3-unreadable"

    @classmethod
    def not_fits(cls, why: str) -> Dl3Error:
        return cls(f"not a FITS file: {why}", code="dl3-not-fits")

    @classmethod
    def truncated(cls, where: str, why: str) -> Dl3Error:
        return cls(
            f"truncated: {where}: {why}", code="dl3-truncated", advice="Copy the file again from its origin."
        )

    @classmethod
    def malformed(cls, where: str, why: str) -> Dl3Error:
        return cls(f"malformed FITS: {where}: {why}", code="dl3-malformed")

    @classmethod
    def not_dl3(cls, why: str) -> Dl3Error:
        return cls(f"not a DL3 file: {why}", code="dl3-no-events")

    @classmethod
    def unreadable(cls, why: str) -> Dl3Error:
        return cls(f"cannot be read: {why}", code="dl3-unreadable")
