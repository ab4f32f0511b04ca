"""Why a transfer failed, in a sentence or two with what to do: from FTS's and Rucio's words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from magic_rucio.rucio.errors import clean_words

RETRIED = "Rucio tries again by itself."
ASK = "If it stays, tell the people who run the storage."
DATA_MANAGER = "tell the data manager"
NO_SOURCE = f"No RSE has a good replica that can be read: {DATA_MANAGER}; trying again will not help."


@dataclass(frozen=True, slots=True)
class Words:
    """What Rucio noted on a request: its own kind of failure, and what the transfer service said.

    `whole` is both on one line, for people.
    """

    rucio: str | None
    transfer: str | None

    @property
    def whole(self) -> str:
        return ": ".join(part for part in (self.rucio, self.transfer) if part)


_RUCIO = re.compile(r"(?:RequestErrMsg\.)?([A-Z][A-Z_]{3,40}):?\s*(.*)", re.DOTALL)
_KINDS = frozenset({"NO_SOURCES", "SUBMISSION_FAILED", "TRANSFER_FAILED", "MISMATCH_SCHEME", "OTHER"})

_FTS = re.compile(
    r"(?:(?:non )?recoverable error:\s*)?(?:\[\d+\]\s*)?"
    r"(SOURCE|TRANSFER|DESTINATION|STAGING|ARCHIVING|GENERAL_FAILURE)\b",
    re.IGNORECASE,
)
"""Both of FTS's forms: `SCOPE [errno] …` in its answers, `Recoverable error: [errno] SCOPE …` in its logs."""


def words_of(text: str) -> Words:
    """Take apart what Rucio keeps of a failure: `RequestErrMsg.TRANSFER_FAILED:SOURCE [2] No such file`."""
    text = clean_words(text)
    match = _RUCIO.fullmatch(text)
    if match is None or match[1] not in _KINDS:
        return Words(rucio=None, transfer=text or None) if _FTS.match(text) else Words(text or None, None)
    return Words(rucio=match[1], transfer=match[2] or None)


@dataclass(frozen=True, slots=True)
class Reason:
    """A kind of failure.

    `pattern` is sought without case in the words, `scope` in what FTS says it was about; the first that
    fits counts.
    """

    kind: str
    pattern: re.Pattern[str]
    advice: str
    scope: str | None = None


def _reason(kind: str, pattern: str, advice: str, scope: str | None = None) -> Reason:
    return Reason(kind, re.compile(pattern, re.IGNORECASE), advice, scope)


_NOT_THERE = r"no such file|file not found|HTTP 404|\b550\b"

