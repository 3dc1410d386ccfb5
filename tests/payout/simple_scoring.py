"""A one-rule scoring function for tests of the close: bonus = base x attainment, held where the attainment is
missing.

The real engine has its own tests; here the amounts must be easy to see.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from orchestration.payout.canonical import sha256_json
from orchestration.periods import Period
from orchestration.scoring.inputs import ScoringInputs
from orchestration.scoring.results import MetricScore, PayComponent, Score, ScoringResult, TraceRow

METRIC = "sales_revenue_attainment"


@dataclass(frozen=True)
class SimplePlans:
    files: dict[str, str] = field(default_factory=lambda: {"plans/simple.yaml": "plan: simple\nversion: 1\n"})

    @property
    def content_hash(self) -> str:
        return sha256_json(self.files)


def load_simple_plans(folder: Path, _catalogue: Path) -> SimplePlans:
    files = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.yaml")}
    return SimplePlans(files)


def score_simply(_plans: SimplePlans, period: Period, inputs: ScoringInputs) -> ScoringResult:
    values = {
        row.subject_id: row
        for row in inputs.measurements
        if (row.metric_id, row.grain, row.period_start) == (METRIC, "employee", period.start)
    }
    scores, components, trace = [], [], []
    for base in inputs.bases:
        if base.valid_to and base.valid_to <= period.start:
            continue
        row = values.get(base.employee_no)
        is_ok = row is not None and row.state == "ok" and row.numerator is not None and row.denominator
        ratio = Fraction(row.numerator) / Fraction(row.denominator) if is_ok else None
        amount = None if ratio is None else Fraction(base.base_amount) * ratio
        held = "" if is_ok else f"{METRIC} is missing"
        points = None if ratio is None else ratio * 100
        scores.append(
            Score(
                employee_no=base.employee_no,
                plan_id="simple",
                plan_version=1,
                segment_from=period.start,
                segment_to=period.end,
                metrics=(MetricScore(METRIC, "business", Fraction(100), row.state if row else "missing", points),),
                categories={} if points is None else {"business": points},
                total=points,
                rating=None,
                held_reason=held,
            )
        )
        components.append(
            PayComponent(
                employee_no=base.employee_no,
                plan_id="simple",
                plan_version=1,
                component="score_bonus",
                pay_item_code="B100",
                amount=amount,
                currency=base.currency,
                payer_entity=base.payer_entity,
                pay_group=base.pay_group,
                cost_centre=base.cost_centre,
                held_reason=held,
                trace_node="payout.score_bonus",
            )
        )
        trace.append(
            TraceRow(
                employee_no=base.employee_no,
                sequence=1,
                node="payout.score_bonus",
                parent="",
                step=11,
                text_zh=f"奖金基数 {base.base_amount} 元 × 完成率 = {amount}",
                text_en=f"base {base.base_amount} x attainment = {amount}",
                value=amount,
                unit="currency",
                inputs={
                    "base": str(base.base_amount),
                    "attainment": str(ratio),
                    "metric_id": METRIC,
                    "period": str(period),
                    "state": row.state if row else "missing",
                },
            )
        )
    return ScoringResult(tuple(scores), tuple(components), tuple(trace))
