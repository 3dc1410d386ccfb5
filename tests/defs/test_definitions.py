"""What Dagster shows is what the warehouse has, once a cadence."""

from datetime import UTC, datetime

import dagster as dg

from connectors.config import load_company
from connectors.registry import known_specs, source_specs
from orchestration.company import SAMPLE_COMPANY


def test_assets_are_named_like_the_tables(defs: dg.Definitions) -> None:
    keys = {key.to_user_string() for key in defs.resolve_all_asset_keys()}
    assert {
        "raw_zoho_crm/leads",
        "raw_oceanengine/report",
        "raw_kingdee/sales_orders",
        "raw_ihr360/staff",
        "raw_file_drop/targets",
        "etl/nights",
        "etl/loads",
        "staging/stg_zoho_crm__leads",
        "marts/fct_leads",
        "marts/fct_kpi_measurements",
        "published/marts",
        "close/gate",
        "payout/draft",
        "statements/open",
    } <= keys


def test_every_source_that_a_model_reads_is_an_asset_somebody_makes_or_switched_off(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    made = {key for key in graph.get_all_asset_keys() if graph.get(key).is_materializable}
    lacking = {parent.to_user_string() for key in made for parent in graph.get(key).parent_keys if parent not in made}
    read = {(spec.source, spec.name) for spec in source_specs(load_company(SAMPLE_COMPANY))}
    off = {f"raw_{spec.source}/{spec.name}" for spec in known_specs() if (spec.source, spec.name) not in read}
    assert lacking - off == {"staging_control/rejected_records"}, "made by dbt itself, at the start of its run"


def test_nights_are_daily_and_closes_monthly_partitions(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    nights = graph.get(dg.AssetKey(["etl", "nights"])).partitions_def
    draft = graph.get(dg.AssetKey(["payout", "draft"])).partitions_def
    assert isinstance(nights, dg.DailyPartitionsDefinition)
    assert isinstance(draft, dg.MonthlyPartitionsDefinition)
    assert nights.timezone == draft.timezone == "Asia/Shanghai"
    assert nights.get_first_partition_key() == "2024-11-01"


def test_the_night_starts_at_half_past_eight_in_shanghai_for_the_day_before(defs: dg.Definitions) -> None:
    schedule = defs.resolve_schedule_def("nightly_schedule")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("30 8 * * *", "Asia/Shanghai")
    at = datetime(2026, 11, 3, 0, 30, tzinfo=UTC)
    result = schedule(dg.build_schedule_context(scheduled_execution_time=at))
    assert isinstance(result, dg.RunRequest)
    assert result.partition_key == "2026-11-02"
    assert result.tags["incentives/as_of"] == "2026-11-03T08:30:00+08:00"


def test_a_month_is_asked_for_from_its_data_cutoff_on(defs: dg.Definitions) -> None:
    schedule = defs.resolve_schedule_def("month_close_schedule")

    def asked(day: int) -> list[str]:
        at = datetime(2026, 11, day, 2, 30, tzinfo=UTC)
        found = list(schedule(dg.build_schedule_context(scheduled_execution_time=at)))
        return [request.partition_key for request in found if isinstance(request, dg.RunRequest)]

    assert asked(2) == []
    assert asked(3) == ["2026-10-01"]


def test_the_two_jobs_share_no_asset(defs: dg.Definitions) -> None:
    def assets(job: str) -> set[dg.AssetKey]:
        return set(defs.resolve_job_def(job).asset_layer.executable_asset_keys)

    assert {key.to_user_string() for key in assets("month_close")} == {
        "close/gate",
        "payout/draft",
        "statements/closed",
    }
    assert not assets("nightly") & assets("month_close")
