"""October of two people, approved by two others and exported with the sample company's layouts and accounts."""

from datetime import datetime
from pathlib import Path

import duckdb
from close_steps import close_period, make_room

from orchestration.payout.accounting.mapping import AccountsFile, load_accounts
from orchestration.payout.actors import Actor, Actors
from orchestration.payout.approval import approve, review
from orchestration.payout.export import export
from orchestration.payout.exports import Outputs
from orchestration.payout.layouts.load import load_layouts
from orchestration.payout.ledger import Ledger
from orchestration.payout.lines import RunKey
from orchestration.payout.room import CloseRoom

KEY = RunKey("2026-10", "CN01", 1)
AT = datetime.fromisoformat("2026-11-06T10:00:00+08:00")
ACTORS: Actors = {
    actor.id: actor
    for actor in (
        Actor("maker", "", frozenset({"review", "export", "confirm"}), None),
        Actor("checker", "", frozenset({"approve"}), None),
    )
}


def full_room(home: Path, ledger: Ledger, accounts: AccountsFile | None = None) -> CloseRoom:
    return make_room(home, ledger, outputs=Outputs(load_layouts(), accounts or load_accounts()))


def export_october(room: CloseRoom, warehouse: duckdb.DuckDBPyConnection) -> Path:
    """Gives the run's folder."""
    close_period(room, warehouse)
    review(room, ACTORS, KEY, actor="maker", at=AT)
    approve(room, ACTORS, KEY, actor="checker", at=AT)
    return export(room, ACTORS, KEY, actor="maker", at=AT).parent
