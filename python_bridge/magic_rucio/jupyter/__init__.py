"""The Jupyter server extension: hands requests to the API, with the Jupyter user's identity."""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    # Imported here: `jupyter labextension list` and friends only want the names.
    from magic_rucio.jupyter.extension import MagicRucioExtension

    return [{"module": "magic_rucio.jupyter", "app": MagicRucioExtension}]
