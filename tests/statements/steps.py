"""What the tests of statements do again and again: close October, settle it, and take a person's statement."""

from datetime import datetime
from pathlib import Path

import duckdb
from close_steps import OCTOBER, close_period
from test_four_eyes_before_a_payout import ACTORS, AT

from orchestration.payout.approval import approve, review
from orchestration.payout.room import CloseRoom
from orchestration.periods import Period
from orchestration.plans.bundle import load_bundle
from orchestration.statements.build import build_statement
from orchestration.statements.model import Statement
from orchestration.statements.open_period import open_period
from orchestration.statements.period import PeriodPeople, calculated_period, require_evidence

OCTOBER_NIGHT = datetime.fromisoformat("2026-11-03T09:00:00+08:00")


def calculate_october(room: CloseRoom, warehouse: duckdb.DuckDBPyConnection) -> None:
    calculation = close_period(room, warehouse, OCTOBER, plans=load_bundle())
    assert calculation.runs


def settle_period(room: CloseRoom, warehouse: duckdb.DuckDBPyConnection, period: Period, as_of: datetime) -> None:
    calculation = close_period(room, warehouse, period, as_of=as_of, plans=load_bundle())
    for key in calculation.runs:
        review(room, ACTORS, key, actor="maker", at=AT)
        approve(room, ACTORS, key, actor="checker", at=AT)


def calculated(room: CloseRoom, period: Period = OCTOBER, employee_no: str = "") -> PeriodPeople:
    people = calculated_period(room.ledger, room.closed, period, employee_no=employee_no)
    assert people is not None
    return people


def statement_of(people: PeriodPeople, employee_no: str) -> Statement:
    return build_statement(require_evidence(people, employee_no))


def open_people(room: CloseRoom, warehouse: duckdb.DuckDBPyConnection, period: Period = OCTOBER) -> PeriodPeople:
    return open_period(room, warehouse, load_bundle(), period, period.last_day)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
