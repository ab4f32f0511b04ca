"""What one instance of the transfer service is told: a JSON file, validated before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from magic_rucio.errors import InvalidInputError


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("must be an absolute path")
    return path


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StorageLimit(_Section):
    """How many files one storage serves at once."""

    inbound: int = Field(default=8, ge=1)
    outbound: int = Field(default=8, ge=1)


class LinkLimit(_Section):
    """How many files move at once from one storage to another, and how fast all of them together."""

    active: int = Field(default=8, ge=1)
    bytes_per_second: int | None = Field(default=None, ge=1)
    """None: as fast as the disks."""


class TapeTimes(_Section):
    """How long a storage with tape takes; a disk takes no time for either."""

    staging_seconds: float = Field(default=0.0, ge=0, le=30 * 86400)
    """From tape to its disk buffer."""
    archiving_seconds: float = Field(default=0.0, ge=0, le=30 * 86400)
    """From its disk buffer to tape."""


class TransferConfig(_Section):
    """The configuration file.

    A *storage* is one of `allowed_roots` and is called by the last component of its path, so
    `/x/storage/PIC-DCACHE` is `PIC-DCACHE`; roots with equal last components are called by their
    whole path. A *link* is `SOURCE->DESTINATION` in those names.
    """

    port: int = Field(ge=0, le=65535)
    """0: a free one, said on standard output when the service is ready."""
    database: AbsolutePath
    """SQLite file; made when absent."""
    allowed_roots: tuple[AbsolutePath, ...] = Field(min_length=1)
    """Outside of these directories no byte is read or written."""

    host: str = "127.0.0.1"
    allowed_hosts: tuple[str, ...] = ("localhost", "127.0.0.1")
    """Values of the HTTP header `Host` that are answered, `host` besides; `*` for any."""

    workers: int = Field(default=16, ge=1, le=256)
    """Files that move at once in all."""
    storage_limits: dict[str, StorageLimit] = {}
    default_storage_limit: StorageLimit = StorageLimit()
    link_limits: dict[str, LinkLimit] = {}
    default_link_limit: LinkLimit = LinkLimit()
    tapes: dict[str, TapeTimes] = {}

    control: bool = False
    """Serve `/control`: faults and what moves now. Only a sandbox wants that."""
    control_token_file: AbsolutePath | None = None
    """With it `/control` asks for `Authorization: Bearer <its content>`; made (0600) when absent."""

    vo: str = "magic"
    user_dn: str = "/DC=org/DC=magic-sandbox/CN=rucio"
    auth_method: str = "certificate"
    """FTS adds it to every job's metadata."""

    marker_timeout_seconds: int = Field(default=360, ge=1)
    """gfal2's PERF_MARKER_TIMEOUT: said in the reason of a stalled transfer."""
    stalled_after_seconds: int = Field(default=900, ge=1, le=30 * 86400)
    """FTS's CheckStalledTimeout: when a transfer is given up whose mover has died."""
    after_restart: Literal["continue", "stall"] = "continue"
    """What was ACTIVE when the service ended: moved again from the start, as FTS's movers outlive
    their server; or left until it counts as stalled, as if the movers had died with it."""

    file_metadata_bytes: int = Field(default=4096, ge=2)
    job_metadata_bytes: int = Field(default=2048, ge=2)
    request_bytes: int = Field(default=64 << 20, ge=1024)
    log_level: Literal["debug", "info", "warning", "error"] = "warning"

    def link_limit(self, source: str, destination: str) -> LinkLimit:
        """The limit of one link, the default one if it has none of its own."""
        return self.link_limits.get(f"{source}->{destination}", self.default_link_limit)

    def storage_limit(self, storage: str) -> StorageLimit:
        """The limit of one storage, the default one if it has none of its own."""
        return self.storage_limits.get(storage, self.default_storage_limit)

    def tape(self, storage: str) -> TapeTimes:
        """Staging and archiving times; zero for a disk."""
        return self.tapes.get(storage, TapeTimes())


def read_config(path: Path) -> TransferConfig:
    """Read and check a configuration file.

    Raises
    ------
    InvalidInputError
        The file cannot be read or is not valid; every mistake is named with its place.
    """
    try:
        return TransferConfig.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InvalidInputError(f"Cannot read {path}: {error.strerror}.") from error
    except ValidationError as error:
        mistakes = "; ".join(
            f"{'.'.join(str(part) for part in mistake['loc']) or 'file'}: {mistake['msg']}"
            for mistake in error.errors(include_url=False)
        )
        raise InvalidInputError(f"{path} is not a valid configuration: {mistakes}.") from error
