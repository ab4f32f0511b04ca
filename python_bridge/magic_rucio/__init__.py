"""The MAGIC telescopes' data in Rucio: names, catalogue, replication, attachment to notebook kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from magic_rucio.scripting import attach, open_files

__all__ = ["attach", "open_files"]


def __getattr__(name: str) -> Any:
    """Load what scripts use when they use it: the server and the command line start without it."""
    if name in __all__:
        from magic_rucio import scripting

        return getattr(scripting, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
