"""Many runs as columns: eight bytes a number, each repeated word once; in memory and on the wire."""

from __future__ import annotations

import json
import math
import sys
from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate
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

OBSERVED = (*FLOATS, *INTEGERS, *WORDS, "hdus")

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


def _encode(values: Sequence[Any]) -> Coded:
    known = [value for value in dict.fromkeys(values) if value is not None]
    codes = {value: code for code, value in enumerate(known)}
    codes[None] = -1
    return Coded(known, array("i", map(codes.__getitem__, values)))


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
        known = [_attributes(row.observation) for row in rows]
        column: dict[str, list[Any]] = {name: [k.get(name) for k in known] for name in OBSERVED}
        column["created"] = [
            k if row.created is None else row.created
            for row, k in zip(rows, column["created"])  # noqa: B905 (Python 3.9)
        ]
        column["reason"] = [row.reason for row in rows]
        # Few different lists of HDUs, often the very same object: each is looked at once.
        lists = {key: _hdus(value) for key, value in {id(value): value for value in column["hdus"]}.items()}
        return cls(
            [row.did for row in rows],
            [row.path for row in rows],
            {name: _numbers("d", column[name], math.nan) for name in FLOATS},
            {name: _numbers("q", column[name], NO_INTEGER) for name in INTEGERS},
            {name: _encode(column[name]) for name in WORDS},
            _encode([lists[id(value)] for value in column["hdus"]]),
        )

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

    def to_bytes(self) -> bytes:
        """Return what travels: a JSON head, then the columns' bytes; columns without a value stay behind."""
        blobs: list[bytes] = []

        def put(column: array[Any]) -> int:
            if len(column) > 1 and column.count(column[0]) == len(column):
                # One telescope, one clock, one creator: said once.
                column = column[:1]
            blobs.append(_little_endian(column).tobytes())
            return len(blobs) - 1

        head = {
            "dids": self.dids,
            "paths": self.paths,
            "floats": {n: put(c) for n, c in self.floats.items() if not all(map(math.isnan, c))},
            "integers": {n: put(c) for n, c in self.integers.items() if c.count(NO_INTEGER) < len(c)},
            "words": {n: [c.values, put(c.codes)] for n, c in self.words.items() if c.values},
            "hdus": [self.hdus.values, put(self.hdus.codes)],
        }
        text = json.dumps({**head, "sizes": list(map(len, blobs))}, separators=(",", ":")).encode()
        return b"".join((len(text).to_bytes(8, "little"), text, *blobs))

    @classmethod
    def from_bytes(cls, data: bytes) -> Runs:
        """Read what `to_bytes` wrote."""
        view = memoryview(data)
        position = 8 + int.from_bytes(view[:8], "little")
        head = json.loads(bytes(view[8:position]))
        ends = list(accumulate(head["sizes"], initial=position))
        count = len(head["dids"])

        def get(kind: str, blob: int | None, nothing: float) -> array[Any]:
            if blob is None:
                return array(kind, [nothing]) * count
            column = array(kind)
            column.frombytes(view[ends[blob] : ends[blob + 1]])
            return _little_endian(column if len(column) == count else column * count)

        floats, integers, words = head["floats"], head["integers"], head["words"]
        known_hdus = [tuple(map(_triple, value)) for value in head["hdus"][0]]
        return cls(
            head["dids"],
            head["paths"],
            {n: get("d", floats.get(n), math.nan) for n in FLOATS},
            {n: get("q", integers.get(n), NO_INTEGER) for n in INTEGERS},
            {n: Coded((w := words.get(n, ([], None)))[0], get("i", w[1], -1)) for n in WORDS},
            Coded(known_hdus, get("i", head["hdus"][1], -1)),
        )


def _hdus(value: Any) -> Hdus | None:
    return None if value is None else tuple(map(_triple, value))


def _triple(hdu: Any) -> tuple[str, str, str]:
    if isinstance(hdu, (list, tuple)):
        return (hdu[0], hdu[1], hdu[2])
    return (hdu.hdu_type, hdu.hdu_class, hdu.hdu_name)


def _attributes(observation: Any) -> dict[str, Any]:
    if observation is None or isinstance(observation, dict):
        return observation or {}
    try:
        attributes: dict[str, Any] = vars(observation)
    except TypeError:
        # Slots instead of a dictionary.
        return {name: getattr(observation, name, None) for name in OBSERVED}
    return attributes


def _numbers(kind: str, values: Sequence[Any], nothing: float) -> array[Any]:
    return array(kind, [nothing if value is None else value for value in values])


def _little_endian(column: array[Any]) -> array[Any]:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column
