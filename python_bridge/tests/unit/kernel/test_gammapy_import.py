"""Imports that fail for a known reason are explained with the command that mends them."""

from __future__ import annotations

import importlib
import importlib.metadata
from typing import Any

import pytest

from magic_rucio.kernel import gammapy_import
from magic_rucio.kernel.errors import AttachmentError


def fail_with(monkeypatch: pytest.MonkeyPatch, error: ImportError, regions: str | None = "0.11") -> None:
    def import_module(name: str) -> Any:
        raise error

    def version(name: str) -> str:
        if regions is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return regions

    monkeypatch.setattr(importlib, "import_module", import_module)
    monkeypatch.setattr(importlib.metadata, "version", version)


REGIONS = ImportError("cannot import name 'pixel_scale_angle_at_skycoord' from 'regions._utils.wcs_helpers'")
"""What gammapy 2.1 with regions 0.12 says."""


@pytest.mark.parametrize(
    ("error", "regions", "code", "command"),
    [
        (REGIONS, "0.12", "regions-too-new", 'install "regions<0.12"'),
        (REGIONS, "1.0.dev3", "regions-too-new", 'install "regions<0.12"'),
        (REGIONS, "0.11", "gammapy-broken", "%pip install"),
        (ModuleNotFoundError("No module", name="gammapy"), None, "no-gammapy", '"gammapy>=1.3,<3"'),
        (ModuleNotFoundError("No module", name="scipy"), "0.11", "gammapy-broken", "%pip install"),
    ],
)
def test_known_reasons(
    monkeypatch: pytest.MonkeyPatch, error: ImportError, regions: str | None, code: str, command: str
) -> None:
    fail_with(monkeypatch, error, regions)
    with pytest.raises(AttachmentError) as caught:
        gammapy_import.gammapy_data()
    assert caught.value.code == code
    assert command in caught.value.advice


def test_a_kernel_without_astropy(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, ModuleNotFoundError("No module named 'astropy'"))
    with pytest.raises(AttachmentError) as caught:
        gammapy_import.astropy_module("table")
    assert caught.value.code == "no-astropy"
