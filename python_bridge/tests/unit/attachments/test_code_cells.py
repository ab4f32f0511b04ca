"""The code we write for notebooks: what it says, that it cannot be subverted, that it runs."""

from __future__ import annotations

import ast
import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbclient import NotebookClient

from magic_rucio.attachments.code_cells import (
    Notebook,
    analysis_notebook,
    as_text,
    example_notebook,
    insert_code,
)
from magic_rucio.attachments.payload import AttachRequest, encode_request
from magic_rucio.dl3 import read_observation
from magic_rucio.errors import InvalidInputError
from magic_rucio.kernel.columns import Row, Runs

REPOSITORY = Path(__file__).parents[4]
REAL = Path(os.environ.get("MAGIC_DL3_DIR", REPOSITORY.parent / "shared" / "data" / "magic-dl3"))
REAL_FILES = sorted(REAL.glob("*_DL3_CrabNebula-*.fits"))


def read(made: Notebook) -> Any:
    return nbformat.reads(as_text(made), as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types


def called(code: str) -> tuple[Any, dict[str, Any]]:
    """Return what `magic_rucio.attach` is called with, without running anything."""
    [call] = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    keywords = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    return ast.literal_eval(call.args[0]), keywords


def test_a_cell_names_the_dids() -> None:
    code = insert_code(["magic:a.fits", "magic:b.fits"], "crab", instance="pic")
    assert called(code) == (["magic:a.fits", "magic:b.fits"], {"instance": "pic"})
    assert code.endswith("\ncrab")
    assert called(insert_code(["magic:DL3/CrabNebula"], "crab")) == ("magic:DL3/CrabNebula", {})


@given(st.lists(st.text(min_size=1), min_size=1, max_size=3), st.none() | st.text())
def test_no_text_gets_out_of_its_quotes(dids: list[str], instance: str | None) -> None:
    given_dids, options = called(insert_code(dids, "crab", instance=instance))
    assert given_dids == (dids if len(dids) > 1 else dids[0])
    assert options == ({} if instance is None else {"instance": instance})


@given(st.lists(st.text(), max_size=5), st.lists(st.text(min_size=1), min_size=1, max_size=3))
def test_a_notebook_is_valid_whatever_the_names(targets: list[str], dids: list[str]) -> None:
    made = analysis_notebook(dids, "crab", targets=targets)
    nbformat.validate(read(made))
    title = "".join(made["cells"][0]["source"])
    assert "<" not in title
    assert "{{" not in "".join("".join(cell["source"]) for cell in made["cells"])
    for cell in made["cells"]:
        if cell["cell_type"] == "code":
            ast.parse("".join(cell["source"]))


@pytest.mark.parametrize("variable", ["a b", "import", "print", "x;y"])
def test_bad_variables_and_empty_selections_are_refused(variable: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be a variable"):
        insert_code(["a:b"], variable)
    with pytest.raises(InvalidInputError, match="Nothing is selected"):
        analysis_notebook([], "crab")


def test_the_example_in_the_package_is_up_to_date() -> None:
    example = REPOSITORY / "python_bridge" / "magic_rucio" / "examples" / "magic-crab.ipynb"
    assert example.read_text("utf-8") == as_text(example_notebook(["magic:DL3/CrabNebula"]))


def executed(made: Notebook, files: list[Path], folder: Path) -> str:
    """Attach files as the panel does, run all cells, and return what they printed."""
    rows = [Row(f"magic:{file.name}", str(file), read_observation(file)) for file in files]
    request = AttachRequest(request_id="r", key="k", variable="crab", runs=Runs.from_rows(rows))
    document = read(made)
    client = NotebookClient(document, timeout=300, resources={"metadata": {"path": str(folder)}})

    async def run() -> None:
        async with client.async_setup_kernel():
            kernel: Any = client.kc
            for step in encode_request(request)[0]:
                await kernel.execute(step.code, user_expressions={"r": step.expression}, reply=True)
            for number, cell in enumerate(document.cells):
                await client.async_execute_cell(cell, number)

    asyncio.run(run())
    outputs = [output for cell in document.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type == "error"]
    return "".join(output.text for output in outputs if output.output_type == "stream")


def sampled(folder: Path, *options: str) -> list[Path]:
    command = Path(sys.executable).with_name("magic-rucio")
    subprocess.run(
        [command, "sample", "dl3", "--runs", "4", "--target", "CrabNebula", *options, str(folder)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return sorted(folder.glob("*.fits*"))


@pytest.mark.parametrize("variant", ["rad-max-table", "rad-max-keyword", "full-enclosure"])
def test_the_analysis_runs_on_synthetic_runs(tmp_path: Path, variant: str) -> None:
    files = sampled(tmp_path, "--variant", variant)
    printed = executed(analysis_notebook(["magic:x"], "crab", targets=["CrabNebula"]), files, tmp_path)
    assert "4 observations" in printed
    significance = float(printed.split("sqrt(TS) ")[1].split()[0])
    assert significance > 20


def test_the_example_runs_on_synthetic_runs(tmp_path: Path) -> None:
    printed = executed(example_notebook(["magic:x"]), sampled(tmp_path), tmp_path)
    assert float(printed.split("sqrt(TS) ")[1].split()[0]) > 20


@pytest.mark.skipif(len(REAL_FILES) != 2, reason=f"the two public MAGIC runs are not in {REAL}")
def test_both_run_on_the_real_runs(tmp_path: Path) -> None:
    for made in (analysis_notebook(["magic:x"], "crab"), example_notebook(["magic:x"])):
        assert "ON 626, OFF 216, sqrt(TS) 30.02" in executed(made, REAL_FILES, tmp_path)
