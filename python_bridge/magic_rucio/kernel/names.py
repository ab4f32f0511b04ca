"""Which names an attachment may take in the analyst's namespace. Used on both sides of the channel."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata

MAX_LENGTH = 100
RESERVED = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open", "match", "case", "type"})
"""IPython's own names, and the soft keywords that make a cell hard to read."""


def problem_with(name: object) -> str | None:
    """Say why a variable cannot have this name; None where it can.

    A leading underscore is refused as a whole: dunders, IPython's `_` and `_1`, and names that
    `%who` would hide from their owner.
    """
    if not isinstance(name, str) or not name.isidentifier():
        return "a variable's name is made of letters, digits and underscores, and does not start with a digit"
    if len(name) > MAX_LENGTH:
        return f"a variable's name has at most {MAX_LENGTH} characters here"
    if unicodedata.normalize("NFKC", name) != name:
        return "Python would read these characters as a different name"
    if name.startswith("_"):
        return "names that start with an underscore are private"
    if keyword.iskeyword(name):
        return f"`{name}` is a word of Python itself"
    if name in RESERVED or hasattr(builtins, name):
        return f"`{name}` is a name that Python or IPython uses itself"
    return None


def propose(targets: list[str]) -> str:
    """Make a variable's name from the targets of a selection.

    Examples
    --------
    >>> propose(["CrabNebula"]), propose(["1ES 1959+650"]), propose(["Mrk421", "Crab"]), propose([])
    ('crab_nebula', 'es_1959p650', 'runs', 'runs')
    """
    if len(set(targets)) != 1:
        return "runs"
    text = unicodedata.normalize("NFKD", targets[0]).encode("ascii", "ignore").decode()
    text = re.sub(r"(?<=\d)\+(?=\d)", "p", text)
    text = re.sub(r"(?<=\d)-(?=\d)", "m", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text)
    text = re.sub(r"[^A-Za-z0-9]+", "_", text).lower()
    text = re.sub(r"^[\d_]+", "", text).strip("_")[:40].rstrip("_")
    if problem_with(text) is None:
        return text
    return f"{text}_runs" if problem_with(f"{text}_runs") is None else "runs"
