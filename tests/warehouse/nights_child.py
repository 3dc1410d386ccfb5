"""Run as a process of its own and killed at a failpoint: load everything landed, or publish, in a data folder."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from connectors.landing import list_landed
from connectors.stream import names_spec
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.load import load
from orchestration.warehouse.publish import publish
from orchestration.warehouse.schema import ensure_tables
from tests.warehouse.streams import STREAMS


def load_all(home: Path) -> None:
    specs = {(spec.source, spec.name): spec for spec in (*STREAMS, *filter(None, map(names_spec, STREAMS)))}
    with open_warehouse(home, holder="child") as con:
        ensure_tables(con, STREAMS)
        for landed in list_landed(home / "landing").loads:
            load(con, landed, specs[landed.source, landed.stream])


if __name__ == "__main__":
    step, folder = sys.argv[1], Path(sys.argv[2])
    if step == "load":
        load_all(folder)
    else:
        publish(folder, as_of=datetime(2026, 11, int(step), 1, tzinfo=UTC))
