"""Rucio policy of the sandbox: PIC's (or the generic one), and rules obey the accounts that own them.

Neither PIC's package nor Rucio's generic policy lets a user end or extend a rule of his own, which
other communities' policies do and which the panel offers.
"""

from __future__ import annotations

from typing import Any

SUPPORTED_VERSION = [">=41.0.0"]


def get_algorithms() -> dict[str, Any]:
    """No naming algorithms of its own."""
    return {}
