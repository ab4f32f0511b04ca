"""An archive of made-up runs in a real Rucio, for the catalogue's benchmarks: names, metadata, replicas.

No file is written: neither Rucio's answers nor the catalogue depend on the bytes.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from magic_rucio.config import RucioInstance
from magic_rucio.rucio.authentication import token_for_password
from magic_rucio.rucio.client import RucioClient
from magic_rucio.rucio.records import Did

BATCH = 1000
AT_ONCE = 3
ORIGIN, DESTINATION = "ORM-DL3", "PIC-DCACHE"
TARGETS = 60
HDUS = (
    "events/events/EVENTS;gti/gti/GTI;rad_max/rad_max_2d/RAD_MAX;"
    "aeff/aeff_2d/EFFECTIVE AREA;edisp/edisp_2d/ENERGY DISPERSION"
)


@dataclass(slots=True)
class Archive:
    """A scope full of runs, and two accounts: one that reads it, one that may change it."""

    reader: RucioClient
    writer: RucioClient
    scope: str
    runs: int
    password: str
    """Of the reader."""

    async def change(self, count: int) -> None:
        """Change a few: half of them new runs, half with other metadata."""
        half = count // 2
        await self.writer.add_replicas(ORIGIN, [made_up_run(self.scope, self.runs + i) for i in range(half)])
        changed = [made_up_run(self.scope, i) for i in range(count - half)]
        await self.writer.set_metadata_bulk(
            {Did(self.scope, run["name"]): {"livetime": run["meta"]["livetime"] + 1.5} for run in changed}
        )
        self.runs += half


def add_archive_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which Rucio, and how many runs."""
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--rucio", help="address; default: the running sandbox")
    parser.add_argument("--password", help="of the accounts `mover` and `analyst1`; default: the sandbox's")
    parser.add_argument("--scope", help="default: bench-<runs>; made and filled where it is not there")


@asynccontextmanager
async def open_archive(asked: argparse.Namespace) -> AsyncIterator[Archive]:
    """Sign in, and register what is missing of the archive."""
    address, passwords = asked.rucio, {"mover": asked.password, "analyst1": asked.password}
    if address is None:
        from magic_rucio.sandbox.description import read_sandbox

        sandbox = read_sandbox()
        address = sandbox.rucio_url
        passwords = {account: sandbox.password(account) for account in passwords}
    instance = RucioInstance(rucio_url=address)

    async def sign_in(account: str) -> RucioClient:
        token = await token_for_password(
            instance, account=account, username=account, password=passwords[account]
        )
        return RucioClient(instance, token.text, timeout=120.0)

    async with await sign_in("analyst1") as reader, await sign_in("mover") as writer:
        archive = Archive(
            reader, writer, asked.scope or f"bench-{asked.runs}", asked.runs, passwords["analyst1"]
        )
        await _fill(archive)
        yield archive


async def _fill(archive: Archive) -> None:
    if archive.scope not in await archive.reader.list_scopes():
        await archive.writer.add_scope("mover", archive.scope)
    search = archive.reader.search_dids(archive.scope, {"name": "*"}, long=False)
    there = {record.name async for record in search}
    runs = [made_up_run(archive.scope, number) for number in range(archive.runs)]
    missing = [run for run in runs if run["name"] not in there]
    archive.runs = max(archive.runs, len(there) + len(missing))
    batches = iter([missing[begin : begin + BATCH] for begin in range(0, len(missing), BATCH)])
    done, begun = 0, time.monotonic()

    async def work() -> None:
        nonlocal done
        for batch in batches:
            await archive.writer.add_replicas(ORIGIN, batch)
            here = [run for run in batch if run["meta"]["obs_id"] % 5 < 3]
            await archive.writer.add_replicas(
                DESTINATION,
                [{key: run[key] for key in ("scope", "name", "bytes", "adler32")} for run in here],
            )
            done += len(batch)
            print(f"registered {done} of {len(missing)} runs, {time.monotonic() - begun:.0f} s", flush=True)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())
    await _collect(archive, runs)


