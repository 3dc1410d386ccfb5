"""The warehouse again from the landing files: same loads in the same order, then the models."""

from datetime import datetime

from connectors.config_models import CompanyConfig
from connectors.registry import known_specs, source_specs
from orchestration.company import dbt_vars
from orchestration.progress import say
from orchestration.settings import Settings
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.dbt import run_dbt
from orchestration.warehouse.rebuild import rebuild
from orchestration.warehouse.reference import replace_metric_catalogue, replace_periods


def rebuild_all(settings: Settings, config: CompanyConfig, as_of: datetime) -> int:
    """Reload everything landed and build all models; gives the number of loads taken in."""
    specs = source_specs(config)
    rebuilt = rebuild(settings.home, [*known_specs(), *specs], wait_seconds=60)
    with open_warehouse(settings.home, holder="rebuild", wait_seconds=60) as con:
        replace_metric_catalogue(con, streams={f"{it.source}.{it.name}" for it in specs})
        replace_periods(con, history_start=config.history_start, as_of=as_of, zone=config.zone)
    say(f"{rebuilt.loads} loads taken in; building the models")
    run_dbt(
        ["build", "--full-refresh", "--exclude-resource-type", "unit_test"],
        home=settings.home,
        as_of=as_of,
        vars=dbt_vars(config),
        holder="rebuild",
        wait_seconds=60,
    ).raise_for_failure()
    return rebuilt.loads
