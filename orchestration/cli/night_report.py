"""The closing page of a night, on stdout."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from rich.markup import escape
from rich.table import Table

from connectors.config_models import CompanyConfig
from orchestration.cli.output import out, relative
from orchestration.clock import business_date
from orchestration.nightly import JobOutcome
from orchestration.payout.rounding import yuan_text
from orchestration.periods import Period
from orchestration.settings import Settings
from orchestration.summary import Headline, NightSummary, read_summary

_SHOWN = 12


def print_night(settings: Settings, config: CompanyConfig, as_of: datetime, outcomes: list[JobOutcome]) -> None:
    """Print the summary, or what failed where there is none."""
    month = _month_to_show(config, as_of)
    if outcomes[0].success:
        summary = read_summary(settings, as_of, month)
        _print_sources(summary)
        _print_headlines(summary)
        _print_payouts(summary)
        _print_paths(settings, summary)
    _print_checks(outcomes)
    for outcome in outcomes:
        if not outcome.success:
            out.print(f"\n[bold red]{outcome.job} {outcome.partition} failed[/]\n{escape(outcome.failure)}")


def _month_to_show(config: CompanyConfig, as_of: datetime) -> str:
    """The month before the open one: the open month has hardly begun when its predecessor is closed."""
    first = business_date(as_of, config.zone).replace(day=1)
    return str(Period.containing(first - timedelta(days=1), "month"))


def _print_sources(summary: NightSummary) -> None:
    state = "[green]complete[/]" if summary.state == "complete" else f"[bold yellow]{summary.state}[/]"
    out.print(f"\n[bold]Night of business date {summary.business_date}[/]: {state}")
    table = Table("source", "streams", "rows landed", "new versions", "troubles", box=None, pad_edge=False)
    for line in summary.sources:
        table.add_row(
            line.source,
            str(line.streams),
            f"{line.rows_landed:,}",
            f"{line.rows_inserted:,}",
            escape("; ".join(line.troubles)) or "-",
        )
    out.print(table)


def _print_headlines(summary: NightSummary) -> None:
    if not summary.headlines:
        return
    out.print(f"\n[bold]Headline KPIs {summary.headlines[0].period_id}[/]")
    table = Table("metric", "指标", "value", "numerator / denominator", box=None, pad_edge=False)
    for line in summary.headlines:
        table.add_row(line.metric_id, line.name_zh, _value(line), _parts(line))
    out.print(table)


def _value(line: Headline) -> str:
    if line.value is None:
        return line.state
    if line.unit == "ratio" and line.metric_id != "roas":
        return f"{_rounded(line.value * 100)} %"
    return f"{_rounded(line.value):,}"


def _parts(line: Headline) -> str:
    if line.numerator is None or line.denominator is None:
        return ""
    return f"{_rounded(line.numerator):,} / {_rounded(line.denominator):,}"


def _rounded(value: Decimal) -> Decimal:
    """For reading only."""
    rounded = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return rounded.to_integral_value() if rounded == rounded.to_integral_value() else rounded


def _print_payouts(summary: NightSummary) -> None:
    for path, manifest in summary.payouts:
        totals, held = manifest["totals"], manifest["held"]
        amounts = ", ".join(
            f"{yuan_text(total['sum_fen'])} {currency}" for currency, total in sorted(totals["by_currency"].items())
        )
        out.print(
            f"\n[bold]Payout {manifest['period']} {manifest['pay_group']} run {manifest['run_no']}[/] "
            f"({manifest['status']}, revision {manifest['revision']}, paid in {manifest['pay_month']}): "
            f"{totals['people']} people paid, {len({it['employee_no'] for it in held})} held, "
            f"total {amounts or 'nothing'} gross"
        )
        for line in held[:_SHOWN]:
            out.print(f"  held {line['employee_no']} {line['component']}: {escape(line['reason'])}")
        if len(held) > _SHOWN:
            out.print(f"  ... and {len(held) - _SHOWN} more, see {relative(path.parent / 'held.csv')}")


def _print_checks(outcomes: list[JobOutcome]) -> None:
    passed = sum(outcome.passed_checks for outcome in outcomes)
    failed = [check for outcome in outcomes for check in outcome.failed_checks]
    out.print(f"\n[bold]Checks[/]: {passed} passed, {len(failed)} failed")
    for check in failed[:_SHOWN]:
        out.print(f"  failed: {escape(check)}")


def _print_paths(settings: Settings, summary: NightSummary) -> None:
    out.print("\n[bold]Files[/]")
    for path, _ in summary.payouts:
        out.print(f"  payout      {relative(path.parent)}/")
    out.print(f"  marts       {relative(settings.published / 'current')}/  (marts.duckdb and Parquet)")
    out.print(f"  ledger      {'PostgreSQL' if settings.database_url else relative(settings.home / 'ledger.db')}")
    out.print(f"  landing     {relative(settings.landing)}/")
