"""The metrics of a plan, their training links, gates, pilots and rules for missing values."""

import re
from fractions import Fraction

from orchestration.plans.catalogue import Metric
from orchestration.plans.curve_model import NEEDS_TARGET, Formula, Rubric, Table2d, Tiered
from orchestration.plans.fields import Fields, read_expression
from orchestration.plans.model import Gate, MissingRule, Names, Pilot, PlanMetric, Training
from orchestration.plans.read_curves import read_curve
from orchestration.plans.scope import Scope
from orchestration.plans.yaml_source import Node

CADENCES = ("month", "quarter", "half", "year")
GRAINS = ("employee", "team", "department", "company")
ON_FAIL = ("hold", "zero", "factor", "exclude_renormalise")
_CALL = re.compile(r"(\w+)\(([^()]*)\)")


def read_metric(identity: str, node: Node, scope: Scope, period: str) -> PlanMetric:
    """One entry below `metrics:`."""
    fields = Fields(node, f"metric {identity}")
    entry = scope.metrics.get(fields.text("metric", identity))
    curve = read_curve(fields.need("curve"), scope)
    if entry is None and not isinstance(curve, (Formula, Rubric, Table2d)):
        raise fields.node.problem(
            f"{fields.text('metric', identity)!r} is no metric of the catalogue",
            "use an id of metrics.yaml; only curves of type expr, rubric or table2d combine others",
        )
    pilot = _pilot(fields)
    target = fields.get("target")
    from_feed = target is not None and target.text() == "feed"
    if target is None and (isinstance(curve, NEEDS_TARGET) or (isinstance(curve, Tiered) and curve.of == "attainment")):
        raise fields.node.problem(f"{fields.what} has no target", "write target: 100% (or the figure), or target: feed")
    read_target = None
    if target is not None and not from_feed:
        unit = entry.unit if entry else "points"
        read_target = read_expression(target, scope.constants, (unit,))
    round_node = fields.get("round")
    metric = PlanMetric(
        id=identity,
        metric_id=entry.id if entry else None,
        names=fields.names("name", entry.names if entry else None),
        category=fields.text("category") if pilot else fields.need("category").text(),
        horizon=fields.choice("horizon", ("short", "long"), "") or None,
        weight=fields.number("weight", Fraction(0)) if pilot else fields.number("weight"),
        cap=fields.number("cap", Fraction(100)) if pilot else _cap(fields),
        curve=curve,
        target=read_target,
        target_from_feed=from_feed,
        grain=fields.choice("grain", GRAINS, "employee"),
        cadence=fields.choice("cadence", CADENCES, period),
        aggregate=fields.choice("aggregate", ("sum", "last", "mean", "ratio_of_sums"), _usual_aggregate(entry)),
        window=_window(fields),
        prorate=fields.choice("prorate", ("target", "denominator", "none"), _usual_proration(entry)),
        full_points=fields.number("full_points", Fraction(100)),
        on_missing=_on_missing(fields),
        training=_training(fields),
        gates=tuple(read_gate(item, scope, "metric") for item in _list(fields, "gates")),
        pilot=pilot,
        round_places=None if round_node is None else round_node.whole(),
        reference=fields.text("reference"),
        where=fields.where,
    )
    fields.close()
    _check_figures(metric, fields, entry)
    return metric


def read_gate(node: Node, scope: Scope, default_scope: str = "") -> Gate:
    """A gate of a metric, a category, the plan or the payout."""
    fields = Fields(node, "a gate")
    kind = fields.choice("scope", ("metric", "category", "plan", "payout"), default_scope or None)
    if default_scope and kind != default_scope:
        raise fields.node.problem(f"a gate of scope {kind} stands below a metric", "move it to gates: of the plan")
    if not default_scope and kind == "metric":
        raise fields.node.problem("a gate of a metric stands below that metric", "move it to the metric's gates:")
    names = scope.values if kind == "metric" else scope.scores
    when = read_expression(fields.need("when"), names, ("boolean",))
    on_fail, factor = _on_fail(fields)
    if on_fail == "exclude_renormalise" and kind != "metric":
        raise fields.node.problem("only a metric can be left out of the weights", "write zero, hold or factor(0.5)")
    category = fields.need("category").text() if kind == "category" else ""
    if kind == "category" and category not in scope.categories:
        raise fields.node.problem(f"the plan has no category {category!r}")
    reason = fields.names("reason", Names(when.text, when.text))
    gate = Gate(kind, category, when, on_fail, factor, reason, fields.text("reference"), fields.where)
    fields.close()
    return gate


def _on_fail(fields: Fields) -> tuple:
    node = fields.get("on_fail")
    if node is None:
        return "zero", Fraction(0)
    word = node.text()
    match = _CALL.fullmatch(word)
    if match and match[1] == "factor":
        factor = Node(node.file, node.line, match[2]).number()
        if not 0 <= factor <= 1:
            raise node.problem(f"the factor {match[2]} is not between 0 and 1")
        return "factor", factor
    if word not in {"hold", "zero", "exclude_renormalise"}:
        raise node.problem(f"on_fail cannot be {word!r}", "write zero, hold, exclude_renormalise or factor(0.75)")
    return word, Fraction(0)


