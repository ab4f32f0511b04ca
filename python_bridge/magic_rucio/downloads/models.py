"""Download mode's part of the API."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from magic_rucio.catalogue.models import DidText, Selection


class DownloadRequest(BaseModel):
    """Which runs to bring into the local cache."""

    selection: Selection


class DownloadFailure(BaseModel):
    """A file that could not be fetched."""

    did: DidText
    message: str
    advice: str


class Download(BaseModel):
    """How far a download is."""

    id: str
    state: Literal["running", "done", "failed", "cancelled"]
    files_total: int
    files_done: int
    bytes_total: int
    bytes_done: int
    rate: float | None = Field(description="Bytes a second")
    time_left: float | None = Field(description="Seconds")
    failures: list[DownloadFailure] = Field(description="The first 100")


class CacheUse(BaseModel):
    """The local cache, bytes."""

    path: str
    used: int
    limit: int
    files: int
