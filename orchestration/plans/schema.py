"""JSON Schema of a plan file, so that editors complete keys and mark typing errors. `plan check` remains the judge."""

from typing import Any

from orchestration.plans.read_curves import CURVES, TIER_KINDS
from orchestration.plans.read_metrics import CADENCES, GRAINS
from orchestration.plans.read_payout import BASES


def plan_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one plan file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Incentive plan",
        **_object(
            {
                "plan": _TEXT,
                "version": {"type": "integer", "minimum": 1},
                "name": _NAMES,
                "effective": _object({"from": _DATE, "to": _DATE_OR_NULL}, "from"),
                "period": _one_of(CADENCES),
                "currency": _TEXT,
                "weight_basis": _one_of(("plan", "category")),
                "balance": _object({"short": _FIGURE, "long": _FIGURE, "mode": _one_of(("enforce", "report"))}),
                "consultation": _object(
                    {
                        "held_on": _DATE,
                        "form": _TEXT,
                        "minutes": _TEXT,
                        "published": _object({"from": _DATE, "to": _DATE_OR_NULL}, "from"),
                    },
                    "held_on",
                    "published",
                ),
                "categories": {"type": "object", "additionalProperties": {"anyOf": [_FIGURE, _CATEGORY]}},
                "metrics": {"type": "object", "additionalProperties": _metric()},
                "gates": _list(_GATE),
                "deductions": _list(_DEDUCTION),
                "bonus": _list(_BONUS),
                "score": _object({"max": _FIGURE}),
                "payout": _payout(),
                "rating": _object(
                    {"at_edge": _EDGE, "bands": _FIGURES, "forced": _object({"quotas": _FIGURES, "min_group": _WHOLE})},
                    *("at_edge", "bands"),
                ),
                "lifecycle": _lifecycle(),
                "proration": _object(
                    {
                        "basis": _one_of(("calendar_days", "working_days", "months", "30_360")),
                        "apply_to": _list(_one_of(("target", "base"))),
                        "min_days": {"type": "integer", "minimum": 0},
                        "leave": {"type": "object", "additionalProperties": _one_of(("counts", "not"))},
                    },
                    "basis",
                    "apply_to",
                ),
                "ramp": _list(_object({"months": {"type": "integer"}, "quota": _FIGURE}, "months", "quota")),
                "leaver": _one_of(("pay_earned", "forfeit")),
                "retro": _object({"limit_months": {"type": "integer"}}),
            },
            *("plan", "version", "name", "effective", "period", "currency", "weight_basis"),
            *("categories", "metrics", "payout", "proration"),
        ),
    }


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _one_of(words: tuple[str, ...]) -> dict[str, Any]:
    return {"enum": list(words)}


_TEXT: dict[str, Any] = {"type": "string"}
_DATE: dict[str, Any] = {"type": "string", "format": "date"}
_DATE_OR_NULL: dict[str, Any] = {"type": ["string", "null"], "format": "date"}
_FIGURE: dict[str, Any] = {"type": ["number", "string"]}
_FIGURES: dict[str, Any] = {"type": "object", "additionalProperties": _FIGURE}
_WHOLE: dict[str, Any] = {"type": "integer", "minimum": 0}
_EXPRESSION: dict[str, Any] = {"type": ["string", "number"]}
_EDGE = _one_of(("upper", "lower"))
_NAMES = _object({"zh": _TEXT, "en": _TEXT}, "zh", "en")
_CATEGORY = _object({"name": _NAMES, "weight": _FIGURE, "clamp": _FIGURE, "max_deduction": _EXPRESSION}, "weight")
_ON_FAIL = {"type": "string", "pattern": r"^(hold|zero|exclude_renormalise|factor\(.+\))$"}
_GATE = _object(
    {
        "scope": _one_of(("metric", "category", "plan", "payout")),
        "category": _TEXT,
        "when": _EXPRESSION,
        "on_fail": _ON_FAIL,
        "reason": _NAMES,
        "reference": _TEXT,
    },
    "when",
)
_DEDUCTION = _object(
    {
        "category": _TEXT,
        "event": _TEXT,
        "per_event": _EXPRESSION,
        "mode": _one_of(("linear", "compound")),
        "count_if": _EXPRESSION,
        "counts_on": _one_of(("confirmed", "occurred")),
        "when": _EXPRESSION,
        "points": _EXPRESSION,
        "name": _NAMES,
        "reference": _TEXT,
    },
    "category",
)
_BONUS = _object(
    {"category": _TEXT, "when": _EXPRESSION, "points": _EXPRESSION, "name": _NAMES, "reference": _TEXT},
    *("category", "when", "points"),
)
_TIERS = _list({"type": ["array", "object"]})


