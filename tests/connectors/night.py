"""A running sample company and one night after the other over it, for tests that need the vendors whole."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import requests

from connectors.config import load_company
from connectors.config_models import CompanyConfig
from connectors.http import Patience
from connectors.landing import read_lines
from connectors.registry import build_sources
from connectors.run import extract_all
from connectors.sandbox import serve, state
from connectors.stream import LandedLoad, StreamOutcome, StreamSpec

IMPATIENT = Patience(sleep=lambda _: None, jitter=lambda _: 0.0)


@dataclass
class Nights:
    """The sample company's nights: cursors move as a loader would move them."""

    running: serve.Running
    home: Path
    config: CompanyConfig
    cursors: dict[tuple[str, str, str], str | None] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """The sandbox clock."""
        return state.load(self.home).clock

    def advance(self, **step: float) -> None:
        """Let time pass in every system."""
        serve.advance(self.home, timedelta(**step))

    def fault(self, host: str, **fault: Any) -> None:
        """Script one fault of a server."""
        answer = requests.post(f"{self.running.endpoints[host]}/__sandbox__/faults", json=[fault], timeout=10)
        answer.raise_for_status()

    def calm(self) -> None:
        """Remove all scripted faults."""
        for url in self.running.endpoints.values():
            requests.delete(f"{url}/__sandbox__/faults", timeout=10)

    def run(
        self,
        *streams: str,
        landing: Path | None = None,
        move: bool = True,
        change: Callable[[CompanyConfig], CompanyConfig] = lambda config: config,
    ) -> dict[str, StreamOutcome]:
        """One night of the named `source.stream`s (all without names); outcomes by `source.stream[.account]`."""
        sources = build_sources(change(self.config), self.home, environment=self.running.env, patience=IMPATIENT)
        wanted = []
        for source in sources:
            chosen = {k: v for k, v in source.specs.items() if not streams or f"{source.name}.{k}" in streams}
            if chosen:
                wanted.append(_Only(source, chosen))

        def landed(loads: Sequence[LandedLoad], spec: StreamSpec) -> None:
            for load in loads:
                assert load.stream == spec.name
                if move and load.cursor:
                    self.cursors[load.source, load.stream, load.account] = load.cursor

        outcomes = extract_all(
            wanted,
            as_of=self.now,
            cursors=dict(self.cursors),
            landing=landing or self.home / "landing",
            on_landed=landed,
        )
        return {
            f"{o.source}.{o.stream}" + ("" if o.account in {"org", "company", "DC01", o.stream} else f".{o.account}"): o
            for o in outcomes
        }


class _Only:
    """A source with some of its streams."""

    def __init__(self, source: Any, specs: dict[str, StreamSpec]) -> None:
        self._source, self.specs = source, specs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


@contextmanager
def nights(home: Path, scale: float = 0.02) -> Iterator[Nights]:
    """Start the sample company in a data folder."""
    state.ensure(home, scale=scale)
    with serve.serve(home) as running:
        config = load_company(Path(serve.__file__).with_name("company.yaml"))
        yield Nights(running, home, config)


def rows(outcome: StreamOutcome, stream: str | None = None) -> list[dict[str, Any]]:
    """What landed, of the stream itself or of its restricted companion."""
    wanted = stream or outcome.stream
    return [orjson.loads(line) for load in outcome.loads if load.stream == wanted for line in read_lines(load)]
