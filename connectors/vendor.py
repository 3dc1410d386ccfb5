"""What every source behind HTTP shares: from a request to loads, given only how this vendor is read.

A connector supplies its stream specs and a `read` function (client, request, sink) -> facts; everything else is here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from connectors.config_base import HttpSourceConfig
from connectors.http import HttpClient, Patience
from connectors.load_writer import LoadFacts
from connectors.privacy import Pseudonymiser
from connectors.sink import RecordSink
from connectors.stream import Calendar, ExtractRequest, LandedLoad, StreamSpec

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
        intake = self.intake(request.spec)
        with (
            self.client(request) as client,
            RecordSink(
                landing,
                request,
                self.pseudonymiser,
                allowed=intake.allowed,
                left_out=intake.left_out,
                cursor_field=intake.cursor_field,
            ) as sink,
        ):
            facts = self.read(client, request, sink)
            if abs(client.skew) > _SKEW:
                ahead = f"the vendor's clock is {client.skew / 60:+.0f} minutes off this host's"
                facts = replace(facts, notes=(*facts.notes, ahead))
            return sink.finish(facts)


def chosen(config: HttpSourceConfig) -> dict[str, StreamSpec]:
    """The streams that the configuration switches on, with its look-backs."""
    result = {}
    for spec in config.specs:
        if config.streams is None or spec.name in config.streams:
            days = config.lookback_days.get(spec.name)
            result[spec.name] = spec if days is None else replace(spec, lookback_days=days)
    return result
