"""What there is in a sandbox, for tests, the demo and other programs: reading only, nothing started."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from magic_rucio.sandbox.grid import ACCOUNTS, DL3_SCOPE, RAW_SCOPE, RSES, Account, Rse
from magic_rucio.sandbox.layout import StateDirectory, state_directory, write_private
from magic_rucio.sandbox.settings import read_secrets, read_settings


@dataclass(frozen=True, slots=True)
class DescribedRse:
    """One storage element."""

    name: str
    purpose: str
    root: Path
    """Its directory."""
    prefix: Path
    """A deterministic one keeps a file at `prefix/scope/name`; PFNs are `file://localhost` + path."""
    deterministic: bool
    tape: bool


@dataclass(frozen=True, slots=True)
class SandboxDescription:
    """One sandbox; it may be down."""

    directory: Path
    rucio_url: str
    transfer_url: str
    rses: dict[str, DescribedRse]
    accounts: dict[str, Account]
    dl3_scope: str
    raw_scope: str
    client_configuration: Path
    """A configuration file of this package for this sandbox; `up` writes it."""
    transfer_control_token: Path
    """File with the bearer token of the transfer service's `/control`."""

    def password(self, account: str) -> str:
        """Return the password of an account; the user name is the account's name.

        Raises
        ------
        KeyError
            No such account.
        """
        return read_secrets(StateDirectory(self.directory)).accounts[account]


def read_sandbox(directory: Path | None = None) -> SandboxDescription:
    """Describe the sandbox of a directory (default as for the command line).

    Raises
    ------
    NotFoundError
        There is none.
    """
    place = state_directory(directory)
    settings = read_settings(place)
    return SandboxDescription(
        directory=place.root,
        rucio_url=settings.rucio_url,
        transfer_url=settings.transfer_url,
        rses={rse.name: _describe(rse, place.storage) for rse in RSES},
        accounts={account.name: account for account in ACCOUNTS},
        dl3_scope=DL3_SCOPE,
        raw_scope=RAW_SCOPE,
        client_configuration=place.client_configuration,
        transfer_control_token=place.transfer / "control-token",
    )


def write_client_configuration(directory: StateDirectory) -> Path:
    """Write the configuration that points this package at the sandbox.

    Returns
    -------
    Path
        The file, to be named by `MAGIC_RUCIO_CONFIG`.
    """
    settings = read_settings(directory)
    path = directory.client_configuration
    path_text = str(directory.storage / "PIC-DCACHE").replace("\\", "\\\\").replace('"', '\\"')
    write_private(
        path,
        "# Written by `magic-rucio sandbox up`.\n"
        "[[instances]]\n"
        'id = "sandbox"\n'
        'name = "Sandbox"\n'
        f'rucio_url = "{settings.rucio_url}"\n'
        'destination_rse = "PIC-DCACHE"\n'
        'support = "yourself: this is a sandbox"\n'
        "\n"
        "[[instances.mounts]]\n"
        'rse = "PIC-DCACHE"\n'
        f'pfn_prefix = "file://localhost{path_text}"\n'
        f'path = "{path_text}"\n',
    )
    return path


def _describe(rse: Rse, storage: Path) -> DescribedRse:
    return DescribedRse(
        name=rse.name,
        purpose=rse.purpose,
        root=rse.root(storage),
        prefix=rse.prefix(storage),
        deterministic=rse.deterministic,
        tape=rse.tape,
    )
