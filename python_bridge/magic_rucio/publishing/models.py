"""What a publication did, file by file."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _as_text(value: str) -> str:
    """Write bytes that are not UTF-8 as \\xNN: neither JSON nor a terminal takes them as they are."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


Text = Annotated[str, AfterValidator(_as_text)]


class Outcome(StrEnum):
    """How it ended for one file."""

    published = "published"
    completed = "completed"
    """Part of it was there already (a crash, an older publication); the rest was done now."""
    already_there = "already-there"
    would_publish = "would-publish"
    would_complete = "would-complete"
    skipped = "skipped"
    """Found in a folder, and not an observation (an index file, an image)."""
    failed = "failed"


class Problem(BaseModel):
    """What went wrong, and what to do next."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: Text
    advice: str = ""
    details: dict[str, Any] = Field(default_factory=dict)


class PublishedFile(BaseModel):
    """One file, and what became of it."""

    model_config = ConfigDict(frozen=True)

    path: Text
    outcome: Outcome
    scope: str | None = None
    name: str | None = None
    bytes: int | None = None
    adler32: str | None = None
    md5: str | None = None
    sha256: str | None = None
    pfn: str | None = None
    steps: tuple[str, ...] = ()
    """What was done, or would be: upload, register, metadata, attach."""
    warnings: tuple[Text, ...] = ()
    problem: Problem | None = None


class PublishReport(BaseModel):
    """A whole publication."""

    model_config = ConfigDict(frozen=True)

    dataset: str
    rse: str
    dry_run: bool
    dataset_created: bool = False
    rule_id: str | None = None
    """The permanent rule that holds the dataset at the RSE."""
    warnings: tuple[str, ...] = ()
    files: tuple[PublishedFile, ...] = ()

    def count(self, *outcomes: Outcome) -> int:
        """How many files ended so."""
        return sum(file.outcome in outcomes for file in self.files)

    @property
    def failed(self) -> int:
        """How many files were not published."""
        return self.count(Outcome.failed)
