"""Files for the sandbox's tests: put on a storage element, registered, waited for."""

from __future__ import annotations

import random
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from magic_rucio.sandbox.description import SandboxDescription
from magic_rucio.sandbox.rest import RucioCalls

SERVED_SECONDS = 60.0


def register_file(
    sandbox: SandboxDescription, mover: RucioCalls, rse: str, scope: str, *, name: str = "", size: int = 2000
) -> str:
    """Write random bytes to an RSE and register them in place; the name of the DID."""
    name = name or f"test-{random.getrandbits(64):016x}"
    place = sandbox.rses[rse]
    path = place.prefix / scope / name if place.deterministic else place.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = random.randbytes(size)
    path.write_bytes(content)
    replica = {
        "scope": scope,
        "name": name,
        "bytes": size,
        "adler32": f"{zlib.adler32(content):08x}",
        "pfn": f"file://localhost{path}",
    }
    mover.send("POST", "/replicas", {"rse": rse, "files": [replica]})
    return name


def make_rule(rucio: RucioCalls, account: str, scope: str, name: str, rse: str, **more: Any) -> str:
    """Make a rule; its id."""
    body = {
        "dids": [{"scope": scope, "name": name}],
        "account": account,
        "copies": 1,
        "rse_expression": rse,
        "lifetime": 3600,
        **more,
    }
    rules: list[str] = rucio.send("POST", "/rules/", body).json()
    return rules[0]


T = TypeVar("T")


def wait_until(look: Callable[[], T], what: str, seconds: float = SERVED_SECONDS) -> T:
    """Look until what is seen counts as true."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)
    return seen


def wait_until_served(rucio: RucioCalls, rule: str, seconds: float = SERVED_SECONDS) -> None:
    """Wait for a rule to be OK."""
    wait_until(lambda: rucio.get(f"/rules/{rule}")["state"] == "OK", f"rule {rule} served", seconds)


def file_at(sandbox: SandboxDescription, rse: str, scope: str, name: str) -> Path:
    """Where a deterministic RSE keeps a file."""
    return sandbox.rses[rse].prefix / scope / name