def _on_missing(fields: Fields) -> MissingRule:
    node = fields.get("on_missing")
    if node is None:
        return MissingRule("block")
    word = node.text()
    match = _CALL.fullmatch(word)
    if match and match[1] in {"carry_last", "neutral"}:
        argument = Node(node.file, node.line, match[2].removeprefix("max=")).number()
        return MissingRule("carry_last" if match[1] == "carry_last" else "neutral", argument)
    match word:
        case "block" | "zero" | "exclude_renormalise":
            return MissingRule(word)
        case _:
            raise node.problem(
                f"on_missing cannot be {word!r}", "write block, zero, exclude_renormalise, carry_last(1) or neutral(60)"
            )


def _training(fields: Fields) -> Training | None:
    sub = fields.sub("training", f"training of {fields.what}")
    if sub is None:
        return None
    add = sub.get("add")
    fixed = share = None
    if add is not None:
        fixed, share = _training_points(add)
    gate = sub.choice("gate", ("completed", "none"), "none")
    valid = sub.get("valid_for")
    training = Training(
        course=sub.need("course").text(),
        fixed_points=fixed,
        exam_share=share,
        needs_completion=gate == "completed",
        valid_months=None if valid is None else _months(valid),
        reference=sub.text("reference"),
        where=sub.where,
    )
    sub.close()
    return training


def _training_points(node: Node) -> tuple[Fraction | None, Fraction | None]:
    text = node.text()
    match = _CALL.fullmatch(text)
    if match and match[1] == "fixed":
        return Node(node.file, node.line, match[2]).number(), None
    if text.startswith("exam_score") and "*" in text:
        return None, Node(node.file, node.line, text.split("*", 1)[1]).number()
    raise node.problem(f"add cannot be {text!r}", "write fixed(5) or exam_score * 10%")


def _months(node: Node) -> int:
    words = node.text().split()
    if len(words) != 2 or not words[0].isdigit() or words[1] not in {"month", "months"}:
        raise node.problem(f"{node.text()!r} is no number of months", "write 12 months")
    return int(words[0])


def _pilot(fields: Fields) -> Pilot | None:
    sub = fields.sub("pilot", f"pilot of {fields.what}")
    if sub is None:
        return None
    cohort = sub.need("cohort")
    teams = tuple(item.text() for item in cohort.items()) if cohort.is_list else (cohort.text(),)
    pilot = Pilot(teams, sub.date("from"), sub.optional_date("to"), sub.optional_number("would_weigh"))
    sub.close()
    return pilot


def _window(fields: Fields) -> tuple[str, int] | None:
    node = fields.get("window")
    if node is None:
        return None
    match = _CALL.fullmatch(node.text())
    if node.text() == "yoy":
        return "yoy", 1
    if match and match[1] in {"trailing", "lag"} and match[2].strip().isdigit() and int(match[2]) > 0:
        return match[1], int(match[2])
    raise node.problem(
        f"window cannot be {node.text()!r}", "write trailing(12), lag(1) or yoy; periods of the metric's cadence"
    )


def _cap(fields: Fields) -> Fraction:
    node = fields.need("cap", "money depends on it: write cap: 120 (or 100)")
    return node.number()


def _usual_aggregate(entry: Metric | None) -> str:
    if entry is None:
        return "ratio_of_sums"
    return "ratio_of_sums" if entry.has_denominator else entry.aggregation


def _usual_proration(entry: Metric | None) -> str:
    if entry is None or entry.has_denominator or entry.aggregation != "sum":
        return "none"
    return "target" if entry.unit in {"count", "currency"} else "none"


def _list(fields: Fields, key: str) -> list[Node]:
    node = fields.get(key)
    return [] if node is None else node.items()


def _check_figures(metric: PlanMetric, fields: Fields, entry: Metric | None) -> None:
    if metric.weight < 0 or metric.cap < 0:
        raise fields.node.problem(f"{fields.what} has a negative weight or cap")
    if metric.pilot and metric.weight:
        raise fields.node.problem(f"the pilot {metric.id} has a weight", "a pilot weighs nothing; drop weight or pilot")
    if entry and entry.has_denominator and entry.on_zero_denominator is None:
        raise fields.node.problem(f"the catalogue does not say what a zero denominator of {entry.id} means")
    if entry and entry.grains and metric.grain not in entry.grains:
        raise fields.node.problem(f"{entry.id} is not measured per {metric.grain}", f"use {' or '.join(entry.grains)}")
    if entry and entry.cadences and metric.cadence not in entry.cadences:
        raise fields.node.problem(
            f"{entry.id} is not measured per {metric.cadence}", f"use {' or '.join(entry.cadences)}"
        )
