"""From a selection to the code that attaches it in a kernel."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from magic_rucio.attachments import code_cells
from magic_rucio.attachments.models import (
    AttachPaths,
    AttachPlan,
    AttachPlanRequest,
    CodeCell,
    CodeCellRequest,
    DuplicateRun,
    KernelCode,
    KernelOperation,
    KernelRequest,
    MissingRun,
    NotebookDocument,
)
from magic_rucio.attachments.mounts import MountLooks
from magic_rucio.attachments.paths import local_path
from magic_rucio.attachments.payload import AttachRequest, encode_operation, encode_request
from magic_rucio.attachments.resolve import Expected, duplicated, look
from magic_rucio.catalogue.models import (
    Availability,
    CheckReply,
    DatasetSelection,
    DidSelection,
    Selection,
    SelectionSummary,
)
from magic_rucio.catalogue.selections import SelectedRow
from magic_rucio.config import RucioInstance
from magic_rucio.errors import ConflictError
from magic_rucio.kernel.columns import Row, Runs

MOST_NAMED = 1000
"""Missing runs and DIDs named in an answer; beyond it only their number."""

MOST_CHECKED = 1000
"""Runs asked of Rucio in one call before an attach."""

MOST_CALLS = 20
"""Of these; a selection that is larger still has the index's word for the rest."""

LOOK_SECONDS = 60.0
"""A mount that hangs must not hold the request for ever."""


class Catalogue(Protocol):
    """What attachments need of the catalogue."""

    async def selected_rows(self, selection: Selection) -> Sequence[SelectedRow]: ...
    async def summary(self, selection: Selection) -> SelectionSummary: ...
    async def check(self, dids: Sequence[str]) -> CheckReply: ...


class Cache(Protocol):
    """What attachments need of download mode."""

    def cached_path(self, did: str, size: int, adler32: str | None) -> Path | None: ...


@dataclass(frozen=True, slots=True)
class _Resolved:
    rows: list[SelectedRow]
    paths: dict[str, str | None]
    missing: dict[str, MissingRun]


