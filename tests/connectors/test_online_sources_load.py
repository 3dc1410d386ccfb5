"""What the four online sources land goes into the warehouse: typed, keyed, restated, and repeated without effect."""

from pathlib import Path

import duckdb
import pytest
from online import online

from connectors.registry import SPECS
from connectors.stream import StreamOutcome, names_spec
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.load import load
from orchestration.warehouse.schema import ensure_tables


def _load(con: duckdb.DuckDBPyConnection, source: str, outcomes: dict[str, StreamOutcome]) -> tuple[int, int]:
    specs = {spec.name: spec for spec in SPECS[source]}
    specs |= {names.name: names for spec in SPECS[source] if (names := names_spec(spec))}
    results = [load(con, landed, specs[landed.stream]) for o in outcomes.values() for landed in o.loads]
    return sum(result.inserted for result in results), sum(result.deleted for result in results)


@pytest.mark.parametrize("source", ["tencent_ads", "wechat_oa", "adjust", "matomo"])
def test_two_nights_load_whole_with_every_key_and_only_what_changed_is_new(tmp_path: Path, source: str) -> None:
    with online(tmp_path, source) as company, open_warehouse(tmp_path, holder="a test") as con:
        ensure_tables(con, SPECS[source])
        first = company.run()
        inserted, deleted = _load(con, source, first)
        assert (inserted, deleted) == (sum(landed.rows for o in first.values() for landed in o.loads), 0)
        company.advance(days=1)
        second = company.run()
        again, deleted = _load(con, source, second)
        assert 0 < again < sum(landed.rows for o in second.values() for landed in o.loads)
        assert deleted == 0
        assert _load(con, source, second) == (again, 0)
        for spec in SPECS[source]:
            keyless = f"select count(*) from raw_{source}.{spec.name} where _key like 'no key%'"
            assert con.execute(keyless).fetchone() == (0,)
        if source == "tencent_ads":
            cost = "select typeof(cost), sum(cost) > 0 from raw_tencent_ads.report_request_time group by 1"
            assert con.execute(cost).fetchall() == [("BIGINT", True)]
            names = "select count(distinct _key) from restricted_tencent_ads.leads__names"
            leads = "select count(distinct _key) from raw_tencent_ads.leads"
            assert con.execute(names).fetchone() == con.execute(leads).fetchone()
