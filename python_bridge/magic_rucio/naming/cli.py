"""`magic-rucio name`: takes MAGIC file names apart, one JSON object a line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated, BinaryIO

import typer

from magic_rucio.errors import MagicRucioError
from magic_rucio.naming.errors import RefusedNameError
from magic_rucio.naming.forms import parse_file_name
from magic_rucio.naming.models import MagicName
from magic_rucio.naming.namespace import parse_rucio_name, rucio_name
from magic_rucio.naming.nights import night_warning
from magic_rucio.naming.schemas import SCHEMAS, NameSchema

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_BLOCK = 1 << 16
"""Bytes; a call for each of millions of names would cost."""

_as_json = json.JSONEncoder(check_circular=False).encode

_LONGEST = 1 << 16
"""A line without an end must not fill the memory; no path is that long."""


class SchemaId(StrEnum):
    """The Rucio policies that names can be made for."""

    pic = "pic"
    generic = "generic"


# Unknown options are taken as names: a file name may begin with a dash.
@app.command(context_settings={"ignore_unknown_options": True})
def name(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="File names, paths (the last component is the name) or Rucio names;"
            " none: read them from standard input, one a line.",
        ),
    ] = None,
    schema: Annotated[
        SchemaId, typer.Option(help="Names for PIC's Rucio (takes +) or the generic one (does not).")
    ] = SchemaId.pic,
    null: Annotated[
        bool, typer.Option("--null", "-0", help="Names on standard input end in NUL, as find -print0 does.")
    ] = False,
) -> None:
    """Take MAGIC file names apart, one JSON object a line.

    Keys: name (as given), file, level, telescope, source, night, run, subrun, type, wobble_offset and
    wobble_angle (degrees), rucio_name; null where the name does not say. What does not parse gives
    name and error, and exit status 1. A folder of another night gives a warning.
    """
    if names is None and (sys.stdin is None or sys.stdin.isatty()):
        raise typer.BadParameter("Give names, or write them to standard input.")
    blocks = [names] if names else _read(sys.stdin.buffer, b"\0" if null else b"\n")
    failed = False
    for block in blocks:
        records = list(_records(block, SCHEMAS[schema.value]))
        failed = failed or any("error" in record for record in records)
        _write("".join(f"{_as_json(record)}\n" for record in records))
    if failed:
        raise SystemExit(1)


def _records(names: Iterable[str], schema: NameSchema) -> Iterator[dict[str, object]]:
    for given in names:
        record: dict[str, object] = {"name": _printable(given)}
        try:
            found = _parse(given)
            record |= _fields(found)
            record["rucio_name"] = rucio_name(found, schema)
        except RefusedNameError as error:
            yield {"name": record["name"], "error": error.message}
            continue
        if warning := night_warning(found, given):
            record["warning"] = warning
        yield record


def _parse(given: str) -> MagicName:
    """A name of four slashes may be a Rucio name: that says more than its file name alone."""
    if given.count("/") == 4:
        try:
            return parse_rucio_name(given.rpartition(":")[2])
        except RefusedNameError:
            pass  # a path that happens to be as deep
    return parse_file_name(given)


def _fields(found: MagicName) -> dict[str, object]:
    fields = found._asdict()
    fields["night"] = None if found.night is None else found.night.isoformat()
    return fields


def _printable(given: str) -> str:
    """Bytes that are not UTF-8 as \\xNN: lone surrogates are not valid JSON for every reader."""
    return os.fsencode(given).decode("utf-8", "backslashreplace")


def _read(stream: BinaryIO, end: bytes) -> Iterator[list[str]]:
    """Names as they arrive, a block at a time."""
    rest = b""
    descriptor = stream.fileno()
    while block := os.read(descriptor, _BLOCK):
        *whole, rest = (rest[:_LONGEST] + block).split(end)
        yield [os.fsdecode(name) for name in whole]
    if rest:
        yield [os.fsdecode(rest)]


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise  # the reader has enough (`| head`): typer ends quietly
    except OSError as error:
        raise MagicRucioError(f"The output cannot be written: {error.strerror}.") from None
