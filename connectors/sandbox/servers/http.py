"""The HTTP side all vendors share: loopback, threads, keep-alive, faults, and the sandbox's own endpoints.

`GET /__sandbox__/health`, `GET /__sandbox__/stats`, `GET|POST|DELETE /__sandbox__/faults`,
`GET|POST /__sandbox__/clock` (`{"advance_seconds": n}`; the inbox is filled before it answers),
`POST /__sandbox__/tokens/reset`.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from connectors.sandbox.company.clock import iso
from connectors.sandbox.company.world import World
from connectors.sandbox.files import write_feeds
from connectors.sandbox.servers.faults import Fault, FaultPlan
from connectors.sandbox.state import LiveClock

_LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Please sign in</form></body></html>"


@dataclass(frozen=True, slots=True)
class Request:
    """What came in. `query` and `form` keep the last value of a repeated name; header names are lower case."""

    method: str
    path: str
    raw_path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, None when it is not."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Response:
    """What goes out; `body` None sends no body at all (204, 304)."""

    status: int
    body: bytes | None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json;charset=utf-8"


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(status, orjson.dumps(body), headers or {})


@dataclass(slots=True)
class Sandbox:
    """What all servers of one sandbox share: the company, its clock, where state lies."""

    world: World
    clock: LiveClock
    folder: Path
    inbox: Path
    lock: threading.RLock = field(default_factory=threading.RLock)

    def now(self) -> int:
        """The sandbox clock, with the world grown up to it."""
        ts = self.clock.now()
        self.world.extend_to(ts)
        return ts

    def advance(self, seconds: float) -> None:
        """Move the clock and, before returning, lay the files into the inbox that are released by then."""
        with self.lock:
            self.clock.advance(seconds)
            self.fill_inbox()

    def fill_inbox(self) -> None:
        """Write the feed files that exist now."""
        with self.lock:
            write_feeds(self.world, self.now(), self.inbox)


class Vendor(ABC):
    """One vendor's contract. Subclasses answer requests; state beyond a request goes through `sandbox.folder`."""

    name: str

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.faults = FaultPlan()
        self.counts: Counter[str] = Counter()
        self.last: dict[str, Response] = {}

    @abstractmethod
    def handle(self, request: Request) -> Response:
        """Answer one request as the vendor would."""

    def strike(self, fault: Fault) -> None:  # noqa: B027 - most vendors have no fault of their own
        """Carry out a fault of the vendor's own before the request is answered."""

    def expire_tokens(self) -> None:  # noqa: B027 - token hosts override it
        """Let every access token die."""

    def reset_tokens(self) -> None:  # noqa: B027 - token hosts override it
        """Go back to the first credentials, as a person re-authorising would."""


