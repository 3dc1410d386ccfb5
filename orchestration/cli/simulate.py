"""`incentives simulate`: what closed periods would have paid under another plan."""

import csv
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from orchestration.cli.output import out, refusing, relative
from orchestration.closing import close_room
from orchestration.company import plans_folder, read_company
from orchestration.plans.quantities import decimal_text
from orchestration.plans.single import load_single
from orchestration.replay import past_periods, period_range
from orchestration.scoring.simulate import Simulated, Simulation
from orchestration.scoring.simulate import simulate as replay
from orchestration.settings import Settings

_SHOWN = 10


@refusing
def simulate(
    plan_file: Annotated[Path, typer.Option("--plan", help="the plan to try; its id says whose plan it replaces")],
    periods: Annotated[str, typer.Option("--periods", help="2026-01..2026-10")],
    folder: Annotated[Path | None, typer.Option("--plans", help="parameters and catalogue of the plan")] = None,
    target: Annotated[Path | None, typer.Option("--out", help="CSV file with every person and period")] = None,
) -> None:
    """Replay closed periods under another plan: winners, losers, budget, metrics. The ledger is only read."""
    settings = Settings.from_env()
    surroundings = folder or (None if _lies_in_a_bundle(plan_file) else plans_folder(settings))
    source, plan = load_single(plan_file, surroundings)
    with close_room(settings, read_company(settings)) as room:
        past = past_periods(room, period_range(periods), source, plan)
    if not any(one.id == plan.id for item in past for one in item.before.plans):
        known = ", ".join(sorted({one.id for item in past for one in item.before.plans}))
        raise ValueError(f"{plan_file.name}: no plan {plan.id!r} was in force in {periods}; plans then were {known}")
    simulation = replay(past, plan.id)
    _print(simulation)
    if target is not None:
        _write(simulation, target)
        out.print(f"\n{relative(target)}")


def _lies_in_a_bundle(plan_file: Path) -> bool:
    return any((parent / "bundle.yaml").is_file() for parent in plan_file.resolve().parents[:3])


def _print(simulation: Simulation) -> None:
    budget = Table("period", box=None, pad_edge=False)
    for heading in ("people", "before", "after", "change"):
        budget.add_column(heading, justify="right")
    for period in (*simulation.periods, ""):
        before, after = simulation.budget(period)
        people = {row.employee_no for row in simulation.rows if period in {"", row.period} and row.change is not None}
        budget.add_row(period or "all", str(len(people)), *_amounts(before, after))
    out.print(f"[bold]{escape(simulation.plan_id)}: budget[/] (gross, before rounding)")
    out.print(budget)
    people = simulation.people()
    winners = [row for row in people if (row.change or 0) > 0]
    losers = [row for row in reversed(people) if (row.change or 0) < 0]
    same = len(people) - len(winners) - len(losers)
    out.print(f"\n{len(winners)} gain, {len(losers)} lose, {same} are paid the same")
    for title, rows in (("Winners", winners), ("Losers", losers)):
        if rows:
            _print_people(title, rows)
    effects = Table("metric", box=None, pad_edge=False)
    for heading in ("points before", "points after", "change"):
        effects.add_column(heading, justify="right")
    for effect in simulation.effects:
        before = effect.before / effect.before_count if effect.before_count else None
        after = effect.after / effect.after_count if effect.after_count else None
        change = None if before is None or after is None else after - before
        effects.add_row(effect.metric_id, *(_shown(value) for value in (before, after, change)))
    out.print("\n[bold]Points of the total score by metric[/] (mean of a person and period)")
    out.print(effects)
    _print_money(simulation)
    if simulation.held:
        out.print(f"\n{len(simulation.held)} person-periods have no amount under one of the plans (held)")


def _print_money(simulation: Simulation) -> None:
    """The budget once more, by what brought it; the columns add up to those of the budget."""
    names = {"score_rules": "deductions, bonus points, clamps, gates", "limits": "draws, floors, caps, pools"}
    table = Table("part of the pay", box=None, pad_edge=False)
    for heading in ("before", "after", "change"):
        table.add_column(heading, justify="right")
    for row in simulation.money:
        table.add_row(names.get(row.kind) or f"{row.kind} {row.name}", *_amounts(row.before, row.after))
    before, after = simulation.budget()
    table.add_row("all", *_amounts(before, after))
    out.print("\n[bold]What brought the money[/] (yuan, gross, before rounding)")
    out.print(table)


def _print_people(title: str, rows: list[Simulated]) -> None:
    table = Table("employee", box=None, pad_edge=False)
    for heading in ("before", "after", "change"):
        table.add_column(heading, justify="right")
    for row in rows[:_SHOWN]:
        table.add_row(row.employee_no, *_amounts(row.before or Fraction(0), row.after or Fraction(0)))
    out.print(f"\n[bold]{title}[/]" + (f" (first {_SHOWN} of {len(rows)})" if len(rows) > _SHOWN else ""))
    out.print(table)


def _write(simulation: Simulation, target: Path) -> None:
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["period", "employee_no", "before_exact", "after_exact", "change_exact", "change"])
        for row in simulation.rows:
            exact = ["" if value is None else str(value) for value in (row.before, row.after, row.change)]
            writer.writerow([row.period, row.employee_no, *exact, _shown(row.change)])


def _amounts(before: Fraction, after: Fraction) -> tuple[str, str, str]:
    return _shown(before), _shown(after), _shown(after - before)


def _shown(value: Fraction | None) -> str:
    return "-" if value is None else decimal_text(value, 2).rpartition("≈")[2]
