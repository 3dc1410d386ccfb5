"""Jiandaoyun's view: what people typed into forms. Times are UTC with `Z`; a date is midnight in Shanghai, so the UTC
text of it names the day before.

The registers hold the same entries as the monthly files of the inbox (records/feeds.py), live: an entry appears when it
is typed in and changes when it settles. Surveys and requisitions exist here only.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any

from connectors.sandbox.company.chance import chance
from connectors.sandbox.company.clock import HISTORY_START, day_start, instant, next_month
from connectors.sandbox.company.entities import owner_at
from connectors.sandbox.company.registers import Row
from connectors.sandbox.company.vocabulary import CITIES, PROMO_MATERIALS
from connectors.sandbox.company.world import World
from connectors.sandbox.records.entries import entries
from connectors.sandbox.records.forms import FORMS, View

Record = dict[str, Any]
_PARTS = {"has_features": "功能", "has_users": "用户", "has_impact": "影响", "has_advice": "建议"}
_SURVEY_MONTHS, _NPS_MONTHS = (3, 9), (6, 12)
_NAMES = {code: name for code, name, _ in PROMO_MATERIALS}


@dataclass(frozen=True, slots=True)
class Submission:
    """One record of a form: typed in, perhaps changed, perhaps deleted again. `values` by our column names."""

    created: int
    creator: str
    values: Mapping[str, Any]
    changed: int | None = None
    before: Mapping[str, Any] | None = None
    """What `values` said before the change."""
    deleted: int | None = None
    flow_state: int | None = None


def utc(ts: int) -> str:
    """`2026-11-20T02:11:12.000Z`."""
    return datetime.fromtimestamp(ts, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def form_records(world: World, ts: int, view: View) -> list[Record]:
    """All records of a form that exist at `ts`, ascending by id as the vendor gives them."""
    found = [
        _record(world, ts, view, submission)
        for submission in chain(_planted(world, view), _SUBMISSIONS[view.stream](world, ts))
        if submission.created <= ts and (submission.deleted is None or submission.deleted > ts)
    ]
    return sorted(found, key=lambda record: record["_id"])


def _record(world: World, ts: int, view: View, it: Submission) -> Record:
    changed = it.changed if it.changed is not None and it.changed <= ts else None
    values = it.values if changed is not None or it.changed is None else {**it.values, **(it.before or {})}
    unique = "|".join(f"{value}" for value in (it.creator, *it.values.values()))
    number = chance(world.seed, "form", view.stream, it.created, unique).getrandbits(64)
    record: Record = {
        "_id": f"{it.created:08x}{number:016x}",
        "appId": view.app_id,
        "entryId": view.entry_id,
        "creator": member(world, it.creator),
        "updater": member(world, it.creator),
        "deleter": None,
        "createTime": utc(it.created),
        "updateTime": utc(changed or it.created),
        "deleteTime": None,
    }
    if it.flow_state is not None:
        record["flowState"] = it.flow_state if changed is not None else 0
    for widget in view.widgets:
        value = values[widget.column]
        record[widget.name] = member(world, value) if widget.type == "user" else value
    return record


def member(world: World, employee_no: str) -> Record:
    """A member as records show one: number, name, departments."""
    if "members" not in world.memo:
        world.memo["members"] = {person.employee_no: person for person in world.roster.people}
    person = world.memo["members"].get(employee_no)  # type: ignore[attr-defined]
    if person is None:  # somebody of an agency: in the address book, in no staff record
        return {
            "_id": f"guest{employee_no}", "username": employee_no, "name": "外部成员", "status": 1, "type": 2,
            "departments": [], "integrate_id": "",
        }  # fmt: skip
    return {
        "_id": person.staff_id, "username": employee_no, "name": person.name, "status": 1, "type": 0,
        "departments": [1], "integrate_id": employee_no.lower(),
    }  # fmt: skip


def _planted(world: World, view: View) -> Iterator[Submission]:
    """What planted.yaml types into the form: times as they stand there, numbers counted through."""
    for batch in world.planted.forms.get(view.stream, ()):
        for index in range(batch["count"]):
            created = instant(batch["first"]) + index * batch.get("every_minutes", 0) * 60
            values: Record = {}
            for widget in view.widgets:
                value = batch["values"].get(widget.column)
                if widget.type == "sn":
                    value = f"{batch['key']}-{index:03d}"
                elif widget.column == "answered_at":
                    value = utc(created)
                elif widget.type == "datetime":
                    value = _moment(value or "")
                values[widget.column] = value
            settles = values.get("approved_at") and instant(batch["values"]["approved_at"])
            if settles:
                yield Submission(created, batch["creator"], values, settles, {"approved_at": None}, flow_state=1)
            else:
                yield Submission(created, batch["creator"], values)


def _register(register: str, convert: Callable[[World, Row], tuple[int, Record]]) -> Callable[[World, int], Any]:
    """The entries of a register, month by month; `convert` gives when a row was typed in and its values."""

    def submissions(world: World, ts: int) -> Iterator[Submission]:
        for entry in entries(world, register, ts):
            created, values = convert(world, entry.row)
            before = convert(world, {**entry.row, **entry.before})[1] if entry.settles is not None else None
            changed = max(entry.settles, created + 60) if entry.settles is not None else None
            yield Submission(created, entry.row["employee_no"], values, changed, before)

    return submissions


def _complaint(world: World, row: Row) -> tuple[int, Record]:  # noqa: ARG001 - one signature for all registers
    values = {
        "complaint_id": row["complaint_id"],
        "employee": row["employee_no"],
        "customer_no": row["customer_no"],
        **{name: _moment(row[name]) for name in ("received_at", "due_at", "closed_at")},
    }
    return instant(row["received_at"]), values


def _product_input(world: World, row: Row) -> tuple[int, Record]:
    values = {
        "input_id": row["input_id"],
        "employee": row["employee_no"],
        "submitted_on": _day(row["submitted_on"]),
        "decision": {"adopted": "采纳", "rejected": "不采纳", "pending": "待评审"}[row["decision"]],
        "decided_on": _day(row["decided_on"]),
    }
    return _office(world, row["input_id"], row["submitted_on"]), values


def _competitor_report(world: World, row: Row) -> tuple[int, Record]:  # noqa: ARG001
    values = {
        "report_id": row["report_id"],
        "employee": row["employee_no"],
        "discovered_at": _moment(row["discovered_at"]),
        "submitted_at": _moment(row["submitted_at"]),
        "covers": [name for part, name in _PARTS.items() if row[part] == "true"],
        "quality_score": int(row["quality_score"]),
    }
    return instant(row["submitted_at"]), values


def _policy_breach(world: World, row: Row) -> tuple[int, Record]:
    values = {
        "breach_id": row["breach_id"],
        "employee": row["employee_no"],
        "breach_type": {"price_policy_breach": "价格违规", "contract_breach": "合同违规"}[row["breach_type"]],
        "status": {"confirmed": "成立", "dismissed": "不成立"}[row["status"]],
        **{name: _day(row[name]) for name in ("occurred_on", "confirmed_on", "rectify_due_on", "rectified_on")},
    }
    return _office(world, row["breach_id"], row["confirmed_on"]), values


def _service_score(world: World, row: Row) -> tuple[int, Record]:
    values = {
        "response_id": row["response_id"],
        "employee": row["employee_no"],
        "answered_on": _day(row["answered_on"]),
        "score": int(row["score"]),
    }
    return _office(world, row["response_id"], row["answered_on"]), values


def nps_responses(world: World, ts: int) -> Iterator[Submission]:
    """Every June and December; one answer in thirty is withdrawn after five days."""
    for month in _months(ts):
        if month.month not in _NPS_MONTHS:
            continue
        start, days = day_start(month), (next_month(month) - month).days
        for account in world.accounts:
            rng = chance(world.seed, "nps", month, account.id)
            if account.erp_since is None or account.erp_since > start or rng.random() > 0.3:
                continue
            at = start + int(rng.random() * days * 86_400)
            holder = owner_at(account.owners, start)
            if not holder.startswith("E"):
                continue
            values = {
                "response_id": f"NPS-{month:%Y%m}-{account.erp_no}",
                "customer_no": account.erp_no,
                "employee": holder,
                "answered_at": utc(at),
                "score": min(10, max(0, round(rng.gauss(8.4, 1.6)))),
            }
            gone = at + 5 * 86_400 if rng.random() < 1 / 30 else None
            yield Submission(at, holder, values, deleted=gone)


def brand_survey(world: World, ts: int) -> Iterator[Submission]:
    """Waves of March and September. The first answer comes half an hour into the month: in UTC the month before."""
    for month in _months(ts):
        if month.month not in _SURVEY_MONTHS:
            continue
        rng = chance(world.seed, "survey", month)
        manager = world.roster.manager_of("D-MKT")
        for number in range(max(100, round(400 * world.scale))):
            at = day_start(month) + 1800 + (number and int(rng.random() * 20 * 86_400))
            unaided = rng.random() < 0.22
            values = {
                "wave": f"{month:%Y-%m}",
                "answered_at": utc(at),
                "city": rng.choice(CITIES),
                "aware_unaided": "是" if unaided else "否",
                "aware_aided": "是" if unaided or rng.random() < 0.4 else "否",
            }
            yield Submission(at, manager, values)


def sales_satisfaction(world: World, ts: int) -> Iterator[Submission]:
    """Sales rates the leads of both marketing teams at the end of a month; some leave the score open."""
    for month in _months(ts):
        last = next_month(month)
        for person in world.roster.on("P-REP", month.replace(day=25)):
            for team in ("T-LEAD", "T-BRD"):
                rng = chance(world.seed, "satisfaction", month, person.staff_id, team)
                at = day_start(last) - int(rng.uniform(6, 80) * 3600)
                score = None if rng.random() < 0.03 else min(5, max(1, round(rng.gauss(4.1, 0.7))))
                values = {
                    "employee": person.employee_no,
                    "rated_team": team,
                    "period_id": f"{month:%Y-%m}",
                    "score": score,
                }
                yield Submission(at, person.employee_no, values)


def material_requisitions(world: World, ts: int) -> Iterator[Submission]:
    """The application behind every material issue of the ERP, under the same number, approved with it."""
    for issue in world.issues:
        if issue.events[0] > ts:
            continue
        asked = issue.events[0] - int(chance(world.seed, "requisition", issue.id).uniform(0.3, 30) * 3600)
        values = {
            "requisition_no": issue.number,
            "employee": issue.applicant,
            "materials": [_NAMES[line.material] for line in issue.lines],
            "requested_at": utc(asked),
            "approved_at": utc(issue.approved),
        }
        yield Submission(asked, issue.applicant, values, issue.approved, {"approved_at": None}, flow_state=1)


def _months(ts: int) -> Iterator[date]:
    month = HISTORY_START
    while day_start(month) <= ts:
        yield month
        month = next_month(month)


def _moment(text: str) -> str | None:
    return utc(instant(text)) if text else None


def _day(text: str) -> str | None:
    return utc(day_start(date.fromisoformat(text))) if text else None


def _office(world: World, key: str, on: str) -> int:
    """Some time of a working day."""
    return day_start(date.fromisoformat(on)) + int(chance(world.seed, "typed", key).uniform(9, 18) * 3600)


_SUBMISSIONS: Mapping[str, Callable[[World, int], Iterator[Submission]]] = {
    "complaints": _register("complaints", _complaint),
    "product_inputs": _register("product_inputs", _product_input),
    "competitor_reports": _register("competitor_reports", _competitor_report),
    "policy_breaches": _register("policy_breaches", _policy_breach),
    "service_scores": _register("service_scores", _service_score),
    "nps_responses": nps_responses,
    "brand_survey": brand_survey,
    "sales_satisfaction": sales_satisfaction,
    "material_requisitions": material_requisitions,
}
STREAMS = {view.stream: lambda world, ts, view=view: iter(form_records(world, ts, view)) for view in FORMS.values()}
