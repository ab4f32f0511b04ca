"""What a sandbox that is up offers: served rules, real deletion, quotas, powers."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from functools import partial

import pytest

from magic_rucio.sandbox.description import SandboxDescription
from magic_rucio.sandbox.grid import PROBE_SCOPE
from magic_rucio.sandbox.layout import StateDirectory
from magic_rucio.sandbox.rest import RucioCalls, RucioRefusal, did_path
from magic_rucio.sandbox.status import sandbox_status
from tests.contract.files import file_at, make_rule, register_file, wait_until, wait_until_served

pytestmark = pytest.mark.sandbox

SignIn = Callable[[str], RucioCalls]

MEMORY_LIMIT = 1_500_000_000


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(RucioRefusal) as caught:
        call()
    return str(caught.value.details["exception_class"])


def test_a_rule_moves_the_bytes(sandbox: SandboxDescription, calls: SignIn) -> None:
    name = register_file(sandbox, calls("mover"), "ORM-DL3", sandbox.dl3_scope, size=300_000)
    analyst = calls("analyst1")
    rule = make_rule(analyst, "analyst1", sandbox.dl3_scope, name, "PIC-DCACHE")
    wait_until_served(analyst, rule)
    arrived = file_at(sandbox, "PIC-DCACHE", sandbox.dl3_scope, name)
    assert arrived.read_bytes() == file_at(sandbox, "ORM-DL3", sandbox.dl3_scope, name).read_bytes()


@pytest.mark.parametrize("rse", ["PIC-TAPE", "PIC-NONDET"])
def test_every_destination_is_served(sandbox: SandboxDescription, calls: SignIn, rse: str) -> None:
    mover = calls("mover")
    name = register_file(sandbox, mover, "ORM", sandbox.raw_scope)
    wait_until_served(mover, make_rule(mover, "mover", sandbox.raw_scope, name, rse))
    found = mover.stream(
        "POST", "/replicas/list", {"dids": [{"scope": sandbox.raw_scope, "name": name}], "sort": "random"}
    )
    assert found[0]["states"] == {"ORM": "AVAILABLE", rse: "AVAILABLE"}


def test_the_origin_is_deleted_by_its_last_rule(sandbox: SandboxDescription, calls: SignIn) -> None:
    mover, deleter = calls("mover"), calls("deleter")
    name = register_file(sandbox, mover, "ORM", sandbox.raw_scope)
    at_origin = sandbox.rses["ORM"].root / name
    pin = make_rule(mover, "mover", sandbox.raw_scope, name, "ORM", purge_replicas=True, lifetime=None)
    wait_until_served(
        mover, make_rule(mover, "mover", sandbox.raw_scope, name, "PIC-DCACHE", locked=True, lifetime=None)
    )
    assert at_origin.exists()
    deleter.send("PUT", f"/rules/{pin}", {"options": {"lifetime": 0, "purge_replicas": True}})
    wait_until(lambda: not at_origin.exists(), "the file is gone from the origin")
    assert file_at(sandbox, "PIC-DCACHE", sandbox.raw_scope, name).exists()


def test_quotas_are_enforced(sandbox: SandboxDescription, calls: SignIn) -> None:
    mover = calls("mover")
    big = register_file(sandbox, mover, "ORM-DL3", sandbox.dl3_scope, size=1_500_000)

    def rule_of(account: str, rse: str) -> str:
        return make_rule(calls(account), account, sandbox.dl3_scope, big, rse)

    assert refusal(lambda: rule_of("analyst2", "PIC-DCACHE")) == "InsufficientAccountLimit"
    assert refusal(lambda: rule_of("analyst1", "PIC-TAPE")) == "InsufficientAccountLimit"
    wait_until_served(mover, rule_of("analyst1", "PIC-DCACHE"))


def test_usage_is_counted(sandbox: SandboxDescription, calls: SignIn) -> None:
    small = register_file(sandbox, calls("mover"), "ORM-DL3", sandbox.dl3_scope, size=1234)
    analyst = calls("analyst2")

    def used() -> int:
        usage = analyst.stream("GET", "/accounts/analyst2/usage/local")
        return next((int(entry["bytes"]) for entry in usage if entry["rse"] == "PIC-DCACHE"), 0)

    before = used()
    make_rule(analyst, "analyst2", sandbox.dl3_scope, small, "PIC-DCACHE")
    wait_until(lambda: used() == before + 1234, "the usage has grown by the file")


def test_an_analyst_has_no_power_over_what_is_not_his(sandbox: SandboxDescription, calls: SignIn) -> None:
    mover, analyst = calls("mover"), calls("analyst1")
    name = register_file(sandbox, mover, "ORM-DL3", sandbox.dl3_scope)
    pin = make_rule(mover, "mover", sandbox.dl3_scope, name, "ORM-DL3", lifetime=None)
    replica = {"rse": "ORM-DL3", "files": [{"scope": sandbox.dl3_scope, "name": name}]}
    attempts: list[tuple[str, str, object]] = [
        ("DELETE", f"/rules/{pin}", {}),
        ("PUT", f"/rules/{pin}", {"options": {"lifetime": 0}}),
        ("PUT", f"/rules/{pin}", {"options": {"locked": False}}),
        ("DELETE", "/replicas", replica),
        (
            "POST",
            "/replicas",
            {"rse": "ORM-DL3", "files": [{"scope": "user.analyst1", "name": "x", "bytes": 1}]},
        ),
        (
            "POST",
            "/replicas/tombstone",
            {"replicas": [{"rse": "ORM-DL3", "scope": sandbox.dl3_scope, "name": name}]},
        ),
        ("POST", f"/dids/{did_path(sandbox.dl3_scope, name)}/meta/lifetime", {"value": 1}),
        ("POST", f"/dids/{did_path(sandbox.dl3_scope, 'mine')}", {"type": "DATASET"}),
    ]
    for method, path, body in attempts:
        assert refusal(partial(analyst.send, method, path, body)) == "AccessDenied", path
    assert file_at(sandbox, "ORM-DL3", sandbox.dl3_scope, name).exists()


def test_the_owner_of_a_rule_may_extend_and_end_it(sandbox: SandboxDescription, calls: SignIn) -> None:
    name = register_file(sandbox, calls("mover"), "ORM-DL3", sandbox.dl3_scope)
    analyst = calls("analyst1")
    rule = make_rule(analyst, "analyst1", sandbox.dl3_scope, name, "PIC-DCACHE")
    before = analyst.get(f"/rules/{rule}")["expires_at"]
    analyst.send("PUT", f"/rules/{rule}", {"options": {"lifetime": 7200}})
    assert analyst.get(f"/rules/{rule}")["expires_at"] != before
    assert (
        refusal(lambda: analyst.send("DELETE", f"/rules/{rule}", {"purge_replicas": True})) == "AccessDenied"
    )
    analyst.send("DELETE", f"/rules/{rule}", {})


def test_an_analyst_makes_datasets_in_his_own_scope(sandbox: SandboxDescription, calls: SignIn) -> None:
    name = register_file(sandbox, calls("mover"), "ORM-DL3", sandbox.dl3_scope)
    analyst = calls("analyst1")
    dataset = f"selection-{name}"
    analyst.send("POST", f"/dids/{did_path('user.analyst1', dataset)}", {"type": "DATASET"})
    analyst.send(
        "POST",
        f"/dids/{did_path('user.analyst1', dataset)}/dids",
        {"dids": [{"scope": sandbox.dl3_scope, "name": name}]},
    )
    rule = make_rule(analyst, "analyst1", "user.analyst1", dataset, "PIC-DCACHE")
    wait_until_served(analyst, rule)
    wait_until(
        lambda: (
            [
                entry["state"]
                for entry in analyst.stream("GET", f"/replicas/{did_path('user.analyst1', dataset)}/datasets")
                if entry["rse"] == "PIC-DCACHE"
            ]
            == ["AVAILABLE"]
        ),
        "the dataset's own replica is counted",
    )


def test_names_with_a_plus_are_accepted(sandbox: SandboxDescription, calls: SignIn) -> None:
    name = register_file(
        sandbox,
        calls("mover"),
        "ORM-DL3",
        sandbox.dl3_scope,
        name="DL3/4C+27.50/20240912_05116784_DL3_4C+27.50-W0.40+180.fits",
    )
    found = calls("analyst1").get(f"/dids/{did_path(sandbox.dl3_scope, name)}")
    assert found["name"] == name


def test_the_data_manager_is_marked_and_no_administrator(calls: SignIn) -> None:
    attributes = calls("datamanager").get("/accounts/datamanager/attr/")
    assert attributes == [{"key": "magic_ingest", "value": True}] or attributes == {"magic_ingest": True}


def test_the_probe_leaves_nothing(sandbox: SandboxDescription, calls: SignIn) -> None:
    mover = calls("mover")
    wait_until(
        lambda: not mover.stream("GET", f"/dids/{PROBE_SCOPE}/dids/search?type=all&long=1"),
        "Rucio has forgotten the probe",
    )
    folder = sandbox.rses["PIC-DCACHE"].prefix / PROBE_SCOPE
    wait_until(lambda: not list(folder.glob("*")), "the probe's bytes are gone")


def test_it_is_small_and_says_so(sandbox: SandboxDescription) -> None:
    found = sandbox_status(StateDirectory(sandbox.directory))
    assert found.state == "running"
    assert all(process.state == "running" for process in found.processes)
    # PSS of all of it; less than half would mean that something was overlooked.
    assert 150_000_000 < found.memory_bytes < MEMORY_LIMIT


def test_no_secret_is_readable_by_others(sandbox: SandboxDescription) -> None:
    grid = StateDirectory(sandbox.directory).grid
    secrets = list(json.loads((grid / "passwords.json").read_text())["accounts"].values())
    for path in grid.rglob("*"):
        if path.is_file() and "postgresql" not in path.parts and "storage" not in path.parts:
            text = path.read_bytes()
            if any(secret.encode() in text for secret in secrets):
                assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
                assert "logs" not in path.parts
