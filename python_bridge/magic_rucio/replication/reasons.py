"""Why a transfer failed, in one sentence with what to do: from FTS's and Rucio's words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

RETRIED = "Rucio tries again by itself."
ASK = "If it stays, tell the people who run the storage."


@dataclass(frozen=True, slots=True)
class Reason:
    """A kind of failure.

    `pattern` is matched without case against the words; the first that matches counts.
    """

    kind: str
    pattern: re.Pattern[str]
    advice: str


def _reason(kind: str, pattern: str, advice: str) -> Reason:
    return Reason(kind, re.compile(pattern, re.IGNORECASE), advice)


REASONS: Sequence[Reason] = (
    _reason(
        "stalled",
        r"performance marker|no FTS server has updated",
        f"No bytes came for minutes: the door is overloaded or hangs. {RETRIED} {ASK}",
    ),
    _reason(
        "source-lost",
        r"SOURCE.*(no such file|550 |404)|(no such file|not found).*SOURCE|no_sources|no sources",
        "The file is not where Rucio believes it is, or no RSE can give it: tell the data manager; "
        "trying again will not help.",
    ),
    _reason(
        "checksum",
        r"checksum|size mismatch",
        "The copy differs from what Rucio has on record. Rucio tries again; if it stays, the source may be "
        "damaged: tell the data manager.",
    ),
    _reason(
        "space",
        r"no space left|no_free_space|disk quota|enospc",
        "The destination is full. Nothing to do for you: tell the people who run it; Rucio goes on by itself "
        "when there is room.",
    ),
    _reason(
        "credential",
        r"proxy.*expired|certificate.*expired|permission denied|authenticat|authoriz|HTTP 40[13]|530[- ]",
        "The transfer service has no valid credential for the storage: tell the people who run Rucio.",
    ),
    _reason(
        "exists",
        r"destination.*exist|file exists",
        "A file of that name is at the destination already: tell the data manager, who compares the two.",
    ),
    _reason(
        "tape",
        r"not ONLINE|staging|archive timeout",
        f"The file is on tape and has to be staged first; that may take hours. {RETRIED}",
    ),
    _reason(
        "network",
        r"timed? ?out|timeout|name or service not known|end-of-file|connection|could not connect|unreachable",
        f"The network or a door did not answer. {RETRIED} {ASK}",
    ),
    _reason("cancelled", r"cancell?ed by the user|job cancell?ed", f"The transfer was cancelled. {RETRIED}"),
    _reason(
        "no-distance",
        r"mismatched? (scheme|protocol)|no link|distance",
        "Rucio knows no way between the two storages: tell the people who run Rucio.",
    ),
)

UNKNOWN = f"{RETRIED} {ASK}"
WAITING = "It waits for its turn; nothing to do."


def advice_for(words: str | None) -> str:
    """Return one or two sentences on what to do, for what FTS or Rucio said."""
    if not words:
        return WAITING
    for reason in REASONS:
        if reason.pattern.search(words):
            return reason.advice
    return UNKNOWN


def kind_of(words: str | None) -> str | None:
    """Return the kind of failure, None where the words say nothing known."""
    return next((reason.kind for reason in REASONS if words and reason.pattern.search(words)), None)
