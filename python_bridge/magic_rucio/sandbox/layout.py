"""Where everything of a sandbox lies below its state directory."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from magic_rucio.errors import InvalidInputError

DIRECTORY_VARIABLE = "MAGIC_RUCIO_SANDBOX_DIR"
DEFAULT_DIRECTORY = ".sandbox"


def state_directory(named: Path | None) -> StateDirectory:
    """Return the sandbox's directory: the one named, else the variable's, else `.sandbox` here."""
    chosen = named or Path(os.environ.get(DIRECTORY_VARIABLE) or DEFAULT_DIRECTORY)
    return StateDirectory(Path(os.path.abspath(chosen.expanduser())))


@dataclass(frozen=True, slots=True)
class StateDirectory:
    """The paths of one sandbox."""

    root: Path

    @property
    def environment(self) -> Path:
        """Rucio's virtual environment; the only thing that `reset` keeps."""
        return self.root / "rucio-env"

    @property
    def grid(self) -> Path:
        """All that `reset` wipes."""
        return self.root / "grid"

    @property
    def settings_file(self) -> Path:
        return self.grid / "sandbox.json"

    @property
    def passwords_file(self) -> Path:
        return self.grid / "passwords.json"

    @property
    def configuration(self) -> Path:
        """Configuration of Rucio and of the transfer service."""
        return self.grid / "etc"

    @property
    def logs(self) -> Path:
        return self.grid / "logs"

    @property
    def run(self) -> Path:
        """State of the running instance."""
        return self.grid / "run"

    @property
    def state_file(self) -> Path:
        return self.run / "state.json"

    @property
    def lock_file(self) -> Path:
        return self.run / "lock"

    @property
    def postgresql(self) -> Path:
        return self.grid / "postgresql"

    @property
    def storage(self) -> Path:
        return self.grid / "storage"

    @property
    def transfer(self) -> Path:
        return self.grid / "transfer"

    @property
    def client_configuration(self) -> Path:
        """A configuration of this package for this sandbox; `MAGIC_RUCIO_CONFIG` may name it."""
        return self.grid / "magic-rucio.toml"

    def make(self) -> None:
        """Make the directories.

        Raises
        ------
        InvalidInputError
            Where that is not allowed.
        """
        try:
            for path in (self.configuration, self.logs, self.run, self.storage, self.transfer):
                path.mkdir(parents=True, exist_ok=True)
            (self.configuration / "metrics").mkdir(exist_ok=True)
        except OSError as error:
            raise InvalidInputError(
                f"The sandbox cannot be kept in {self.root}: {error.strerror} ({error.filename}).",
                advice=f"Name another directory with --dir or {DIRECTORY_VARIABLE}.",
            ) from None


def write_private(path: Path, text: str) -> None:
    """Write a file, mode 0600 from its first moment, whole or not at all."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    beside.replace(path)
