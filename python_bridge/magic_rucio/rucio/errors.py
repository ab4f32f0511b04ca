"""Rucio's exceptions as ours: one sentence a person understands, and what to do next.

Decided on the header `ExceptionClass`, never on the status: a refused permission comes as 401 or as 500.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from magic_rucio.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    MagicRucioError,
    NotFoundError,
    SignInNeededError,
    UnreachableError,
)


class QuotaError(ConflictError):
    """Over the quota at an RSE, or without one."""

    code = "quota"


class DuplicateRuleError(ConflictError):
    """The account has such a rule already."""

    code = "duplicate-rule"


@dataclass(frozen=True, slots=True)
class _Known:
    kind: type[MagicRucioError]
    code: str
    message: str
    advice: str


_KNOWN: Mapping[str, _Known] = {
    "CannotAuthenticate": _Known(
        SignInNeededError, "sign-in-needed", "Rucio does not take this sign-in.", "Sign in again."
    ),
    "CannotAuthorize": _Known(
        SignInNeededError, "sign-in-needed", "Rucio does not take this sign-in.", "Sign in again."
    ),
    "AccessDenied": _Known(
        ForbiddenError,
        "forbidden",
        "The account may not do this in Rucio.",
        "Ask the site's data manager for the right, or use another account.",
    ),
    "InsufficientAccountLimit": _Known(
        QuotaError,
        "quota",
        "The account has no quota at this RSE, or too little left.",
        "Pick fewer runs, end replications you no longer need, or ask the site for quota.",
    ),
    "DuplicateRule": _Known(
        DuplicateRuleError, "duplicate-rule", "The account has this rule already.", "Follow the existing one."
    ),
    "InvalidRSEExpression": _Known(
        InvalidInputError, "unknown-rse", "Rucio knows no such RSE.", "Check the RSE's name."
    ),
    "RSENotFound": _Known(NotFoundError, "unknown-rse", "Rucio knows no such RSE.", "Check the RSE's name."),
    "InsufficientTargetRSEs": _Known(
        ConflictError,
        "rse-unavailable",
        "No RSE that matches can take the data now.",
        "It may be closed for writing: try later, or ask the site.",
    ),
    "RSEWriteBlocked": _Known(
        ConflictError, "rse-unavailable", "The RSE is closed for writing.", "Try later, or ask the site."
    ),
    "DataIdentifierNotFound": _Known(
        NotFoundError, "did-not-found", "Rucio knows no such DID.", "It may have been removed: refresh."
    ),
    "ScopeNotFound": _Known(
        NotFoundError, "scope-not-found", "Rucio knows no such scope.", "Check the scope."
    ),
    "RuleNotFound": _Known(
        NotFoundError, "rule-not-found", "This rule has ended or never was.", "Refresh the list."
    ),
    "AccountNotFound": _Known(
        NotFoundError, "account-not-found", "Rucio knows no such account.", "Check it."
    ),
    "DataIdentifierAlreadyExists": _Known(ConflictError, "did-exists", "The DID exists already.", ""),
    "FileAlreadyExists": _Known(ConflictError, "did-exists", "The file is in the dataset already.", ""),
    "DuplicateContent": _Known(ConflictError, "did-exists", "The file is in the dataset already.", ""),
    "FileConsistencyMismatch": _Known(
        ConflictError,
        "content-differs",
        "Rucio has other content under this name.",
        "Compare sizes and checksums; give the new content another name.",
    ),
    "UnsupportedOperation": _Known(
        ConflictError, "locked-rule", "Rucio does not allow this: the rule is locked.", "Ask its owner."
    ),
    "InvalidObject": _Known(InvalidInputError, "invalid-object", "Rucio refuses a name or a value.", ""),
    "InvalidPath": _Known(InvalidInputError, "invalid-object", "Rucio refuses a path.", ""),
}

_WORDS = frozenset({"DuplicateRule"})
"""Classes whose text is raw SQL: not to be shown."""


def rucio_error(status: int, headers: Mapping[str, str], what: str) -> MagicRucioError:
    """Make our error of an answer of Rucio's.

    Parameters
    ----------
    what : str
        What was asked for, in words, for the message.
    """
    name = headers.get("ExceptionClass", "")
    words = "" if name in _WORDS else clean_words(headers.get("ExceptionMessage", ""))
    details = {"asked": what, "status": status, "rucio": name, "rucio_words": words}
    known = _KNOWN.get(name)
    if known:
        message = f"{known.message} ({what}" + (f"; Rucio: {words})" if words else ")")
        return known.kind(message, code=known.code, advice=known.advice, details=details)
    if status == 401 or (name == "ValueError" and "token" in words.lower()):
        return SignInNeededError(f"Rucio asks for a sign-in ({what}).", advice="Sign in.", details=details)
    if status in (502, 503, 504):
        return UnreachableError(
            f"Rucio is overloaded or being restarted ({what}: {status}).",
            advice="Try again.",
            details=details,
        )
    if status < 500:
        text = f"Rucio refuses: {words or name or status} ({what})."
        return InvalidInputError(text, code="rucio-refuses", details=details)
    return UnreachableError(
        f"Rucio failed: {words or name or status} ({what}).",
        code="rucio-failed",
        advice="Try again; if it stays, tell the people who run Rucio.",
        details=details,
    )


def clean_words(text: str) -> str:
    """Rucio's own words on one line, without control characters, at most 300."""
    text = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text)).strip()
    return re.sub(r"^Details: ", "", text)[:300]
