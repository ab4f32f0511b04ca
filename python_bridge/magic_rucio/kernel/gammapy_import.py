"""Bring gammapy and astropy in when they are needed, and explain why where they do not come."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
from typing import Any

from .errors import AttachmentError

INSTALL = '%pip install "gammapy>=1.3,<3" "regions<0.12"'


def gammapy_data() -> Any:
    """Import `gammapy.data`.

    Raises
    ------
    AttachmentError
        With the command that mends the kernel's environment.
    """
    try:
        return importlib.import_module("gammapy.data")
    except ImportError as error:
        raise _explained(error) from None


def astropy_module(name: str) -> Any:
    """Import a module of astropy.

    Raises
    ------
    AttachmentError
        Where the kernel's environment has no astropy.
    """
    try:
        return importlib.import_module(f"astropy.{name}")
    except ImportError as error:
        raise AttachmentError(
            f"astropy could not be imported in this kernel: {error}",
            code="no-astropy",
            advice=f"Run {INSTALL} in a cell, then restart the kernel.",
        ) from None


def _explained(error: ImportError) -> AttachmentError:
    version = _version("regions")
    if version is not None and version >= (0, 12) and "regions" in f"{error} {error.name} {error.path}":
        return AttachmentError(
            f"gammapy cannot be imported with regions {'.'.join(map(str, version))}: {error}",
            code="regions-too-new",
            advice='Run %pip install "regions<0.12" in a cell, then restart the kernel.',
        )
    if isinstance(error, ModuleNotFoundError) and error.name == "gammapy":
        return AttachmentError(
            "This kernel's environment has no gammapy. The paths are there all the same: "
            "the attachment is a sequence of them.",
            code="no-gammapy",
            advice=f"Run {INSTALL} in a cell, then restart the kernel.",
        )
    return AttachmentError(
        f"gammapy is installed but cannot be imported: {error}",
        code="gammapy-broken",
        advice=f"Run {INSTALL} in a cell, then restart the kernel.",
    )


def _version(distribution: str) -> tuple[int, ...] | None:
    try:
        text = importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])