class AttachmentService:
    """Attachments of one account on one instance.

    Parameters
    ----------
    spool : Path
        A private folder by which big payloads reach kernels of this machine.
    """

    def __init__(self, *, instance: RucioInstance, catalogue: Catalogue, cache: Cache, spool: Path) -> None:
        self._instance = instance
        self._catalogue = catalogue
        self._cache = cache
        self._spool = spool
        self._looks = MountLooks()

    async def plan(self, request: AttachPlanRequest) -> AttachPlan:
        """Say which runs could be attached now, each path looked at."""
        mode = request.mode or self._instance.mode
        resolved = await self._resolve(request.selection, mode)
        missing = list(resolved.missing.values())
        several = duplicated({row.did: row.run for row in resolved.rows})
        absent = [row for row in resolved.rows if row.did in resolved.missing]
        to_move = [row for row in absent if resolved.missing[row.did].reason == "not-replicated"]
        summary = await self._catalogue.summary(request.selection)
        return AttachPlan(
            ready=len(resolved.rows) - len(absent),
            missing=missing[:MOST_NAMED],
            missing_total=len(missing),
            duplicates=[DuplicateRun(run=run, dids=dids) for run, dids in several.items()][:MOST_NAMED],
            bytes=sum(row.bytes for row in resolved.rows),
            bytes_to_move=sum(row.bytes for row in to_move),
            proposed_variable=summary.proposed_variable,
            mode=mode,
        )

    async def paths(self, request: AttachPlanRequest) -> AttachPaths:
        """Return where the files are, for kernels that are not Python and for other programs."""
        resolved = await self._resolve(request.selection, request.mode or self._instance.mode)
        found = (resolved.paths[row.did] for row in resolved.rows)
        return AttachPaths(paths=[path for path in found if path], missing_total=len(resolved.missing))

    async def kernel_code(self, request: KernelRequest) -> KernelCode:
        """Make the steps that attach a selection.

        Raises
        ------
        ConflictError
            Where runs are missing and `partial` was not asked for, or the selection is empty. With
            `partial` all may be missing: an attachment comes back before its mount does.
        """
        resolved = await self._resolve(request.selection, request.mode or self._instance.mode)
        missing = list(resolved.missing.values())
        if not resolved.rows and not missing:
            raise ConflictError(
                "The selection holds no runs that are known here.",
                code="nothing-selected",
                advice="Look at the catalogue: it may not have been read from Rucio yet.",
            )
        if missing and not request.partial:
            gone = sum(one.reason == "gone" for one in missing)
            raise _runs_missing(missing, len(resolved.rows) + gone)
        return await asyncio.to_thread(self._encode, request, resolved)

    async def operation(self, request: KernelOperation) -> KernelCode:
        """Make the step for something that needs no runs."""
        step = encode_operation(
            request.operation,
            request.request_id,
            variable=request.variable,
            new_variable=request.new_variable,
            overwrite=request.overwrite,
        )
        return KernelCode(
            request_id=request.request_id,
            steps=[step],
            attached=0,
            missing=[],
            missing_total=0,
            dids=[],
            digest="",
        )

    async def code_cell(self, request: CodeCellRequest) -> CodeCell:
        """Make a cell that attaches by DID, for notebooks that run headless."""
        dids = await self._dids(request.selection)
        return CodeCell(source=code_cells.insert_code(dids, request.variable, instance=self._instance.id))

    async def notebook(self, request: CodeCellRequest) -> NotebookDocument:
        """Make a notebook with a whole analysis of the selection."""
        dids = await self._dids(request.selection)
        made = code_cells.analysis_notebook(dids, request.variable, instance=self._instance.id)
        return NotebookDocument(
            file_name=code_cells.file_name(request.variable), content=code_cells.as_text(made)
        )

    def _encode(self, request: KernelRequest, resolved: _Resolved) -> KernelCode:
        runs = Runs.from_rows(
            Row(
                row.did,
                resolved.paths[row.did],
                row.observation,
                resolved.missing[row.did].message if row.did in resolved.missing else None,
                _seconds(row.created_at),
            )
            for row in resolved.rows
        )
        steps, digest = encode_request(
            AttachRequest(
                request_id=request.request_id,
                key=request.key,
                variable=request.variable,
                runs=runs,
                overwrite=request.overwrite,
                duplicates=request.duplicates,
            ),
            spool=self._spool if request.kernel_shares_files else None,
        )
        missing = list(resolved.missing.values())
        return KernelCode(
            request_id=request.request_id,
            steps=steps,
            attached=len(resolved.rows) - sum(row.did in resolved.missing for row in resolved.rows),
            missing=missing[:MOST_NAMED],
            missing_total=len(missing),
            dids=[row.did for row in resolved.rows] if len(resolved.rows) <= MOST_NAMED else [],
            digest=digest,
        )

    async def _resolve(self, selection: Selection, mode: Literal["replica", "download"]) -> _Resolved:
        rows = list(await self._catalogue.selected_rows(selection))
        if mode == "replica":
            rows = await self._refreshed(selection, rows)
        resolve = self._on_mount if mode == "replica" else self._in_cache
        paths, missing = await self._looks.run(
            functools.partial(resolve, rows), seconds=LOOK_SECONDS, what=f"{len(rows)} files"
        )
        known = {row.did for row in rows}
        if isinstance(selection, DidSelection):
            for did in selection.dids:
                if did not in known:
                    missing[did] = MissingRun(
                        did=did, reason="gone", path=None, message="Rucio no longer knows it."
                    )
        return _Resolved(rows, paths, missing)

    async def _refreshed(self, selection: Selection, rows: list[SelectedRow]) -> list[SelectedRow]:
        """Ask Rucio about runs that the index does not have at the destination: it may be late.

        Runs that were replicated together arrive together: where none of a thousand has arrived, the index
        is not late, and the rest is not asked for.
        """
        late = [row.did for row in rows if row.availability is not Availability.AT_DESTINATION]
        arrived = False
        for start in range(0, min(len(late), MOST_CHECKED * MOST_CALLS), MOST_CHECKED):
            reply = await self._catalogue.check(late[start : start + MOST_CHECKED])
            changed = [run.availability is Availability.AT_DESTINATION for run in reply.runs]
            arrived = arrived or any(changed) or bool(reply.gone)
            if not reply.reachable or not any(changed):
                break
        return list(await self._catalogue.selected_rows(selection)) if arrived else rows

    def _on_mount(self, rows: list[SelectedRow]) -> tuple[dict[str, str | None], dict[str, MissingRun]]:
        rse = self._instance.destination_rse
        expected = [
            Expected(
                did=row.did,
                path=local_path([row.pfn] if row.pfn else [], rse, self._instance),
                bytes=row.bytes,
                replicated=row.availability is Availability.AT_DESTINATION,
            )
            for row in rows
        ]
        missing = look(expected, rse=rse)
        return {file.did: file.path if file.did not in missing else None for file in expected}, missing

    def _in_cache(self, rows: list[SelectedRow]) -> tuple[dict[str, str | None], dict[str, MissingRun]]:
        paths: dict[str, str | None] = {}
        missing: dict[str, MissingRun] = {}
        for row in rows:
            path = self._cache.cached_path(row.did, row.bytes, row.adler32)
            paths[row.did] = None if path is None else str(path)
            if path is None:
                missing[row.did] = MissingRun(
                    did=row.did, reason="not-replicated", path=None, message="It is not downloaded yet."
                )
        return paths, missing

    async def _dids(self, selection: Selection) -> list[str]:
        if isinstance(selection, DatasetSelection):
            return [selection.did]
        return [row.did for row in await self._catalogue.selected_rows(selection)]


def _runs_missing(missing: list[MissingRun], total: int) -> ConflictError:
    reasons = {one.reason for one in missing}
    first = missing[0]
    verb = "run is" if len(missing) == 1 else "runs are"
    advice = (
        "Replicate them first, or attach those that are there."
        if reasons == {"not-replicated"}
        else "Attach those that are there, or tell the people who run the storage."
    )
    return ConflictError(
        f"{len(missing)} of {total} {verb} not there. {first.did}: {first.message}",
        code="runs-missing",
        advice=advice,
        details={"missing": [one.model_dump() for one in missing[:100]], "reasons": sorted(reasons)},
    )


def _seconds(text: str | None) -> float | None:
    """Read an ISO time as seconds since 1970; None where it is none."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None
