"""One request, one whole answer: what travels over the wire, and nothing of what it means.

urllib3 is used directly, as `requests` does underneath: that saves half a millisecond a page, twice of what parsing 200
records takes. No retries, redirects, cookies, proxies or .netrc: company.yaml alone says where requests go, and `http`
alone repeats them.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import certifi
import urllib3

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 120.0
_BLOCK = 1 << 18
_ALWAYS = {"Accept-Encoding": "gzip, deflate", "User-Agent": "incentives"}

NoAnswer = (urllib3.exceptions.HTTPError, OSError)
"""What `exchange` raises when no whole answer came. Their text holds the address with its query: do not show it."""


@dataclass(frozen=True, slots=True)
class Received:
    """An answer with its body, decompressed. Header names without regard to case."""

    status: int
    headers: Mapping[str, str]
    raw: bytes


class Transport:
    """One connection to the host of a base address, kept open. Not shared between threads."""

    def __init__(self, base_url: str, *, deadline: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._base, self._deadline, self._monotonic = base_url, deadline, monotonic
        self._timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT, read=min(READ_TIMEOUT, deadline))
        self._pool: urllib3.HTTPConnectionPool | None = None

    def exchange(
        self, method: str, path: str, params: Mapping[str, Any] | None, headers: Mapping[str, str], data: Any
    ) -> Received:
        """Send to a path below the base address and read to the end; raises one of `NoAnswer`.

        `data` is bytes, or a mapping that is sent as a form. Both socket timeouts bound one wait; the deadline (seconds
        for the whole answer) bounds a server that drips a byte a second.
        """
        end = self._monotonic() + self._deadline
        sent = {**_ALWAYS, **headers}
        if isinstance(data, Mapping):
            data = _encoded(data).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        asked = _encoded(params) if params else ""
        # The pool, not a manager above it: that would take the whole address apart at every page.
        self._pool = self._pool or _connect(self._base)
        target = (urlsplit(self._base).path + path) or "/"
        response = self._pool.urlopen(
            method,
            f"{target}?{asked}" if asked else target,
            body=data,
            headers=sent,
            timeout=self._timeout,
            retries=False,
            redirect=False,
            preload_content=False,
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
        """Close the connections."""
        if self._pool:
            self._pool.close()


def _connect(base_url: str) -> urllib3.HTTPConnectionPool:
    secure = {"cert_reqs": "CERT_REQUIRED", "ca_certs": certifi.where()} if base_url.startswith("https:") else {}
    return urllib3.connectionpool.connection_from_url(base_url, maxsize=1, **secure)


def _encoded(values: Mapping[str, Any]) -> str:
    return urlencode({name: value for name, value in values.items() if value is not None}, doseq=True)
