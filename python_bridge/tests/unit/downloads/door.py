"""A real storage door over HTTP, with the faults that real doors have; it answers for Rucio too."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar


@dataclass
class Door:
    """What it holds, how it misbehaves, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    cut_after: list[int] = field(default_factory=list)
    """For the next answers: bytes of the body after which the connection breaks."""
    statuses: list[int] = field(default_factory=list)
    """For the next answers."""
    redirect_to: str | None = None
    ignores_ranges: bool = False
    seconds_a_block: float = 0.0
    replicas: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    @property
    def ranges(self) -> list[str | None]:
        """The ranges asked for, in order."""
        return [headers.get("Range") for path, headers in self.asked if path != "/replicas/list"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    door: ClassVar[Door]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.door.asked.append((self.path, dict(self.headers)))
        wanted = {(did["scope"], did["name"]) for did in json.loads(body)["dids"]}
        found = [one for one in self.door.replicas if (one["scope"], one["name"]) in wanted]
        self._answer(200, "".join(json.dumps(one) + "\n" for one in found).encode())

    def do_GET(self) -> None:
        door = self.door
        door.asked.append((self.path, dict(self.headers)))
        if door.statuses and (status := door.statuses.pop(0)) != 200:
            self._answer(status, b"<html>no</html>")
        elif door.redirect_to:
            self.send_response(307)
            self.send_header("Location", door.redirect_to + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path in door.files:
            self._send_file(door.files[self.path])
        else:
            self._answer(404, b"")

    def _send_file(self, content: bytes) -> None:
        wanted = self.headers.get("Range")
        if wanted and not self.door.ignores_ranges:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                self._answer(416, b"")
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            content = content[start:]
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        end = self.door.cut_after.pop(0) if self.door.cut_after else len(content)
        for at in range(0, min(end, len(content)), 4096):
            self.wfile.write(content[at : min(at + 4096, end)])
            time.sleep(self.door.seconds_a_block)
        if end < len(content):
            self.wfile.flush()
            self.close_connection = True
            self.connection.close()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served() -> Iterator[Door]:
    """Serve a door on a free port."""
    door = Door()
    handler = type("Handler", (_Handler,), {"door": door})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    # What a client drops half-way is no news.
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.daemon_threads = True
    door.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield door
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
