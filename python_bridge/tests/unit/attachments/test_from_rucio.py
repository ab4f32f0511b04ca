"""Rows straight from Rucio: over real HTTP, with the answers as Rucio 41 words them.

The whole way against a real Rucio is a contract test; here are the cases that are hard to make there.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

import magic_rucio
from magic_rucio.kernel.errors import AttachmentError

HDUS = "events/events/EVENTS;gti/gti/GTI;aeff/aeff_2d/EFFECTIVE AREA;edisp/edisp_2d/ENERGY DISPERSION"
OBSERVATION = {"obs_id": 7, "target": "CrabNebula", "livetime": 1000.0, "file_bytes": 3, "hdus": HDUS}


class Answers(BaseHTTPRequestHandler):
    """Rucio's dataset `magic:crab` of four files, each with a fate of its own."""

    files: ClassVar[list[str]] = ["here", "undescribed", "gone", "elsewhere", "lost"]
    metadata: ClassVar[dict[str, Any]] = {"here": OBSERVATION, "gone": {**OBSERVATION, "obs_id": 8}}
    states: ClassVar[dict[str, dict[str, str]]] = {
        **{key: {"PIC": "AVAILABLE", "ORM": "AVAILABLE"} for key in ("here", "undescribed", "gone")},
        "elsewhere": {"ORM": "AVAILABLE", "PIC": "COPYING"},
        "lost": {"PIC": "BAD"},
    }

    def do_GET(self) -> None:
        if self.path.startswith("/dids/magic/crab/files"):
            self._lines([{"scope": "magic", "name": name, "bytes": 3} for name in self.files])
        elif self.path.startswith("/dids/magic/empty/files"):
            self._lines([])
        elif self.path.startswith("/dids/magic/empty"):
            self._lines([{"scope": "magic", "name": "empty", "type": "DATASET"}])
        else:
            self._refuse("DataIdentifierNotFound")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        names = [did["name"] for did in body["dids"]]
        did = {name: {"scope": "magic", "name": name} for name in names}
        if self.path == "/replicas/list":
            self._lines([{**did[n], "states": self.states[n], "rses": self._pfns(n)} for n in names])
        elif body["plugin"] == "JSON":
            self._lines([{**did[n], **self.metadata[n]} for n in names if n in self.metadata])
        else:
            self._lines([{**did[n], "created_at": "Mon, 23 Nov 2026 08:00:00 UTC"} for n in names])

    def _pfns(self, name: str) -> dict[str, list[str]]:
        return {rse: [f"davs://door.{rse.lower()}.es:443/rucio/{name}"] for rse in self.states[name]}

    def _lines(self, values: list[Any]) -> None:
        data = b"".join(json.dumps(value).encode() + b"\n" for value in values)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-json-stream")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _refuse(self, kind: str) -> None:
        data = json.dumps({"ExceptionClass": kind, "ExceptionMessage": "Data identifier not found."}).encode()
        self.send_response(404)
        self.send_header("ExceptionClass", kind)
        self.send_header("ExceptionMessage", "Data identifier not found.")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def mount(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("MAGIC_RUCIO_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").touch()
    monkeypatch.setenv("RUCIO_BASE_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("RUCIO_DESTINATION_RSE", "PIC")
    monkeypatch.setenv("RUCIO_RSE_MOUNT_PATH", str(tmp_path / "mount"))
    monkeypatch.setenv("RUCIO_PATH_BEGINS_AT", "1")
    monkeypatch.setenv("MAGIC_RUCIO_TOKEN", "token")
    (tmp_path / "mount").mkdir()
    for name in ("here", "undescribed"):
        (tmp_path / "mount" / name).write_text("abc")
    yield tmp_path / "mount"
    server.shutdown()
    server.server_close()


def test_a_dataset_becomes_paths_with_metadata_and_reasons(mount: Path) -> None:
    crab = magic_rucio.attach("magic:crab")
    assert crab.paths == [str(mount / "here"), str(mount / "undescribed")]
    assert crab.dids == ["magic:here", "magic:undescribed"]
    assert crab.obs_ids == [7, None]
    assert [tuple(entry) for entry in crab.missing] == [
        ("magic:gone", str(mount / "gone"), "not on the mount"),
        ("magic:elsewhere", None, "no mount on this machine reaches ORM"),
        ("magic:lost", None, "no good replica in Rucio"),
    ]
    with pytest.raises(AttachmentError, match="undescribed cannot be read"):
        crab.data_store  # noqa: B018 (the property raises)
    assert list(crab.select([7]).data_store.obs_ids) == [7]


async def test_it_works_inside_a_running_loop(mount: Path) -> None:
    assert len(magic_rucio.attach(["magic:crab", "magic:crab"])) == 2


@pytest.mark.parametrize(("did", "words"), [("magic:none", "not found"), ("magic:empty", "no files")])
def test_what_is_not_there_is_said(mount: Path, did: str, words: str) -> None:
    with pytest.raises(AttachmentError, match=rf"(?i){words}|does not"):
        magic_rucio.attach(did)
