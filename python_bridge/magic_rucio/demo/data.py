"""What the demo puts into Rucio: runs of several targets, some at PIC-DCACHE, the rest elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from magic_rucio.config import RucioInstance
from magic_rucio.errors import InvalidInputError, UnreachableError
from magic_rucio.naming import RefusedNameError, parse_file_name
from magic_rucio.publishing.service import publish
from magic_rucio.rucio import Did, RucioClient
from magic_rucio.rucio.errors import DuplicateRuleError
from magic_rucio.sample.writing import write_dl3

SCOPE = "magic-dl3"
ELSEWHERE = "ORM-DL3"
AT_PIC = Did(SCOPE, "demo/at-PIC")
"""What the demo's own rule brings there."""
EXAMPLE = Did(SCOPE, "demo/CrabNebula-at-PIC")
"""The runs of the example notebook: one target, for one spectrum."""

SHARE_AT_PIC = 0.6
"""Of the runs of each target; the rest are there to be replicated by whoever tries the demo."""

ARRIVE_SECONDS = 120.0

Say = Callable[[str], None]


def sample_files(folder: Path, *, runs: int, events: int, say: Say) -> list[Path]:
    """Write synthetic runs, once: a second start finds them."""
    done = folder / f".{runs}-runs-of-{events}-events"
    if not done.exists():
        written = 0
        for written, _ in enumerate(write_dl3(folder, runs=runs, events=events, force=True), 1):
            if written % 6 == 0 or written == runs:
                say(f"writing synthetic runs: {written} of {runs}")
        done.touch()
    return sorted(folder.glob("*_DL3_*.fits"))


def real_files(folder: Path) -> list[Path]:
    """Return the DL3 files of a user's folder.

    Raises
    ------
    InvalidInputError
        Where there are none.
    """
    found = sorted(p for p in folder.expanduser().rglob("*") if p.name.endswith((".fits", ".fits.gz")))
    if not found:
        raise InvalidInputError(
            f"There are no FITS files in {folder}.", advice="Name a folder with DL3 files."
        )
    return found


def by_target(files: Sequence[Path]) -> dict[str, list[Path]]:
    """Group files by the source in their name; what does not parse comes last, together."""
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in files:
        try:
            groups[parse_file_name(path.name).source or "runs"].append(path)
        except RefusedNameError:
            groups["runs"].append(path)
    return dict(groups)


async def fill(
    instance: RucioInstance, token: str, files: Sequence[Path], *, everything_at_pic: bool, say: Say
) -> None:
    """Publish the files, and have some of them brought to PIC-DCACHE by a rule."""
    async with RucioClient(instance, token, timeout=60) as client:
        groups = by_target(files)
        for number, (target, paths) in enumerate(groups.items(), 1):
            say(f"publishing {target}: {len(paths)} runs ({number} of {len(groups)} targets)")
            await _publish(client, paths, Did(SCOPE, f"demo/{target}"))
        share = 1.0 if everything_at_pic else SHARE_AT_PIC
        wanted = {target: paths[: max(1, round(len(paths) * share))] for target, paths in groups.items()}
        await _publish(client, [path for paths in wanted.values() for path in paths], AT_PIC)
        await _publish(client, wanted.get("CrabNebula") or next(iter(wanted.values())), EXAMPLE)
        await _bring(client, instance.destination_rse, say)


async def _publish(client: RucioClient, paths: Sequence[Path], dataset: Did) -> None:
    report = await publish(paths, dataset=dataset, rse=ELSEWHERE, client=client)
    for file in report.files:
        if file.problem is not None:
            raise InvalidInputError(
                f"{file.path} cannot be published: {file.problem.message}", advice=file.problem.advice
            )


async def _bring(client: RucioClient, rse: str, say: Say) -> None:
    """Make a rule at PIC-DCACHE and wait until it is served: real transfers of real bytes."""
    account = await client.whoami()
    try:
        [rule_id] = await client.add_rule([AT_PIC], rse, account=account)
    except DuplicateRuleError:
        return
    deadline = time.monotonic() + ARRIVE_SECONDS
    while time.monotonic() < deadline:
        rule = await client.rule(rule_id)
        total = rule.locks_ok_cnt + rule.locks_replicating_cnt + rule.locks_stuck_cnt
        say(f"transferring runs to {rse}: {rule.locks_ok_cnt} of {total}")
        if rule.state == "OK":
            return
        await asyncio.sleep(1)
    raise UnreachableError(
        f"The transfers to {rse} did not end in {ARRIVE_SECONDS:.0f} s.",
        advice="Look at `magic-rucio sandbox status`.",
    )
