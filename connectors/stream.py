"""The types that travel between a connector, the landing files and the loader (docs/contracts.md §3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from connectors.errors import ErrorClass

Mode = Literal["incremental", "window", "full", "file"]
PersonalKind = Literal["phone", "email", "platform_id", "name", "drop"]
OutcomeState = Literal["complete", "unchanged", "partial", "failed"]

Scope = Mapping[str, str | tuple[str, str]]
"""What a load replaces: top-level field of the landed object -> its value, or a pair (from, before) of texts."""
NAMES_SUFFIX = "__names"


@dataclass(frozen=True, slots=True)
class PersonalField:
    """A field that may not land in the clear. `path` walks nested objects with dots."""

    path: str
    kind: PersonalKind


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """One stream of one source. Adding a table to a connector means adding one of these.

    `key` names the fields of the natural key. `columns` (ad reports) are landed fields loaded as typed columns
    (name -> DuckDB type); the rest stays JSON. `tombstones_of` names the stream whose keys this one reports deleted.
    `restates` marks numbers that change after the fact. `daily` marks a stream that yields rows every business day, so
    that a day with none is suspicious.
    """

    source: str
    name: str
    mode: Mode
    key: tuple[str, ...]
    personal: tuple[PersonalField, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    lookback_days: int = 0
    restates: bool = False
    daily: bool = False
    tombstones_of: str | None = None
    required: tuple[str, ...] = ()
    """Fields every record must carry; one missing fails the stream before anything is loaded."""


def names_spec(spec: StreamSpec) -> StreamSpec | None:
    """The restricted companion stream that carries the `name` fields of a stream, or None where it has none.

    Its lines are `{"key": <natural key joined by |>, "<field>": …}`; it is loaded into `restricted_<source>`.
    """
    if not any(personal.kind == "name" for personal in spec.personal):
        return None
    return StreamSpec(source=spec.source, name=spec.name + NAMES_SUFFIX, mode=spec.mode, key=("key",))


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open interval of instants (timezone aware)."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class ExtractRequest:
    """What one night asks of one stream and account."""

    spec: StreamSpec
    account: str
    window: Window
    cursor: str | None
    as_of: datetime
    moves_cursor: bool = True
    """False for a part read by hand: what lies before or after it has to be read all the same."""


@dataclass(frozen=True, slots=True)
class LandedLoad:
    """A complete load on disk: everything the loader needs, as read from its manifest."""

    load_id: str
    source: str
    stream: str
    account: str
    mode: Mode
    path: Path
    rows: int
    pages: int
    vendor_total: int | None
    window: Window
    cursor: str | None
    full_scan: bool
    extracted_at: datetime
    manifest_sha256: str
    scope: Scope = field(default_factory=dict)
    """Keys of earlier loads within this scope that this load lacks were deleted. Empty: nothing is said of that."""
    complete: bool = True
    """False when the vendor's own figures say that something is missing; `notes` say what."""
    notes: tuple[str, ...] = ()
    complete_through: datetime | None = None
    """Everything before this instant is known. None where the stream cannot say."""
    parts: tuple[Path, ...] = ()
    file: str = ""
    """Name of the file that this load came from (`file` streams)."""
    file_sha256: str = ""
    version: int = 0
    """Which version of its window this load is (`file` streams): a greater one replaces a smaller one."""
    sequence: int = 0
    """How many loads of its stream were there when it landed."""

    @property
    def order(self) -> tuple[datetime, str, str, str, int, datetime, int, str]:
        """What sorts loads in the order in which they landed, stream by stream within a night."""
        place = self.extracted_at, self.source, self.stream, self.account
        return *place, self.sequence, self.window.start, self.version, self.load_id


@dataclass(frozen=True, slots=True)
class StreamOutcome:
    """How one stream ended this night."""

    source: str
    stream: str
    account: str
    state: OutcomeState
    loads: tuple[LandedLoad, ...] = ()
    error_class: ErrorClass | None = None
    message: str = ""
    complete_through: datetime | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """The company's own clock: its time zone and the first day it wants to know anything about."""

    zone: ZoneInfo
    history_start: date


@dataclass(frozen=True, slots=True)
class Probed:
    """What a look at a stream showed: how many records, and how far the vendor's clock is ahead of ours (seconds)."""

    records: int
    skew: float = 0.0


class Source(Protocol):
    """A connector: a name, its streams, and one way to extract any of them."""

    @property
    def name(self) -> str: ...

    @property
    def specs(self) -> Mapping[str, StreamSpec]: ...

    @property
    def calendar(self) -> Calendar: ...

    @property
    def connections(self) -> int:
        """How many streams may be read at the same moment."""
        ...

    @property
    def overlap(self) -> timedelta:
        """How far before its cursor an incremental stream reads again."""
        ...

    def accounts(self, stream: str) -> Sequence[str]:
        """Accounts of that stream which the configuration switches on."""
        ...

    def extract(self, request: ExtractRequest, landing: Path) -> Sequence[LandedLoad]:
        """Land one stream and account; raises `SourceError`. Lands nothing visible when it raises."""
        ...

    def probe(self, request: ExtractRequest) -> Probed:
        """Read the beginning of one stream and account with few requests, land nothing; raises `SourceError`."""
        ...
