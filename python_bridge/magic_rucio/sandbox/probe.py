"""Is the grid ready? A real file, a real rule, real bytes at the destination."""

from __future__ import annotations

import contextlib
import secrets
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from magic_rucio.errors import MagicRucioError
from magic_rucio.sandbox.grid import PROBE_SCOPE
from magic_rucio.sandbox.rest import RucioCalls

SOURCE = "ORM"
DESTINATION = "PIC-DCACHE"

SERVED_SECONDS = 60.0
LOOK_SECONDS = 0.1


def probe_rule(
    rucio: RucioCalls, storage: Path, still_running: Callable[[], bool], seconds: float = SERVED_SECONDS
) -> float:
    """Have one small file replicated and removed again; the seconds until its rule was served.

    Parameters
    ----------
    rucio : RucioCalls
        Signed in as the mover.
    storage : Path
        The directory of the storage elements.
    still_running : callable
        Asked now and then; when it answers False there is no use in waiting.

    Raises
    ------
    MagicRucioError
        The rule was not served in time, or its bytes are not there.
    """
    name = f"probe-{secrets.token_hex(8)}"
    content = secrets.token_bytes(1024)
    source = storage / SOURCE / name
    source.write_bytes(content)
    begun = time.monotonic()
    rule = _make_rule(rucio, name, source, content)
    try:
        _wait_until_served(rucio, rule, still_running, seconds)
        arrived = storage / DESTINATION / PROBE_SCOPE / name
        if not arrived.exists() or arrived.read_bytes() != content:
            raise MagicRucioError(f"Rucio says that the probe is at {DESTINATION}, but it is not.")
        return time.monotonic() - begun
    finally:
        _erase(rucio, name, rule)


def _make_rule(rucio: RucioCalls, name: str, source: Path, content: bytes) -> str:
    replica = {
        "scope": PROBE_SCOPE,
        "name": name,
        "bytes": len(content),
        "adler32": f"{zlib.adler32(content):08x}",
        "pfn": f"file://localhost:0{source}",
    }
    rucio.send("POST", "/replicas", {"rse": SOURCE, "files": [replica]})
    rule = {
        "dids": [{"scope": PROBE_SCOPE, "name": name}],
        "account": "mover",
        "copies": 1,
        "rse_expression": DESTINATION,
        "lifetime": 3600,
        "purge_replicas": True,
    }
    rules: list[str] = rucio.send("POST", "/rules/", rule).json()
    return rules[0]


def _wait_until_served(
    rucio: RucioCalls, rule: str, still_running: Callable[[], bool], seconds: float
) -> None:
    deadline = time.monotonic() + seconds
    while (answer := rucio.get(f"/rules/{rule}"))["state"] != "OK":
        if time.monotonic() > deadline or not still_running():
            raise MagicRucioError(
                f"A rule was not served within {seconds:.0f} s: it is {answer['state']}"
                + (f" ({answer['error']})" if answer["error"] else "")
                + ".",
                code="not-served",
                advice="`magic-rucio sandbox status` shows the processes and where their logs are.",
            )
        time.sleep(LOOK_SECONDS)


def _erase(rucio: RucioCalls, name: str, rule: str) -> None:
    """Have Rucio delete both replicas, and with the last of them the DID; nobody waits for that."""
    replica = {"rse": SOURCE, "scope": PROBE_SCOPE, "name": name}
    with contextlib.suppress(MagicRucioError):
        rucio.send("PUT", f"/rules/{rule}", {"options": {"lifetime": 0, "purge_replicas": True}})
        rucio.send("POST", "/replicas/tombstone", {"replicas": [replica]})
