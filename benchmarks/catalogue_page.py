"""Pages of 200 runs, filtered and sorted, through a real Jupyter server; against one Rucio search of all.

Run: ``.venv/bin/python benchmarks/catalogue_page.py [--runs 100000]``; it needs a running sandbox, or
``--rucio URL --password WORD`` of another Rucio with the sandbox's accounts.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import secrets
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from catalogue_archive import Archive, add_archive_arguments, open_archive, print_table

from magic_rucio.rucio.authentication import token_for_password

LONGEST_SYNC = 900.0
REPEATS = 4

FILTERS: tuple[dict[str, str], ...] = (
    {},
    {"text": "crab"},
    {"text": "nebula 2019"},
    {"targets": "CrabNebula"},
    {"zenith_max": "30"},
    {"zenith_min": "20", "livetime_min": "600", "irf_types": "point-like-rad-max"},
    {"night_from": "2019-01-01", "night_to": "2019-12-31"},
    {"availabilities": "at-destination"},
    {"ra": "53.7", "dec": "-2.7", "radius": "2"},
    {"dataset": "SCOPE:DL3/CrabNebula"},
    {"runs": "5000100"},
)
SORTS = ("night", "zenith", "target", "livetime", "event_rate", "did")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_archive_arguments(parser)
    asyncio.run(bench(parser.parse_args()))


async def bench(asked: argparse.Namespace) -> None:
    async with open_archive(asked) as archive:
        with tempfile.TemporaryDirectory(prefix="bench-page-") as folder:
            async with jupyter_server(archive, Path(folder)) as client:
                await synced(client)
                search, search_bytes = await search_all(archive)
                first, later, sizes = await pages(client, archive.scope)
                facets = await timed_get(client, "facets?zenith_max=35")
                facets_again = await timed_get(client, "facets?zenith_max=35")
    everything = sorted(first + later)
    p95 = everything[int(len(everything) * 0.95)]
    size = statistics.fmean(sizes)
    print_table(
        [
            (f"one Rucio search of {archive.runs} runs", search, None, f"{search_bytes / 1e6:.1f} MB"),
            ("a page of 200, median", statistics.median(everything), search, ">= 20 times faster"),
            ("a page of 200, p95", p95, search, "< 50 ms"),
            ("first page of a new filter, median", statistics.median(first), search, ""),
            ("facets of a new filter", facets, None, "< 100 ms or kept"),
            ("facets again", facets_again, None, ""),
        ]
    )
    print(f"{'bytes of a page':<52}{size / 1e3:>9.1f} kB{search_bytes / size:>10.1f} x   >= 50 times fewer")
    print(f"({len(everything)} pages: {len(FILTERS)} filters, {len(SORTS)} orders, {REPEATS} in a row)")


async def pages(client: httpx.AsyncClient, scope: str) -> tuple[list[float], list[float], list[int]]:
    """Go through the first pages of every filter in every order; seconds of first and later ones, bytes."""
    first, later, sizes = [], [], []
    for wanted, sort in itertools.product(FILTERS, SORTS):
        query = {key: value.replace("SCOPE", scope) for key, value in wanted.items()}
        query |= {"sort": sort, "limit": "200"}
        for number in range(REPEATS):
            begun = time.perf_counter()
            response = await client.get("runs", params=query)
            seconds = time.perf_counter() - begun
            response.raise_for_status()
            (later if number else first).append(seconds)
            page = response.json()
            if len(page["runs"]) == 200:
                sizes.append(len(response.content))
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]
    return first, later, sizes


async def search_all(archive: Archive) -> tuple[float, int]:
    """What a client without an index does: ask for everything, then pick a page. Seconds, bytes."""
    begun, size = time.perf_counter(), 0
    found = archive.reader.search_dids(archive.scope, {"name": "*"}, long=True)
    async for record in found:
        # As Rucio writes it: one JSON object a line.
        size += len(
            json.dumps({**record.model_dump(exclude_none=True), "length": None, "bytes": record.bytes})
        )
    return time.perf_counter() - begun, size


async def timed_get(client: httpx.AsyncClient, path: str) -> float:
    begun = time.perf_counter()
    (await client.get(path)).raise_for_status()
    return time.perf_counter() - begun


async def synced(client: httpx.AsyncClient) -> None:
    """Wait for the first sync."""
    deadline = time.monotonic() + LONGEST_SYNC
    while time.monotonic() < deadline:
        fresh = (await client.get("runs", params={"limit": "1"})).json()["freshness"]
        if fresh["state"] == "fresh" and not fresh["syncing"]:
            return
        print(f"first sync: {(fresh['progress'] or 0) * 100:.0f} %", flush=True)
        await asyncio.sleep(5)
    raise TimeoutError("the first sync takes too long")


@asynccontextmanager
async def jupyter_server(archive: Archive, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A Jupyter server with the extension, signed in to Rucio by a token in its environment."""
    instance = archive.reader.instance
    issued = await token_for_password(
        instance, account="analyst1", username="analyst1", password=archive.password
    )
    config = folder / "config.toml"
    config.write_text(
        f'data_dir = "{folder}/data"\nsync_interval_seconds = 3600\n[[instances]]\n'
        f'rucio_url = "{instance.rucio_url}"\nscopes = ["{archive.scope}"]\n'
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    word = secrets.token_hex(16)
    command = [
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--port={port}"),
        *(
            "--ServerApp.jpserver_extensions={'magic_rucio.jupyter': True}",
            f"--IdentityProvider.token={word}",
        ),
        *(f"--ServerApp.root_dir={folder}", "--ServerApp.port_retries=0"),
    ]
    environment = {
        **os.environ,
        "MAGIC_RUCIO_CONFIG": str(config),
        "MAGIC_RUCIO_TOKEN": issued.text,
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
    with (folder / "server.log").open("wb") as log:
        server = await asyncio.create_subprocess_exec(*command, env=environment, stdout=log, stderr=log)
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}/magic-rucio/api/",
            headers={"Authorization": f"token {word}"},
            timeout=60,
        ) as client:
            await answering(client, server, folder / "server.log")
            yield client
    finally:
        server.terminate()
        async with asyncio.timeout(20):
            await server.wait()


async def answering(client: httpx.AsyncClient, server: asyncio.subprocess.Process, log: Path) -> None:
    for _ in range(200):
        if server.returncode is not None:
            break
        try:
            if (await client.get("runs", params={"limit": "1"})).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.2)
    words = await asyncio.to_thread(log.read_text, errors="replace")
    raise RuntimeError(f"the Jupyter server does not answer:\n{words[-3000:]}")


if __name__ == "__main__":
    main()
