"""A warehouse of the sample company, for tests of everything that stands on raw tables.

The records come from the company itself, not from its servers: each night lands every stream as its vendor shows it at
that instant, through the same privacy, landing files and loader as a real night.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.erp.odoo.read import lander as odoo_lander
from connectors.erp.odoo.streams import MODELS
from connectors.forms.jiandaoyun.read import lander
from connectors.load_writer import LoadFacts
from connectors.privacy import Pseudonymiser
from connectors.registry import known_specs
from connectors.sandbox.company.vocabulary import COURSES
from connectors.sandbox.company.world import World
from connectors.sandbox.records import STREAMS as KNOWN
from connectors.sandbox.records import Record, records
from connectors.sandbox.records.forms import FORMS
from connectors.sandbox.records.moodle import COURSE_IDS
from connectors.sandbox.servers.odoo import described
from connectors.sink import RecordSink
from connectors.stream import ExtractRequest, LandedLoad, StreamOutcome, StreamSpec, Window, names_spec
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.load import LoadResult, load
from orchestration.warehouse.outcomes import begin_night, finish_night, record_outcomes
from orchestration.warehouse.reference import replace_metric_catalogue, replace_periods
from orchestration.warehouse.schema import ensure_tables
from tests.warehouse.streams import STREAMS

ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2026, 11, 3, 9, 0, tzinfo=ZONE)
HISTORY_START = date(2024, 11, 1)
_OFFERED = tuple(spec for spec in STREAMS if spec.name in KNOWN.get(spec.source, {}))
SAMPLE_STREAMS = tuple(spec for spec in _OFFERED if spec.source != "odoo")
"""What the sample company has; the other tables stay empty, as those of a source that is switched off."""
PLANNED_COURSES = tuple(COURSE_IDS[name] for name, _ in COURSES)
"""The courses of the training plan; the connector looks into no other."""
ODOO_STREAMS = tuple(spec for spec in _OFFERED if spec.source not in {"zoho_crm", "kingdee"})
"""The same company with Odoo for its CRM and ERP."""
_NO_SCANS = {"inventory"}
"""Full every night, and yet no scan: what another day's snapshot holds was not deleted."""


@dataclass(frozen=True, slots=True)
class SampleWarehouse:
    """A data folder whose warehouse holds the sample company as known at `as_of`."""

    home: Path
    as_of: datetime
    world: World


def build_sample(
    home: Path,
    *,
    scale: float = 0.02,
    seed: int = 7,
    nights: Sequence[datetime] = (AS_OF,),
    world: World | None = None,
    streams: Sequence[StreamSpec] = SAMPLE_STREAMS,
) -> SampleWarehouse:
    """Land and load every stream for each night, with outcomes, metric catalogue and periods.

    Runs no dbt; `orchestration.warehouse.dbt.run_dbt(["build"], home=home, as_of=sample.as_of)` does. A second call
    with later nights goes on from there.
    """
    company = world or World(seed=seed, scale=scale)
    with open_warehouse(home, holder="the sample company") as con:
        ensure_tables(con, [*STREAMS, *known_specs()])
        for as_of in nights:
            business_date = as_of.astimezone(ZONE).date() - timedelta(days=1)
            begin_night(con, as_of, business_date)
            results: dict[str, LoadResult] = {}
            outcomes = []
            for spec in streams:
                account = "sample" if spec.source != "file_drop" else spec.name
                loads = land_stream(home / "landing", spec, company, as_of, account)
                for landed in loads:
                    results[landed.load_id] = load(con, landed, _spec_of(landed, spec))
                outcomes.append(StreamOutcome(spec.source, spec.name, account, "complete", tuple(loads)))
            record_outcomes(con, as_of, outcomes, results)
            finish_night(con, as_of, business_date)
        replace_metric_catalogue(con, streams={f"{spec.source}.{spec.name}" for spec in streams})
        replace_periods(con, history_start=HISTORY_START, as_of=nights[-1], zone=ZONE)
    return SampleWarehouse(home, nights[-1], company)


def land_stream(
    landing: Path, spec: StreamSpec, world: World, as_of: datetime, account: str = "sample"
) -> list[LandedLoad]:
    """Land all records of one stream as its vendor shows them at `as_of`; names land beside, as connectors do it."""
    start = datetime.combine(HISTORY_START, datetime.min.time(), ZONE)
    request = ExtractRequest(spec, account, Window(start, as_of), None, as_of)
    found = _as_connectors_land(spec, records(spec.source, spec.name, world, as_of))
    with RecordSink(landing, request, Pseudonymiser("the sample company's key")) as sink:
        for first in range(0, len(found), 1000):
            sink.add(found[first : first + 1000])
        full_scan = spec.mode == "full" and spec.name not in _NO_SCANS
        return sink.finish(LoadFacts(pages=1, vendor_total=len(found), full_scan=full_scan))


def _as_connectors_land(spec: StreamSpec, found: list[Record]) -> list[Record]:
    """What a connector makes of a vendor's records where it does more than to pass them on."""
    if spec.source == "jiandaoyun":
        land = lander(spec.name, {widget.column: widget.name for widget in FORMS[spec.name].widgets})
        return [land(row) for row in found]
    if spec.source == "moodle":
        return [_learning(row) for row in found if row.get("courseid", PLANNED_COURSES[0]) in PLANNED_COURSES]
    if spec.source == "odoo":
        model = MODELS[spec.name]
        theirs = {name: name for name in model.fields}
        land = odoo_lander(ValueError, model.name, theirs, {name: described(name) for name in theirs}, {})
        return [land(row) for row in found if all(row[name] == value for name, _, value in model.domain)]
    return found


def _learning(row: Record) -> Record:
    kept = {name: value for name, value in row.items() if name not in {"firstname", "lastname", "username"}}
    if "roles" in row:
        kept |= {"idnumber": row.get("idnumber"), "roles": [role["shortname"] for role in row["roles"]]}
    return kept


def _spec_of(landed: LandedLoad, spec: StreamSpec) -> StreamSpec:
    if landed.stream == spec.name:
        return spec
    companion = names_spec(spec)
    assert companion is not None
    return companion
