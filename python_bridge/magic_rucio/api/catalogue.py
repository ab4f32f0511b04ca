"""Routes of the catalogue: runs, datasets, facets, selection sums."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from magic_rucio.api.backend import CurrentBackend
from magic_rucio.catalogue.models import (
    CheckReply,
    CheckRequest,
    DatasetPage,
    DatasetQuery,
    DidText,
    Facets,
    RunDetail,
    RunFilter,
    RunPage,
    RunQuery,
    SelectionRequest,
    SelectionSummary,
    SyncStarted,
)

router = APIRouter(tags=["catalogue"])


@router.get("/runs", operation_id="listRuns")
async def list_runs(query: Annotated[RunQuery, Query()], backend: CurrentBackend) -> RunPage:
    """A page of DL3 runs, with totals over all that match."""
    return await backend.catalogue.runs(query)


@router.get("/run", operation_id="getRun")
async def get_run(did: Annotated[DidText, Query()], backend: CurrentBackend) -> RunDetail:
    """Everything known of one run, its replicas read from Rucio now."""
    return await backend.catalogue.run(did)


@router.get("/facets", operation_id="getFacets")
async def get_facets(query: Annotated[RunFilter, Query()], backend: CurrentBackend) -> Facets:
    """Counts for the filter bar and the quick looks."""
    return await backend.catalogue.facets(query)


@router.get("/datasets", operation_id="listDatasets")
async def list_datasets(query: Annotated[DatasetQuery, Query()], backend: CurrentBackend) -> DatasetPage:
    """A page of the datasets and containers that hold DL3 runs."""
    return await backend.catalogue.datasets(query)


@router.post("/selection/summary", operation_id="summarizeSelection")
async def summarize_selection(request: SelectionRequest, backend: CurrentBackend) -> SelectionSummary:
    """Sums of a selection, and the variable name it suggests."""
    return await backend.catalogue.summary(request.selection)


@router.post("/runs/check", operation_id="checkRuns")
async def check_runs(request: CheckRequest, backend: CurrentBackend) -> CheckReply:
    """Read the availability of the rows in sight from Rucio: one call."""
    return await backend.catalogue.check(request.dids)


@router.post("/catalogue/sync", operation_id="startSync", status_code=202)
async def start_sync(backend: CurrentBackend) -> SyncStarted:
    """Bring the index up to date now instead of at the next interval."""
    return await backend.catalogue.start_sync()
