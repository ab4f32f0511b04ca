"""From a selection to code for a kernel: what is there, what is missing, and what is said of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from magic_rucio.attachments import service as module
from magic_rucio.attachments.models import AttachPlanRequest, CodeCellRequest, KernelOperation, KernelRequest
from magic_rucio.attachments.service import AttachmentService
from magic_rucio.catalogue.models import (
    Availability,
    CheckedRun,
    CheckReply,
    DatasetSelection,
    DidSelection,
    Selection,
    SelectionSummary,
    Totals,
)
from magic_rucio.catalogue.selections import SelectedRow
from magic_rucio.config import Mount, RucioInstance
from magic_rucio.errors import ConflictError, UnreachableError

THERE, ELSEWHERE = Availability.AT_DESTINATION, Availability.ELSEWHERE


def row(folder: Path, name: str, state: Availability = THERE, **fields: Any) -> SelectedRow:
    """A run of 3 bytes; its file is there where the index says so."""
    if state is THERE:
        (folder / name).write_bytes(b"abc")
    whole: dict[str, Any] = {
        "did": f"magic:{name}",
        "run": None,
        "bytes": 3,
        "availability": state,
        "checked_at": None,
        "created_at": "2026-01-01T00:00:00+00:00",
        "adler32": "024d0127",
        "pfn": f"davs://door/data/{name}" if state is THERE else None,
        "target": "Crab",
        "metadata": "{}",
    }
    return SelectedRow(**{**whole, **fields})


@dataclass
class Index:
    """What the catalogue knows, and what Rucio would say when asked again."""

    rows: list[SelectedRow]
    arriving: dict[str, SelectedRow] = field(default_factory=dict)
    reachable: bool = True
    checked: list[int] = field(default_factory=list)

    async def selected_rows(self, selection: Selection) -> Sequence[SelectedRow]:
        return list(self.rows)

    async def summary(self, selection: Selection) -> SelectionSummary:
        totals = Totals(runs=len(self.rows), livetime=0.0, bytes=0, at_destination=0)
        return SelectionSummary(totals=totals, targets=["Crab"], proposed_variable="crab")

    async def check(self, dids: Sequence[str]) -> CheckReply:
        self.checked.append(len(dids))
        if not self.reachable:
            return CheckReply(reachable=False, runs=[], gone=[], error="no answer")
        self.rows = [self.arriving.get(one.did, one) if one.did in dids else one for one in self.rows]
        now = {one.did: one.availability for one in self.rows}
        runs = [CheckedRun(did=did, availability=now[did], checked_at="2026-01-01") for did in dids]
        return CheckReply(reachable=True, runs=runs, gone=[], error=None)


class EmptyCache:
    def cached_path(self, did: str, size: int, adler32: str | None) -> Path | None:
        return None


def service_of(index: Index, folder: Path) -> AttachmentService:
    instance = RucioInstance(
        rucio_url="http://r",
        destination_rse="PIC",
        mounts=(Mount(rse="PIC", path=folder, pfn_prefix="davs://door/data"),),
    )
    return AttachmentService(instance=instance, catalogue=index, cache=EmptyCache(), spool=folder / "spool")


def picked(index: Index, *more: str) -> DidSelection:
    return DidSelection(kind="dids", dids=[one.did for one in index.rows] + list(more))


def kernel_request(selection: Selection, **fields: Any) -> KernelRequest:
    return KernelRequest(selection=selection, key="0123-4567", variable="crab", request_id="r1", **fields)


async def test_all_is_there(tmp_path: Path) -> None:
    index = Index([row(tmp_path, name) for name in ("b", "a")])
    service = service_of(index, tmp_path)
    plan = await service.plan(AttachPlanRequest(selection=picked(index)))
    assert (plan.ready, plan.missing_total, plan.bytes, plan.bytes_to_move) == (2, 0, 6, 0)
    assert plan.proposed_variable == "crab"
    assert index.checked == []
    paths = await service.paths(AttachPlanRequest(selection=picked(index)))
    assert paths.paths == [str(tmp_path / "b"), str(tmp_path / "a")]
    code = await service.kernel_code(kernel_request(picked(index)))
    assert (code.attached, code.missing_total, code.dids) == (2, 0, ["magic:b", "magic:a"])
    assert len(code.digest) == 64
    again = await service.kernel_code(kernel_request(picked(index)))
    assert again.digest == code.digest


async def test_only_what_must_be_moved_counts_as_bytes_to_move(tmp_path: Path) -> None:
    index = Index([row(tmp_path, "a"), row(tmp_path, "b"), row(tmp_path, "c", ELSEWHERE)])
    (tmp_path / "b").unlink()
    plan = await service_of(index, tmp_path).plan(AttachPlanRequest(selection=picked(index, "magic:x")))
    assert plan.ready == 1
    assert {one.did: one.reason for one in plan.missing} == {
        "magic:b": "not-on-mount",
        "magic:c": "not-replicated",
        "magic:x": "gone",
    }
    assert (plan.missing_total, plan.bytes, plan.bytes_to_move) == (3, 9, 3)


async def test_missing_runs_refuse_unless_a_part_is_wanted(tmp_path: Path) -> None:
    index = Index([row(tmp_path, "a"), row(tmp_path, "c", ELSEWHERE)])
    service = service_of(index, tmp_path)
    with pytest.raises(ConflictError) as caught:
        await service.kernel_code(kernel_request(picked(index)))
    assert caught.value.code == "runs-missing"
    assert caught.value.message.startswith("1 of 2 run is not there. magic:c: ")
    assert caught.value.advice.startswith("Replicate")
    with pytest.raises(ConflictError, match="2 of 3 runs are not there"):
        await service.kernel_code(kernel_request(picked(index, "magic:gone")))
    code = await service.kernel_code(kernel_request(picked(index), partial=True))
    assert (code.attached, code.missing_total) == (1, 1)


async def test_an_attachment_whose_mount_is_away_may_come_back_empty(tmp_path: Path) -> None:
    index = Index([row(tmp_path, "a")])
    (tmp_path / "a").unlink()
    code = await service_of(index, tmp_path).kernel_code(kernel_request(picked(index), partial=True))
    assert (code.attached, code.missing_total) == (0, 1)


async def test_a_selection_of_nothing_is_refused(tmp_path: Path) -> None:
    empty = DatasetSelection(kind="dataset", did="magic:empty")
    for partial in (False, True):
        with pytest.raises(ConflictError) as caught:
            await service_of(Index([]), tmp_path).kernel_code(kernel_request(empty, partial=partial))
        assert caught.value.code == "nothing-selected"


async def test_runs_that_arrived_after_the_last_sync_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_CHECKED", 2)
    names = ["a", "b", "c", "d", "e"]
    index = Index([row(tmp_path, name, ELSEWHERE) for name in names])
    index.arriving = {f"magic:{name}": row(tmp_path, name) for name in names}
    plan = await service_of(index, tmp_path).plan(AttachPlanRequest(selection=picked(index)))
    assert (plan.ready, index.checked) == (5, [2, 2, 1])


async def test_rucio_is_not_asked_on_about_runs_that_are_nowhere_near(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_CHECKED", 2)
    index = Index([row(tmp_path, str(n), ELSEWHERE) for n in range(9)])
    plan = await service_of(index, tmp_path).plan(AttachPlanRequest(selection=picked(index)))
    assert (plan.ready, index.checked) == (0, [2])


async def test_without_rucio_the_index_has_the_word(tmp_path: Path) -> None:
    index = Index([row(tmp_path, "a"), row(tmp_path, "c", ELSEWHERE)], reachable=False)
    plan = await service_of(index, tmp_path).plan(AttachPlanRequest(selection=picked(index)))
    assert (plan.ready, plan.missing_total) == (1, 1)


async def test_duplicates_are_named(tmp_path: Path) -> None:
    index = Index([row(tmp_path, "a", run=5), row(tmp_path, "b", run=5), row(tmp_path, "c", run=6)])
    plan = await service_of(index, tmp_path).plan(AttachPlanRequest(selection=picked(index)))
    assert [(one.run, one.dids) for one in plan.duplicates] == [(5, ["magic:a", "magic:b"])]


async def test_download_mode_looks_into_the_cache_alone(tmp_path: Path) -> None:
    index = Index([row(tmp_path, "a")])
    request = AttachPlanRequest(selection=picked(index), mode="download")
    plan = await service_of(index, tmp_path).plan(request)
    assert (plan.mode, plan.ready, plan.bytes_to_move) == ("download", 0, 3)
    assert "not downloaded" in plan.missing[0].message


async def test_a_mount_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index([row(tmp_path, "a")])
    service = service_of(index, tmp_path)
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.1)
    release = threading.Event()
    monkeypatch.setattr(module, "look", lambda *_, **__: release.wait(30) and {})
    try:
        with pytest.raises(UnreachableError) as caught:
            await service.plan(AttachPlanRequest(selection=picked(index)))
    finally:
        release.set()
    assert caught.value.code == "mount-hangs"


async def test_operations_and_cells(tmp_path: Path) -> None:
    index = Index([row(tmp_path, "a")])
    service = service_of(index, tmp_path)
    step = await service.operation(KernelOperation(operation="list", request_id="r2"))
    assert (step.request_id, len(step.steps), step.attached) == ("r2", 1, 0)
    dataset = DatasetSelection(kind="dataset", did="magic:DL3/Crab")
    cell = await service.code_cell(CodeCellRequest(selection=dataset, variable="crab"))
    assert "magic:DL3/Crab" in cell.source
    compile(cell.source, "cell", "exec")
    notebook = await service.notebook(CodeCellRequest(selection=picked(index), variable="crab"))
    assert notebook.file_name.endswith(".ipynb")
    assert "magic:a" in notebook.content
