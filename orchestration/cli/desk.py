"""What every command on payouts opens: the company, its close room and the register of people; and shared options."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import typer

from connectors.config_models import CompanyConfig
from orchestration.closing import close_room
from orchestration.company import approvers_file, read_company
from orchestration.payout.actors import Actors, load_actors
from orchestration.payout.room import CloseRoom
from orchestration.settings import Settings

PeriodArgument = Annotated[str, typer.Argument(help="2026-10")]
GroupOption = Annotated[str, typer.Option("--group", help="pay group")]
RunOption = Annotated[int, typer.Option("--run", help="run number; off-cycle runs take the next")]
ActorOption = Annotated[str, typer.Option("--as", help="who acts, an id of approvers.yaml")]
EmployeeArgument = Annotated[str, typer.Argument(help="employee number, E0006")]
ReasonOption = Annotated[str, typer.Option("--reason", help="why, for the record")]


@dataclass(frozen=True, slots=True)
class Desk:
    """A configured company with its ledger open."""

    settings: Settings
    config: CompanyConfig
    room: CloseRoom

    def actors(self) -> Actors:
        """The people who may act, from the company's register."""
        return load_actors(approvers_file(self.settings))


@contextmanager
def open_desk() -> Iterator[Desk]:
    """The desk of the company in the environment; the ledger is closed at the end."""
    settings = Settings.from_env()
    config = read_company(settings)
    with close_room(settings, config) as room:
        yield Desk(settings, config, room)
