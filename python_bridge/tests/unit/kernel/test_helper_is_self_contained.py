"""The helper runs where nothing but Python is: old kernels, foreign environments."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import resources

import pytest

from magic_rucio import kernel
from magic_rucio.attachments.payload import MODULES, encode_operation

FILES = [*MODULES, "bootstrap"]


def source(name: str) -> str:
    return (resources.files(kernel) / f"{name}.py").read_text("utf-8")


def test_every_module_travels() -> None:
    present = {file.name[:-3] for file in resources.files(kernel).iterdir() if file.name.endswith(".py")}
    assert present == {*FILES, "__init__"}


@pytest.mark.parametrize("name", FILES)
def test_is_python_3_9_and_standard_library(name: str) -> None:
    tree = ast.parse(source(name), feature_version=(3, 9))
    imported = {
        alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        str(node.module).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 0
    }
    assert imported <= sys.stdlib_module_names


def test_a_bare_python_serves_a_request() -> None:
    """Without site-packages and without IPython."""
    step = encode_operation("check-name", "r1", variable="crab")
    code = f"{step.code}\nprint(repr({step.expression}))\nprint(sorted(n for n in dir() if 'magic' in n))"
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-"], input=code, capture_output=True, text=True, timeout=30
    )
    assert ran.stderr == ""
    reply, left = ran.stdout.splitlines()
    assert '"name_state": "free"' in reply
    assert left == "[]"
