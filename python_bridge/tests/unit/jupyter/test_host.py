"""The API inside Jupyter: who may use it, and what is answered when something is wrong."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest

from magic_rucio.api.app import make_app
from magic_rucio.jupyter import bridge as bridge_module
from magic_rucio.jupyter import extension as extension_module
from magic_rucio.jupyter.bridge import ApplicationBridge

from .conftest import StartJupyter

METHODS = ("get", "post", "patch", "delete")

EVERY_ROUTE = sorted(
    (method.upper(), path.replace("{", "").replace("}", "").lstrip("/"))
    for path, operations in make_app().openapi()["paths"].items()
    for method in operations
    if method in METHODS
)

ONE_INSTANCE = """
data_dir = "{folder}/data"
[[instances]]
rucio_url = "http://127.0.0.1:9"
"""


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, object]:
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/json"
    problem: dict[str, object] = response.json()
    assert set(problem) == {"code", "message", "advice", "details", "request_id"}
    assert problem["code"] == code
    assert problem["message"]
    assert response.headers["X-Request-ID"] == problem["request_id"]
    assert "Traceback" not in response.text
    return problem


async def test_every_route_needs_a_sign_in_to_jupyter(start_jupyter: StartJupyter) -> None:
    jupyter = await start_jupyter("")
    assert len(EVERY_ROUTE) > 20
    async with httpx.AsyncClient(base_url=jupyter.api.base_url) as stranger:
        for method, path in EVERY_ROUTE:
            response = await stranger.request(method, path)
            assert_problem(response, 403, "jupyter-403")
            wrong = await stranger.request(method, path, headers={"Authorization": "token wrong"})
            assert wrong.status_code == 403
    assert jupyter.extension._bridge is None


async def test_a_request_by_cookie_needs_jupyters_xsrf_token(start_jupyter: StartJupyter) -> None:
    jupyter = await start_jupyter("")
    async with httpx.AsyncClient(base_url=jupyter.url) as browser:
        await browser.get("/api/status", params={"token": jupyter.token})
        assert (await browser.get("/magic-rucio/api/status")).status_code == 200
        refused = await browser.delete("/magic-rucio/api/session")
        assert_problem(refused, 403, "jupyter-403")
        # A page of another site can make the browser send the cookie, but not know what is in it.
        browser.cookies["_xsrf"] = "0123456789abcdef"
        assert (await browser.delete("/magic-rucio/api/session")).status_code == 403
        known = {"X-XSRFToken": "0123456789abcdef"}
        taken = await browser.delete("/magic-rucio/api/session", headers=known)
        assert_problem(taken, 422, "not-configured")


async def test_nothing_configured_says_what_to_set(start_jupyter: StartJupyter) -> None:
    jupyter = await start_jupyter("")
    status = (await jupyter.api.get("status")).json()
    assert status["session"]["state"] == "not-configured"
    assert "RUCIO_BASE_URL" in status["help"]
    assert_problem(await jupyter.api.get("runs"), 422, "not-configured")


async def test_a_broken_configuration_is_explained_and_read_again_once_mended(
    start_jupyter: StartJupyter, tmp_path: Path
) -> None:
    jupyter = await start_jupyter('[[instances]]\nrucio_url = "nowhere"\ncolour = "red"\n')
    problem = assert_problem(await jupyter.api.get("status"), 422, "invalid-input")
    assert "instances.0.rucio_url" in str(problem["message"])
    assert "instances.0.colour" in str(problem["message"])
    (tmp_path / "config.toml").write_text(ONE_INSTANCE.format(folder=tmp_path))
    assert (await jupyter.api.get("status")).status_code == 200


async def test_signed_in_to_jupyter_is_not_signed_in_to_rucio(
    start_jupyter: StartJupyter, tmp_path: Path
) -> None:
    jupyter = await start_jupyter(ONE_INSTANCE.format(folder=tmp_path))
    assert (await jupyter.api.get("status")).json()["session"]["state"] == "sign-in-needed"
    assert_problem(await jupyter.api.get("runs"), 401, "sign-in-needed")


async def test_the_callers_request_id_comes_back_unless_it_is_unfit(start_jupyter: StartJupyter) -> None:
    jupyter = await start_jupyter("")
    given = await jupyter.api.get("runs", headers={"X-Request-ID": "abc-123"})
    assert assert_problem(given, 422, "not-configured")["request_id"] == "abc-123"
    for unfit in (b"a b", b"x" * 65, b"\xe9", b"<script>"):
        response = await jupyter.api.get("runs", headers={b"X-Request-ID": unfit})
        problem = assert_problem(response, 422, "not-configured")
        assert len(str(problem["request_id"])) == 32


@pytest.mark.parametrize(
    "path",
    ["nothing", "%00", "%0d%0aX: y", "/evil.example/x", "..%2f..%2fapi", "%c3%a9", "a%3fb%23c", ""],
)
async def test_paths_that_are_none(start_jupyter: StartJupyter, path: str) -> None:
    jupyter = await start_jupyter("")
    response = await jupyter.api.get(f"{jupyter.url}/magic-rucio/api/{path}")
    assert_problem(response, 404, "not-found")
    assert_problem(await jupyter.api.get(f"{jupyter.url}/magic-rucio/api/%ff"), 400, "jupyter-400")


async def test_queries_in_any_bytes(start_jupyter: StartJupyter, tmp_path: Path) -> None:
    jupyter = await start_jupyter(ONE_INSTANCE.format(folder=tmp_path))
    reader, writer = await asyncio.open_connection("127.0.0.1", int(jupyter.url.rpartition(":")[2]))
    writer.write(b"GET /magic-rucio/api/runs?text=\xc3\xa9\xff HTTP/1.1\r\nHost: localhost\r\n")
    writer.write(f"Authorization: token {jupyter.token}\r\nConnection: close\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert answer.startswith((b"HTTP/1.1 4",))
    assert b"Traceback" not in answer


@pytest.mark.parametrize("method", ["PUT", "HEAD"])
async def test_methods_that_are_none(start_jupyter: StartJupyter, method: str) -> None:
    jupyter = await start_jupyter("")
    assert (await jupyter.api.request(method, "status")).status_code == 405


async def test_what_nobody_foresaw_shows_no_traceback_but_its_id_is_in_the_log(
    start_jupyter: StartJupyter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    jupyter = await start_jupyter("")

    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret-of-the-house")

    monkeypatch.setattr(ApplicationBridge, "request", fail)
    with caplog.at_level(logging.WARNING):
        response = await jupyter.api.get("status")
    problem = assert_problem(response, 500, "jupyter-500")
    assert "secret-of-the-house" not in response.text
    assert str(problem["request_id"]) in caplog.text


async def test_an_answer_that_never_comes_is_given_up(
    start_jupyter: StartJupyter, monkeypatch: pytest.MonkeyPatch
) -> None:
    jupyter = await start_jupyter("")
    bridge = await jupyter.extension.bridge()

    async def hang(_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(bridge._host.session, "status", hang)
    monkeypatch.setattr(bridge_module, "REQUEST_TIMEOUT_SECONDS", 0.2)
    assert_problem(await jupyter.api.get("status"), 504, "timeout")


async def test_a_browser_that_goes_away_is_no_error(
    start_jupyter: StartJupyter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    jupyter = await start_jupyter("")
    bridge = await jupyter.extension.bridge()
    asked, answered = asyncio.Event(), asyncio.Event()
    pass_on = bridge.request

    async def late(*arguments: str, **options: Any) -> httpx.Response:
        asked.set()
        await asyncio.sleep(0.2)
        answered.set()
        return await pass_on(*arguments, **options)

    monkeypatch.setattr(bridge, "request", late)
    _, writer = await asyncio.open_connection("127.0.0.1", int(jupyter.url.rpartition(":")[2]))
    writer.write(b"GET /magic-rucio/api/status HTTP/1.1\r\nHost: localhost\r\n")
    writer.write(f"Authorization: token {jupyter.token}\r\n\r\n".encode())
    await asyncio.wait_for(asked.wait(), 10)
    writer.close()
    await asyncio.wait_for(answered.wait(), 10)
    await asyncio.sleep(0.1)
    assert "Traceback" not in caplog.text
    assert "StreamClosed" not in caplog.text


async def test_many_first_requests_at_once_make_one_application(
    start_jupyter: StartJupyter, monkeypatch: pytest.MonkeyPatch
) -> None:
    jupyter = await start_jupyter("")
    made = []
    make = extension_module._make

    def count(path: str | None) -> ApplicationBridge:
        made.append(path)
        return make(path)

    monkeypatch.setattr(extension_module, "_make", count)
    answers = await asyncio.gather(*(jupyter.api.get("status") for _ in range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len(made) == 1


async def test_the_token_of_jupyter_stays_with_jupyter(start_jupyter: StartJupyter, tmp_path: Path) -> None:
    jupyter = await start_jupyter(ONE_INSTANCE.format(folder=tmp_path))
    query = {"token": jupyter.token, "_xsrf": "x", "1700000000000": ""}
    response = await jupyter.api.get("status", params=query)
    assert response.status_code == 200
    assert jupyter.token not in response.text


async def test_background_work_ends_with_the_server(
    start_jupyter: StartJupyter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAGIC_RUCIO_TOKEN", "a-token")
    jupyter = await start_jupyter(ONE_INSTANCE.format(folder=tmp_path))
    before = asyncio.all_tasks()
    assert (await jupyter.api.get("runs")).status_code == 200
    await jupyter.extension.stop_extension()
    await asyncio.sleep(0)
    left = {task for task in asyncio.all_tasks() - before if "magic_rucio" in repr(task.get_coro())}
    assert not left


async def test_a_close_that_hangs_does_not_keep_the_server(
    start_jupyter: StartJupyter, monkeypatch: pytest.MonkeyPatch
) -> None:
    jupyter = await start_jupyter("")
    bridge = await jupyter.extension.bridge()

    async def hang() -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(bridge, "close", hang)
    monkeypatch.setattr(extension_module, "STOP_SECONDS", 0.1)
    await asyncio.wait_for(jupyter.extension.stop_extension(), 5)
