"""How long it takes to read what the headers of 10 000 DL3 files say; the baseline is astropy, all HDUs.

Run: ``.venv/bin/python benchmarks/header_reading.py [--files 10000]``

The files are sample runs of the usual size (about 370 kB), 200 of them under 10 000 names (hard links),
read once before so that both readers find them in the page cache. Both gather the same: the EVENTS keywords
that gammapy's observation index needs, and the class of each HDU.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from astropy.io import fits

from magic_rucio.dl3.batch import read_observations
from magic_rucio.dl3.models import Observation
from magic_rucio.sample.writing import write_dl3

DISTINCT = 200
TO_REACH = 10
KEYWORDS = (
    *("OBS_ID", "OBJECT", "RA_PNT", "DEC_PNT", "RA_OBJ", "DEC_OBJ", "ALT_PNT", "AZ_PNT", "TSTART", "TSTOP"),
    *("MJDREFI", "MJDREFF", "TIMESYS", "TIMEREF", "TIMEUNIT", "ONTIME", "LIVETIME", "DEADC", "NAXIS2"),
    *("TELESCOP", "INSTRUME", "CREATOR", "OBS_MODE"),
)
CLASSES = ("HDUCLAS1", "HDUCLAS2", "HDUCLAS3", "HDUCLAS4")


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--files", type=int, default=10_000)
    count = arguments.parse_args().files
    with tempfile.TemporaryDirectory(prefix="bench-headers-") as folder:
        print(f"writing {min(count, DISTINCT)} runs under {count} names ...", file=sys.stderr)
        paths = make_files(Path(folder), count)
        baseline = timed(with_astropy, paths)
        ours = timed(with_headers_only, paths)
    ratio = baseline / ours
    print(f"| header reading, {count} files | seconds | ms a file | times faster |")
    print("|---|---|---|---|")
    print(f"| astropy, all HDUs (baseline) | {baseline:.2f} | {1e3 * baseline / count:.3f} | 1 |")
    print(f"| magic_rucio.dl3 | {ours:.2f} | {1e3 * ours / count:.3f} | {ratio:.1f} |")
    if ratio < TO_REACH:
        sys.exit(f"below the {TO_REACH} times to reach")


def make_files(folder: Path, count: int) -> list[Path]:
    runs = list(write_dl3(folder / "runs", runs=min(count, DISTINCT)))
    names = folder / "names"
    names.mkdir()
    paths = [names / f"{number:06d}.fits" for number in range(count)]
    for number, path in enumerate(paths):
        os.link(runs[number % len(runs)], path)
    for run in runs:
        run.read_bytes()
    return paths


def with_astropy(paths: Sequence[Path]) -> int:
    gathered: list[tuple[list[Any], list[tuple[Any, ...]]]] = []
    for path in paths:
        with fits.open(path) as hdus:
            events = hdus["EVENTS"].header
            classes = [(hdu.name, *(hdu.header.get(keyword) for keyword in CLASSES)) for hdu in hdus]
            gathered.append(([events.get(keyword) for keyword in KEYWORDS], classes))
    return len(gathered)


def with_headers_only(paths: Sequence[Path]) -> int:
    return sum(isinstance(result, Observation) for _, result in read_observations(paths))


def timed(read: Callable[[Sequence[Path]], int], paths: Sequence[Path]) -> float:
    read(paths[:100])
    start = time.perf_counter()
    found = read(paths)
    took = time.perf_counter() - start
    if found != len(paths):
        sys.exit(f"only {found} of {len(paths)} files could be read")
    return took


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
