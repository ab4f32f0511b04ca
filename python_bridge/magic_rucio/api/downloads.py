"""Routes of download mode."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from magic_rucio.api.backend import CurrentBackend
from magic_rucio.downloads.models import CacheUse, Download, DownloadRequest

router = APIRouter(tags=["downloads"])

DownloadId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


@router.post("/downloads", operation_id="startDownload", status_code=202)
async def start_download(request: DownloadRequest, backend: CurrentBackend) -> Download:
    """Bring the files of a selection into the local cache."""
    return await backend.downloads.start(request)


@router.get("/downloads/{download_id}", operation_id="getDownload")
async def get_download(download_id: DownloadId, backend: CurrentBackend) -> Download:
    """How far a download is."""
    return await backend.downloads.progress(download_id)


@router.delete("/downloads/{download_id}", operation_id="cancelDownload")
async def cancel_download(download_id: DownloadId, backend: CurrentBackend) -> Download:
    """Stop; what is complete stays in the cache, the rest resumes another time."""
    return await backend.downloads.cancel(download_id)


@router.get("/cache", operation_id="getCacheUse")
async def get_cache_use(backend: CurrentBackend) -> CacheUse:
    """Size and place of the cache."""
    return await backend.downloads.cache_use()
