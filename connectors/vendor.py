"""What every source behind HTTP shares: from a request to loads, given only how this vendor is read.

A connector supplies its stream specs and a `read` function (client, request, sink) -> facts; everything else is here.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from connectors.config_base import HttpSourceConfig
from connectors.http import EnoughError, HttpClient, Patience
from connectors.load_writer import LoadFacts
from connectors.privacy import Pseudonymiser
from connectors.sink import RecordSink
from connectors.stream import Calendar, ExtractRequest, LandedLoad, Probed, StreamSpec

_PROBE_CALLS = 12
_SKEW = 300.0  # seconds; signatures and token lifetimes begin to fail beyond it


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a connector gets from the company: its calendar, its privacy key, its data folder."""

    calendar: Calendar
    pseudonymiser: Pseudonymiser
    home: Path
    environment: Mapping[str, str]
    patience: Patience = field(default_factory=Patience)

    @property
    def secrets(self) -> Path:
        """Where token stores are kept."""
        return self.home / "secrets"


@dataclass(frozen=True, slots=True)
class Intake:
    """How the records of one stream go into a load."""

    allowed: Sequence[str] | None = None
    """Top-level fields that may land; None: the request itself names the fields."""
    left_out: Sequence[str] = ()
    """Fields that the vendor sends and we leave out on purpose; any other unknown field is reported."""
    cursor_field: str | None = None


@dataclass(frozen=True, slots=True)
class VendorSource:
    """A source whose streams are read through `HttpClient` (satisfies `connectors.stream.Source`)."""

    name: str
    specs: Mapping[str, StreamSpec]
    calendar: Calendar
    connections: int
    overlap: timedelta
    configured_accounts: tuple[str, ...]
    pseudonymiser: Pseudonymiser
    client: Callable[[ExtractRequest], HttpClient]
    read: Callable[[HttpClient, ExtractRequest, RecordSink], LoadFacts]
    intake: Callable[[StreamSpec], Intake]

    def accounts(self, stream: str) -> Sequence[str]:
        """Every stream of these vendors is read for every configured account."""
        return self.configured_accounts if stream in self.specs else ()

    def extract(self, request: ExtractRequest, landing: Path) -> Sequence[LandedLoad]:
        """Land one stream and account; raises `SourceError`."""
        with self.client(request) as client, self._sink(RecordSink, landing, request) as sink:
            facts = self.read(client, request, sink)
            if abs(client.skew) > _SKEW:
                ahead = f"the vendor's clock is {client.skew / 60:+.0f} minutes off this host's"
                facts = replace(facts, notes=(*facts.notes, ahead))
            return sink.finish(facts)

    def probe(self, request: ExtractRequest) -> Probed:
        """Read until the first records came, a dozen calls at most; raises `SourceError`."""
        with (
            TemporaryDirectory(prefix="incentives-check-") as folder,
            self.client(request) as client,
            self._sink(_FirstRecords, Path(folder), request) as sink,
        ):
            client.calls_left = _PROBE_CALLS
            with suppress(EnoughError):
                self.read(client, request, sink)
            return Probed(sink.keys, client.skew)

    def _sink(self, kind: type[RecordSink], landing: Path, request: ExtractRequest) -> RecordSink:
        intake = self.intake(request.spec)
        return kind(
            landing,
            request,
            self.pseudonymiser,
            allowed=intake.allowed,
            left_out=intake.left_out,
            cursor_field=intake.cursor_field,
        )


class _FirstRecords(RecordSink):
    """Looks at the first records as a night would, and asks for no more."""

    def add(self, records: Sequence[dict[str, Any]]) -> None:
        """Check one page; an empty one is not the last word."""
        super().add(records)
        if records:
            raise EnoughError


def chosen(config: HttpSourceConfig) -> dict[str, StreamSpec]:
    """The streams that the configuration switches on, with its look-backs."""
    result = {}
    for spec in config.specs:
        if config.streams is None or spec.name in config.streams:
            days = config.lookback_days.get(spec.name)
            result[spec.name] = spec if days is None else replace(spec, lookback_days=days)
    return result
