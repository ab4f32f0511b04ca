"""What a sandbox remembers, and what it refuses."""

from __future__ import annotations

import socket
import stat
from pathlib import Path

import pytest

from magic_rucio.config import load_settings
from magic_rucio.errors import ConflictError, InvalidInputError, NotFoundError
from magic_rucio.sandbox.description import read_sandbox, write_client_configuration
from magic_rucio.sandbox.grid import ACCOUNTS, RSES, SCOPES, bootstrap_plan
from magic_rucio.sandbox.layout import DIRECTORY_VARIABLE, StateDirectory, state_directory, write_private
from magic_rucio.sandbox.rucio_config import write_rucio_configuration
from magic_rucio.sandbox.settings import (
    LOOPBACK,
    PORT_RANGE,
    free_ports,
    port_is_free,
    read_secrets,
    read_settings,
    settings_for,
    with_new_ports,
)


@pytest.fixture
def directory(tmp_path: Path) -> StateDirectory:
    place = StateDirectory(tmp_path / "state")
    place.make()
    return place


def test_ports_and_passwords_are_remembered(directory: StateDirectory) -> None:
    first = settings_for(directory, None, None)
    passwords = read_secrets(directory)
    assert settings_for(directory, "pic", None) == first
    assert read_secrets(directory) == passwords
    assert len(set(passwords.accounts.values())) == len(ACCOUNTS)
    assert stat.S_IMODE(directory.passwords_file.stat().st_mode) == 0o600


def test_secrets_are_only_in_their_own_file(directory: StateDirectory) -> None:
    settings_for(directory, None, None)
    text = directory.settings_file.read_text()
    secret = read_secrets(directory)
    assert secret.database_url not in text
    assert not any(password in text for password in secret.accounts.values())


def test_contradicting_choices_are_refused(directory: StateDirectory) -> None:
    settings_for(directory, "pic", None)
    with pytest.raises(ConflictError):
        settings_for(directory, "generic", None)
    with pytest.raises(ConflictError):
        settings_for(directory, None, "postgresql://somebody@elsewhere/db")


def test_a_database_of_another_kind_is_refused(directory: StateDirectory) -> None:
    with pytest.raises(InvalidInputError, match="postgresql://"):
        settings_for(directory, None, "sqlite:///here")
    assert not directory.settings_file.exists()


def test_a_given_database_is_used_with_the_driver_there_is(directory: StateDirectory) -> None:
    settings = settings_for(directory, None, "postgresql://me:word@db.example/rucio")
    assert not settings.own_database
    assert read_secrets(directory).database_url == "postgresql+psycopg://me:word@db.example/rucio"


def test_new_ports_reach_the_databases_url(directory: StateDirectory) -> None:
    settings_for(directory, None, None)
    settings = with_new_ports(directory)
    assert read_settings(directory) == settings
    assert f":{settings.ports.postgresql}/" in read_secrets(directory).database_url


def test_a_taken_port_is_not_offered() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        assert not port_is_free(taken.getsockname()[1])
    ports = free_ports(3)
    assert len(set(ports)) == 3
    assert all(port in PORT_RANGE for port in ports)


def test_without_a_sandbox_the_message_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        read_sandbox(tmp_path)
    assert "sandbox up" in caught.value.advice


def test_a_damaged_file_is_named(directory: StateDirectory) -> None:
    directory.settings_file.write_text("{")
    with pytest.raises(InvalidInputError, match="damaged"):
        read_settings(directory)


def test_the_directory_is_the_option_then_the_variable_then_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(DIRECTORY_VARIABLE, raising=False)
    assert state_directory(None).root == tmp_path / ".sandbox"
    monkeypatch.setenv(DIRECTORY_VARIABLE, str(tmp_path / "there"))
    assert state_directory(None).root == tmp_path / "there"
    assert state_directory(Path("named")).root == tmp_path / "named"


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InvalidInputError, match="cannot be kept"):
        StateDirectory(tmp_path / "file" / "state").make()


def test_a_private_file_follows_no_link_and_is_replaced_whole(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("untouched")
    (tmp_path / "secret").symlink_to(tmp_path / "victim")
    write_private(tmp_path / "secret", "word")
    assert (tmp_path / "victim").read_text() == "untouched"
    assert (tmp_path / "secret").read_text() == "word"
    assert not (tmp_path / "secret").is_symlink()


@pytest.mark.parametrize("name", ["plain", 'quo"te', "per%cent", "sp ace", "ünï", "back\\slash"])
def test_configurations_bear_any_directory(tmp_path: Path, name: str) -> None:
    directory = StateDirectory(tmp_path / name)
    directory.make()
    settings = settings_for(directory, None, None)
    path = write_client_configuration(directory)
    instance = load_settings({"MAGIC_RUCIO_CONFIG": str(path)}).instance()
    assert instance.rucio_url == settings.rucio_url
    assert instance.mounts[0].path == directory.storage / "PIC-DCACHE"
    write_rucio_configuration(directory, "postgresql+psycopg://u:p%40@h/d", "word")
    mode = stat.S_IMODE((directory.configuration / "rucio.cfg").stat().st_mode)
    assert mode == 0o600


def test_the_plan_is_consistent(tmp_path: Path) -> None:
    passwords = {account.name: f"word-{account.name}" for account in ACCOUNTS}
    plan = bootstrap_plan(tmp_path, "http://127.0.0.1:1", passwords)
    names = {entry["name"] for entry in plan["rses"]}
    assert names == {rse.name for rse in RSES}
    assert set(SCOPES.values()) <= {account.name for account in ACCOUNTS}
    for account in plan["accounts"]:
        assert set(account["quota_bytes"]) <= names
    # Whoever may hold a rule at the origin may have its bytes deleted.
    for account in ACCOUNTS:
        if account.type == "USER":
            assert not {"ORM", "ORM-DL3"} & set(account.quota_bytes)
            assert "admin" not in account.attributes
