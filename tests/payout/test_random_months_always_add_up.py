"""Random months of joins, transfers, restatements, missing values, holds, off-cycle runs and replays over one ledger.

The truth is kept beside it in a few lines: what everybody should have been given for every month, by the values known
at the last close. After each close the lines, the files and the manifests have to say the same, to the fen; at the end
every handed-over file is what it was, and the ledger replayed elsewhere gives today's files again.
"""

import csv
import io
import json
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import duckdb
from close_steps import OCTOBER, close_period, make_room
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_warehouse import fill_small_warehouse
from test_four_eyes_before_a_payout import ACTORS, AT
from test_holds_and_disputes import PEOPLE

from orchestration.payout.approval import approve, review
from orchestration.payout.audit import verify_audit
from orchestration.payout.backup import back_up, restore
from orchestration.payout.export import export
from orchestration.payout.files import payout_csv, run_folder
from orchestration.payout.holds import hold, read_holds, release
from orchestration.payout.ledger import open_ledger
from orchestration.payout.recompute import as_known_then
from orchestration.payout.room import CloseRoom
from orchestration.payout.rounding import fen_of_text, round_fen
from orchestration.payout.runs import locked_runs, require_run
from orchestration.payout.settle import outstanding
from orchestration.periods import Period

STAFF = tuple(f"E000{number}" for number in range(1, 5))
BASE = {"E0001": 6000, "E0002": 5000, "E0003": 4321, "E0004": 7777}
TARGET = 90_000

people = st.sampled_from(STAFF)
values = st.integers(-3_000_000, 20_000_000)  # fen; a month may end below zero when orders come back
month = st.fixed_dictionaries(
    {
        "values": st.lists(values, min_size=4, max_size=4),
        "joins": st.lists(people, max_size=2),
        "transfers": st.lists(people, max_size=2),
        "restated": st.lists(st.tuples(st.integers(0, 3), people, values), max_size=3),
        "missing": st.lists(people, max_size=1),
        "held": st.lists(people, max_size=1),
        "off_cycle": st.lists(people, max_size=1),
    }
)


@dataclass
class Company:
    """The company as the test knows it, and the same in the tables that a close reads."""

    con: duckdb.DuckDBPyConnection
    group: dict[str, str] = field(default_factory=dict)
    value: dict[tuple[str, Period], int | None] = field(default_factory=dict)
    given: dict[tuple[str, Period], int] = field(default_factory=dict)

    def join(self, person: str, period: Period) -> None:
        if person in self.group:
            return
        self.group[person] = "CN01"
        self.con.execute(
            "insert into marts.dim_employee_assignments values (?, ?, null, 'D-SAL', 'T-FUP', 'P-REP', null, true)",
            [person, period.start],
        )
        self._base(person, period)

    def transfer(self, person: str, period: Period) -> None:
        if person not in self.group or (person, period.shift(-1)) not in self.value:
            return
        self.group[person] = "CN02" if self.group[person] == "CN01" else "CN01"
        self.con.execute(
            "update marts.dim_bonus_bases set valid_to = ? where employee_no = ? and valid_to is null",
            [period.start, person],
        )
        self._base(person, period)

    def measure(self, person: str, period: Period, fen: int | None) -> None:
        if person not in self.group:
            return
        self.con.execute(
            "delete from marts.fct_kpi_measurements where subject_id = ? and period_id = ?", [person, str(period)]
        )
        self.con.execute(
            "insert into marts.fct_kpi_measurements values ('sales_revenue_attainment', 'employee', ?, 'month', ?, ?, "
            "?, ?::decimal(38,6) / 100, ?, ?, 'ratio', ?, '', false, now())",
            [
                person,
                str(period),
                period.start,
                period.end,
                fen,
                TARGET,
                TARGET,
                "missing" if fen is None else "ok",
            ],
        )
        self.value[person, period] = fen

    def truth(self, person: str, period: Period) -> int | None:
        """What the person earned in a month, by the values of now."""
        fen = self.value[person, period]
        return None if fen is None else round_fen(Fraction(BASE[person]) * Fraction(fen, 100) / TARGET)

    def settle(self, waiting: set[tuple[str, Period]]) -> None:
        """Everybody has been given the truth, but for what is missing or held."""
        for key in self.value:
            now = self.truth(*key)
            if now is not None and key not in waiting:
                self.given[key] = now

    def _base(self, person: str, period: Period) -> None:
        self.con.execute(
            "insert into marts.dim_bonus_bases values (?, ?, null, ?, 'CNY', 'PE01', ?, 'CC10')",
            [person, period.start, BASE[person], self.group[person]],
        )


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(month, min_size=2, max_size=4))
def test_lines_files_and_truth_agree_whatever_the_months_bring(months: list[dict]):
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        home = Path(folder)
        fill_small_warehouse(con)
        for table in ("fct_kpi_measurements", "dim_employee_assignments", "dim_bonus_bases", "fct_scoring_events"):
            con.execute(f"truncate marts.{table}")
        room = make_room(home, open_ledger(f"sqlite:///{home / 'ledger.db'}"))
        company, files = Company(con), {}
        for number, told in enumerate(months):
            _close_month(room, company, OCTOBER.shift(number), number, told)
            _check_ledger(room, company, files)
        _check_replay(room, home, files, [OCTOBER.shift(number) for number in range(len(months))])
        room.ledger.close()


