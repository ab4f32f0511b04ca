"""Characters that a Rucio refuses, written with those it takes: injective and readable.

Earlier clients put `_` for every refused character. That is not injective: `+`, `=` and `_` are all
in use before the wobble angle, and `4C+39.12` and `4C-39.12` are two sources. Here each refused
character becomes a word between dots: `4C+39.12` is `4C.plus.39.12`, `W0.40=270` is `W0.40.eq.270`.

Decoding is a function of the encoded text alone, and `encode` refuses what `decode` would not give
back. So two texts that `encode` takes can never share an encoded form: both would be its decoding.
What is refused are texts that hold such a word themselves (`X.plus.Y`); MAGIC has none.
"""

from __future__ import annotations

import re
from functools import cache

from magic_rucio.naming.errors import RefusedNameError, shown
from magic_rucio.naming.schemas import NameSchema

_WORDS = {"+": "plus", "=": "eq", "%": "pct", " ": "sp"}
_CHARACTERS = {word: character for character, word in _WORDS.items()}
_CODE = re.compile(rf"\.(?:({'|'.join(_CHARACTERS)})|x([2-7][0-9A-F]))\.")
_ENCODABLE = re.compile(r"[ -~]*")


def encode(text: str, schema: NameSchema) -> str:
    """Return one component of a Rucio name.

    Parameters
    ----------
    text : str
        Printable ASCII.
    schema : NameSchema
        What the Rucio takes; the characters it takes stay as they are.

    Raises
    ------
    RefusedNameError
        Where `decode` would not give the text back, or the text is not printable ASCII.
    """
    encoded = _refused(schema.extra).sub(_code, text)
    if encoded == text and not _CODE.search(text):
        return text
    if not _ENCODABLE.fullmatch(text):
        raise RefusedNameError(f"{shown(text)} holds characters that are not printable ASCII.")
    if decode(encoded) != text:
        raise RefusedNameError(
            f"{shown(text)} holds text that stands for another character in Rucio names"
            " (such as .plus. for +), so its Rucio name would be another file's too.",
            advice="Rename the file, or give the source in another spelling.",
        )
    return encoded


def decode(component: str) -> str:
    """Return the text that `encode` was given, whatever the schema."""
    return _CODE.sub(_character, component)


@cache
def _refused(extra: str) -> re.Pattern[str]:
    return re.compile(rf"[^A-Za-z0-9.\-_{re.escape(extra)}]")


def _code(refused: re.Match[str]) -> str:
    character = refused[0]
    return f".{_WORDS.get(character) or f'x{ord(character):02X}'}."


def _character(match: re.Match[str]) -> str:
    word, number = match.groups()
    return _CHARACTERS[word] if word else chr(int(number, 16))
