"""A publication's report for people and for programs."""

from __future__ import annotations

import typer

from magic_rucio.errors import MagicRucioError
from magic_rucio.publishing.models import Outcome, PublishReport

_WORDS = {
    Outcome.published: "published",
    Outcome.completed: "completed",
    Outcome.already_there: "already there",
    Outcome.would_publish: "would be published",
    Outcome.would_complete: "would be completed",
    Outcome.skipped: "passed over",
    Outcome.failed: "failed",
}


def tell(report: PublishReport, *, as_json: bool) -> None:
    """Print the result on standard output, and what went wrong on standard error."""
    for file in report.files:
        for warning in file.warnings:
            typer.echo(printable(f"warning: {file.path}: {warning}"), err=True)
    for complaint in complaints(report):
        typer.echo(complaint, err=True)
    for warning in report.warnings:
        typer.echo(f"warning: {warning}", err=True)
    lines = [report.model_dump_json()] if as_json else [*_plans(report), summary(report)]
    try:
        typer.echo("\n".join(lines))
    except BrokenPipeError:
        raise  # the reader has enough (`| head`): typer ends quietly
    except OSError as error:
        raise MagicRucioError(f"The output cannot be written: {error.strerror}.") from None


def _plans(report: PublishReport) -> list[str]:
    return [
        f"{printable(file.path)} -> {file.scope}:{file.name} ({', '.join(file.steps)})"
        for file in report.files
        if file.outcome in (Outcome.would_publish, Outcome.would_complete)
    ]


def summary(report: PublishReport) -> str:
    """Return the result in one line."""
    counts = [
        f"{report.count(outcome)} {words}" for outcome, words in _WORDS.items() if report.count(outcome)
    ]
    size = sum(file.bytes or 0 for file in report.files if file.outcome is Outcome.published)
    new = f" ({size / 1e6:.1f} MB)" if size else ""
    made = " (new dataset)" if report.dataset_created else ""
    return f"{report.dataset}{made} at {report.rse}: {', '.join(counts) or 'no files'}{new}"


def printable(text: str) -> str:
    """A text without what would move the cursor of a terminal."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def complaints(report: PublishReport) -> list[str]:
    """Return a line for each failure; what met many files alike is said once, with their number."""
    alike: dict[tuple[Outcome, str, str], list[str]] = {}
    for file in report.files:
        if file.problem is not None:
            key = (file.outcome, file.problem.message, file.problem.advice)
            alike.setdefault(key, []).append(file.path)
    return [
        printable(f"{_WORDS[outcome]}: {_about(paths, message)} {advice}".rstrip())
        for (outcome, message, advice), paths in alike.items()
    ]


def _about(paths: list[str], message: str) -> str:
    sentence = f"{message.rstrip('.')}."
    if len(paths) > 1:
        return f"{len(paths)} files, from {paths[0]} on: {sentence}"
    return sentence if paths[0] in message else f"{paths[0]}: {sentence}"
