"""The configuration: from a file, from DLaaS images' variables; every mistake named with its place."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magic_rucio import config as module
from magic_rucio.config import RucioInstance, Settings, load_settings
from magic_rucio.errors import InvalidInputError

ONE = '[[instances]]\nrucio_url = "https://rucio.example"\n'


@pytest.fixture(autouse=True)
def nobodys_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "user_config_file", lambda: tmp_path / "absent" / "config.toml")


def load(tmp_path: Path, text: str, **variables: str) -> Settings:
    (tmp_path / "c.toml").write_text(text)
    return load_settings({"MAGIC_RUCIO_CONFIG": str(tmp_path / "c.toml"), **variables})


def mistake(tmp_path: Path, text: str, **variables: str) -> str:
    with pytest.raises(InvalidInputError) as caught:
        load(tmp_path, text, **variables)
    return caught.value.message


def test_nothing_set_is_no_instance() -> None:
    assert load_settings({}).instances == ()
    with pytest.raises(InvalidInputError) as caught:
        load_settings({}).instance()
    assert caught.value.code == "not-configured"


def test_a_file_with_all_that_a_site_says(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        'data_dir = "/d"\n[[instances]]\nid = "a"\nrucio_url = "https://r.example/"\nscopes = ["s"]\n'
        '[[instances.mounts]]\nrse = "P"\npath = "/eos"\npfn_prefix = "davs://x"\n'
        '[[instances]]\nid = "b"\nrucio_url = "http://r2.example:8080/base"\n',
    )
    assert settings.data_dir == Path("/d")
    assert settings.instance().rucio_url == "https://r.example"
    assert settings.instance().authentication_url == "https://r.example"
    assert settings.instance("b").rucio_url == "http://r2.example:8080/base"
    with pytest.raises(InvalidInputError, match="known: a, b"):
        settings.instance("c")


def test_the_variables_of_dlaas_images_are_enough() -> None:
    settings = load_settings(
        {
            "RUCIO_BASE_URL": "https://rucio.example",
            "RUCIO_AUTH_URL": "https://auth.example",
            "RUCIO_NAME": "escape",
            "RUCIO_DISPLAY_NAME": "ESCAPE",
            "RUCIO_ACCOUNT": "ana",
            "RUCIO_DESTINATION_RSE": "PIC",
            "RUCIO_RSE_MOUNT_PATH": "/eos",
            "RUCIO_PATH_BEGINS_AT": "4",
            "RUCIO_OIDC_FILE_NAME": "/tmp/token",
            "RUCIO_MODE": "download",
            "RUCIO_WEBUI_URL": "",
        }
    )
    instance = settings.instance("escape")
    assert (instance.name, instance.account, instance.mode) == ("ESCAPE", "ana", "download")
    assert instance.authentication_url == "https://auth.example"
    assert instance.token_file == Path("/tmp/token")
    assert instance.webui_url is None
    mount = instance.mounts[0]
    assert (mount.rse, mount.path, mount.path_begins_at) == ("PIC", Path("/eos"), 4)


def test_variables_lie_over_the_first_instance_of_the_file(tmp_path: Path) -> None:
    text = ONE + '[[instances]]\nid = "b"\nrucio_url = "https://b.example"\n'
    settings = load(tmp_path, text, RUCIO_ACCOUNT="ana", MAGIC_RUCIO_CACHE_LIMIT_BYTES="5")
    assert [one.account for one in settings.instances] == ["ana", None]
    assert settings.cache_limit_bytes == 5


def test_a_tilde_is_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = load(tmp_path, 'cache_dir = "~/cache"\n' + ONE + 'token_file = "~/token"\n')
    assert settings.cache_dir == tmp_path / "cache"
    assert settings.instance().token_file == tmp_path / "token"
    assert load_settings({"MAGIC_RUCIO_CONFIG": "~/c.toml"}).instances


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("instances = 5", "[[instances]]"),
        ('instances = "abc"', "[[instances]]"),
        ('[instances]\nrucio_url = "https://r"', "[[instances]]"),
        ("instances = [1]", "[[instances]]"),
        ("[[instances]]", "instances.0.rucio_url: Field required"),
        (ONE + 'colour = "red"', "instances.0.colour"),
        ('colour = "red"', "colour"),
        (ONE + 'mode = "teleport"', "instances.0.mode"),
        (ONE + 'id = "a/b"', "instances.0.id"),
        (ONE + ONE, "two instances have the same id"),
        ("cache_limit_bytes = 0", "cache_limit_bytes"),
        ("request_timeout_seconds = inf", "request_timeout_seconds"),
        ("request_timeout_seconds = nan", "request_timeout_seconds"),
        ("sync_interval_seconds = 0.1", "sync_interval_seconds"),
        ('data_dir = "~nobody-of-that-name/x"', "data_dir"),
        (ONE + '[[instances.mounts]]\nrse = "P"\npath = "eos"', "instances.0.mounts.0.path"),
        ("a = ", "is not TOML"),
        ("a = " + "[" * 5000, "is not TOML"),
    ],
)
def test_every_mistake_is_named(tmp_path: Path, text: str, named: str) -> None:
    message = mistake(tmp_path, text)
    assert named in message
    assert str(tmp_path / "c.toml") in message


@pytest.mark.parametrize(
    "address",
    [
        "rucio.example",
        "ftp://rucio.example",
        "https://",
        "https:///path",
        "https://ana:secret-word@rucio.example",
        "https://rucio.example/?a=b",
        "https://rucio.example/#x",
        "https://rucio example",
        "https://rucio.example:port",
        "https://[::1",
        "https://rucio.example\n",
    ],
)
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        load_settings({"RUCIO_BASE_URL": address})
    assert "RUCIO_BASE_URL" in caught.value.message
    assert "secret-word" not in caught.value.message


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RUCIO_NAME", "two words"),
        ("RUCIO_MODE", "teleport"),
        ("MAGIC_RUCIO_CACHE_LIMIT_BYTES", "many"),
        ("MAGIC_RUCIO_REQUEST_TIMEOUT_SECONDS", "0"),
    ],
)
def test_a_mistake_in_a_variable_names_the_variable(tmp_path: Path, variable: str, value: str) -> None:
    assert f"{variable}:" in mistake(tmp_path, ONE, **{variable: value})


def test_a_mistake_in_the_mount_of_an_image_names_its_variables(tmp_path: Path) -> None:
    message = mistake(tmp_path, ONE, RUCIO_RSE_MOUNT_PATH="/eos", RUCIO_PATH_BEGINS_AT="-1")
    assert "RUCIO_PATH_BEGINS_AT" in message


def test_places_that_are_no_configuration(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "latin").write_bytes(b'a = "\xe9"')
    (tmp_path / "large").write_bytes(b"#" * (module.LARGEST_FILE + 1))
    for place in ("absent", ".", "pipe", "latin", "large", "/dev/zero"):
        with pytest.raises(InvalidInputError, match="configuration"):
            load_settings({"MAGIC_RUCIO_CONFIG": str(tmp_path / place)})


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_whatever_is_in_the_file_is_settings_or_an_explained_mistake(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "any.toml").write_bytes(content)
    with suppress(InvalidInputError):
        assert isinstance(load_settings({"MAGIC_RUCIO_CONFIG": str(tmp_path / "any.toml")}), Settings)


@given(st.text(max_size=60))
def test_an_address_is_refused_or_kept(text: str) -> None:
    try:
        instance = RucioInstance(rucio_url=f"https://{text}")
    except ValueError:
        return
    assert instance.rucio_url.startswith("https://")
    assert "@" not in instance.rucio_url.split("/")[2]
