"""A wrong or missing number stops the money, and the next night heals."""

import csv
from pathlib import Path

from tests.e2e.homes import incentives, night


def test_a_source_that_loses_a_day_makes_the_night_partial_and_the_next_one_heals_it(home: Path) -> None:
    assert incentives(home, "sandbox", "advance", "2d").returncode == 0
    said = night(home).stdout
    assert "Night of business date 2026-11-04: partial" in said
    assert "oceanengine" in said
    assert incentives(home, "sandbox", "advance", "1d").returncode == 0
    assert "Night of business date 2026-11-05: complete" in night(home).stdout


def test_an_owner_nobody_can_be_mapped_to_stops_the_month_until_somebody_maps_him(home: Path) -> None:
    assert incentives(home, "sandbox", "advance", "30d").returncode == 0
    stopped = incentives(home, "nightly")
    assert stopped.returncode == 1
    assert "unmapped_identities" in stopped.stdout
    assert not (home / "out" / "payouts" / "2026-11").exists()
    refused = incentives(home, "payout", "calculate", "2026-11")
    assert refused.returncode == 1
    assert "gate" in refused.stderr

    unmapped = _unmapped_user(home)
    feed = home / "inbox" / "identity_map"
    feed.mkdir(parents=True, exist_ok=True)
    with (feed / "identity_map_202611_v2.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["source_system", "source_user_id", "employee_no", "valid_from", "valid_to", "note"])
        writer.writerow(["zoho_crm", unmapped, "E0001", "2024-11-01", "", "agency account, answered for by E0001"])
    assert incentives(home, "nightly").returncode == 0
    assert (home / "out" / "payouts" / "2026-11" / "MONTHLY-1" / "payout.draft.csv").exists()


def _unmapped_user(home: Path) -> str:
    import duckdb  # noqa: PLC0415

    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        rows = con.execute("select source_user_id from marts.unmapped_identities").fetchall()
    assert len(rows) == 1
    return rows[0][0]
