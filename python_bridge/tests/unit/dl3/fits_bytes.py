"""FITS files made by hand, so that each test can say exactly what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from magic_rucio.dl3 import Dl3Error, read_observation

BLOCK = 2880
Keyword = str | int | float | bool | None

EVENTS: dict[str, Keyword] = {
    "HDUCLASS": "GADF",
    "HDUCLAS1": "EVENTS",
    "OBS_ID": 5029747,
    "TSTART": 333778852.435217,
    "TSTOP": 333780040.546979,
    "ONTIME": 1188.111761868,
    "LIVETIME": 1178.06621791733,
    "DEADC": 0.991545,
    "TELESCOP": "MAGIC",
    "OBJECT": "CrabNebula",
    "RA_OBJ": 83.63333,
    "DEC_OBJ": 22.01444,
    "RA_PNT": 83.98333,
    "DEC_PNT": 22.24389,
    "MJDREFI": 52706,
    "MJDREFF": 0.0,
    "TIMEUNIT": "s",
    "TIMESYS": "UTC",
    "TIMEREF": "local",
}
"""Keywords of a usual EVENTS header."""


def card(keyword: str, value: Keyword) -> bytes:
    if value is None:
        text = ""
    elif isinstance(value, bool):
        text = "T" if value else "F"
        text = f"{text:>20}"
    elif isinstance(value, str):
        text = "'" + value.replace("'", "''").ljust(8) + "'"
    else:
        text = f"{value!r:>20}".replace("e", "E")
    return f"{keyword:<8}= {text}".encode("latin-1").ljust(80)[:80]


def header(*cards: bytes) -> bytes:
    return _padded(b"".join(cards) + b"END".ljust(80), b" ")


def primary(**keywords: Keyword) -> bytes:
    fixed: dict[str, Keyword] = {"SIMPLE": True, "BITPIX": 8, "NAXIS": 0, "EXTEND": True}
    return header(*(card(key, value) for key, value in (fixed | keywords).items()))


def table_cards(
    name: str | None, keywords: Mapping[str, Keyword], rows: int = 3, width: int = 28
) -> list[bytes]:
    fixed: dict[str, Keyword] = {
        "XTENSION": "BINTABLE",
        "BITPIX": 8,
        "NAXIS": 2,
        "NAXIS1": width,
        "NAXIS2": rows,
        "PCOUNT": 0,
        "GCOUNT": 1,
        "TFIELDS": 0,
    }
    named: dict[str, Keyword] = {} if name is None else {"EXTNAME": name}
    return [card(key, value) for key, value in (fixed | named | dict(keywords)).items()]


def table(name: str | None, keywords: Mapping[str, Keyword], rows: int = 3, width: int = 28) -> bytes:
    return header(*table_cards(name, keywords, rows, width)) + _padded(b"\1" * (rows * width), b"\0")


def gti() -> bytes:
    return table("GTI", {"HDUCLASS": "GADF", "HDUCLAS1": "GTI"}, 1, 16)


def irf(name: str | None, hduclas2: str | None, hduclas4: str | None, **more: Keyword) -> bytes:
    keywords: dict[str, Keyword] = {"HDUCLAS1": "RESPONSE", "HDUCLAS3": "POINT-LIKE"}
    if hduclas2 is not None:
        keywords["HDUCLAS2"] = hduclas2
    if hduclas4 is not None:
        keywords["HDUCLAS4"] = hduclas4
    return table(name, keywords | more, 1, 64)


def dl3(events: Mapping[str, Keyword] = EVENTS, *others: bytes) -> bytes:
    return b"".join([primary(), table("EVENTS", events), gti(), *others])


def point_like() -> bytes:
    return dl3(
        EVENTS,
        irf("RAD_MAX", "RAD_MAX", "RAD_MAX_2D"),
        irf("EFFECTIVE AREA", "EFF_AREA", "AEFF_2D", LO_THRES=0.08576008),
        irf("ENERGY DISPERSION", "EDISP", "EDISP_2D"),
    )


def outcome(path: Path) -> str:
    """What reading a file gives: the observation as JSON, or the message of the one allowed error."""
    try:
        return read_observation(path).model_dump_json()
    except Dl3Error as error:
        return error.message


def _padded(data: bytes, fill: bytes) -> bytes:
    return data + fill * (-len(data) % BLOCK)