def serve_vendor(vendor: Vendor, port: int = 0) -> ThreadingHTTPServer:
    """Start a vendor on loopback in threads of this process; the caller shuts it down. The port is free if 0."""

    class Handler(_Handler):
        pass

    Handler.vendor = vendor
    server = _Server(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True, name=vendor.name).start()
    return server


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class _Handler(BaseHTTPRequestHandler):
    vendor: Vendor
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server_version = "sandbox"
    sys_version = ""

    def _respond(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            self.command,
            parts.path,
            self.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length) if length else b"",
        )
        if parts.path.startswith("/__sandbox__/"):
            self._send(_control(self.vendor, request))
            return
        self.vendor.counts[f"{request.method} {parts.path}"] += 1
        fault = self.vendor.faults.next_for(f"{request.raw_path} {request.body[:2000].decode('utf-8', 'replace')}")
        self._answer(request, fault)

    do_GET = do_POST = do_DELETE = do_PUT = _respond  # noqa: N815 - the base class dictates the names

    def _answer(self, request: Request, fault: Fault | None) -> None:
        kind = fault.kind if fault else ""
        if fault and kind == "drop":
            self.close_connection = True
            return
        canned = _canned(fault) if fault else None
        if canned is not None:
            self._send(canned)
            return
        if fault:
            _prepare(self.vendor, fault)
        response = self.vendor.last.get(request.path) if kind == "repeat" else None
        if response is None:
            response = self.vendor.handle(request)
        self.vendor.last[request.path] = response
        cut = len(response.body) // 2 if kind == "truncate" and response.body else None
        self._send(response, cut=cut, seconds=fault.seconds if fault and kind == "drip" else 0.0)

    def _send(self, response: Response, cut: int | None = None, seconds: float = 0.0) -> None:
        self.vendor.counts[f"status {response.status}"] += 1
        self.send_response(response.status, HTTPStatus(response.status).phrase)
        for name, value in response.headers.items():
            self.send_header(name, value)
        body = response.body if response.body is not None else b""
        if response.body is not None:
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(body)))
        elif response.status not in {204, 304}:
            self.send_header("Content-Length", "0")
        self.end_headers()
        if cut is not None:
            self.wfile.write(body[:cut])
            self.close_connection = True
        elif seconds:
            for index in range(len(body)):
                self.wfile.write(body[index : index + 1])
                self.wfile.flush()
                time.sleep(seconds / len(body))
        else:
            self.wfile.write(body)

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionResetError, BrokenPipeError):
            self.close_connection = True  # the client gave up first: its right

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class dictates the name
        """Silent: requests carry tokens and phone numbers."""


def _canned(fault: Fault) -> Response | None:
    """The answer that a fault puts in place of the vendor's, if it does."""
    if fault.kind == "html":
        return Response(200, _LOGIN_PAGE, content_type="text/html;charset=utf-8")
    if fault.kind not in {"status", "body"}:
        return None
    body = fault.body.encode() if isinstance(fault.body, str) else orjson.dumps(fault.body)
    return Response(fault.status if fault.kind == "status" else 200, body, fault.headers)


def _prepare(vendor: Vendor, fault: Fault) -> None:
    """What a fault does before the true answer is made."""
    if fault.kind == "slow":
        time.sleep(fault.seconds)
    elif fault.kind == "advance":
        vendor.sandbox.advance(fault.seconds)
    elif fault.kind == "expire_tokens":
        vendor.expire_tokens()
    else:
        vendor.strike(fault)


def _control(vendor: Vendor, request: Request) -> Response:
    what = request.path.removeprefix("/__sandbox__/")
    calls: dict[str, Callable[[], Response]] = {
        "health": lambda: answer({"vendor": vendor.name, "ok": True}),
        "stats": lambda: answer(
            {"vendor": vendor.name, "counts": dict(vendor.counts), "faults": vendor.faults.pending()}
        ),
        "faults": lambda: _control_faults(vendor, request),
        "clock": lambda: _control_clock(vendor, request),
        "tokens/reset": lambda: _control_tokens(vendor, request),
    }
    return calls[what]() if what in calls else answer({"error": f"no sandbox endpoint {what!r}"}, 404)


def _control_clock(vendor: Vendor, request: Request) -> Response:
    if request.method == "POST":
        asked = request.json()
        if not isinstance(asked, dict) or not isinstance(asked.get("advance_seconds"), int | float):
            return answer({"error": 'send {"advance_seconds": 3600}'}, 400)
        try:
            vendor.sandbox.advance(float(asked["advance_seconds"]))
        except ValueError as error:
            return answer({"error": str(error)}, 400)
    return answer({"clock": iso(vendor.sandbox.clock.now())})


def _control_tokens(vendor: Vendor, request: Request) -> Response:
    if request.method != "POST":
        return answer({"error": "POST resets the tokens"}, 405)
    vendor.reset_tokens()
    return answer({"ok": True})


def _control_faults(vendor: Vendor, request: Request) -> Response:
    if request.method == "DELETE":
        vendor.faults.clear()
    elif request.method == "POST":
        asked = request.json()
        try:
            vendor.faults.add(asked if isinstance(asked, list) else [asked])
        except (TypeError, ValueError) as error:
            return answer({"error": str(error)}, 400)
    return answer({"faults": vendor.faults.pending()})
