"""The name of a variable, proposed from the targets of a selection: pure."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Sequence

LONGEST = 24
"""Characters; a longer name is cut at a word."""

NICKNAMES = {"crab_nebula": "crab"}
"""What everybody calls it."""

FORBIDDEN = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "np", "plt", "u"})
"""Names that mean something else in a notebook: Python's own, and the usual short imports."""

WITHOUT_TARGET = "runs"


def proposed_variable(targets: Sequence[str]) -> str:
    """Return a Python name for runs of these targets.

    One target gives its own name ("CrabNebula": crab, "1ES0806+524": src_1es0806_p524), several give the
    first and "_and_others", none gives "runs". Deterministic: order does not matter.
    """
    names = sorted({name for name in map(_identifier, targets) if name})
    if not names:
        return WITHOUT_TARGET
    return names[0] if len(names) == 1 else f"{names[0]}_and_others"


def _identifier(target: str) -> str:
    text = unicodedata.normalize("NFKD", target[:200]).encode("ascii", "ignore").decode()
    # A sign before a digit is part of a position: 4C+39.12 and 4C-39.12 stay apart.
    text = re.sub(r"\+(?=\d)", "_p", text)
    text = re.sub(r"(?<=\w)[-−](?=\d)", "_m", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text)
    text = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower()
    text = _shortened(text)
    text = NICKNAMES.get(text, text)
    if not text:
        return ""
    if text[0].isdigit():
        text = f"src_{text}"
    return f"{text}_runs" if text in FORBIDDEN else text


def _shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    cut = text[:LONGEST]
    whole, _, _ = cut.rpartition("_")
    return whole or cut
