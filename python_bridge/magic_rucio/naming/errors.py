"""Why a name was refused."""

from __future__ import annotations

from magic_rucio.errors import InvalidInputError


class RefusedNameError(InvalidInputError):
    """A file, Rucio or scope name that is not taken: refused rather than guessed."""

    code = "name-refused"


def shown(name: str, limit: int = 120) -> str:
    """Return a name fit for a message: quoted, control characters escaped, cut when it is long."""
    return ascii(name if len(name) <= limit else name[:limit] + "…")