def _metric() -> dict[str, Any]:
    training = _object(
        {
            "course": _TEXT,
            "add": _TEXT,
            "gate": _one_of(("completed", "none")),
            "valid_for": _TEXT,
            "reference": _TEXT,
        },
        "course",
    )
    pilot = _object(
        {"cohort": {"type": ["string", "array"]}, "from": _DATE, "to": _DATE_OR_NULL, "would_weigh": _FIGURE},
        *("cohort", "from"),
    )
    return _object(
        {
            "metric": _TEXT,
            "name": _NAMES,
            "category": _TEXT,
            "horizon": _one_of(("short", "long")),
            "weight": _FIGURE,
            "cap": _FIGURE,
            "curve": {"type": "object", "properties": {"type": _one_of(CURVES)}, "required": ["type"]},
            "target": _EXPRESSION,
            "grain": _one_of(GRAINS),
            "cadence": _one_of(CADENCES),
            "aggregate": _one_of(("sum", "last", "mean", "ratio_of_sums")),
            "window": _TEXT,
            "prorate": _one_of(("target", "denominator", "none")),
            "full_points": _FIGURE,
            "on_missing": _TEXT,
            "training": training,
            "gates": _list(_GATE),
            "pilot": pilot,
            "round": {"type": "integer"},
            "reference": _TEXT,
        },
        "curve",
    )


def _lifecycle() -> dict[str, Any]:
    gap = _one_of(("skip", "break"))
    pip = {"below": _EXPRESSION, "misses": _WHOLE, "on_gap": gap, "observe_months": _WHOLE, "extend_months": _WHOLE}
    pip |= {"must_meet": {"type": ["integer", "string"]}, "reference": _TEXT}
    best = {"top": _FIGURE, "quarters": _WHOLE, "on_gap": gap, "min_population": _WHOLE, "reference": _TEXT}
    return _object(
        {
            "pip": _object(pip, "below", "misses", "observe_months"),
            "raise": _object(best, "top", "quarters"),
            "promotion": _object({"rating": _TEXT, "years": _WHOLE, "reference": _TEXT}, "rating", "years"),
            "annual_award": _object({"when": _EXPRESSION, "reference": _TEXT}, "when"),
        }
    )


def _payout() -> dict[str, Any]:
    draw = _object(
        {
            "amount": _EXPRESSION,
            "recoverable": {"type": "boolean"},
            "recover_from": {"type": "integer", "minimum": 1},
            "recover_rate": _FIGURE,
            "recover_end": _DATE_OR_NULL,
        },
        "amount",
    )
    clawback = _object(
        {"of": _TEXT, "metric": _TEXT, "method": _one_of(("stored_rate",)), "within": _TEXT, "cap": _EXPRESSION},
        *("of", "metric", "method"),
    )
    component = _object(
        {
            "id": _TEXT,
            "name": _NAMES,
            "pay_item": _TEXT,
            "when": _EXPRESSION,
            "formula": _EXPRESSION,
            "amount": _EXPRESSION,
            "tiers": _object({"type": _one_of(TIER_KINDS), "at_edge": _EDGE, "tiers": _TIERS}, "type", "tiers"),
            "accumulate": _one_of(("none", "period", "quarter", "year")),
            "team_rule": _TEXT,
            "cap": _EXPRESSION,
            "cap_rest": _TEXT,
            "floor": _EXPRESSION,
            "draw": draw,
            "clawback": clawback,
            "reference": _TEXT,
        },
        *("id", "name", "pay_item"),
    )
    base = _object({"kind": _one_of(BASES), "percent": _EXPRESSION, "metric": _TEXT}, "kind")
    money = dict.fromkeys(("cap", "period_cap", "year_cap", "floor", "pool"), _EXPRESSION)
    properties = {"base": base, "components": _list(component), "cap_rest": _TEXT, **money}
    return _object(properties, "base", "components")
