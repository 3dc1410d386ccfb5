"""One HTTP client for all vendors: timeouts, one retry layer driven by `ErrorClass`, and messages without secrets.

HTTP status is not the success flag: each source gives an `inspect` function that finds the vendor's complaint in the
body. A call is repeated in one place only. Waiting is bounded twice: by tries per call and by a budget per client, one
client being one stream and account of one night. `transport` carries what is sent here.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from json import loads as exact_loads
from typing import Any, Self

import orjson

from connectors.auth import Auth, NoAuth, QueryAuth
from connectors.classify import ErrorTable, Fault
from connectors.errors import ErrorClass, SourceError
from connectors.ratelimit import TokenBucket
from connectors.redact import Redactor
from connectors.transport import Connections, NoAnswer, Received, Transport


@dataclass(frozen=True, slots=True)
class Reply:
    """A parsed answer. `body` is None where the vendor sent none (204, 304)."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client waits. Seconds."""

    tries: int = 6
    rate_tries: int = 10
    budget: float = 1800.0
    longest_wait: float = 300.0
    deadline: float = 300.0
    jitter: Callable[[float], float] = lambda wait: random.uniform(0.0, wait)  # noqa: S311 - spreads callers, no secret
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    """The host's clock, in epoch seconds; only compared with the vendor's."""


class EnoughError(Exception):
    """Whoever only wanted a look has seen enough: no fault, and nothing is landed."""


Inspect = Callable[[Reply], Fault | None]


def inspect_status(reply: Reply) -> Fault | None:
    """For vendors that use HTTP status properly: 400 and above is a complaint."""
    return Fault(reply.status) if reply.status >= 400 else None


