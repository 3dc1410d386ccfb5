"""A company's own proxy and authority: vendors are reached through both, this machine itself never is."""

import select
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from fake_server import Answer, FakeVendor, in_turn, self_signed

from connectors.classify import ErrorTable
from connectors.errors import ConfigError, SourceError
from connectors.http import HttpClient, Patience
from connectors.transport import Connections, Transport

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


class Tunnel(BaseHTTPRequestHandler):
    """A proxy that knows one host: whatever name is asked for, `target` answers."""

    target: str
    asked: list[str]

    def do_CONNECT(self) -> None:
        self.asked.append(self.path)
        parts = urlsplit(self.target)
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as there:
            self.send_response(200)
            self.end_headers()
            ends = {self.connection: there, there: self.connection}
            while True:
                ready, _, _ = select.select(list(ends), [], [], 10)
                for end in ready or [None]:
                    block = end.recv(1 << 16) if end else b""
                    if not block:
                        return
                    ends[end].sendall(block)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


@contextmanager
def proxy_to(target: str) -> Iterator[tuple[str, list[str]]]:
    """A tunnelling proxy in front of one server; gives its address and the hosts that were asked for."""
    handler = type("Handler", (Tunnel,), {"target": target, "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler.asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _client(folder: Path, url: str) -> HttpClient:
    (folder / "errors.yaml").write_text("rules: []\n")
    patience = Patience(tries=1, sleep=lambda _: None)
    return HttpClient("vendor", url, ErrorTable(folder / "errors.yaml"), patience=patience)


def test_a_plain_host_is_asked_through_the_proxy(
    stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = stack.enter_context(FakeVendor(in_turn(Answer([1]))).running())
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    client = stack.enter_context(_client(tmp_path, "http://erp.company.example/api"))
    assert client.get("/orders", {"page": 2}).body == [1]
    assert (proxy.asked[0].headers["host"], proxy.asked[0].path) == ("erp.company.example", "/api/orders")
    assert proxy.asked[0].query == {"page": "2"}


def test_a_loopback_host_is_never_asked_through_the_proxy(
    stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = stack.enter_context(FakeVendor(in_turn(Answer(["the proxy"]))).running())
    vendor = stack.enter_context(FakeVendor(in_turn(Answer(["the vendor"]))).running())
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    for url in (vendor.url, vendor.url.replace("127.0.0.1", "localhost")):
        assert stack.enter_context(_client(tmp_path, url)).get("/x").body == ["the vendor"]
    assert proxy.asked == []


def test_hosts_that_the_company_excepts_are_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.company.example:3128")
    monkeypatch.setenv("NO_PROXY", ".company.example,10.0.0.0/8")
    routes = Connections()
    assert routes.proxies("https://erp.company.example") == {}
    assert routes.proxies("https://10.1.2.3") == {}
    assert routes.proxies("https://api.vendor.example")["https"] == "http://proxy.company.example:3128"


def test_the_environment_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.company.example:3128")
    routes = Connections()
    before = routes.proxies("https://api.vendor.example")
    monkeypatch.setenv("HTTPS_PROXY", "http://elsewhere.example:1")
    assert routes.proxies("https://api.vendor.example") == before


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to make a certificate with")
def test_a_host_under_the_companys_own_authority_is_reached_through_its_tunnel(
    stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = self_signed(tmp_path, "DNS:erp.company.example")
    vendor = FakeVendor(in_turn(Answer([1])))
    inside = vendor.behind_tls(certificate, key)
    stack.enter_context(vendor.running())
    proxy, asked = stack.enter_context(proxy_to(inside))
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(SourceError, match=r"no answer \(SSLError\)"):
        stack.enter_context(_client(tmp_path, "https://erp.company.example")).get("/x")
    assert vendor.asked == []
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert stack.enter_context(_client(tmp_path, "https://erp.company.example")).get("/x").body == [1]
    assert set(asked) == {"erp.company.example:443"}


def test_a_proxy_that_is_not_there_is_no_answer(
    stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    client = stack.enter_context(_client(tmp_path, "https://api.vendor.example"))
    with pytest.raises(SourceError, match=r"no answer \(ProxyError\)"):
        client.get("/x", {"access_token": "abc"})


def test_a_bundle_that_is_not_there_is_named_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/company.pem")
    with pytest.raises(ConfigError, match=r"REQUESTS_CA_BUNDLE names /nowhere/company\.pem, which is not there"):
        Connections()


@pytest.mark.parametrize("address", ["api.vendor.example", "https://", "ftp//x"])
def test_an_address_that_is_none_is_a_matter_of_configuration(address: str) -> None:
    with pytest.raises(ConfigError, match=r"is no address; write one like https://"):
        Transport(address, deadline=1.0)


def test_threads_share_the_connections_of_a_source(stack: ExitStack) -> None:
    vendor = stack.enter_context(FakeVendor(in_turn(Answer([1]))).running())
    shared = Connections(2)
    for _ in range(3):
        transport = Transport(vendor.url, deadline=5.0, connections=shared)
        assert transport.exchange("GET", "/x", None, {}, None).raw == b"[1]"
        transport.close()
    assert vendor.connections == 1
    shared.close()
