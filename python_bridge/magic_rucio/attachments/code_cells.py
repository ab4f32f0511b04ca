"""Code for notebooks: a cell that attaches by DID, and a whole analysis of a selection."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from magic_rucio.attachments import notebooks
from magic_rucio.errors import InvalidInputError
from magic_rucio.kernel.names import problem_with

NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

Notebook = dict[str, Any]


def insert_code(dids: Sequence[str], variable: str, *, instance: str | None = None) -> str:
    """Return the source of a cell that attaches by DID, for notebooks that run without JupyterLab.

    Raises
    ------
    InvalidInputError
        Where nothing is selected, or the variable cannot have this name.
    """
    _check(dids, variable)
    return (
        "# Needs jupyterlab-magic-rucio in the kernel's environment, and a token in MAGIC_RUCIO_TOKEN.\n"
        "import magic_rucio\n\n"
        f"{variable} = {_call(dids, instance, '')}\n"
        f"{variable}"
    )


def analysis_notebook(
    dids: Sequence[str],
    variable: str,
    *,
    targets: Sequence[str] = (),
    runs: int | None = None,
    instance: str | None = None,
) -> Notebook:
    """Return a notebook (nbformat 4.5): run table, theta-squared plot, spectrum, light curve.

    Parameters
    ----------
    dids : sequence of str
        Files, datasets or containers.
    variable : str
        Under which the panel attaches them; without the panel the notebook attaches them itself.
    targets : sequence of str
        Names for the title.
    runs : int, optional
        How many runs the DIDs stand for.

    Raises
    ------
    InvalidInputError
        Where nothing is selected, or the variable cannot have this name.
    """
    _check(dids, variable)
    names = ", ".join(_markdown(target) for target in list(targets)[:3]) or "MAGIC runs"
    count = len(dids) if runs is None else runs
    return notebook(
        "analysis.py.txt",
        {
            "title": f"# {names}" + (f" and {len(targets) - 3} more" if len(targets) > 3 else ""),
            "summary": f"{count} run{'' if count == 1 else 's'}",
            "variable": variable,
            "attach": _call(dids, instance, "    "),
        },
    )


def example_notebook(dids: Sequence[str], variable: str = "crab") -> Notebook:
    """Return the notebook that the demo opens: attach, look, spectrum of the Crab nebula."""
    _check(dids, variable)
    return notebook("magic_crab.py.txt", {"variable": variable, "attach": _call(dids, None, "    ")})


def file_name(variable: str) -> str:
    """Return a name for the file of an analysis."""
    return f"{variable}-analysis.ipynb"


def notebook(template: str, values: Mapping[str, str]) -> Notebook:
    """Make a notebook from a template in percent format."""
    text = (resources.files(notebooks) / template).read_text("utf-8")
    cells = []
    for number, part in enumerate(re.split(r"^# %%", text, flags=re.MULTILINE)[1:]):
        head, _, body = part.partition("\n")
        markdown = "[markdown]" in head
        if markdown:
            body = re.sub(r"^# ?", "", body, flags=re.MULTILINE)
        # One pass: what a value holds is never taken for a place to fill.
        source = re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], body).strip("\n")
        cells.append(_cell(number, source, "markdown" if markdown else "code"))
    return {"cells": cells, "metadata": NOTEBOOK_METADATA, "nbformat": 4, "nbformat_minor": 5}


def _cell(number: int, source: str, kind: str) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": kind,
        "id": f"magic-{number}",
        "metadata": {},
        "source": source.splitlines(keepends=True),
    }
    return cell if kind == "markdown" else {**cell, "execution_count": None, "outputs": []}


def _check(dids: Sequence[str], variable: str) -> None:
    if not dids:
        raise InvalidInputError("Nothing is selected.", code="empty-selection")
    problem = problem_with(variable)
    if problem:
        raise InvalidInputError(
            f"{variable[:60]!r} cannot be a variable: {problem}.",
            code="invalid-name",
            advice="Choose another name.",
        )


def _call(dids: Sequence[str], instance: str | None, indent: str) -> str:
    """Write the call of `magic_rucio.attach`, its later lines indented."""
    option = "" if instance is None else f"instance={_quoted(instance)}"
    if len(dids) == 1:
        return f"magic_rucio.attach({_quoted(dids[0])}{', ' if option else ''}{option})"
    lines = ["[", *(f"    {_quoted(did)}," for did in dids), "],", *([f"{option},"] if option else [])]
    inside = "".join(f"{indent}    {line}\n" for line in lines)
    return f"magic_rucio.attach(\n{inside}{indent})"


def _quoted(text: str) -> str:
    """Write a text as Python, whatever it holds."""
    literal = ascii(text)
    return f'"{literal[1:-1]}"' if not {"'", '"'} & set(text) else literal


def _markdown(text: str) -> str:
    """Make foreign text harmless in Markdown, HTML included."""
    plain = re.sub(r"\s+", " ", text)[:100]
    return re.sub(r"([^\w\s.,+:/-])", lambda match: f"&#{ord(match[1])};", plain)


def as_text(made: Notebook) -> str:
    """Return a notebook as it stands in a file."""
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"
