"""A run's row from its DID's metadata and name; no metadata, however hostile, breaks it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from magic_rucio.catalogue.models import IrfType
from magic_rucio.dl3.errors import Dl3Error
from magic_rucio.dl3.metadata import from_rucio_metadata
from magic_rucio.dl3.models import Hdu, Observation
from magic_rucio.naming import RefusedNameError, parse_file_name

LONGEST_WORD = 100
"""Characters of a target, a creator…; no real one comes near, and PostgreSQL indexes 2.7 kB a row."""

NAMED = ("run", "target", "night", "wobble_offset", "wobble_angle")
"""What a file's name may say."""

LONGEST_METADATA = 64 * 1024
"""Bytes of a run's metadata; ours have about 700."""

LARGEST_SIZE = 2**45
"""Bytes of a file; sums over 100 000 larger ones would not fit in 64 bits, and SQLite fails on that."""

LARGEST_FLOAT, SMALLEST_FLOAT = 1e12, 1e-30
"""What any quantity of a run stays between: sums and squares beyond fail in PostgreSQL."""

LARGEST_INTEGER = 2**53 - 1
"""The largest that a browser counts to; no run number or size comes near."""


@dataclass(frozen=True, slots=True)
class Described:
    """A row of `run`, its text for searches, and its metadata.

    `fault` says why metadata that looked like ours was refused.
    """

    values: dict[str, Any]
    words: str
    metadata: str
    fault: str | None = None


def looks_like_dl3(name: str) -> bool:
    """Whether a DID's name is that of a DL3 file."""
    file = name.rpartition("/")[2].lower()
    return file.endswith((".fits", ".fits.gz")) and ("dl3" in file)


def may_be_dl3(name: str) -> bool:
    """Whether a file's metadata may say that it is DL3: not where its name is of another level."""
    try:
        return parse_file_name(name).level == "DL3"
    except RefusedNameError:
        return True


def is_dl3(name: str, metadata: Mapping[str, object] | None) -> bool:
    """Whether a file belongs in the catalogue: by its metadata, else by its name."""
    if metadata and "hdus" in metadata and metadata.get("level", "DL3") == "DL3":
        return True
    return looks_like_dl3(name) or (metadata or {}).get("level") == "DL3"


def describe(scope: str, name: str, metadata: Mapping[str, object] | None, size: int) -> Described:
    """Make the row of a run.

    Parameters
    ----------
    size : int
        Bytes of the file, in Rucio's words.
    """
    text, observation, fault = "{}", None, None
    if metadata and "hdus" in metadata:
        text, observation, fault = _observation(metadata, size)
    values = _values(observation)
    if any(values[key] is None for key in NAMED):
        values |= {key: value for key, value in _named(name).items() if values[key] is None}
    size = size if 0 <= size <= LARGEST_SIZE else 0
    values |= {
        "did": f"{scope}:{name}",
        "scope": scope,
        "bytes": size,
        "described": observation is not None,
    }
    known = (values["target"], values["run"], values["night"], values["did"])
    words = " ".join(str(word) for word in known if word is not None).lower()
    return Described(values, words, text, fault)


def _observation(metadata: Mapping[str, object], size: int) -> tuple[str, Observation | None, str | None]:
    try:
        hdus = _hdus(metadata["hdus"])
        observation = from_rucio_metadata({"file_bytes": size, **metadata, "hdus": ""})
        observation = observation.model_copy(update={"hdus": hdus})
        text = observation.model_dump_json(exclude_none=True)
    except (Dl3Error, RecursionError, ValueError) as error:
        # ValueError: lone surrogates, and whatever else JSON or pydantic will not write.
        return "{}", None, str(error)[:300]
    fault = _fault(observation, text)
    return ("{}", None, fault) if fault else (text, observation, None)


def _hdus(text: object) -> tuple[Hdu, ...]:
    if not isinstance(text, str) or len(text) > LONGEST_METADATA:
        raise Dl3Error("metadata that is not of a DL3 file: hdus", code="dl3-bad-metadata")
    return _hdus_of(text)


