"""One sandbox for all contract tests: the one named by MAGIC_RUCIO_TEST_SANDBOX, else a fresh one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from magic_rucio.sandbox import lifecycle
from magic_rucio.sandbox.description import SandboxDescription, read_sandbox
from magic_rucio.sandbox.environment import ensure_environment
from magic_rucio.sandbox.layout import StateDirectory
from magic_rucio.sandbox.rest import RucioCalls

REPOSITORY = Path(__file__).parents[3]


def say(words: str) -> None:
    print(f"sandbox: {words}", file=sys.stderr, flush=True)


@pytest.fixture(scope="session")
def rucio_environment() -> Path:
    """Rucio's environment, shared with the sandbox of `npm run demo`: it takes a minute to make."""
    environment = REPOSITORY / ".sandbox" / "rucio-env"
    ensure_environment(environment, say)
    return environment


@pytest.fixture(scope="session")
def fresh_directory(
    rucio_environment: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], StateDirectory]:
    """A function that makes state directories for sandboxes that are not up yet."""

    def make() -> StateDirectory:
        directory = StateDirectory(tmp_path_factory.mktemp("sandbox"))
        directory.environment.symlink_to(rucio_environment)
        return directory

    return make


@pytest.fixture(scope="session")
def sandbox(request: pytest.FixtureRequest) -> Iterator[SandboxDescription]:
    """A sandbox that serves rules: addresses, storage, accounts with their passwords."""
    named = os.environ.get("MAGIC_RUCIO_TEST_SANDBOX")
    if named:
        directory = StateDirectory(Path(named).absolute())
        lifecycle.bring_up(directory, lifecycle.Options(), say)
        yield read_sandbox(directory.root)
        return
    directory = request.getfixturevalue("fresh_directory")()
    try:
        lifecycle.bring_up(directory, lifecycle.Options(), say)
        yield read_sandbox(directory.root)
    finally:
        lifecycle.take_down(directory, say)


@pytest.fixture
def calls(sandbox: SandboxDescription) -> Iterator[Callable[[str], RucioCalls]]:
    """A function that signs an account in."""
    opened: list[RucioCalls] = []

    def sign_in(account: str) -> RucioCalls:
        opened.append(RucioCalls(sandbox.rucio_url, account, sandbox.password(account)))
        return opened[-1]

    yield sign_in
    for rucio in opened:
        rucio.close()
