"""The clock on disk, a day that passes in every system at once, and the files in the inbox."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from openpyxl import load_workbook

from connectors.sandbox import credentials, files, serve, state
from connectors.sandbox.company import World
from connectors.sandbox.company.clock import DEFAULT_CLOCK, instant
from connectors.sandbox.records.feeds import COLUMNS, feed_files

NOW = int(DEFAULT_CLOCK.timestamp())


def test_a_sandbox_is_made_once_and_keeps_its_clock(tmp_path: Path) -> None:
    made = state.ensure(tmp_path, scale=0.02)
    assert made.clock == DEFAULT_CLOCK
    moved = state.advance(tmp_path, timedelta(days=1))
    assert moved == DEFAULT_CLOCK + timedelta(days=1)
    assert state.ensure(tmp_path, scale=0.02).clock == moved
    with pytest.raises(ValueError, match="scale"):
        state.ensure(tmp_path, scale=1.0)


def test_the_clock_refuses_to_run_backwards_or_out_of_the_schedule(tmp_path: Path) -> None:
    state.ensure(tmp_path, scale=0.02)
    with pytest.raises(ValueError, match="backwards"):
        state.advance(tmp_path, timedelta(days=-1))
    with pytest.raises(ValueError, match="runs from"):
        state.set_clock(tmp_path, datetime(2031, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="offset"):
        state.set_clock(tmp_path, datetime(2026, 11, 4))  # noqa: DTZ001
    with pytest.raises(FileNotFoundError, match="ensure"):
        state.load(tmp_path / "elsewhere")


def test_writing_the_feeds_twice_changes_nothing(world: World, tmp_path: Path) -> None:
    written = files.write_feeds(world, NOW, tmp_path / "a")
    assert files.write_feeds(world, NOW, tmp_path / "a") == []
    other = files.write_feeds(World(7, world.scale).extend_to(NOW), NOW, tmp_path / "b")
    assert [p.relative_to(tmp_path / "a") for p in written] == [p.relative_to(tmp_path / "b") for p in other]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(written, other, strict=True))
    assert {p.parent.name for p in written} == set(COLUMNS)


def test_files_come_in_the_dress_of_their_senders(world: World, tmp_path: Path) -> None:
    files.write_feeds(world, NOW, tmp_path)
    zhihu = (tmp_path / "zhihu_ads" / "zhihu_ads_202608.csv").read_bytes().decode("gb18030")
    rows = list(csv.DictReader(io.StringIO(zhihu)))
    assert list(rows[0]) == ["日期", "计划ID", "计划名称", "创意ID", "创意名称", "曝光", "点击", "消耗(元)", "转化"]
    assert "埋点文章" in {row["创意名称"] for row in rows}
    breaches = tmp_path / "policy_breaches" / "policy_breaches_202610.csv"
    assert breaches.read_bytes().startswith(b"\xef\xbb\xbf")
    sheet = load_workbook(tmp_path / "credit_owners" / "credit_owners_202606.xlsx").worksheets[0]
    assert tuple(cell.value for cell in sheet[1]) == COLUMNS["credit_owners"]


def test_only_files_released_by_the_clock_exist(world: World) -> None:
    names = {(f.feed, f.period) for f in feed_files(world, NOW)}
    assert ("targets", "202611") in names
    assert ("policy_breaches", "202610") in names
    assert ("policy_breaches", "202611") not in names
    early = {(f.feed, f.period) for f in feed_files(world, instant("2026-11-02T08:59:59"))}
    assert ("policy_breaches", "202610") not in early


def test_planted_rows_stand_in_the_file_of_their_month(world: World) -> None:
    found = {f.period: f.rows for f in feed_files(world, NOW, "policy_breaches")}
    assert {row["breach_id"] for row in found["202610"]} >= {"PB-P-1", "PB-P-2", "PB-P-3"}
    costs = {f.period: f.rows for f in feed_files(world, NOW, "promotion_costs")}
    assert "PC-P-WX10K" in {row["cost_id"] for row in costs["202610"]}


@pytest.fixture
def own(tmp_path: Path) -> Iterator[serve.Running]:
    state.ensure(tmp_path, scale=0.02)
    with serve.serve(tmp_path) as found:
        yield found


def crm_leads(found: serve.Running) -> int:
    form = {
        "client_id": credentials.ZOHO_CLIENT_ID, "client_secret": credentials.ZOHO_CLIENT_SECRET,
        "refresh_token": credentials.ZOHO_REFRESH_TOKEN, "grant_type": "refresh_token",
    }  # fmt: skip
    token = requests.post(f"{found.endpoints['zoho_accounts']}/oauth/v2/token", data=form, timeout=10).json()
    head = {"Authorization": f"Zoho-oauthtoken {token['access_token']}"}
    return int(
        requests.get(f"{found.endpoints['zoho_crm']}/crm/v8/Leads/actions/count", headers=head, timeout=30).json()[
            "count"
        ]
    )


def test_a_day_that_passes_passes_in_every_system_and_in_the_inbox(own: serve.Running) -> None:
    before, listed = crm_leads(own), set((own.home / "inbox").rglob("*.csv"))
    assert serve.advance(own.home, timedelta(days=28)) == DEFAULT_CLOCK + timedelta(days=28)
    assert crm_leads(own) > before
    new = {path.name for path in set((own.home / "inbox").rglob("*.csv")) - listed}
    assert new == {"targets_202612.csv", "bonus_bases_202612.csv"}
    clock = requests.get(f"{own.endpoints['kingdee']}/__sandbox__/clock", timeout=10).json()["clock"]
    assert clock == "2026-12-01T09:00:00+08:00"
    assert serve.environment(own.home, own.endpoints)["INCENTIVES_AS_OF"] == clock


def test_the_clock_file_moved_from_outside_is_seen_by_the_servers(own: serve.Running) -> None:
    state.advance(own.home, timedelta(hours=5))
    clock = requests.get(f"{own.endpoints['zoho_crm']}/__sandbox__/clock", timeout=10).json()["clock"]
    assert clock == "2026-11-03T14:00:00+08:00"


def test_without_servers_a_day_passes_all_the_same(tmp_path: Path) -> None:
    state.ensure(tmp_path, scale=0.02, clock=datetime.fromisoformat("2026-11-30T20:00:00+08:00"))
    serve.write_inbox(tmp_path)
    assert not (tmp_path / "inbox" / "targets" / "targets_202612.csv").exists()
    serve.advance(tmp_path, timedelta(days=1))
    assert (tmp_path / "inbox" / "targets" / "targets_202612.csv").exists()


def test_the_servers_end_with_the_block_and_leave_no_endpoints_behind(tmp_path: Path) -> None:
    state.ensure(tmp_path, scale=0.02)
    with serve.serve(tmp_path) as found:
        assert (tmp_path / "sandbox" / "endpoints.json").exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{found.endpoints['zoho_crm']}/__sandbox__/health", timeout=2)
    assert not (tmp_path / "sandbox" / "endpoints.json").exists()


def test_the_company_file_refers_only_to_variables_the_environment_sets(own: serve.Running) -> None:
    wanted = set(re.findall(r"env: (\w+)", serve.COMPANY_FILE.read_text(encoding="utf-8")))
    assert wanted <= set(own.env)
