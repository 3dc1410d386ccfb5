import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from close_steps import close_period
from sqlalchemy import select
from test_four_eyes_before_a_payout import ACTORS, AT, KEY

from orchestration.payout.actors import Actor
from orchestration.payout.approval import approve, review
from orchestration.payout.audit import verify_audit
from orchestration.payout.errors import ApprovalRefused, RulesInvalid
from orchestration.payout.export import export
from orchestration.payout.recompute import as_known_then
from orchestration.payout.schema import payout_lines, purges
from orchestration.periods import Period
from orchestration.retention.purge import overdue, purge
from orchestration.retention.rules import SAMPLE_RETENTION, load_retention

ZONE = ZoneInfo("Asia/Shanghai")
DAYS = ("2027-09-30", "2027-10-01", "2027-10-31", "2027-11-01")
LATER = datetime(2027, 11, 20, 9, tzinfo=ZONE)
PEOPLE = ACTORS | {"dpo": Actor("dpo", "", frozenset({"erase"}), None)}


def found(room, home: Path, as_of: datetime = LATER) -> dict[str, list[str]]:
    rules = load_retention()
    return {
        each.kind: [path.relative_to(home).as_posix() for path in each.files]
        for each in overdue(home, room, rules, as_of=as_of, zone=ZONE)
    }


def put(home: Path, name: str) -> Path:
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x", encoding="utf-8")
    return path


def test_a_file_belongs_to_the_day_in_its_name(room, tmp_path: Path):
    put(tmp_path, "inbox/targets/targets_202509.csv")
    put(tmp_path, "inbox/targets/targets_202511.csv")
    put(tmp_path, "quarantine/targets/targets_20261031_v2.csv")
    put(tmp_path, "quarantine/targets/targets_20261101.csv")
    on = {day: found(room, tmp_path, datetime.fromisoformat(f"{day}T23:00:00+08:00")) for day in DAYS}
    assert [on[day]["inbox"] for day in DAYS] == [[], *[["inbox/targets/targets_202509.csv"]] * 3]
    assert [on[day]["quarantine"] for day in DAYS] == [*[[]] * 3, ["quarantine/targets/targets_20261031_v2.csv"]]


def test_a_file_without_a_date_belongs_to_the_day_it_was_written(room, tmp_path: Path):
    path = put(tmp_path, "dbt/logs/dbt.log")
    moment = datetime(2027, 7, 31, 12, tzinfo=ZONE).timestamp()
    os.utime(path, (moment, moment))
    assert found(room, tmp_path)["logs"] == ["dbt/logs/dbt.log"]
    assert found(room, tmp_path, datetime(2027, 10, 31, tzinfo=ZONE))["logs"] == []


def test_drafts_nobody_approved_go_and_everything_a_run_stands_at_stays(room, close_warehouse, tmp_path: Path):
    close_period(room, close_warehouse)
    close_warehouse.execute("update marts.fct_kpi_measurements set numerator = 90000 where subject_id = 'E0001'")
    close_period(room, close_warehouse)
    review(room, PEOPLE, KEY, actor="maker", at=AT)
    approve(room, PEOPLE, KEY, actor="checker", at=AT)
    export(room, PEOPLE, KEY, actor="maker", at=AT)
    with room.ledger.read() as connection:
        before = connection.execute(select(payout_lines).order_by(payout_lines.c.line_id)).all()
    listed = found(room, tmp_path)
    assert {name.split("/")[2] for name in listed["drafts"]} == {"1"}
    assert listed["payout_files"] == []
    plan = overdue(tmp_path, room, load_retention(), as_of=LATER, zone=ZONE)
    assert (tmp_path / "closed" / "2026-10" / "1").is_dir()
    purge(tmp_path, room, PEOPLE, plan, actor="dpo", at=LATER)
    assert not (tmp_path / "closed" / "2026-10" / "1").exists()
    with room.ledger.read() as connection:
        assert connection.execute(select(payout_lines).order_by(payout_lines.c.line_id)).all() == before
        [row] = connection.execute(select(purges)).all()
        assert verify_audit(connection).ok
    assert (row.retention_class, row.files, row.actor) == ("drafts", len(listed["drafts"]), "dpo")
    assert [each.is_same for each in as_known_then(room, Period.parse("2026-10"))] == [True]
    assert (
        purge(
            tmp_path,
            room,
            PEOPLE,
            overdue(tmp_path, room, load_retention(), as_of=LATER, zone=ZONE),
            actor="dpo",
            at=LATER,
        )
        == []
    )


def test_frozen_and_handed_over_files_go_when_their_time_has_come(room, tmp_path: Path):
    path = put(tmp_path, "out/payouts/2016-10/CN01-1/payout.csv")
    kept = put(tmp_path, "out/payouts/2017-11/CN01-1/payout.csv")
    path.chmod(0o400)
    path.parent.chmod(0o500)
    plan = overdue(tmp_path, room, load_retention(), as_of=LATER, zone=ZONE)
    assert [each.kind for each in purge(tmp_path, room, PEOPLE, plan, actor="dpo", at=LATER)] == ["payout_files"]
    assert not (tmp_path / "out" / "payouts" / "2016-10").exists()
    assert kept.is_file()


def test_only_a_person_of_the_register_purges(room, tmp_path: Path):
    path = put(tmp_path, "quarantine/x_201001.csv")
    plan = overdue(tmp_path, room, load_retention(), as_of=LATER, zone=ZONE)
    with pytest.raises(ApprovalRefused, match="may not erase"):
        purge(tmp_path, room, PEOPLE, plan, actor="maker", at=LATER)
    assert path.is_file()


@pytest.mark.parametrize(
    ("was", "is_now", "complaint"),
    [
        ("class: inbox", "class: ledger", r"retention\.yaml:5: error: class cannot be 'ledger'"),
        ("keep_months: 24", "keep_months: ever", r"retention\.yaml:5: error: 'ever' is not an exact number"),
        ("class: quarantine", "class: inbox", "inbox stands there twice"),
        (", field: staffNo", "", "say how its records belong to an employee"),
        ("ihr360/staff", "staff", "is no stream"),
    ],
)
def test_the_rules_are_checked_with_file_and_line(tmp_path: Path, was: str, is_now: str, complaint: str):
    path = tmp_path / "retention.yaml"
    path.write_text(SAMPLE_RETENTION.read_text(encoding="utf-8").replace(was, is_now), encoding="utf-8")
    with pytest.raises(RulesInvalid, match=complaint):
        load_retention(path)