def _close_month(room: CloseRoom, company: Company, period: Period, number: int, told: dict) -> None:
    at = datetime.combine(period.end + timedelta(days=4), AT.timetz())
    company.join("E0001", period)
    for person in told["joins"]:
        company.join(person, period)
    for person in told["transfers"]:
        company.transfer(person, period)
    for person, fen in zip(STAFF, told["values"], strict=True):
        company.measure(person, period, None if person in told["missing"] else fen)
    for back, person, fen in told["restated"]:
        if back < number and (person, period.shift(-1 - back)) in company.value:
            company.measure(person, period.shift(-1 - back), fen)
    _open(company.con, period, at)
    with room.ledger.read() as connection:
        old = [each for each in read_holds(connection) if each.is_active]
    for each in old:
        release(room, PEOPLE, each.hold_id, reason="over", actor="hr", at=at)
    waiting = {(person, period) for person in told["held"] if (person, period) in company.value}
    for person, _ in waiting:
        hold(room, PEOPLE, period=period, employee_no=person, reason="asked", actor="hr", at=at)
    for person in told["off_cycle"]:
        if (person, period) in company.value:
            _settle(room, company.con, period, at, run_no=2, employees={person})
    first = close_period(room, company.con, period, as_of=at)
    assert not close_period(room, company.con, period, as_of=at + timedelta(days=1)).is_new  # a replay changes nothing
    assert first.period == str(period)
    _settle(room, company.con, period, at)
    company.settle(waiting)


def _settle(room: CloseRoom, con: duckdb.DuckDBPyConnection, period: Period, at: datetime, **options) -> None:
    for key in close_period(room, con, period, as_of=at, **options).runs:
        review(room, ACTORS, key, actor="maker", at=at)
        approve(room, ACTORS, key, actor="checker", at=at)
        export(room, ACTORS, key, actor="maker", at=at)


def _open(con: duckdb.DuckDBPyConnection, period: Period, at: datetime) -> None:
    con.execute("update etl.stream_outcomes set as_of = ?, complete_through = ?", [at, period.end])
    con.execute("truncate staging.stg_oceanengine__report")
    con.execute(
        "insert into staging.stg_oceanengine__report select day::date from "
        "generate_series(?::date, ?::date, interval 1 day) as days(day), generate_series(1, 10)",
        [period.start, period.last_day],
    )


def _check_ledger(room: CloseRoom, company: Company, files: dict[Path, bytes]) -> None:
    with room.ledger.read() as connection:
        assert verify_audit(connection).broken == ""
        runs = locked_runs(connection)
    lines = [line for run in runs for line in run.lines]
    for (person, period), fen in company.given.items():
        mine = [line for line in lines if (line.employee_no, line.origin_period) == (person, str(period))]
        assert sum(line.amount_fen for line in mine if line.kind in {"regular", "adjustment"}) == fen, (person, period)
    owed = sum(outstanding(lines).values())
    assert sum(line.amount_fen for line in lines) - owed == sum(company.given.values())
    for run in runs:
        nets: dict[str, int] = {}
        for line in run.lines:
            nets[line.employee_no] = nets.get(line.employee_no, 0) + line.amount_fen
        assert min(nets.values(), default=0) >= 0  # nobody pays in
        path = run_folder(room.payouts, run.key) / "payout.csv"
        content = path.read_bytes()
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        told = json.loads((path.parent / "payout.manifest.json").read_text())["totals"]["by_currency"]
        total = sum(fen_of_text(row["amount"]) for row in rows)
        assert (total, len(rows)) == (run.total_fen, len(run.lines))
        assert told == ({"CNY": {"lines": len(rows), "sum_fen": total}} if rows else {})
        assert files.setdefault(path, content) == content  # a locked file is the same for ever


def _check_replay(room: CloseRoom, home: Path, files: dict[Path, bytes], periods: list[Period]) -> None:
    """From the ledger alone, elsewhere: the same files; from the evidence: the same amounts, to the byte."""
    for period in periods:
        for each in as_known_then(room, period):
            assert (each.is_same, each.differing) == (True, ())
    there = make_room(home / "there", open_ledger(f"sqlite:///{home / 'there.db'}"))
    restore(there, back_up(room, home / "ledger.zip").path)
    with there.ledger.read() as connection, room.ledger.read() as original:
        runs = locked_runs(connection)
        assert runs == locked_runs(original)
        for run in runs:
            assert (
                payout_csv(require_run(connection, run.key)) == files[run_folder(room.payouts, run.key) / "payout.csv"]
            )
    there.ledger.close()
