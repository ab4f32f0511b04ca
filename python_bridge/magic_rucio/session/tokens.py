"""Where a Rucio token comes from: a sign-in, the environment, or a file that somebody refreshes."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from magic_rucio.config import RucioInstance

Source = Literal["environment", "file", "password"]

DEFAULT_VARIABLES = ("MAGIC_RUCIO_TOKEN", "RUCIO_AUTH_TOKEN")
"""Looked at where the configuration names no variable."""

LARGEST_TOKEN_FILE = 64 * 1024
"""Bytes; an OIDC token has a few thousand, anything larger is not a token."""


@dataclass(frozen=True, slots=True)
class FoundToken:
    """A token and where it was found; the text never shows in a repr."""

    text: str
    source: Source

    def __repr__(self) -> str:
        return f"FoundToken(source={self.source!r})"


def given_token(
    instance: RucioInstance,
    environment: Mapping[str, str] | None = None,
    *,
    default_variables: Sequence[str] = DEFAULT_VARIABLES,
) -> FoundToken | None:
    """Return the token that the user's environment brings, none where there is none.

    The file is read at each call: it is refreshed in place under a running session.

    Parameters
    ----------
    default_variables : sequence of str
        Looked at where the configuration names none. Empty for all but the first of several instances: a
        token must not be shown to a Rucio that it is not for.
    """
    environment = os.environ if environment is None else environment
    names = (instance.token_env,) if instance.token_env else default_variables
    for name in names:
        text = _clean(environment.get(name, ""))
        if text:
            return FoundToken(text, "environment")
    if instance.token_file is not None:
        text = _read(instance.token_file)
        if text:
            return FoundToken(text, "file")
    return None


def _read(path: Path) -> str | None:
    try:
        path = path.expanduser()
        # A pipe would block until somebody writes.
        if not stat.S_ISREG(path.stat().st_mode):
            return None
        with path.open("rb") as file:
            content = file.read(LARGEST_TOKEN_FILE + 1)
        return _clean(content.decode("ascii")) if len(content) <= LARGEST_TOKEN_FILE else None
    except (OSError, RuntimeError, ValueError):
        # Absent while it is being replaced, in nobody's home, or not a token: the user signs in instead.
        return None


def _clean(text: str) -> str | None:
    """Refuse what cannot stand in an HTTP header."""
    text = text.strip()
    return text if text and text.isascii() and text.isprintable() and " " not in text else None
