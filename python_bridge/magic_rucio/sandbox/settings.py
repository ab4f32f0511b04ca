"""What a sandbox remembers of itself: ports and choices, and, apart from them, its secrets."""

from __future__ import annotations

import random
import secrets
import socket
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from magic_rucio.errors import ConflictError, InvalidInputError, NotFoundError
from magic_rucio.sandbox.grid import ACCOUNTS
from magic_rucio.sandbox.layout import StateDirectory, write_private

LOOPBACK = "127.0.0.1"

PORT_RANGE = range(20_000, 32_000)
"""Below the range from which outgoing connections get theirs, so that a remembered port stays free."""

SchemaName = Literal["pic", "generic"]

Model = TypeVar("Model", bound=BaseModel)


class Ports(BaseModel):
    """The ports on 127.0.0.1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rucio: int = Field(ge=1, le=65535)
    transfer: int = Field(ge=1, le=65535)
    postgresql: int = Field(ge=1, le=65535)


class SandboxSettings(BaseModel):
    """`sandbox.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    id: str
    """Marks the processes of this sandbox."""
    schema_name: SchemaName = "pic"
    ports: Ports
    own_database: bool = True
    """False: the PostgreSQL of the URL in the secrets is used, and left alone by `reset`."""

    @property
    def rucio_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.rucio}"

    @property
    def transfer_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.transfer}"


class SandboxSecrets(BaseModel):
    """`passwords.json`, mode 0600."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accounts: dict[str, str]
    """Account -> password; the user name is the account's name."""
    database_url: str


def read_settings(directory: StateDirectory) -> SandboxSettings:
    """Read what the sandbox remembers.

    Raises
    ------
    NotFoundError
        There is no sandbox in this directory.
    InvalidInputError
        The file is damaged.
    """
    return _read(directory.settings_file, SandboxSettings, directory)


def read_secrets(directory: StateDirectory) -> SandboxSecrets:
    """Read the passwords; errors as in `read_settings`."""
    return _read(directory.passwords_file, SandboxSecrets, directory)


def _read(path: Path, model: type[Model], directory: StateDirectory) -> Model:
    try:
        return model.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise NotFoundError(
            f"There is no sandbox in {directory.root}.",
            advice="Start one with `magic-rucio sandbox up`, or name its directory with --dir.",
        ) from None
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}.") from None
    except ValidationError:
        raise InvalidInputError(
            f"{path} is damaged.", advice="`magic-rucio sandbox reset` starts afresh."
        ) from None


def settings_for(
    directory: StateDirectory, schema_name: SchemaName | None, database_url: str | None
) -> SandboxSettings:
    """Return the remembered settings, or make and remember new ones with their secrets.

    Raises
    ------
    ConflictError
        The options contradict what the sandbox was made with.
    """
    if database_url is not None:
        database_url = _with_driver(database_url)
    if directory.settings_file.exists():
        settings = read_settings(directory)
        other_database = database_url and database_url != read_secrets(directory).database_url
        if (schema_name and schema_name != settings.schema_name) or other_database:
            raise ConflictError(
                f"The sandbox in {directory.root} was made with another schema or database.",
                advice="`magic-rucio sandbox reset` first, or name another directory with --dir.",
            )
        return settings
    ports = _new_ports()
    password = secrets.token_urlsafe(18)
    own = f"postgresql+psycopg://rucio:{password}@{LOOPBACK}:{ports.postgresql}/postgres"
    settings = SandboxSettings(
        id=secrets.token_hex(8),
        schema_name=schema_name or "pic",
        ports=ports,
        own_database=database_url is None,
    )
    secret = SandboxSecrets(
        accounts={account.name: secrets.token_urlsafe(12) for account in ACCOUNTS},
        database_url=database_url or own,
    )
    write_private(directory.passwords_file, secret.model_dump_json(indent=1))
    write_private(directory.settings_file, settings.model_dump_json(indent=1))
    return settings


def _with_driver(url: str) -> str:
    """Name the driver that Rucio's environment has."""
    scheme, mark, rest = url.partition("://")
    if not mark or scheme.split("+")[0] not in ("postgresql", "postgres"):
        raise InvalidInputError("The database must be given as postgresql://user:password@host:port/name.")
    return f"postgresql+psycopg://{rest}"


def with_new_ports(directory: StateDirectory) -> SandboxSettings:
    """Choose the ports anew and remember them."""
    settings, secret = read_settings(directory), read_secrets(directory)
    changed = settings.model_copy(update={"ports": _new_ports()})
    if settings.own_database:
        url = secret.database_url.replace(
            f"{LOOPBACK}:{settings.ports.postgresql}/", f"{LOOPBACK}:{changed.ports.postgresql}/"
        )
        secret = secret.model_copy(update={"database_url": url})
        write_private(directory.passwords_file, secret.model_dump_json(indent=1))
    write_private(directory.settings_file, changed.model_dump_json(indent=1))
    return changed


def _new_ports() -> Ports:
    return Ports(**dict(zip(Ports.model_fields, free_ports(len(Ports.model_fields)), strict=True)))


def free_ports(count: int) -> list[int]:
    """Find ports that nobody listens on now."""
    candidates = random.sample(PORT_RANGE, 10 * count)
    free = [port for port in candidates if port_is_free(port)]
    if len(free) < count:
        raise ConflictError("Hardly any port between 20000 and 32000 is free.")
    return free[:count]


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        # As servers do: without it the remains of closed connections count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
