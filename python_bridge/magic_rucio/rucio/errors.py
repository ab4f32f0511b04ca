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
    # Not a class of Rucio's, which says UnsupportedOperation for this too.
    "FileLost": _Known(
        ConflictError,
        "file-lost",
        "All copies of the file are lost.",
        "Leave it out, and tell the data manager.",
    ),
    "InvalidObject": _Known(InvalidInputError, "invalid-object", "Rucio refuses a name or a value.", ""),
    "InvalidPath": _Known(InvalidInputError, "invalid-object", "Rucio refuses a path.", ""),
    "InvalidReplicationRule": _Known(
        InvalidInputError, "invalid-rule", "Rucio does not make such a rule.", "Change what was asked for."
    ),
    "ManualRuleApprovalBlocked": _Known(
        ForbiddenError, "forbidden", "Rules at this RSE are not approved on request.", "Ask the site."
    ),
    "StagingAreaRuleRequiresLifetime": _Known(
        InvalidInputError, "needs-lifetime", "Rules at this RSE must end.", "Give it a lifetime."
    ),
    "RuleReplaceFailed": _Known(ConflictError, "rule-changed", "The rule could not be replaced.", "Refresh."),
    "RequestNotFound": _Known(NotFoundError, "request-not-found", "No transfer is known for it.", ""),
    "ReplicaNotFound": _Known(NotFoundError, "replica-not-found", "Rucio knows no such replica.", "Refresh."),
    "IdentityError": _Known(
        SignInNeededError, "sign-in-needed", "Rucio does not know this identity.", "Check the user name."
    ),
    "KeyNotFound": _Known(InvalidInputError, "unknown-key", "Rucio knows no such metadata key.", "Check it."),
    "InvalidMetadata": _Known(InvalidInputError, "invalid-metadata", "Rucio refuses the metadata.", ""),
    "UnsupportedMetadataPlugin": _Known(
        ConflictError, "no-json-metadata", "This Rucio keeps no JSON metadata.", "Tell the people who run it."
    ),
    "ReplicationRuleCreationTemporaryFailed": _Known(
        UnreachableError, "rucio-busy", "Rucio is too busy to make the rule.", "Try again."
    ),
    "ResourceTemporaryUnavailable": _Known(
        UnreachableError, "rucio-busy", "Rucio is too busy with this.", "Try again."
    ),
    "ServiceUnavailable": _Known(UnreachableError, "unreachable", "Rucio is being restarted.", "Try again."),
    "DatabaseException": _Known(
        UnreachableError,
        "rucio-busy",
        "Rucio's database could not do it this moment.",
        "Try again; if it stays, tell the people who run Rucio.",
    ),
}

_WORDS = frozenset({"DuplicateRule", "DatabaseException", "ReplicationRuleCreationTemporaryFailed"})
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
    known = _KNOWN["FileLost"] if "is LOST" in words else _KNOWN.get(name)
    if known:
        message = f"{known.message} ({what}" + (f"; Rucio: {words})" if words else ")")
        return known.kind(message, code=known.code, advice=known.advice, details=details)
    if status == 401 or (name == "ValueError" and "token" in words.lower()):
        return SignInNeededError(f"Rucio asks for a sign-in ({what}).", advice="Sign in.", details=details)
    if not name and status in (404, 405):
        return not_rucio(what)
    if status in (429, 502, 503, 504):
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


def not_rucio(what: str) -> UnreachableError:
    """Make the error of an answer that is none of Rucio's."""
    return UnreachableError(
        f"What answers at the address of Rucio is not Rucio ({what}).",
        code="not-rucio",
        advice="Check rucio_url in the configuration: a sign-in page, a proxy or another service may answer.",
    )


def clean_words(text: str) -> str:
    """Rucio's own words on one line, without control characters, at most 300."""
    text = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text)).strip()
    return re.sub(r"^Details: ", "", text)[:300]
