"""The forms of MAGIC's file names.

The long form says everything; the short ones (written by callisto, superstar, melibea and
magic-cta-pipe by default) leave out the night and the source, so those stay None.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from magic_rucio.naming.errors import RefusedNameError, shown
from magic_rucio.naming.models import Level, MagicName

_LEVEL_OF_TYPE: dict[str, Level] = {
    "D": "RAW",
    "P": "RAW",
    "C": "RAW",
    "B": "RAW",
    "Y": "Calibrated",
    "I": "Star",
    "S": "SuperStar",
    "Q": "Melibea",
    "DL3": "DL3",
}

_ENDINGS: dict[Level, tuple[str, ...]] = {
    "RAW": ("raw.gz", "raw"),
    "Calibrated": ("root",),
    "Star": ("root",),
    "SuperStar": ("root",),
    "Melibea": ("root",),
    "DL3": ("fits", "fits.gz"),
}

# [0-9] and fullmatch throughout: \d takes digits of other scripts, $ takes a newline at the end.
_LONG = re.compile(
    r"([0-9]{8})_(?:(M[12])_)?([0-9]{8})(?:\.([0-9]{3}))?_([DPCBYISQ]|DL3)"
    r"_([A-Za-z0-9+\-._=%]+?)"
    r"(?:-W([0-9]{1,2}\.[0-9]{1,3})[+=_]([0-9]{3}))?"
    r"\.(raw\.gz|raw|root|fits\.gz|fits)"
)

_CALIBRATED = re.compile(r"ssignal([0-9]{8})\.([0-9]{3})_(M[12])\.root")
_STEREO = re.compile(r"(superstar|melibea)([0-9]{8})\.root")
_JOINT_CRAB = re.compile(r"run_([0-9]{8})_DL3\.fits(?:\.gz)?")
_WITH_LST = re.compile(r"dl3_([A-Za-z0-9+\-._=%]+)\.fits(?:\.gz)?")
_RUN_OF_LST = re.compile(r"(?:^|[._-])[Rr]un_?([0-9]{1,8})(?![0-9])")

_LOOKS_LIKE_WOBBLE = re.compile(r"-W[0-9]*\.[0-9]")

MAX_FILE_NAME = 255
"""What file systems hold in one name; a longer one never was a file's."""


def file_name_of(path: str) -> str:
    """Return the last component of a path, in which the file's name is sought."""
    return path.rpartition("/")[2]


def parse_file_name(path: str) -> MagicName:
    """Take a MAGIC file name apart.

    Parameters
    ----------
    path : str
        A file name, or a path whose last component it is.

    Raises
    ------
    RefusedNameError
        Where it is none of MAGIC's forms, or says something impossible (a night that no calendar
        has, a level without its telescope, a wobble angle of 400 degrees).
    """
    name = file_name_of(path)
    match = _LONG.fullmatch(name) if len(name) <= MAX_FILE_NAME else None
    if match is None:
        return _parse_short(name)
    night, telescope, run, subrun, kind, source, offset, angle, ending = match.groups()
    level = _LEVEL_OF_TYPE[kind]
    _check_level(name, level, kind, telescope, subrun, ending)
    check_source(source)
    if _LOOKS_LIKE_WOBBLE.search(source):
        raise _refused(name, "its wobble part is not -W<offset><+, = or _><angle of three digits>")
    if angle is not None and int(angle) >= 360:
        raise _refused(name, f"a wobble angle of {angle} degrees")
    return MagicName(
        name,
        level,
        telescope,
        source,
        _night(night),
        int(run),
        None if subrun is None else int(subrun),
        None if kind == "DL3" else kind,
        None if offset is None else float(offset),
        None if angle is None else int(angle),
    )


def check_source(source: str) -> str:
    """Return a source that can be a component of a Rucio name.

    Raises
    ------
    RefusedNameError
        Where it would mean something else there: nothing, a folder up, a hidden file, a route of
        Rucio's REST interface, or a field that is not known.
    """
    if not source or source.startswith(".") or source in _RESERVED:
        raise RefusedNameError(f"{shown(source)} cannot be a source: it has another meaning in Rucio names.")
    return source


UNKNOWN_SOURCE = "unknown-source"
UNKNOWN_NIGHT = "unknown-night"
UNKNOWN_RUN = "unknown-run"

_RESERVED = frozenset(
    {UNKNOWN_SOURCE, "attachments", "datasets", "dids", "files", "follow", "history", "lifetime", "locks"}
    | {"associated_rules", "guid", "meta", "parents", "replicas", "rules", "search", "status"}
)
"""Words that end routes of Rucio: `GET /dids/<scope>/RAW_M1/meta` would be the metadata of RAW_M1."""


def _check_level(
    name: str, level: Level, kind: str, telescope: str | None, subrun: str | None, ending: str
) -> None:
    mono = level in ("RAW", "Calibrated", "Star")
    if mono and telescope is None:
        raise _refused(name, f"type {kind} ({level}) belongs to one telescope, and the name has none")
    if not mono and telescope is not None:
        raise _refused(name, f"type {kind} ({level}) is of both telescopes, and the name has {telescope}")
    if subrun is None and level in ("RAW", "Calibrated"):
        raise _refused(name, f"type {kind} ({level}) has a subrun of three digits after the run")
    if subrun is not None and level == "DL3":
        raise _refused(name, "a DL3 file has no subrun")
    if ending not in _ENDINGS[level]:
        raise _refused(name, f"a {level} file does not end in .{ending}")


def _parse_short(name: str) -> MagicName:
    if not name:
        raise RefusedNameError("An empty name.")
    if len(name) > MAX_FILE_NAME:
        raise RefusedNameError(
            f"{shown(name)} has {len(name)} characters; file names have up to {MAX_FILE_NAME}."
        )
    if match := _CALIBRATED.fullmatch(name):
        run, subrun, telescope = match.groups()
        return MagicName(name, "Calibrated", telescope, run=int(run), subrun=int(subrun))
    if match := _STEREO.fullmatch(name):
        return MagicName(name, "SuperStar" if match[1] == "superstar" else "Melibea", run=int(match[2]))
    if match := _JOINT_CRAB.fullmatch(name):
        return MagicName(name, "DL3", run=int(match[1]))
    if match := _WITH_LST.fullmatch(name):
        found = _RUN_OF_LST.search(match[1])
        return MagicName(name, "DL3", run=int(found[1]) if found else None)
    raise _refused(name, _why_not(name))


def _why_not(name: str) -> str:
    if not name.isprintable() or not name.isascii():
        return "it holds characters that are not printable ASCII"
    if not re.match(r"[0-9]{8}_", name):
        return "it does not begin with a night of eight digits"
    if not re.match(r"[0-9]{8}_(M[12]_)?[0-9]{8}[._]", name):
        return "a telescope M1 or M2 (mono levels) and a run of eight digits should follow the night"
    if not re.search(r"\.(raw|raw\.gz|root|fits|fits\.gz)\Z", name):
        return "it does not end in .raw, .raw.gz, .root, .fits or .fits.gz"
    return (
        "after the run come a subrun of three digits, a type (D P C B Y I S Q DL3)"
        " and a source of letters, digits and + - . _ = %"
    )


@lru_cache(maxsize=20_000)
def _night(digits: str) -> date:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise RefusedNameError(f"{digits} is not a night: no calendar has that day.") from None


def _refused(name: str, why: str) -> RefusedNameError:
    return RefusedNameError(f"Not a MAGIC file name: {shown(name)}: {why}.")
