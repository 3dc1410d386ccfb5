"""The input of a test case, in the words of a plan author, as scoring inputs.

A value is written `"0.80"`, `80%`, `379/400` (numerator and denominator stay apart) or as a mapping with numerator,
denominator, target, state, period. What is not written is missing, never zero.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import get_args

from orchestration.periods import Period
from orchestration.plans import PlanBundle
from orchestration.plans.catalogue import Metric
from orchestration.plans.fields import Fields
from orchestration.plans.yaml_source import Node
from orchestration.scoring.credit import CreditedRecord, CreditRow
from orchestration.scoring.inputs import (
    Absence,
    Assignment,
    BonusBase,
    Carried,
    CarriedKind,
    Grain,
    ImprovementPlan,
    Measurement,
    Reversal,
    ScoringEvent,
    ScoringInputs,
    State,
    TrainingResult,
)

LONG_AGO = date(2000, 1, 1)


def read_inputs(
    people: dict[str, tuple[Node | None, Node | None]],
    shared: Node | None,
    plan_id: str,
    period: Period,
    bundle: PlanBundle,
) -> ScoringInputs:
    """Inputs of a case: employee -> (default seat or None, input mapping), and `shared` values of wider subjects."""
    parts = [
        _Person(employee_no, plan_id, period, bundle).read(seat, node) for employee_no, (seat, node) in people.items()
    ]
    measurements = [row for part in parts for row in part.measurements]
    if shared is not None:
        for key, values in shared.mapping().items():
            grain, _, subject = key.partition(".")
            if grain not in {"team", "department", "company"}:
                raise values.problem(f"{key!r} is no subject", "write department.D-SAL, team.T-FUP or company")
            for metric_id, value in values.mapping().items():
                measurements += _measurements(metric_id, value, grain, subject or "company", period, bundle)  # type: ignore[arg-type]
    return ScoringInputs(
        tuple(dict.fromkeys(measurements)),
        tuple(row for part in parts for row in part.assignments),
        tuple(row for part in parts for row in part.bases),
        tuple(row for part in parts for row in part.events),
        tuple(row for part in parts for row in part.training),
        tuple(row for part in parts for row in part.carried),
        tuple(row for part in parts for row in part.absences),
        tuple(row for part in parts for row in part.improvement_plans),
        tuple(row for part in parts for row in part.reversals),
    )


class _Person:
    def __init__(self, employee_no: str, plan_id: str, period: Period, bundle: PlanBundle) -> None:
        self._no, self._plan_id, self._period, self._bundle = employee_no, plan_id, period, bundle
        self.measurements: list[Measurement] = []
        self.assignments: list[Assignment] = []
        self.bases: list[BonusBase] = []
        self.events: list[ScoringEvent] = []
        self.training: list[TrainingResult] = []
        self.carried: list[Carried] = []
        self.absences: list[Absence] = []
        self.improvement_plans: list[ImprovementPlan] = []
        self.reversals: list[Reversal] = []

    def read(self, default_seat: Node | None, node: Node | None) -> "_Person":
        if node is None:
            self.assignments.append(self._seat(default_seat, Fields(Node("", 0, {}), "input")))
            return self
        fields = Fields(node, "input")
        seats = fields.get("seats")
        for seat in seats.items() if seats else [fields.get("seat") or default_seat]:
            self.assignments.append(self._seat(seat, fields))
        self._read_bases(fields)
        for key in ("metrics", "team", "department", "company"):
            values = fields.get(key)
            seat = self.assignments[-1]
            subjects = {
                "metrics": self._no,
                "team": seat.team_id,
                "department": seat.department_id,
                "company": "company",
            }
            for metric_id, value in (values.mapping() if values else {}).items():
                grain = "employee" if key == "metrics" else key
                self.measurements += _measurements(
                    metric_id,
                    value,
                    grain,
                    subjects[key],
                    self._period,
                    self._bundle,  # type: ignore[arg-type]
                )
        self.events += [self._event(item) for item in _items(fields, "events")]
        self.training += [self._training(item) for item in _items(fields, "training")]
        self.carried += [self._carried(item) for item in _items(fields, "carried")]
        self.absences += [self._absence(item) for item in _items(fields, "leave")]
        self.reversals += [self._reversal(item) for item in _items(fields, "reversals")]
        self.improvement_plans += [self._improvement_plan(item) for item in _items(fields, "improvement_plans")]
        fields.close()
        return self

    def _improvement_plan(self, node: Node) -> ImprovementPlan:
        fields = Fields(node, "an improvement plan")
        plan = ImprovementPlan(self._no, fields.date("from"), fields.optional_date("to"))
        fields.close()
        return plan

    def _seat(self, node: Node | None, parent: Fields) -> Assignment:
        assigned = next((row for row in self._bundle.assignments if row.plan_id == self._plan_id), None)
        if node is None and assigned is None:
            raise parent.node.problem(
                f"nobody is assigned to {self._plan_id}", "write seat: {position: ..., team: ...}"
            )
        fields = Fields(node or Node("", 0, {}), "a seat")
        seat = Assignment(
            self._no,
            fields.optional_date("from") or LONG_AGO,
            fields.optional_date("to"),
            fields.text("department", (assigned.department_id if assigned else None) or "D-TEST"),
            fields.text("team", (assigned.team_id if assigned else None) or "T-TEST"),
            fields.text("position", (assigned.position_id if assigned else None) or "P-TEST"),
            None,
        )
        fields.close()
        return seat

    def _read_bases(self, fields: Fields) -> None:
        one, several = fields.get("base"), fields.get("bases")
        for item in several.items() if several else []:
            sub = Fields(item, "a base")
            self.bases.append(self._base(sub.date("from"), sub.optional_date("to"), sub.need("amount")))
            sub.close()
        if one is not None:
            self.bases.append(self._base(LONG_AGO, None, one))

    def _base(self, start: date, end: date | None, amount: Node) -> BonusBase:
        return BonusBase(self._no, start, end, _decimal(amount), "CNY", "TEST", "MONTHLY", "CC")

    def _event(self, node: Node) -> ScoringEvent:
        fields = Fields(node, "an event")
        confirmed = fields.optional_date("confirmed")
        event = ScoringEvent(
            fields.need("id").text(),
            fields.need("type").text(),
            self._no,
            fields.optional_date("occurred") or confirmed or self._period.start,
            confirmed,
            fields.text("status", "confirmed"),
        )
        fields.close()
        return event

    def _training(self, node: Node) -> TrainingResult:
        fields = Fields(node, "a training result")
        score = fields.get("score")
        result = TrainingResult(
            self._no,
            fields.need("course").text(),
            fields.optional_date("completed"),
            fields.optional_date("passed"),
            None if score is None else _decimal(score),
            fields.optional_date("exam_on") or fields.optional_date("passed"),
        )
        fields.close()
        return result

    def _reversal(self, node: Node) -> Reversal:
        fields = Fields(node, "a reversal")
        record, metric, amount = (fields.need(key) for key in ("id", "metric", "amount"))
        on = fields.date("credited"), fields.date("reversed")
        fields.close()
        return Reversal(self._no, metric.text(), record.text(), *on, _decimal(amount))

    def _absence(self, node: Node) -> Absence:
        fields = Fields(node, "leave")
        absence = Absence(self._no, fields.need("type").text(), fields.date("from"), fields.optional_date("to"))
        fields.close()
        return absence

    def _carried(self, node: Node) -> Carried:
        fields = Fields(node, "a carried amount")
        carried = Carried(
            self._no,
            self._plan_id,
            fields.need("component").text(),
            fields.choice("kind", get_args(CarriedKind)),
            fields.number("amount"),
            fields.whole("periods_left", 0),
            fields.text("period"),
        )
        fields.close()
        return carried


def read_credits(node: Node, period: Period) -> list[CreditedRecord]:
    """Records and their owners: `{id, metric, amount, on, owners: {E1: 50, B: 50}, overlay: {M: 100}}`, percents."""
    records = []
    for item in node.items():
        fields = Fields(item, "a credited record")
        rows = []
        for group in ("exclusive", "overlay"):
            shares = fields.get("owners" if group == "exclusive" else "overlay")
            for employee_no, share in (shares.mapping() if shares else {}).items():
                rows.append(CreditRow(employee_no, group, share.number()))  # type: ignore[arg-type]
        record = CreditedRecord(
            fields.need("id").text(),
            fields.need("metric").text(),
            fields.optional_date("on") or period.start,
            _decimal(fields.need("amount")),
            tuple(rows),
        )
        fields.close()
        records.append(record)
    return records


def _measurements(
    metric_id: str, node: Node, grain: Grain, subject: str, period: Period, bundle: PlanBundle
) -> list[Measurement]:
    metric = bundle.metrics.get(metric_id)
    if metric is None:
        raise node.problem(f"{metric_id!r} is no metric of the catalogue")
    values = node.items() if node.is_list else [] if node.is_null else [node]
    return [_measurement(metric, value, grain, subject, period) for value in values]


def _measurement(metric: Metric, node: Node, grain: Grain, subject: str, period: Period) -> Measurement:
    state: State = "ok"
    reason = ""
    target = start = end = None
    own = period
    numerator: Decimal | None
    denominator: Decimal | None
    if node.is_mapping:
        fields = Fields(node, f"value of {metric.id}")
        period_node = fields.get("period")
        own = _period(period_node) if period_node else period
        state = fields.choice("state", get_args(State), "ok")
        reason = fields.text("reason")
        start, end = fields.optional_date("from"), fields.optional_date("to")
        target_node, numerator_node, denominator_node = (fields.get(k) for k in ("target", "numerator", "denominator"))
        value = fields.get("value")
        target = None if target_node is None else _decimal(target_node)
        numerator, denominator = _parts(value, metric) if value else (None, None)
        numerator = numerator if numerator_node is None else _decimal(numerator_node)
        denominator = denominator if denominator_node is None else _decimal(denominator_node)
        fields.close()
    elif node.value in {"missing", "not_applicable", "pending", "excluded"}:
        state, numerator, denominator = node.text(), None, None  # type: ignore[assignment]
    else:
        numerator, denominator = _parts(node, metric)
    return Measurement(
        metric.id,
        grain,
        subject,
        own.cadence,
        start or own.start,
        end or own.end,
        numerator,
        denominator,
        target,
        metric.unit,
        state,
        reason,
    )


def _parts(node: Node, metric: Metric) -> tuple[Decimal, Decimal | None]:
    head, slash, tail = node.text().partition("/")
    if slash:
        return Decimal(head.strip()), Decimal(tail.strip())
    return _decimal(node), Decimal(1) if metric.has_denominator else None


def _decimal(node: Node) -> Decimal:
    value = node.number()
    try:
        exact = Decimal(value.numerator) / Decimal(value.denominator)
    except ArithmeticError:
        raise node.problem(f"{node.text()} is out of range") from None
    if Fraction(exact) != value:
        raise node.problem(f"{node.text()} has no end as a decimal", "write it as numerator and denominator")
    return exact


def _period(node: Node) -> Period:
    try:
        return Period.parse(node.text())
    except ValueError as error:
        raise node.problem(str(error)) from None


def _items(fields: Fields, key: str) -> list[Node]:
    node = fields.get(key)
    return [] if node is None else node.items()
