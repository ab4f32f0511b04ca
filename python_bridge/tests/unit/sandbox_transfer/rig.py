"""The service in a thread, its storages, and a client that speaks as Rucio does."""

from __future__ import annotations

import json
import socket
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from magic_rucio.sandbox.transfer.app import build_app
from magic_rucio.sandbox.transfer.config import TransferConfig

FIELDS = (
    "file_state,dest_surl,finish_time,start_time,"
    "staging_start,staging_finished,reason,source_surl,file_metadata"
)
"""What Rucio 41 asks for."""

FINAL = {"FINISHED", "FAILED", "FINISHEDDIRTY", "CANCELED"}


def wait_for(condition: Callable[[], Any], seconds: float = 15.0) -> Any:
    """Poll until something true comes back, and return it."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return value


def adler32(data: bytes) -> str:
    return f"ADLER32:{zlib.adler32(data):08x}"


class Storages:
    """Directories of the grid, and the bodies of requests about files in them."""

    names = ("ORM", "PIC-DCACHE", "PIC-TAPE")

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in self.names:
            (folder / name).mkdir(exist_ok=True)

    @property
    def roots(self) -> list[str]:
        return [str(self.folder / name) for name in self.names]

    def url(self, storage: str, name: str) -> str:
        return f"file://localhost:0{self.folder}/{storage}/{name}"

    def put(self, name: str, data: bytes = b"events", storage: str = "ORM") -> str:
        path = self.folder / storage / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return self.url(storage, name)

    def file(self, name: str, data: bytes | None = b"events", **changes: Any) -> dict[str, Any]:
        """One element of `files`, from ORM to PIC-DCACHE; without data the source is missing."""
        if data is not None:
            self.put(name, data)
        return {
            "sources": [self.url("ORM", name)],
            "destinations": [self.url("PIC-DCACHE", name)],
            "checksum": None if data is None else adler32(data),
            "metadata": {"request_id": name, "src_rse": "ORM", "dst_rse": "PIC-DCACHE"},
            "selection_strategy": "orderly",
            **changes,
        }

    def at_pic(self, name: str) -> Path:
        return self.folder / "PIC-DCACHE" / name

    def leftovers(self) -> list[str]:
        return [path.name for path in self.folder.rglob("*.part")]


class Client:
    """HTTP, as Rucio's transfer tool uses it."""

    def __init__(self, base_url: str) -> None:
        # No TLS here, and reading the certificate store takes longer than most tests.
        self.http = httpx.Client(base_url=base_url, timeout=20, verify=False)

    def post_job(self, *files: dict[str, Any], **params: Any) -> httpx.Response:
        given = {"verify_checksum": "both", "overwrite": True, **params}
        # json.dumps escapes what httpx would refuse to encode.
        return self.http.post("/jobs", content=json.dumps({"files": list(files), "params": given}))

    def submit(self, *files: dict[str, Any], **params: Any) -> str:
        answer = self.post_job(*files, **params)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["job_id"])

    def job(self, job_id: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.http.get(f"/jobs/{job_id}", params={"files": FIELDS}).json()
        return shown

    def ended(self, job_id: str, seconds: float = 15.0) -> dict[str, Any]:
        shown: dict[str, Any] = wait_for(
            lambda: (job := self.job(job_id))["job_state"] in FINAL and job, seconds
        )
        return shown

    def in_state(self, job_id: str, state: str) -> dict[str, Any]:
        """The first file of a job, once it is in a state."""
        shown: dict[str, Any] = wait_for(
            lambda: (file := self.job(job_id)["files"][0])["file_state"] == state and file
        )
        return shown

    def run(self, *files: dict[str, Any], **params: Any) -> dict[str, Any]:
        return self.ended(self.submit(*files, **params))

    def fault(self, **fault: Any) -> str:
        answer = self.http.post("/control/faults", json=fault)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def moving(self) -> list[dict[str, Any]]:
        moving: list[dict[str, Any]] = self.http.get("/control/transfers").json()["moving"]
        return moving


class Rig(Storages, Client):
    """A running service."""

    def __init__(self, folder: Path, **settings: object) -> None:
        Storages.__init__(self, folder)
        values = {
            "port": 0,
            "database": folder / "transfers.db",
            "allowed_roots": self.roots,
            "control": True,
            **settings,
        }
        self._server = uvicorn.Server(
            uvicorn.Config(
                build_app(TransferConfig.model_validate(values)),
                log_level="warning",
                timeout_graceful_shutdown=1,
            )
        )
        listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        Client.__init__(self, f"http://127.0.0.1:{listener.getsockname()[1]}")
        wait_for(lambda: self._server.started)

    def stop(self) -> None:
        self.http.close()
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()
