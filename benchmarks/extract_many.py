"""Extract + land + load of records that `benchmarks.pages` serves: by us, by the floor, by dlt's rest_api source.

`python -m benchmarks.extract_many floor|ours|side_by_side <address> [connections]`; `dlt_rest_api.py` beside this file
is the same for dlt. `side_by_side` reads eight accounts of the same list and only lands them; it tells its seconds too.
"""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson
import requests

_COMPANY = """\
company: benchmark
history_start: 2025-01-01
privacy: {{key: {{env: KEY}}}}
sources:
  zoho_crm:
    base_url: {url}
    accounts_url: {url}
    accounts: [{accounts}]
    connections: {connections}
    credentials: {{client_id: {{env: KEY}}, client_secret: {{env: KEY}}, refresh_token: {{env: KEY}}}}
    streams: [calls]
    validate_fields: false
    requests_per_second: 100000
"""
_AS_OF = datetime(2026, 11, 3, 1, tzinfo=UTC)


def floor(url: str) -> int:
    """Every page, fetched with requests and parsed with orjson; gives the number of records."""
    count, query = 0, {"per_page": "200"}
    with requests.Session() as session:
        while True:
            body = orjson.loads(session.get(f"{url}/crm/v8/Calls", params=query, timeout=60).content)
            count += len(body["data"])
            if not body["info"]["more_records"]:
                return count
            query["page_token"] = body["info"]["next_page_token"]


def ours(url: str) -> int:
    """The same through connector, landing files and raw table; gives the number of records loaded."""
    from connectors.run import extract_all  # noqa: PLC0415 - import cost belongs to what is measured
    from orchestration.warehouse.connect import open_for_loading  # noqa: PLC0415
    from orchestration.warehouse.load import load_all  # noqa: PLC0415
    from orchestration.warehouse.schema import ensure_tables  # noqa: PLC0415

    home, sources = _sources(url, ["org"], 1)
    loaded = 0
    with open_for_loading(home, holder="benchmark") as con:
        ensure_tables(con, [spec for source in sources for spec in source.specs.values()])

        def take_in(landed, spec) -> None:
            nonlocal loaded
            loaded += sum(it.inserted for it in load_all(con.cursor(), landed, spec))

        extract_all(sources, as_of=_AS_OF, cursors={}, landing=home / "landing", on_landed=take_in)
    return loaded


def side_by_side(url: str, connections: int) -> str:
    """Eight accounts over so many connections; gives seconds of reading and number of records landed."""
    from connectors.run import extract_all  # noqa: PLC0415

    home, sources = _sources(url, [f"a{number}" for number in range(8)], connections)
    started = time.monotonic()
    outcomes = extract_all(sources, as_of=_AS_OF, cursors={}, landing=home / "landing")
    assert {it.state for it in outcomes} == {"complete"}, outcomes
    return f"{time.monotonic() - started:.3f} {sum(load.rows for it in outcomes for load in it.loads)}"


def _sources(url: str, accounts: list[str], connections: int):
    from connectors.config import load_company  # noqa: PLC0415
    from connectors.registry import build_sources  # noqa: PLC0415

    home = Path(os.environ["BENCHMARK_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    company = home / "company.yaml"
    company.write_text(_COMPANY.format(url=url, accounts=", ".join(accounts), connections=connections))
    return home, build_sources(load_company(company), home, environment={"KEY": "a key of sixteen or more"})


if __name__ == "__main__":
    way, address, *rest = sys.argv[1:]
    print({"floor": floor, "ours": ours, "side_by_side": side_by_side}[way](address, *map(int, rest)))
