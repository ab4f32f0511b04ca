"""Paths of Rucio's REST interface: every part quoted as Rucio's own client does, traps refused. Pure."""

from __future__ import annotations

from urllib.parse import quote_plus

from magic_rucio.errors import InvalidInputError
from magic_rucio.rucio.records import Did

ROUTE_WORDS = frozenset(
    {
        "attachments",
        "datasets",
        "dids",
        "files",
        "guid",
        "history",
        "locks",
        "meta",
        "parents",
        "rules",
        "status",
    }
)
"""Rucio lets slashes into names: a name that ends in one of these is answered as another route."""


def path_of(*parts: str | Did) -> str:
    """Join a path.

    Raises
    ------
    InvalidInputError
        Where a part would be read as something else on its way: by a proxy (`.`, `..`, an empty part) or by
        Rucio (a route's word at the end of a name).
    """
    texts: list[str] = []
    for part in parts:
        if isinstance(part, Did):
            _check_did(part)
            texts += [part.scope, part.name]
        else:
            _check(part, part)
            texts.append(part)
    return "/" + "/".join(quote_plus(text) for text in texts)


def _check_did(did: Did) -> None:
    for text in (did.scope, *did.name.split("/")):
        _check(text, str(did))
    if "/" in did.name and did.name.rpartition("/")[2] in ROUTE_WORDS:
        raise _unfit(str(did), f"it ends in /{did.name.rpartition('/')[2]}")


def _check(text: str, whole: str) -> None:
    if text in ("", ".", ".."):
        raise _unfit(whole, f"it has the part {text!r}")
    if not text.isprintable():
        raise _unfit(whole, "it has characters that do not print")


def _unfit(text: str, why: str) -> InvalidInputError:
    return InvalidInputError(
        f"{text[:200]!a} cannot be asked of Rucio: {why}.",
        code="name-unfit",
        advice="Such a name is reached by searching, or by the dataset that holds it.",
    )
