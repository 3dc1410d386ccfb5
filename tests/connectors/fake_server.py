"""A real HTTP server on loopback whose every answer a test writes: the kit for faults that vendors make."""

import json
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    """A request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class Answer:
    """What to send. `cut` sends only that many bytes of the body it announced; `drip` waits between single bytes."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip: float = 0.0
    hang: float = 0.0
    content_type: str = "application/json"

    @property
    def raw(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Script = Callable[[Asked], Answer]


class FakeVendor:
    """The server: `url`, `asked` with every request so far, and how many `connections` they came over."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self.connections = 0
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = Asked(self.command, parts.path, query, {k.lower(): v for k, v in self.headers.items()}, body)
                vendor.asked.append(asked)
                answer = vendor.script(asked)
                time.sleep(answer.hang)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                raw = answer.raw
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                if answer.drip:
                    for byte in raw:
                        self.wfile.write(bytes([byte]))
                        self.wfile.flush()
                        time.sleep(answer.drip)
                    return
                self.wfile.write(raw if answer.cut is None else raw[: answer.cut])
                if answer.cut is not None:
                    self.close_connection = True

            do_GET = do_POST = _serve  # noqa: N815 - names that the standard library looks for

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Quiet."""

            def handle(self) -> None:
                vendor.connections += 1
                try:
                    super().handle()
                except (ConnectionError, TimeoutError):
                    self.close_connection = True

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def behind_tls(self, certificate: Path, key: Path) -> str:
        """Speak TLS from now on (before anybody asked); gives the address."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        return self.url.replace("http:", "https:")

    @contextmanager
    def running(self) -> "Iterator[FakeVendor]":
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def in_turn(*answers: Answer) -> Script:
    """Each request gets the next answer; the last one is repeated."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def self_signed(folder: Path, subject: str) -> tuple[Path, Path]:
    """A certificate and its key for one host (`DNS:name` or `IP:address`), made by openssl."""
    certificate, key = folder / "host.pem", folder / "key.pem"
    make = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=host -addext subjectAltName={subject}"
    subprocess.run([*make.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key
