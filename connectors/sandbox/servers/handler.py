"""The HTTP side all vendors share: loopback, threads, keep-alive connections, scripted faults."""

import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from connectors.sandbox.servers.control import control
from connectors.sandbox.servers.faults import Fault
from connectors.sandbox.servers.http import Request, Response, Vendor

_LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Please sign in</form></body></html>"


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
            self._send(control(self.vendor, request))
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
