"""One file on its way through a publication."""

from __future__ import annotations

from dataclasses import dataclass

from magic_rucio.errors import MagicRucioError
from magic_rucio.publishing.candidates import Candidate
from magic_rucio.publishing.discovery import FoundFile
from magic_rucio.publishing.models import Outcome, Problem, PublishedFile
from magic_rucio.publishing.plan import Step
from magic_rucio.publishing.registry import Registered


@dataclass(slots=True)
class Work:
    """One file on its way."""

    found: FoundFile
    candidate: Candidate | None = None
    pfn: str | None = None
    known: Registered | None = None
    planned: tuple[Step, ...] = ()
    error: MagicRucioError | None = None
    skipped: bool = False

    @property
    def ready(self) -> Candidate:
        """The file as it was read; only asked of what was."""
        assert self.candidate is not None
        return self.candidate

    def goes_on(self, step: Step) -> bool:
        """Whether this step is still to be done."""
        return self.error is None and step in self.planned

    def result(self, *, dry_run: bool) -> PublishedFile:
        """Return what the report says of it."""
        path = str(self.found.path)
        error = self.error
        problem = error and Problem(
            code=error.code, message=error.message, advice=error.advice, details=error.details
        )
        candidate = self.candidate
        if candidate is None:
            return PublishedFile(path=path, outcome=self._outcome(dry_run), problem=problem)
        return PublishedFile(
            path=path,
            outcome=self._outcome(dry_run),
            scope=candidate.did.scope,
            name=candidate.did.name,
            bytes=candidate.content.bytes,
            adler32=candidate.content.adler32,
            md5=candidate.content.md5,
            sha256=candidate.content.sha256,
            pfn=self.pfn,
            steps=self.planned,
            warnings=candidate.warnings,
            problem=problem,
        )

    def _outcome(self, dry_run: bool) -> Outcome:
        if self.error is not None:
            return Outcome.skipped if self.skipped else Outcome.failed
        if not self.planned:
            return Outcome.already_there
        if {Step.upload, Step.register, Step.attach} <= set(self.planned):
            return Outcome.would_publish if dry_run else Outcome.published
        return Outcome.would_complete if dry_run else Outcome.completed