REASONS: Sequence[Reason] = (
    _reason("cancelled", r"cancell?ed by the user|job cancell?ed", f"The transfer was cancelled. {RETRIED}"),
    _reason(
        "stalled",
        r"performance marker|no FTS server has updated|probably stalled",
        f"No bytes came for minutes: a door is overloaded or hangs. {RETRIED} {ASK}",
    ),
    _reason(
        "space",
        r"no space left|no_free_space|enospc|disk quota|not enough (free )?space",
        "The destination is full. Nothing to do for you: tell the people who run it; Rucio goes on by itself "
        "when there is room.",
    ),
    _reason(
        "quota",
        r"not enough quota|account ?limit",
        "The account's quota at the destination does not suffice: end replications you no longer need, or "
        "ask the site for quota; Rucio then goes on by itself.",
    ),
    _reason("source-lost", r"no_sources|no sources", NO_SOURCE),
    _reason(
        "source-lost",
        _NOT_THERE,
        f"The file is not where Rucio believes it is: {DATA_MANAGER}; trying again will not help.",
        "SOURCE",
    ),
    _reason(
        "path",
        _NOT_THERE,
        "A file or folder was not there, at the source or the destination: tell the people who run the "
        "storage.",
    ),
    _reason(
        "exists",
        r"(destination|file).{0,20}\bexist|exist.{0,20}overwrite",
        f"Another file of that name is at the destination already: {DATA_MANAGER}, who compares the two.",
    ),
    _reason(
        "source-changed",
        r"checksums?\b.{0,80}(mismatch|not match|different)|size mismatch",
        "The source differs from what Rucio has on record: it may be damaged. "
        f"Trying again will not help: {DATA_MANAGER}.",
        "SOURCE",
    ),
    _reason(
        "checksum",
        r"checksums?\b.{0,80}(mismatch|not match|different)|size mismatch",
        f"The copy differs from what Rucio has on record. {RETRIED} If it stays, {DATA_MANAGER}.",
    ),
    _reason(
        "credential",
        r"proxy.{0,40}expired|certificate|permission denied|authenti|authori[sz]|login incorrect|HTTP 40[13]"
        r"|\b530[- ]|no delegation|\b419\b",
        "The transfer service has no valid credential for the storage: tell the people who run Rucio.",
    ),
    _reason(
        "tape",
        r"archive timeout",
        "The copy is not on tape yet. Wait; if it stays, tell the people who run the tape.",
    ),
    _reason(
        "tape",
        r"not ONLINE|staging|bring.?online",
        "The file is on tape and has to be staged first: that may take hours. Nothing to do for you.",
    ),
    _reason(
        "blocked",
        r"target RSE set|write.?block|not available for writing",
        "The destination takes no files now: wait, or tell the people who run it.",
    ),
    _reason(
        "no-way",
        r"mismatch_scheme|mismatched? (scheme|protocol)|no link|no distance",
        "Rucio knows no way between the two storages: tell the people who run Rucio.",
    ),
    _reason(
        "network",
        r"timed? ?out|timeout|name or service not known|end-of-file|connect|unreachable|broken pipe",
        f"The network or a door did not answer. {RETRIED} {ASK}",
    ),
    _reason(
        "transfer-service",
        r"submission_failed",
        "The transfer service did not take the request. Rucio tries again by itself; "
        "if it stays, tell the people who run Rucio.",
    ),
)

UNKNOWN = f"{RETRIED} {ASK}"
WAITING = "It waits for its turn; nothing to do."


def reason_of(words: str | None) -> Reason | None:
    """Return the kind of failure, None where the words say nothing known."""
    if not words:
        return None
    parts = words_of(words)
    match = _FTS.match(parts.transfer or "")
    scope = match[1].upper() if match else None
    return next(
        (one for one in REASONS if one.scope in (None, scope) and one.pattern.search(parts.whole)), None
    )


def kind_of(words: str | None) -> str | None:
    """Return the name of the kind of failure."""
    reason = reason_of(words)
    return reason.kind if reason else None


def advice_for(words: str | None) -> str:
    """Return what to do, for what FTS or Rucio said."""
    if not words:
        return WAITING
    reason = reason_of(words)
    return reason.advice if reason else UNKNOWN


_STATES = {
    "QUEUED": "It waits in Rucio for its turn",
    "WAITING": "It is held back in Rucio: too many transfers to this storage",
    "PREPARING": "Rucio seeks a way for it",
    "SUBMITTING": "It is being given to the transfer service",
    "SUBMITTED": "The transfer service has it",
    "NO_SOURCES": "Rucio finds no source for it",
    "FAILED": "The last try failed",
    "LOST": "The transfer service lost it",
    "DONE": "It has just arrived",
}


def waiting_advice(state: str | None, failed_tries: int) -> str:
    """Say where a file that is on the way is now, and how often it failed: from Rucio's request."""
    where = _STATES.get((state or "").upper().removeprefix("REQUESTSTATE."))
    if where is None:
        return WAITING
    times = "once" if failed_tries == 1 else f"{failed_tries} times"
    return (
        f"{where}; it failed {times} before, Rucio goes on." if failed_tries else f"{where}; nothing to do."
    )
