from __future__ import annotations

from collections.abc import Iterator

import pytest

from .live import LiveKernel


@pytest.fixture(scope="package")
def shared_kernel() -> Iterator[LiveKernel]:
    with LiveKernel() as kernel:
        yield kernel


@pytest.fixture
def kernel(shared_kernel: LiveKernel) -> LiveKernel:
    """A kernel fresh from a restart: cheaper than a new one, and as empty."""
    shared_kernel.restart()
    return shared_kernel
