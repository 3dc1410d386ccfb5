"""One request, one whole answer: what travels over the wire, and nothing of what it means.

`requests` carries it. Requests are prepared here, once a page, because the library's own preparation takes twice of
what parsing 200 records does. No retries, redirects, cookies or .netrc: company.yaml alone says where requests go, and
`http` alone repeats them.
"""

import ipaddress
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from requests import PreparedRequest, RequestException, Session
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies

from connectors.errors import ConfigError

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 120.0
_BLOCK = 1 << 18
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_ALWAYS = {"Accept-Encoding": "gzip, deflate", "User-Agent": "incentives"}

NoAnswer = (RequestException, urllib3.exceptions.HTTPError, OSError)
"""What `exchange` raises when no whole answer came. Their text holds the address with its query: do not show it."""


@dataclass(frozen=True, slots=True)
class Received:
    """An answer with its body, decompressed. Header names without regard to case."""

    status: int
    headers: Mapping[str, str]
    raw: bytes


class Connections:
    """The connections of one source, kept open, shared by its threads.

    A company's proxies (`HTTPS_PROXY`, `NO_PROXY` …) and its own bundle of authorities (`REQUESTS_CA_BUNDLE`) are read
    from the environment once, not at every request; a loopback address is never sent through a proxy. Raises
    `ConfigError` for a bundle that is not there.
    """

    def __init__(self, size: int = 1) -> None:
        self._verify = _authorities()
        self._proxies: dict[str, dict[str, str]] = {}
        self._session = Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=4, pool_maxsize=size, max_retries=0))

    def proxies(self, base_url: str) -> dict[str, str]:
        """The proxies on the way to a host, by scheme; empty where there is none."""
        host = urlsplit(base_url).hostname or ""
        if host not in self._proxies:
            self._proxies[host] = {} if _is_loopback(host) else dict(get_environ_proxies(base_url))
        return self._proxies[host]

    def send(
        self, request: PreparedRequest, timeout: tuple[float, float], proxies: dict[str, str]
    ) -> urllib3.BaseHTTPResponse:
        """Send and give the answer with its body still to be read."""
        # The adapter, not the session above it: that would follow redirects, keep cookies and read .netrc.
        adapter = self._session.get_adapter(str(request.url))
        return adapter.send(request, stream=True, timeout=timeout, verify=self._verify, proxies=proxies).raw

    def close(self) -> None:
        """Close them all."""
        self._session.close()


class Transport:
    """Requests to the host of a base address. Not shared between threads; its connections may be."""

    def __init__(
        self,
        base_url: str,
        *,
        deadline: float,
        connections: Connections | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base, self._deadline, self._monotonic = _checked(base_url), deadline, monotonic
        self._timeout = CONNECT_TIMEOUT, min(READ_TIMEOUT, deadline)
        self._connections, self._is_own = connections or Connections(), connections is None
        self._proxies = self._connections.proxies(self._base)

    def exchange(
        self, method: str, path: str, params: Mapping[str, Any] | None, headers: Mapping[str, str], data: Any
    ) -> Received:
        """Send to a path below the base address and read to the end; raises one of `NoAnswer`.

        `data` is bytes, or a mapping that is sent as a form. Both socket timeouts bound one wait; the deadline (seconds
        for the whole answer) bounds a server that drips a byte a second.
        """
        end = self._monotonic() + self._deadline
        response = self._connections.send(
            _prepared(method, self._base + path, params, headers, data), self._timeout, self._proxies
        )
        try:
            blocks = []
            while block := response.read1(_BLOCK, decode_content=True):
                blocks.append(block)
                if self._monotonic() > end:
                    raise TimeoutError
        finally:
            # Closes the connection where the body was not read to its end; a whole one has gone back to the pool.
            response.close()
        return Received(response.status, response.headers, b"".join(blocks))

    def close(self) -> None:
        """Close the connections, unless others share them."""
        if self._is_own:
            self._connections.close()


def _prepared(
    method: str, url: str, params: Mapping[str, Any] | None, headers: Mapping[str, str], data: Any
) -> PreparedRequest:
    request = PreparedRequest()
    request.method = method
    asked = _encoded(params) if params else ""
    request.url = f"{url}?{asked}" if asked else url
    sent: CaseInsensitiveDict[str | bytes] = CaseInsensitiveDict({**_ALWAYS, **headers})
    if isinstance(data, Mapping):
        data = _encoded(data).encode()
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    if data is not None or method != "GET":
        sent["Content-Length"] = str(len(data or b""))
    request.headers, request.body = sent, data
    return request


def _encoded(values: Mapping[str, Any]) -> str:
    return urlencode({name: value for name, value in values.items() if value is not None}, doseq=True)


def _checked(base_url: str) -> str:
    """The address as the library spells it (hosts with foreign letters), without a slash at its end."""
    try:
        asked = PreparedRequest()
        asked.prepare_url(base_url, None)
    except (RequestException, ValueError):
        raise ConfigError("an address in company.yaml is no address; write one like https://api.example.com") from None
    return str(asked.url).rstrip("/")


def _authorities() -> bool | str:
    """The bundle that the environment names, or the library's own."""
    for name in _BUNDLES:
        if path := os.environ.get(name):
            if not Path(path).exists():
                raise ConfigError(f"{name} names {path}, which is not there; correct it or remove the variable")
            return path
    return True


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
