"""Rucio names of MAGIC files, and the datasets and containers above them.

`<Level>_<Tel>/<source>/<night>/<run>/<file>`: run dataset -> night container -> source container ->
level container. Stereo levels have no telescope. The file's own name stays the last component, so
two files get one Rucio name only where they have one file name.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple, TypeVar

from magic_rucio.naming.encoding import decode, encode
from magic_rucio.naming.errors import RefusedNameError, shown
from magic_rucio.naming.forms import (
    UNKNOWN_NIGHT,
    UNKNOWN_RUN,
    UNKNOWN_SOURCE,
    check_source,
    parse_file_name,
)
from magic_rucio.naming.models import MONO_LEVELS, STEREO_LEVELS, Level, MagicName
from magic_rucio.naming.schemas import PIC, SCHEMAS, NameSchema

_Field = TypeVar("_Field", str | None, date | None, int | None)


class Hierarchy(NamedTuple):
    """The names above a file, from the level container down to the run dataset."""

    level: str
    source: str
    night: str
    run: str


_TOPS: dict[str, tuple[Level, str | None]] = {
    **{f"{level}_{telescope}": (level, telescope) for level in MONO_LEVELS for telescope in ("M1", "M2")},
    **{level: (level, None) for level in STEREO_LEVELS},
}


def rucio_name(
    name: MagicName,
    schema: NameSchema = PIC,
    *,
    source: str | None = None,
    night: date | None = None,
    run: int | None = None,
) -> str:
    """Return the Rucio name of a file.

    Parameters
    ----------
    name : MagicName
        The file's name, taken apart.
    schema : NameSchema
        What the Rucio takes.
    source, night, run
        For file names that do not say them (`run_05029748_DL3.fits`): from the file's header, say.
        What nobody gives becomes `unknown-source`, `unknown-night`, `unknown-run`: no source is
        spelt so, and the file's name alone keeps such names apart.

    Raises
    ------
    RefusedNameError
        Where they contradict the file name, or the Rucio would not take the name.
    """
    level = name.level if name.telescope is None else f"{name.level}_{name.telescope}"
    source = _agreed("source", name, name.source, source)
    night = _agreed("night", name, name.night, night)
    run = _agreed("run", name, name.run, run)
    return compose(level, source, night, run, name.file, schema)


def compose(
    level: str, source: str | None, night: date | None, run: int | None, file: str, schema: NameSchema
) -> str:
    """Return the Rucio name of any file in the namespace, whatever the form of its own name.

    Raises
    ------
    RefusedNameError
        Where the Rucio would not take the name, or another file could get the same.
    """
    return schema.check_name(f"{_run_dataset(level, source, night, run, schema)}/{encode(file, schema)}")


def parse_rucio_name(name: str) -> MagicName:
    """Take a Rucio name apart; the inverse of `rucio_name`, for either schema.

    Raises
    ------
    RefusedNameError
        Where `rucio_name` gives that name to no MAGIC file.
    """
    parts = name.split("/")
    if len(parts) != 5 or parts[0] not in _TOPS:
        raise RefusedNameError(
            f"{shown(name)} is not <level>/<source>/<night>/<run>/<file>, with a level of {', '.join(_TOPS)}."
        )
    file = decode(parts[4])
    if "/" in file:
        raise RefusedNameError(f"{shown(name)} does not end in a file's name.")
    found = parse_file_name(file)
    source = None if parts[1] == UNKNOWN_SOURCE else decode(parts[1])
    night = None if parts[2] == UNKNOWN_NIGHT else _night_of(parts[2])
    run = None if parts[3] == UNKNOWN_RUN else _run_of(parts[3])
    for schema in SCHEMAS.values():
        if rucio_name(found, schema, source=source, night=night, run=run) == name:
            return found._replace(source=source, night=night, run=run)
    raise RefusedNameError(f"{shown(name)} is not the Rucio name of {shown(found.file)}.")


def hierarchy(name: str) -> Hierarchy:
    """Return the names of the run dataset and the containers above a file's Rucio name.

    Raises
    ------
    RefusedNameError
        Where the name has not the namespace's five components.
    """
    parts = name.split("/")
    if len(parts) != 5 or not all(parts):
        raise RefusedNameError(f"{shown(name)} is not <level>/<source>/<night>/<run>/<file>.")
    return Hierarchy(*("/".join(parts[:depth]) for depth in (1, 2, 3, 4)))


class Collection(NamedTuple):
    """What the name of a dataset or container of the namespace says; None below its depth."""

    level: Level
    telescope: str | None
    source: str | None = None
    night: date | None = None
    run: int | None = None


def parse_collection(name: str) -> Collection:
    """Take the name of a dataset or container of the hierarchy apart; the inverse of `hierarchy`.

    Raises
    ------
    RefusedNameError
        Where it is not one of the namespace.
    """
    level, *rest = name.split("/")
    if level not in _TOPS or len(rest) > 3:
        raise RefusedNameError(f"{shown(name)} is not a dataset or container of the MAGIC namespace.")
    source, night, run = (*rest, None, None, None)[:3]
    found = Collection(
        *_TOPS[level],
        None if source in (None, UNKNOWN_SOURCE) else decode(source),
        None if night in (None, UNKNOWN_NIGHT) else _night_of(night),
        None if run in (None, UNKNOWN_RUN) else _run_of(run),
    )
    for schema in SCHEMAS.values():
        parts = [
            _source_component(found.source, schema),
            _night_component(found.night),
            _run_component(found.run),
        ]
        if rest == parts[: len(rest)]:
            return found
    raise RefusedNameError(f"{shown(name)} is not a dataset or container of the MAGIC namespace.")


@lru_cache(maxsize=20_000)
def _run_dataset(
    level: str, source: str | None, night: date | None, run: int | None, schema: NameSchema
) -> str:
    return "/".join((level, _source_component(source, schema), _night_component(night), _run_component(run)))


def _source_component(source: str | None, schema: NameSchema) -> str:
    return UNKNOWN_SOURCE if source is None else encode(check_source(source), schema)


def _night_component(night: date | None) -> str:
    return UNKNOWN_NIGHT if night is None else night.isoformat().replace("-", "_")


def _run_component(run: int | None) -> str:
    return UNKNOWN_RUN if run is None else f"{run:08d}"


def _night_of(component: str) -> date:
    match = re.fullmatch(r"([0-9]{4})_([0-9]{2})_([0-9]{2})", component)
    try:
        if match:
            return date(*(int(part) for part in match.groups()))
    except ValueError:
        pass
    raise RefusedNameError(f"{shown(component)} is not a night YYYY_MM_DD.")


def _run_of(component: str) -> int:
    if not re.fullmatch(r"[0-9]{8,}", component):
        raise RefusedNameError(f"{shown(component)} is not a run of eight digits.")
    return int(component)


def _agreed(what: str, name: MagicName, named: _Field, given: _Field) -> _Field:
    if named is not None and given is not None and named != given:
        raise RefusedNameError(
            f"The file name {shown(name.file)} has the {what} {shown(str(named))}, not {shown(str(given))}."
        )
    return given if named is None else named
