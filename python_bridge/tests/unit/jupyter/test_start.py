"""What a Jupyter server pays for the extension before anybody opens the panel."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from magic_rucio.jupyter.handler import without_jupyter_parts

HEAVY = ("fastapi", "starlette", "sqlalchemy", "pydantic", "httpx", "stamina", "gammapy", "astropy", "numpy")

PROBE = """
import sys, json
import jupyter_server.extension.application, jupyter_server.base.handlers
before = set(sys.modules)
from magic_rucio.jupyter import _jupyter_server_extension_points
_jupyter_server_extension_points()
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_a_server_start_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout)
    assert "magic_rucio.jupyter.extension" in loaded
    assert not [name for name in loaded if name.split(".")[0] in HEAVY]


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", ""),
        ("1700000000000", ""),
        ("token=abc&limit=5", "limit=5"),
        ("limit=5&_xsrf=2|ab&1700000000000", "limit=5"),
        ("text=a%26token%3Db&sort=did", "text=a%26token%3Db&sort=did"),
        ("tokens=5&runs=5", "tokens=5&runs=5"),
    ],
)
def test_jupyters_own_parts_of_a_query_are_dropped(query: str, kept: str) -> None:
    assert without_jupyter_parts(query) == kept
