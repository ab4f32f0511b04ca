"""How long an attach takes, from the request to what the analyst can use, in a real kernel.

Run: ``.venv/bin/python benchmarks/attach.py [--runs 200] [--paths 100000]``
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from magic_rucio.attachments.payload import AttachRequest, encode_request
from magic_rucio.dl3 import read_observation
from magic_rucio.kernel.columns import Row, Runs

COMMAND = Path(sys.executable).with_name("magic-rucio")
REPEATS = 5
MEMORY = "int(open('/proc/self/statm').read().split()[1]) * 4096"
PEAK = "int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) * 1024"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=200)
    arguments.add_argument("--paths", type=int, default=100_000)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-attach-") as folder:
        lines = [
            *compare_data_stores(Path(folder) / "dl3", asked.runs),
            *measure_paths(Path(folder), asked.paths),
        ]
    print_table(lines)


def compare_data_stores(folder: Path, count: int) -> list[tuple[str, str, str, str]]:
    """Attach and make the `DataStore`; then gammapy's own way on the same files."""
    subprocess.run(
        [COMMAND, "sample", "dl3", "--runs", str(count), "--events", "500", str(folder)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    files = sorted(folder.rglob("*.fits"))
    rows = [Row(f"magic:{file.name}", str(file), read_observation(file)) for file in files]
    with Kernel() as kernel:
        kernel.value("__import__('gammapy.data') and 1")
        names = json.dumps([str(file) for file in files])
        kernel.run(f"import time, gammapy.data as _data; _files = {names}")

        def ours() -> None:
            kernel.attach(rows, overwrite=True)
            kernel.run("_store = crab.data_store")

        def theirs() -> None:
            kernel.run("_store = _data.DataStore.from_events_files(_files)")

        baseline, measured = best(theirs), best(ours)
        observations = best(lambda: kernel.run("_o = crab.observations()"))
        usable = kernel.value("len(_o)")
    assert usable == len(files), "every run must become an observation"
    return [
        line(f"from_events_files, {len(files)} runs", baseline, None, ""),
        line(f"attach + .data_store, {len(files)} runs", measured, baseline, "< 0.5 s, faster"),
        line(f".observations(), {len(files)} runs", observations, None, ""),
    ]


def measure_paths(folder: Path, count: int) -> list[tuple[str, str, str, str]]:
    """Attach many paths with full metadata, by the file and by pieces."""
    source = next((folder / "dl3").rglob("*.fits"))
    rows = many_rows(folder / "many", source, count)
    lines = []
    for label, spool in (("private file", folder / "spool"), ("pieces", None)):
        with Kernel() as kernel:
            before = kernel.value(MEMORY)
            began = time.perf_counter()
            kernel.attach(rows, spool=spool)
            seconds = time.perf_counter() - began
            held, peak = kernel.value(MEMORY) - before, kernel.value(PEAK) - before
            assert kernel.value("len(crab)") == count
        note = f"kernel +{held / 1e6:.0f} MB, peak +{peak / 1e6:.0f} MB"
        lines.append((f"attach {count} paths by {label}", f"{seconds:.2f} s", note, "< 2 s"))
    return lines


def many_rows(folder: Path, source: Path, count: int) -> list[Row]:
    """Make as many files as asked (links to one) in hashed folders, as Rucio lays them."""
    observation = read_observation(source)
    rows = []
    for number in range(count):
        place = folder / f"{number % 256:02x}" / f"{number // 256 % 256:02x}"
        if number < 65536:
            place.mkdir(parents=True)
        path = place / f"20131004_{number:08d}_DL3_CrabNebula-W0.40+035.fits"
        # One inode takes about 65 000 links on ext4: symbolic links have no such end.
        os.symlink(source, path)
        changed = {"obs_id": number, "tstart": 3.3e8 + 1200.0 * number, "livetime": 1100 + number % 97 / 7}
        rows.append(Row(f"magic:{path.name}", str(path), observation.model_copy(update=changed)))
    return rows


class Kernel:
    """A real ipykernel of this Python."""

    def __enter__(self) -> Kernel:
        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel(stderr=subprocess.DEVNULL)
        self._client: BlockingKernelClient = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    def run(self, code: str, expression: str = "1") -> Any:
        answer: Any = self._client.execute(
            code,
            silent=True,
            store_history=False,
            user_expressions={"r": expression},
            reply=True,
            timeout=120,
        )
        content = answer["content"]
        assert content["status"] == "ok", content
        return content["user_expressions"]["r"]["data"]

    def value(self, expression: str) -> Any:
        return json.loads(self.run("", expression)["text/plain"])

    def attach(self, rows: list[Row], *, overwrite: bool = False, spool: Path | None = None) -> None:
        """Do what the server and the browser do."""
        request = AttachRequest(
            request_id="r", key="k", variable="crab", runs=Runs.from_rows(rows), overwrite=overwrite
        )
        for step in encode_request(request, spool=spool)[0]:
            reply = self.run(step.code, step.expression)["application/json"]
            assert reply["ok"], reply


def best(work: Callable[[], object]) -> float:
    """Return the median time of a few runs, seconds."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def line(label: str, seconds: float, baseline: float | None, target: str) -> tuple[str, str, str, str]:
    ratio = f"{baseline / seconds:.1f} times faster" if baseline else ""
    return (label, f"{seconds:.3f} s", ratio, target)


def print_table(lines: list[tuple[str, str, str, str]]) -> None:
    rows = [("what", "time", "ratio / memory", "to reach"), *lines]
    widths = [max(len(row[k]) for row in rows) for k in range(4)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