@lru_cache(maxsize=256)
def _hdus_of(text: str) -> tuple[Hdu, ...]:
    # The files of one pipeline all have the same: a third of the work of a first sync.
    return from_rucio_metadata({"file_bytes": 0, "hdus": text}).hdus


def _fault(observation: Observation, text: str) -> str | None:
    """What makes a well-typed observation impossible."""
    if len(text) > LONGEST_METADATA:
        return f"{len(text)} characters of metadata"
    for key, value in vars(observation).items():
        if isinstance(value, str) and (len(value) > LONGEST_WORD or not value.isprintable()):
            return f"{key}: more than {LONGEST_WORD} characters, or characters that cannot be shown"
        if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            return f"{key}: out of range"
        if isinstance(value, float) and abs(value) > LARGEST_FLOAT:
            return f"{key}: out of range"
    for key in ("dec_pnt", "dec_obj"):
        value = getattr(observation, key)
        if value is not None and not -90 <= value <= 90:
            return f"{key}: {value} is not a declination"
    return None


def _named(name: str) -> dict[str, Any]:
    """What the file's name says, for runs that say nothing better."""
    try:
        found = parse_file_name(name)
    except RefusedNameError:
        return {}
    return {
        "run": found.run,
        "target": found.source,
        "night": None if found.night is None else found.night.isoformat(),
        "wobble_offset": found.wobble_offset,
        "wobble_angle": None if found.wobble_angle is None else float(found.wobble_angle),
    }


def _values(observation: Observation | None) -> dict[str, Any]:
    o = observation or Observation.model_construct(bytes=0, hdus=())
    values: dict[str, Any] = {
        "run": o.obs_id,
        "target": o.target or None,
        "night": o.night,
        "start": o.date_start,
        "livetime": o.livetime,
        "zenith": o.zen_pnt,
        "azimuth": o.az_pnt,
        "ra_pnt": None if o.ra_pnt is None else o.ra_pnt % 360,
        "dec_pnt": o.dec_pnt,
        "ra_obj": None if o.ra_obj is None else o.ra_obj % 360,
        "dec_obj": o.dec_obj,
        "wobble_offset": o.wobble_offset,
        "wobble_angle": o.wobble_angle,
        "event_count": o.event_count,
        "event_rate": _rate(o.event_count, o.livetime),
        "energy_threshold": o.lo_thres,
        "irf_type": irf_type(o).value,
        "creator": " ".join(filter(None, (o.creator, o.creator_version))) or None,
        "telescope": o.telescope,
    }
    for key, value in values.items():
        if isinstance(value, float) and abs(value) < SMALLEST_FLOAT:
            values[key] = 0.0
    return values | unit_vector(values["ra_pnt"], values["dec_pnt"])


def _rate(events: int | None, livetime: float | None) -> float | None:
    """Events a second; of a livetime that is none, nothing is said."""
    return None if events is None or livetime is None or livetime < 1e-3 else events / livetime


def unit_vector(ra: float | None, dec: float | None) -> dict[str, float | None]:
    """Return a direction as x, y, z on the unit sphere; degrees in.

    Rounded to 1e-17: PostgreSQL fails where the square of a difference is too small for it.
    """
    if ra is None or dec is None:
        return {"x": None, "y": None, "z": None}
    a, d = math.radians(ra), math.radians(dec)
    x, y, z = math.cos(d) * math.cos(a), math.cos(d) * math.sin(a), math.sin(d)
    return {"x": round(x, 17), "y": round(y, 17), "z": round(z, 17)}


def irf_type(observation: Observation) -> IrfType:
    """Return what gammapy has to ask for."""
    if observation.irf_type == "full-enclosure":
        return IrfType.FULL_ENCLOSURE
    if observation.irf_type == "point-like" and observation.rad_max == "table":
        return IrfType.POINT_LIKE_TABLE
    if observation.irf_type == "point-like" and observation.rad_max == "keyword":
        return IrfType.POINT_LIKE_FIXED
    return IrfType.UNKNOWN


def read_observation(text: str) -> Observation | None:
    """Return the observation of a described run, as kept in `run_detail`."""
    return Observation.model_validate_json(text) if text != "{}" else None
