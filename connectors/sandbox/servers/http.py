"""What every vendor's server is made of: requests, answers, the shared sandbox, and the `Vendor` that answers."""

import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import orjson

from connectors.sandbox.company.world import World
from connectors.sandbox.files import write_feeds
from connectors.sandbox.servers.faults import Fault, FaultPlan
from connectors.sandbox.state import LiveClock


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
