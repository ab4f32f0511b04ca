"""The error type of the whole package: what went wrong, where, and what to do next."""

from __future__ import annotations

from typing import Any


class MagicRucioError(Exception):
    """A failure that can be explained to the person who caused or met it.

    Parameters
    ----------
    message : str
        What went wrong and where, in one or two plain sentences; never a secret, never a traceback.
    code : str
        Stable, machine-readable, kebab-case; the front end decides on it.
    status : int
        The HTTP status the API answers with.
    advice : str
        What to do next, one sentence; may be empty.
    details : dict
        Facts for "copy details" (DIDs, RSEs, Rucio's own words), JSON-serialisable.
    """

    code = "internal"
    status = 500

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        advice: str = "",
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.status = status or type(self).status
        self.advice = advice
        self.details = details or {}


class InvalidInputError(MagicRucioError):
    """The caller's input is at fault."""

    code = "invalid-input"
    status = 422


class NotFoundError(MagicRucioError):
    """What was asked for does not exist."""

    code = "not-found"
    status = 404


class ConflictError(MagicRucioError):
    """The state of the world forbids what was asked for."""

    code = "conflict"
    status = 409


class SignInNeededError(MagicRucioError):
    """No credential, or one that Rucio no longer takes."""

    code = "sign-in-needed"
    status = 401


class ForbiddenError(MagicRucioError):
    """The account lacks the power for what was asked for."""

    code = "forbidden"
    status = 403


class UnreachableError(MagicRucioError):
    """An outside system did not answer, in time or at all."""

    code = "unreachable"
    status = 502