async def _collect(archive: Archive, runs: list[dict[str, Any]]) -> None:
    """A dataset a target, filled; those that are there stay as they are."""
    search = archive.reader.search_dids(archive.scope, {"name": "*"}, did_type="dataset", long=False)
    there = {record.name async for record in search}
    by_target: dict[str, list[Did]] = {}
    for run in runs:
        by_target.setdefault(run["meta"]["target"], []).append(Did(archive.scope, run["name"]))
    for target, dids in by_target.items():
        if f"DL3/{target}" not in there:
            await archive.writer.add_dataset(Did(archive.scope, f"DL3/{target}"))
            await archive.writer.attach(Did(archive.scope, f"DL3/{target}"), dids)


def made_up_run(scope: str, number: int) -> dict[str, Any]:
    """The same run for the same number, as `POST /replicas` takes it."""
    dice = random.Random(number)
    source = min(int(dice.expovariate(0.08)), TARGETS - 1)
    ra, dec = (source * 53.7) % 360, (source * 17.3) % 100 - 20
    target = "CrabNebula" if source == 0 else f"MAGICJ{source:04d}+{source:02d}"
    night = f"{dice.randint(2013, 2024)}-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}"
    run = 5_000_000 + number
    angle = dice.choice((35, 125, 215, 305))
    zenith, livetime = dice.uniform(5, 62), dice.uniform(300, 1200)
    start = 333_000_000.0 + number * 1250
    file = f"{night.replace('-', '')}_{run:08d}_DL3_{target}-W0.40+{angle:03d}.fits"
    size = dice.randint(200_000, 380_000)
    meta = {
        "level": "DL3",
        "hdus": HDUS,
        "obs_id": run,
        "target": target,
        "night": night,
        "ra_obj": ra,
        "dec_obj": dec,
        "ra_pnt": ra,
        "dec_pnt": dec + 0.4,
        "alt_pnt": 90 - zenith,
        "zen_pnt": zenith,
        "az_pnt": dice.uniform(0, 360),
        "tstart": start,
        "tstop": start + livetime * 1.01,
        "mjdrefi": 52706,
        "mjdreff": 0.0,
        "timesys": "UTC",
        "timeref": "local",
        "timeunit": "s",
        "date_start": f"{night}T02:{number % 60:02d}:00.000Z",
        "date_stop": f"{night}T03:{number % 60:02d}:00.000Z",
        "ontime": livetime * 1.01,
        "livetime": livetime,
        "deadc": 0.99,
        "event_count": dice.randint(4000, 15000),
        "telescope": "MAGIC",
        "instrument": "MAGIC stereo",
        "creator": "MAGIC_DL3",
        "creator_version": dice.choice(("0.1.8", "0.2.0")),
        "obs_mode": "POINTING",
        "irf_type": "point-like",
        "rad_max": dice.choice(("table", "keyword")),
        "lo_thres": dice.uniform(0.05, 0.2),
        "wobble_offset": 0.4,
        "wobble_angle": float(angle),
        "file_bytes": size,
    }
    folder = f"DL3/{target}/{night.replace('-', '_')}/{run:08d}"
    return {
        "scope": scope,
        "name": f"{folder}/{file}",
        "bytes": size,
        "adler32": f"{dice.getrandbits(32):08x}",
        "meta": meta,
    }


def print_table(rows: list[tuple[str, float | None, float | None, str]]) -> None:
    """Print what was measured (seconds), its ratio to the baseline, and what was to be reached."""
    print(f"\n{'what':<52}{'time':>12}{'ratio':>12}   to reach")
    for what, seconds, baseline, goal in rows:
        shown = "-" if seconds is None else f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.1f} ms"
        ratio = f"{baseline / seconds:.1f} x" if baseline and seconds else ""
        print(f"{what:<52}{shown:>12}{ratio:>12}   {goal}")