class HttpClient:
    """Sends the requests of one stream and account. Not shared between threads; limiter and token store are."""

    def __init__(
        self,
        source: str,
        base_url: str,
        table: ErrorTable,
        *,
        stream: str = "",
        auth: Auth | None = None,
        limiter: TokenBucket | None = None,
        inspect: Inspect = inspect_status,
        redact: Redactor | None = None,
        patience: Patience | None = None,
        exact_numbers: bool = False,
        connections: Connections | None = None,
    ) -> None:
        self._source, self._stream, self._base = source, stream, base_url.rstrip("/")
        self._table, self._auth, self._inspect = table, auth or NoAuth(), inspect
        self._patience = patience or Patience()
        self._limiter = limiter
        self._redact = redact or Redactor()
        self._exact = exact_numbers
        self._waited = 0.0
        # Asked once: telling a protocol costs more than the rest of preparing a request.
        self._query = self._auth.query if isinstance(self._auth, QueryAuth) else None
        patience = self._patience
        self._transport = Transport(
            self._base, deadline=patience.deadline, connections=connections, monotonic=patience.monotonic
        )
        self.server_clock: datetime | None = None
        """The vendor's clock as of the last reply."""
        self.skew = 0.0
        """Seconds that the vendor's clock was ahead of ours at the last reply."""
        self.calls_left: int | None = None
        """How many calls may still be made before `EnoughError` ends the reading; None: any number."""

    def get(
        self, path: str, params: Mapping[str, Any] | None = None, *, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """GET a path below the base address."""
        return self.call("GET", path, params=params, headers=headers)

    def post(self, path: str, json: Any = None, *, params: Mapping[str, Any] | None = None, form: Any = None) -> Reply:
        """POST that only reads (a query in a body), so it may be repeated like a GET."""
        return self.call("POST", path, params=params, json=json, form=form)

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Any = None,
    ) -> Reply:
        """Send until it succeeds or its class says to stop; raises `SourceError`."""
        if self.calls_left is not None:
            if not self.calls_left:
                raise EnoughError
            self.calls_left -= 1
        tries: Counter[ErrorClass] = Counter()
        what = f"{method} {path}"
        while True:
            if self._limiter:
                self._limiter.wait()
            reply, fault, error_class = self._attempt(method, path, params, headers, json, form)
            if fault is None:
                return reply
            tries[error_class] += 1
            if error_class is ErrorClass.TOKEN_EXPIRED and tries[error_class] == 1:
                self._auth.renew()
                continue
            self._wait(self._pause(error_class, tries[error_class], what, fault), reply, what, fault, error_class)

    def contract_error(self, message: str) -> SourceError:
        """The vendor answered, but not what its contract says."""
        text = self._redact(message)
        return SourceError(ErrorClass.CONTRACT, text, source=self._source, stream=self._stream, skew=self.skew)

    def close(self) -> None:
        """Close the connections, unless others share them."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _attempt(
        self, method: str, path: str, params: Any, headers: Mapping[str, str] | None, json: Any, form: Any
    ) -> tuple[Reply, Fault | None, ErrorClass]:
        url = self._base + path
        sent = {"Accept": "application/json", **(headers or {}), **self._auth.headers(method, url)}
        if self._query:
            params = {**(params or {}), **self._query()}
        data = form
        if json is not None:
            data = orjson.dumps(json)
            sent["Content-Type"] = "application/json; charset=utf-8"
        try:
            reply = self._understood(self._transport.exchange(method, path, params, sent, data))
        except _UnreadableError as error:
            return Reply(error.status, {}, None), Fault(error.status, "", str(error)), error.error_class
        except NoAnswer as error:
            # The text of these exceptions holds the address with its query; their kind is what a person needs.
            return Reply(0, {}, None), Fault(0, "", f"no answer ({type(error).__name__})"), ErrorClass.RETRY
        fault = self._inspect(reply)
        return reply, fault, self._table.classify(fault, path) if fault else ErrorClass.RETRY

    def _understood(self, received: Received) -> Reply:
        if stamp := received.headers.get("Date"):
            self.server_clock = _http_date(stamp)
            self.skew = self.server_clock.timestamp() - self._patience.now() if self.server_clock else 0.0
        return Reply(received.status, received.headers, self._parse(received.status, received.headers, received.raw))

    def _parse(self, status: int, headers: Mapping[str, str], raw: bytes) -> Any:
        if 300 <= status < 400 and status != 304:
            raise _UnreadableError(ErrorClass.AUTH_FATAL, status, "redirected elsewhere; is base_url right?")
        start = raw.lstrip()[:1]
        if not start:
            return None
        if start == b"<" or "text/html" in headers.get("Content-Type", ""):
            if status < 400:
                raise _UnreadableError(ErrorClass.AUTH_FATAL, status, "a web page (log-in?) instead of data")
            return None
        try:
            return exact_loads(raw, parse_float=Decimal) if self._exact else orjson.loads(raw)
        except ValueError:
            if start in b'{["' and status < 400:
                raise _UnreadableError(ErrorClass.RETRY, status, "the answer is cut off or no JSON") from None
            return raw[:2000].decode("utf-8", "replace")

    def _pause(self, error_class: ErrorClass, tries: int, what: str, fault: Fault) -> float:
        """Seconds to wait before the next try; raises where the class allows none."""
        match error_class:
            case ErrorClass.RETRY if tries < self._patience.tries:
                return min(2.0 ** (tries - 1), 32.0)
            case ErrorClass.RATE_SECOND if tries < self._patience.rate_tries:
                return 1.0
            case ErrorClass.RATE_MINUTE if tries < self._patience.rate_tries:
                return self._rest_of_minute()
            case ErrorClass.RETRY | ErrorClass.RATE_SECOND | ErrorClass.RATE_MINUTE:
                raise self._error(error_class, what, fault, f"gave up after {tries} tries")
            case ErrorClass.TOKEN_EXPIRED:
                raise self._error(ErrorClass.AUTH_FATAL, what, fault, "a new token was refused as well")
        raise self._error(error_class, what, fault)

    def _wait(self, pause: float, reply: Reply, what: str, fault: Fault, error_class: ErrorClass) -> None:
        wait = self._asked_wait(reply.headers.get("Retry-After"), pause + self._patience.jitter(pause))
        if self._waited + wait > self._patience.budget:
            raise self._error(error_class, what, fault, f"waited {self._waited:.0f} s already, no longer")
        self._waited += wait
        self._patience.sleep(wait)

    def _rest_of_minute(self) -> float:
        return 61.0 - self.server_clock.second if self.server_clock else 60.0

    def _asked_wait(self, retry_after: str | None, otherwise: float) -> float:
        """The vendor's `Retry-After` (seconds or a date), capped; else our own wait."""
        wait = otherwise
        if retry_after and retry_after.strip().isdigit():
            wait = float(retry_after) + self._patience.jitter(1.0)
        elif retry_after and (moment := _http_date(retry_after)) and self.server_clock:
            wait = max((moment - self.server_clock).total_seconds(), 0.0) + self._patience.jitter(1.0)
        return min(wait, self._patience.longest_wait)

    def _error(self, error_class: ErrorClass, what: str, fault: Fault, end: str = "") -> SourceError:
        said = " ".join(part for part in (fault.code, fault.message) if part)
        status = f"answered {fault.status}" if fault.status else "failed"
        text = f"{what} {status}{': ' + said if said else ''}{'; ' + end if end else ''}"
        return SourceError(
            error_class,
            self._redact(text),
            source=self._source,
            stream=self._stream,
            answered=bool(fault.status),
            skew=self.skew,
        )


class _UnreadableError(Exception):
    def __init__(self, error_class: ErrorClass, status: int, message: str) -> None:
        super().__init__(message)
        self.error_class, self.status = error_class, status


def _http_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None
