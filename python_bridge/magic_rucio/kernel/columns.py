"""Many runs as columns: eight bytes a number, each repeated word once; in memory and on the wire."""

from __future__ import annotations

import base64
import math
import sys
from array import array
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

FLOATS = (
    *("ra_pnt", "dec_pnt", "ra_obj", "dec_obj", "alt_pnt", "az_pnt", "zen_pnt"),
    *("tstart", "tstop", "mjdreff", "ontime", "livetime", "deadc"),
    *("rad_max_value", "lo_thres", "hi_thres", "wobble_offset", "wobble_angle", "created"),
)
"""Missing is NaN. Degrees and seconds; `created` is seconds since 1970, of the file or its DID."""

INTEGERS = ("obs_id", "mjdrefi", "event_count", "n_tels", "bytes")
NO_INTEGER = -(2**63)

WORDS = (
    *("target", "night", "timesys", "timeref", "timeunit", "telescope", "instrument"),
    *("creator", "creator_version", "obs_mode", "irf_type", "rad_max", "reason"),
)
"""`reason` says why a run's file is not here; None where it is."""

Hdus = tuple[tuple[str, str, str], ...]


class Row(NamedTuple):
    """One run, before it is packed.

    `observation` has (as attributes or keys) any of the columns' names and `hdus`, a sequence of
    (hdu_type, hdu_class, hdu_name); None where only the path is known.
    """

    did: str
    path: str | None
    observation: Any = None
    reason: str | None = None
    created: float | None = None


class Coded(NamedTuple):
    """A column with few different values; code -1 is None."""

    values: list[Any]
    codes: array[int]

    def at(self, index: int) -> Any:
        code = self.codes[index]
        return None if code < 0 else self.values[code]


def _encode(values: Iterable[Any]) -> Coded:
    known: dict[Any, int] = {}
    codes = array("i", (-1 if value is None else known.setdefault(value, len(known)) for value in values))
    return Coded(list(known), codes)


class Runs:
    """The runs of an attachment, column by column, in the order they were picked."""

    __slots__ = ("dids", "floats", "hdus", "integers", "paths", "words")

    def __init__(
        self,
        dids: list[str],
        paths: list[str | None],
        floats: dict[str, array[float]],
        integers: dict[str, array[int]],
        words: dict[str, Coded],
        hdus: Coded,
    ) -> None:
        self.dids = dids
        self.paths = paths
        self.floats = floats
        self.integers = integers
        self.words = words
        self.hdus = hdus

    @classmethod
    def from_rows(cls, rows: Iterable[Row]) -> Runs:
        rows = list(rows)
        seen = [_attributes(row) for row in rows]
        floats = {
            name: array("d", (math.nan if (v := of(name)) is None else v for of in seen)) for name in FLOATS
        }
        integers = {
            name: array("q", (NO_INTEGER if (v := of(name)) is None else v for of in seen))
            for name in INTEGERS
        }
        words = {name: _encode(of(name) for of in seen) for name in WORDS}
        hdus = _encode(None if (v := of("hdus")) is None else tuple(map(_triple, v)) for of in seen)
        return cls([row.did for row in rows], [row.path for row in rows], floats, integers, words, hdus)

    def __len__(self) -> int:
        return len(self.dids)

    def value(self, name: str, index: int) -> Any:
        """Return one value, None where it is not known."""
        if name in self.floats:
            number = self.floats[name][index]
            return None if math.isnan(number) else number
        if name in self.integers:
            integer = self.integers[name][index]
            return None if integer == NO_INTEGER else integer
        return self.words[name].at(index)

    def present(self) -> list[int]:
        """Return the runs with a file."""
        reasons = self.words["reason"].codes
        return [i for i, path in enumerate(self.paths) if path is not None and reasons[i] < 0]

    def set_reasons(self, reasons: dict[int, str | None]) -> None:
        """Say of some runs why their files are not here; None where they are."""
        column = [reasons.get(i, self.words["reason"].at(i)) for i in range(len(self))]
        self.words["reason"] = _encode(column)

    def take(self, indices: Sequence[int]) -> Runs:
        """Return some of the runs."""
        return Runs(
            [self.dids[i] for i in indices],
            [self.paths[i] for i in indices],
            {name: array("d", (column[i] for i in indices)) for name, column in self.floats.items()},
            {name: array("q", (column[i] for i in indices)) for name, column in self.integers.items()},
            {
                name: Coded(c.values, array("i", (c.codes[i] for i in indices)))
                for name, c in self.words.items()
            },
            Coded(self.hdus.values, array("i", (self.hdus.codes[i] for i in indices))),
        )

    def row(self, index: int) -> Row:
        """Return one run as it was before packing."""
        names = [*FLOATS, *INTEGERS, *WORDS]
        observation = {name: self.value(name, index) for name in names}
        observation["hdus"] = self.hdus.at(index)
        return Row(
            self.dids[index],
            self.paths[index],
            observation,
            observation["reason"],
            observation["created"],
        )

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can carry; columns without a value stay behind."""
        return {
            "dids": self.dids,
            "paths": self.paths,
            "floats": {n: _pack(c) for n, c in self.floats.items() if not all(map(math.isnan, c))},
            "integers": {n: _pack(c) for n, c in self.integers.items() if any(v != NO_INTEGER for v in c)},
            "words": {n: [c.values, _pack(c.codes)] for n, c in self.words.items() if c.values},
            "hdus": [self.hdus.values, _pack(self.hdus.codes)],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Runs:
        count = len(data["dids"])
        floats, integers, words = data["floats"], data["integers"], data["words"]
        return cls(
            data["dids"],
            data["paths"],
            {n: _unpack("d", floats[n]) if n in floats else array("d", [math.nan]) * count for n in FLOATS},
            {
                n: _unpack("q", integers[n]) if n in integers else array("q", [NO_INTEGER]) * count
                for n in INTEGERS
            },
            {
                n: Coded(words[n][0], _unpack("i", words[n][1]))
                if n in words
                else Coded([], array("i", [-1]) * count)
                for n in WORDS
            },
            Coded([tuple(map(_triple, value)) for value in data["hdus"][0]], _unpack("i", data["hdus"][1])),
        )


def _triple(hdu: Any) -> tuple[str, str, str]:
    if isinstance(hdu, (list, tuple)):
        return (hdu[0], hdu[1], hdu[2])
    return (hdu.hdu_type, hdu.hdu_class, hdu.hdu_name)


def _attributes(row: Row) -> Any:
    """Return a function from a column's name to the row's value."""
    observation = row.observation
    known = observation if isinstance(observation, dict) else None

    def value(name: str) -> Any:
        if name == "reason":
            return row.reason
        if name == "created" and row.created is not None:
            return row.created
        return getattr(observation, name, None) if known is None else known.get(name)

    return value


def _pack(column: array[Any]) -> str:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return base64.b64encode(column.tobytes()).decode()


def _unpack(kind: str, text: str) -> array[Any]:
    column = array(kind)
    column.frombytes(base64.b64decode(text))
    if sys.byteorder == "big":
        column.byteswap()
    return column
