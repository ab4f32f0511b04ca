"""Who is told how far a publication is."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bar

from magic_rucio.publishing.models import PublishedFile


class Progress(Protocol):
    """Hears of a publication; called from the event loop and, `advance`, from threads."""

    def begin(self, files: int, bytes_: int) -> None:
        """So much is to be done."""
        ...

    def advance(self, bytes_: int) -> None:
        """So many more bytes are done."""
        ...

    def done(self, file: PublishedFile) -> None:
        """One more file is done, one way or another."""
        ...


class Silent:
    """Tells nobody."""

    def begin(self, files: int, bytes_: int) -> None:
        pass

    def advance(self, bytes_: int) -> None:
        pass

    def done(self, file: PublishedFile) -> None:
        pass


class TerminalBar:
    """A bar on standard error."""

    def __init__(self) -> None:
        self._bar = Bar(
            TextColumn("{task.fields[files_done]}/{task.fields[files]} files"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=Console(file=sys.stderr),
            transient=True,
        )
        self._task: TaskID | None = None
        self._files_done = 0

    def __enter__(self) -> TerminalBar:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def begin(self, files: int, bytes_: int) -> None:
        self._task = self._bar.add_task("publish", total=bytes_, files=files, files_done=0)

    def advance(self, bytes_: int) -> None:
        if self._task is not None:
            self._bar.advance(self._task, bytes_)

    def done(self, file: PublishedFile) -> None:
        self._files_done += 1
        if self._task is not None:
            self._bar.update(self._task, files_done=self._files_done)
