"""A wrong or missing number stops the money, and the next night heals."""

import csv
import os
import subprocess
from pathlib import Path

from tests.e2e.homes import COMMAND, incentives, night
from tests.e2e.readers import reading


def test_a_source_that_loses_a_day_makes_the_night_partial_and_the_next_one_heals_it(home: Path) -> None:
    assert incentives(home, "sandbox", "advance", "2d").returncode == 0
    said = night(home).stdout
    assert "Night of business date 2026-11-04: partial" in said
    assert "oceanengine" in said
    assert incentives(home, "sandbox", "advance", "1d").returncode == 0
    with reading(home) as states:
        assert "Night of business date 2026-11-05: complete" in night(home).stdout
    assert states, "nobody could read while the night ran"
    assert {len(instants) for instants in states} == {1}, "a reader saw two nights at once"


def test_an_owner_nobody_can_be_mapped_to_stops_the_month_until_somebody_maps_him(home: Path) -> None:
    assert incentives(home, "sandbox", "advance", "30d").returncode == 0
    stopped = incentives(home, "nightly")
    assert stopped.returncode == 1
    assert "unmapped_identities" in stopped.stdout
    assert not (home / "out" / "payouts" / "2026-11").exists()
    refused = incentives(home, "payout", "calculate", "2026-11")
    assert refused.returncode == 1
    assert "gate" in refused.stderr

    alone = _materialize_payout_alone(home)
    assert alone.returncode != 0
    assert "the gate is red" in alone.stdout + alone.stderr
    assert not (home / "out" / "payouts" / "2026-11").exists()

    unmapped = _unmapped_users(home)
    assert {system for system, _ in unmapped} == {"zoho_crm", "jiandaoyun"}
    feed = home / "inbox" / "identity_map"
    feed.mkdir(parents=True, exist_ok=True)
    with (feed / "identity_map_202611_v2.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["source_system", "source_user_id", "employee_no", "valid_from", "valid_to", "note"])
        for system, user in unmapped:
            writer.writerow([system, user, "E0001", "2024-11-01", "", "agency account, answered for by E0001"])
    assert incentives(home, "nightly").returncode == 0
    assert (home / "out" / "payouts" / "2026-11" / "MONTHLY-1" / "payout.draft.csv").exists()


def _materialize_payout_alone(home: Path) -> subprocess.CompletedProcess[str]:
    """What somebody does in Dagster who wants to walk around the gate."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("INCENTIVES_", "DAGSTER_"))}
    clean |= {
        "INCENTIVES_HOME": str(home),
        "DAGSTER_HOME": str(home / "dagster"),
        "INCENTIVES_AS_OF": "2026-12-03T09:00:00+08:00",
    }
    return subprocess.run(
        [
            *(str(COMMAND.with_name("dagster")), "asset", "materialize", "-m", "orchestration.definitions"),
            *("--select", 'key:"payout/draft"', "--partition", "2026-11-01"),
        ],
        env=clean,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def _unmapped_users(home: Path) -> list[tuple[str, str]]:
    import duckdb  # noqa: PLC0415

    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        return con.execute(
            "select source_system, source_user_id from marts.unmapped_identities order by all"
        ).fetchall()
