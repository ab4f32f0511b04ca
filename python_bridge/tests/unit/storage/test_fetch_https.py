"""https doors: whom they must prove to be, and who gets the storage's token."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from magic_rucio.storage.fetch import FetchError
from magic_rucio.storage.fetch_http import HttpReading

CONTENT = b"events" * 1000


@dataclass
class Memory:
    size: int = len(CONTENT)
    content: bytearray = field(default_factory=bytearray)

    @property
    def offset(self) -> int:
        return len(self.content)

    def write(self, block: bytes) -> None:
        self.content += block

    def restart(self) -> None:
        self.content.clear()


@dataclass
class Door:
    url: str
    redirect_to: str | None = None
    authorizations: list[str | None] = field(default_factory=list)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of its own for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "door")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "door.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def doors(certificate: Path) -> Iterator[tuple[Door, Door]]:
    """Two doors: the second is another host, as far as HTTP goes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with ExitStack() as stack:
        yield _serve(stack, context), _serve(stack, context)


def _serve(stack: ExitStack, context: ssl.SSLContext) -> Door:
    door = Door("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            door.authorizations.append(self.headers.get("Authorization"))
            self.send_response(307 if door.redirect_to else 200)
            if door.redirect_to:
                self.send_header("Location", door.redirect_to + self.path)
            self.send_header("Content-Length", "0" if door.redirect_to else str(len(CONTENT)))
            self.end_headers()
            if not door.redirect_to:
                self.wfile.write(CONTENT)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
    # A client that does not trust the certificate hangs up, which is no news.
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    stack.callback(server.shutdown)
    door.url = f"davs://127.0.0.1:{server.server_port}"
    return door


def fetch(door: Door, trusted: Path | None) -> bytes:
    tls = ssl.create_default_context(cafile=trusted)
    reading, sink = HttpReading(tls=tls, token=lambda: "storage-token", timeout=5), Memory()
    try:
        reading.fetch(door.url + "/f", sink)
    finally:
        reading.close()
    return bytes(sink.content)


def test_the_door_gets_the_token(doors: tuple[Door, Door], certificate: Path) -> None:
    assert fetch(doors[0], certificate) == CONTENT
    assert doors[0].authorizations == ["Bearer storage-token"]


def test_who_it_sends_on_to_does_not(doors: tuple[Door, Door], certificate: Path) -> None:
    doors[0].redirect_to = doors[1].url.replace("davs:", "https:")
    assert fetch(doors[0], certificate) == CONTENT
    assert doors[1].authorizations == [None]


def test_a_door_that_cannot_prove_itself_gets_nothing(doors: tuple[Door, Door]) -> None:
    with pytest.raises(FetchError, match="not trusted") as caught:
        fetch(doors[0], None)
    assert caught.value.code == "storage-certificate"
    assert doors[0].authorizations == []
