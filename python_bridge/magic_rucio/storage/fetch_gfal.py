"""The reading door of gsiftp, root and whatever else gfal2 speaks, where its Python binding is installed."""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import Any

from magic_rucio.storage.fetch import FetchError, Sink
from magic_rucio.storage.fingerprint import BLOCK

SCHEMES = ("root", "xroot", "roots", "gsiftp", "srm")


@lru_cache(maxsize=1)
def gfal2_or_none() -> Any:
    """Return the module, None where it cannot be imported."""
    try:
        return importlib.import_module("gfal2")
    except ImportError:
        return None


class GfalReading:
    """Reads by position, so that a cancel is heeded at each block and a broken copy goes on."""

    def __init__(self, gfal2: Any) -> None:
        self._gfal2 = gfal2

    def fetch(self, pfn: str, sink: Sink) -> None:
        # A context for each file: it is not safe to share one between threads.
        context = self._gfal2.creat_context()
        try:
            file = context.open(pfn, "r")
            if sink.offset:
                file.lseek(sink.offset, 0)
            while block := file.read_bytes(min(BLOCK, sink.size - sink.offset + 1)):
                sink.write(block)
        except self._gfal2.GError as error:
            words = " ".join(str(error).split())[:300]
            raise FetchError(
                f"gfal2: {words}",
                advice="Check your proxy with voms-proxy-info; where it is good, tell the storage's people.",
                # ECOMM, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ECONNREFUSED
                passing=getattr(error, "code", None) in (70, 104, 110, 113, 111),
            ) from None
