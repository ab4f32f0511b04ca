"""Configuration: one TOML file, environment on top, every mistake named with its place.

Sought in `$MAGIC_RUCIO_CONFIG`, the user's configuration folder, then `/etc/magic-rucio/config.toml`.
The `RUCIO_*` variables that DLaaS images set for rucio-jupyterlab are honoured as they are.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from magic_rucio.errors import InvalidInputError

LARGEST_FILE = 1024 * 1024
"""Bytes of a configuration; what is larger is something else."""


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("this is no web address") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("a web address starts with https:// or http:// and names a host")
    if not value.isprintable() or " " in value or "?" in value or "#" in value:
        raise ValueError("a web address without spaces, ? and # is wanted")
    if "@" in parts.netloc:
        # It would be shown in messages.
        raise ValueError("no name and password may stand in an address")
    return value.rstrip("/")


def _in_home(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError("nobody has this home directory") from None


def _from_root(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("an absolute path is wanted: kernels run in other directories")
    return path


WebAddress = Annotated[str, AfterValidator(_web_address)]
UserPath = Annotated[Path, AfterValidator(_in_home)]
"""A path in which `~` is the user's home."""

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Mount(BaseModel):
    """How the files of one RSE are seen from the notebook's machine.

    Exactly one way holds: `pfn_prefix` is replaced by `path`; else, after dropping the first
    `path_begins_at` components of the PFN's path, the rest is joined to `path`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rse: str
    path: Annotated[UserPath, AfterValidator(_from_root)]
    pfn_prefix: str | None = None
    path_begins_at: int = Field(default=0, ge=0)


class RucioInstance(BaseModel):
    """One Rucio, and what this site does with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(default="default", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    name: str = "Rucio"
    rucio_url: WebAddress
    auth_url: WebAddress | None = None
    ca_cert: UserPath | None = None
    account: str | None = None
    token_env: str | None = None
    """Name of an environment variable that holds a Rucio token."""
    token_file: UserPath | None = None
    """A file with a Rucio token; read again whenever it changes."""
    scopes: tuple[str, ...] = ()
    """Scopes in which DL3 files are sought; empty: every scope the account sees."""
    destination_rse: str = "PIC-DCACHE"
    mode: Literal["replica", "download"] = "replica"
    mounts: tuple[Mount, ...] = ()
    direct_file_access: bool = False
    """Whether `file://` PFNs name files of this machine."""
    webui_url: WebAddress | None = None
    support: str = ""
    """Whom to ask for quota or powers: a name or an address, shown in messages."""

    @property
    def authentication_url(self) -> str:
        """Where tokens are issued: its own host at some sites."""
        return self.auth_url or self.rucio_url


class Settings(BaseModel):
    """The whole configuration."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    instances: tuple[RucioInstance, ...] = ()
    data_dir: UserPath = Path(platformdirs.user_data_dir("magic-rucio"))
    """Catalogue indexes, one file an instance."""
    cache_dir: UserPath = Path(platformdirs.user_cache_dir("magic-rucio"))
    """Downloaded files, shared by all notebooks of the user."""
    cache_limit_bytes: int = Field(default=20_000_000_000, gt=0)
    request_timeout_seconds: Seconds = 20.0
    sync_interval_seconds: Annotated[Seconds, Field(ge=1)] = 30.0

    @model_validator(mode="after")
    def _instances_differ(self) -> Settings:
        ids = [instance.id for instance in self.instances]
        if len(set(ids)) != len(ids):
            raise ValueError("instances: two instances have the same id")
        return self

    def instance(self, instance_id: str | None = None) -> RucioInstance:
        """Return one instance, the first where none is named.

        Raises
        ------
        InvalidInputError
            Where there is none, or none of that id.
        """
        if not self.instances:
            raise InvalidInputError(
                "No Rucio is configured.",
                code="not-configured",
                advice=f"Name one in {user_config_file()} or by RUCIO_BASE_URL; see the README.",
            )
        if instance_id is None:
            return self.instances[0]
        for instance in self.instances:
            if instance.id == instance_id:
                return instance
        known = ", ".join(instance.id for instance in self.instances)
        raise InvalidInputError(f"No Rucio instance {instance_id!r} is configured; known: {known}.")


def user_config_file() -> Path:
    """Return the path of the user's own configuration file."""
    return Path(platformdirs.user_config_dir("magic-rucio")) / "config.toml"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the configuration file, if any, and the environment.

    Raises
    ------
    InvalidInputError
        With every mistake and its place.
    """
    environment = os.environ if environment is None else environment
    path = _config_file(environment)
    values: dict[str, Any] = _read_toml(path) if path else {}
    instances = values.get("instances", [])
    if not isinstance(instances, list) or not all(isinstance(one, dict) for one in instances):
        raise InvalidInputError(
            f"The configuration in {path} is not valid: instances: each begins with a line [[instances]]."
        )
    own = _own_variables(environment)
    dlaas = _dlaas_variables(environment)
    values |= {field: environment[name] for field, name in own.items()}
    values["instances"] = _with_dlaas_variables(instances, dlaas, environment)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        place = str(path) if path else "the environment"
        mistakes = "; ".join(f"{_place(e['loc'], own, dlaas)}: {e['msg']}" for e in error.errors())
        raise InvalidInputError(f"The configuration in {place} is not valid: {mistakes}.") from None


def _place(loc: tuple[int | str, ...], own: Mapping[str, str], dlaas: Mapping[str, str]) -> str:
    """Name the field of the file, or the variable of the environment, that a mistake is in."""
    match loc:
        case (str(field),) if field in own:
            return own[field]
        case ("instances", 0, "mounts", _, _) if "mounts" in dlaas:
            return f"RUCIO_RSE_MOUNT_PATH, RUCIO_PATH_BEGINS_AT: {loc[-1]}"
        case ("instances", 0, str(field), *_) if field in dlaas:
            return dlaas[field]
    return ".".join(map(str, loc)) or "file"


def _config_file(environment: Mapping[str, str]) -> Path | None:
    named = environment.get("MAGIC_RUCIO_CONFIG")
    if named:
        return Path(os.path.expanduser(named))
    for candidate in (user_config_file(), Path("/etc/magic-rucio/config.toml")):
        # Unlike the method of Path, it takes a folder that may not be looked into for one without the file.
        if os.path.isfile(candidate):
            return candidate
    return None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        # A pipe would block, a device would never end.
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST_FILE:
            raise InvalidInputError(f"The configuration {path} is not a file of reasonable size.")
        return tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise InvalidInputError(f"The configuration {path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"The configuration {path} is not TOML: {error}.") from None
    except (RecursionError, ValueError):
        raise InvalidInputError(f"The configuration {path} cannot be read: it is not TOML.") from None


def _own_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return our field of the settings -> the variable that sets it."""
    fields = ("data_dir", "cache_dir", "cache_limit_bytes", "request_timeout_seconds")
    names = {field: f"MAGIC_RUCIO_{field.upper()}" for field in fields}
    return {field: name for field, name in names.items() if environment.get(name)}


_DLAAS_VARIABLES = {
    "RUCIO_NAME": "id",
    "RUCIO_DISPLAY_NAME": "name",
    "RUCIO_BASE_URL": "rucio_url",
    "RUCIO_AUTH_URL": "auth_url",
    "RUCIO_CA_CERT": "ca_cert",
    "RUCIO_ACCOUNT": "account",
    "RUCIO_MODE": "mode",
    "RUCIO_DESTINATION_RSE": "destination_rse",
    "RUCIO_WEBUI_URL": "webui_url",
    "RUCIO_OIDC_ENV_NAME": "token_env",
    "RUCIO_OIDC_FILE_NAME": "token_file",
}
"""What rucio-jupyterlab's images set -> our field of the instance."""


def _dlaas_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return our field of the instance -> the image's variable that sets it."""
    found = {field: name for name, field in _DLAAS_VARIABLES.items() if environment.get(name)}
    if environment.get("RUCIO_RSE_MOUNT_PATH"):
        found["mounts"] = "RUCIO_RSE_MOUNT_PATH"
    return found


def _with_dlaas_variables(
    instances: list[dict[str, Any]], dlaas: Mapping[str, str], environment: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Lay the images' variables over the first instance, or make it from them."""
    if not instances and "rucio_url" not in dlaas:
        return instances
    found: dict[str, Any] = {field: environment[name] for field, name in dlaas.items()}
    first = {**(instances[0] if instances else {}), **found}
    if "mounts" in dlaas:
        begins_at = environment.get("RUCIO_PATH_BEGINS_AT") or "0"
        rse = first.get("destination_rse", "PIC-DCACHE")
        first["mounts"] = [{"rse": rse, "path": found["mounts"], "path_begins_at": begins_at}]
    return [first, *instances[1:]]
