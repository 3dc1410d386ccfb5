"""One plan file into a checked `Plan`. Every error of the file is collected, not only the first."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import TypeVar

from orchestration.plans.catalogue import Metric
from orchestration.plans.curve_model import Formula
from orchestration.plans.errors import Problems
from orchestration.plans.expression import Expression, check, names
from orchestration.plans.fields import Fields, read_expression
from orchestration.plans.model import (
    Balance,
    Bonus,
    Category,
    Consultation,
    Deduction,
    Names,
    Plan,
    PlanMetric,
    Proration,
    Ramp,
    Rating,
)
from orchestration.plans.parameters import Parameter
from orchestration.plans.quantities import Unit, decimal_text
from orchestration.plans.read_lifecycle import read_forced, read_lifecycle
from orchestration.plans.read_metrics import CADENCES, read_gate, read_metric
from orchestration.plans.read_payout import read_payout
from orchestration.plans.scope import Scope
from orchestration.plans.yaml_source import Node

EVENT_FIELDS: dict[str, Unit] = {"status": "text", "event_type": "text"}
T = TypeVar("T")


def read_plan(
    root: Node, metrics: dict[str, Metric], parameters: dict[str, Parameter], problems: Problems, label: str = ""
) -> Plan:
    """Read a plan; `problems` collects what is wrong below the top level, the top level raises at once."""
    fields = Fields(root, "the plan")
    identity = fields.need("plan").text()
    period = fields.choice("period", CADENCES)
    metric_nodes = fields.need("metrics").mapping()
    scope = _scope(fields, metric_nodes, metrics, parameters)
    plan_metrics = _each(
        problems, list(metric_nodes.items()), lambda item: read_metric(item[0], item[1], scope, period)
    )
    effective = fields.sub("effective", "effective")
    if effective is None:
        raise root.problem("the plan does not say from when it holds", "add effective: {from: 2026-01-01, to: null}")
    rating = _rating(fields)
    score = fields.sub("score", "score")
    retro = fields.sub("retro", "retro")
    plan = Plan(
        id=identity,
        version=fields.whole("version"),
        names=fields.names("name"),
        valid_from=effective.date("from"),
        valid_to=effective.optional_date("to"),
        period=period,
        currency=fields.need("currency", "add currency: CNY").text(),
        weight_basis=fields.choice("weight_basis", ("plan", "category")),
        balance=_balance(fields),
        consultation=_consultation(fields),
        categories=_categories(fields, scope),
        metrics=tuple(plan_metrics),
        gates=tuple(_each(problems, _list(fields, "gates"), lambda node: read_gate(node, scope))),
        deductions=tuple(_each(problems, _list(fields, "deductions"), lambda node: _deduction(node, scope))),
        bonuses=tuple(_each(problems, _list(fields, "bonus"), lambda node: _bonus(node, scope))),
        score_max=score.number("max") if score else None,
        payout=read_payout(fields.need("payout"), scope, problems),
        rating=rating,
        proration=_proration(fields),
        ramps=_ramps(fields),
        retro_limit_months=retro.whole("limit_months") if retro else None,
        where=fields.where,
        label=label,
        leaver=fields.choice("leaver", ("pay_earned", "forfeit"), "pay_earned"),
        lifecycle=read_lifecycle(fields, scope, [band for band, _ in rating.bands] if rating else []),
    )
    for sub in (effective, score, retro):
        if sub:
            sub.close(problems)
    fields.close(problems)
    # Weights of a plan whose metrics could not all be read would only be reported a second time.
    if len(plan_metrics) == len(metric_nodes):
        with problems.collect():
            _check_weights(plan, root)
        with problems.collect():
            _check_cycles(plan, root)
    return plan


def _scope(
    fields: Fields, metric_nodes: dict[str, Node], metrics: dict[str, Metric], parameters: dict[str, Parameter]
) -> Scope:
    units: dict[str, Unit] = {}
    for identity, node in metric_nodes.items():
        refers = node.mapping().get("metric") if node.is_mapping else None
        entry = metrics.get(refers.text() if refers else identity)
        # A combined metric has no value of its own, its points are all there is.
        units[identity] = entry.unit if entry else "points"
    categories = fields.need("categories", "add categories: {business: 60, management: 40}").mapping()
    return Scope(metrics, parameters, units, frozenset(categories))


def _categories(fields: Fields, scope: Scope) -> tuple[Category, ...]:
    known = {"business": Names("业务指标", "Business"), "management": Names("管理提升指标", "Management")}
    found = []
    for identity, node in fields.need("categories").mapping().items():
        if not node.is_mapping:
            names = known.get(identity, Names(identity, identity))
            where = Fields(node, identity).where
            found.append(
                Category(identity, names, node.number(), None, None, max_deduction_is_share=False, where=where)
            )
            continue
        sub = Fields(node, f"category {identity}")
        limit = sub.get("max_deduction")
        limit_expression = limit and read_expression(limit, scope.constants, ("points", "ratio"))
        is_share = limit_expression is not None and check(limit_expression, scope.constants) == "ratio"
        names = sub.names("name", known.get(identity))
        clamp = sub.optional_number("clamp")
        found.append(Category(identity, names, sub.number("weight"), clamp, limit_expression, is_share, sub.where))
        sub.close()
    return tuple(found)


def _deduction(node: Node, scope: Scope) -> Deduction:
    fields = Fields(node, "a deduction")
    category = _known_category(fields, scope)
    event = fields.text("event") or None
    has_when = fields.has("when")
    if bool(event) == has_when:
        raise node.problem(
            "a deduction has either an event or a condition", "write event: and per_event:, or when: and points:"
        )
    per_event = count_if = when = points = None
    if event:
        per_event = read_expression(fields.need("per_event"), scope.constants, ("ratio", "points"))
        count_text = fields.get("count_if") or Node(node.file, node.line, "status = 'confirmed'")
        count_if = read_expression(count_text, scope.with_extra(EVENT_FIELDS), ("boolean",))
    else:
        when = read_expression(fields.need("when"), scope.values, ("boolean",))
        points = read_expression(fields.need("points"), scope.constants, ("points",))
    described = event or (when.text if when else "")
    deduction = Deduction(
        category=category,
        event=event,
        per_event=per_event,
        mode=fields.choice("mode", ("linear", "compound"), "linear"),
        count_if=count_if,
        counts_on=fields.choice("counts_on", ("confirmed", "occurred"), "confirmed"),
        when=when,
        points=points,
        names=fields.names("name", Names(described, described)),
        reference=fields.text("reference"),
        where=fields.where,
    )
    fields.close()
    return deduction


def _bonus(node: Node, scope: Scope) -> Bonus:
    fields = Fields(node, "bonus points")
    category = _known_category(fields, scope)
    when = read_expression(fields.need("when"), scope.values, ("boolean",))
    points = read_expression(fields.need("points"), scope.constants, ("points",))
    label = fields.names("name", Names(when.text, when.text))
    bonus = Bonus(category, when, points, label, fields.text("reference"), fields.where)
    fields.close()
    return bonus


def _known_category(fields: Fields, scope: Scope) -> str:
    node = fields.need("category")
    if node.text() not in scope.categories:
        raise node.problem(f"the plan has no category {node.text()!r}", f"use {' or '.join(sorted(scope.categories))}")
    return node.text()


def _rating(fields: Fields) -> Rating | None:
    sub = fields.sub("rating", "rating")
    if sub is None:
        return None
    node = sub.need("bands")
    bands = sorted(((key, value.number()) for key, value in node.mapping().items()), key=lambda band: -band[1])
    edges = [edge for _, edge in bands]
    if len(set(edges)) != len(edges):
        raise node.problem("two ratings start at the same score")
    if not edges or edges[-1] != 0:
        raise node.problem("scores below the lowest rating would have none", "let the lowest band start at 0")
    forced = read_forced(sub, [band for band, _ in bands])
    rating = Rating(sub.choice("at_edge", ("upper", "lower")), tuple(bands), forced)
    sub.close()
    return rating


def _balance(fields: Fields) -> Balance | None:
    sub = fields.sub("balance", "balance")
    if sub is None:
        return None
    mode = sub.choice("mode", ("enforce", "report"), "enforce")
    balance = Balance(sub.number("short"), sub.number("long"), mode == "enforce")
    sub.close()
    return balance


def _consultation(fields: Fields) -> Consultation | None:
    sub = fields.sub("consultation", "consultation")
    if sub is None:
        return None
    published = sub.sub("published", "published")
    if published is None:
        raise sub.node.problem(
            "the consultation does not say when the plan was public", "add published: {from: ..., to: ...}"
        )
    consultation = Consultation(
        sub.date("held_on"),
        sub.need("form").text(),
        sub.need("minutes").text(),
        published.date("from"),
        published.optional_date("to"),
    )
    published.close()
    sub.close()
    return consultation


def _proration(fields: Fields) -> Proration:
    sub = fields.sub("proration", "proration")
    if sub is None:
        raise fields.node.problem(
            "the plan does not say how parts of a period count",
            "add proration: {basis: calendar_days, apply_to: [target, base], min_days: 15}",
        )
    parts = {item.text() for item in sub.need("apply_to").items()}
    if parts - {"target", "base"}:
        raise sub.need("apply_to").problem(f"apply_to cannot hold {', '.join(sorted(parts - {'target', 'base'}))}")
    basis = sub.choice("basis", ("calendar_days", "working_days", "months", "30_360"))
    proration = Proration(basis, "target" in parts, "base" in parts, sub.whole("min_days", 0), _leave(sub))
    sub.close()
    return proration


def _leave(fields: Fields) -> tuple[tuple[str, bool], ...] | None:
    node = fields.get("leave")
    if node is None:
        return None
    rules = []
    for kind, value in node.mapping().items():
        if value.text() not in {"counts", "not"}:
            raise value.problem(f"leave of type {kind} cannot be {value.text()!r}", "write counts or not")
        rules.append((kind, value.text() == "counts"))
    return tuple(rules)


def _ramps(fields: Fields) -> tuple[Ramp, ...]:
    ramps = []
    for node in _list(fields, "ramp"):
        sub = Fields(node, "a ramp")
        ramps.append(Ramp(sub.whole("months"), sub.number("quota")))
        sub.close()
    return tuple(sorted(ramps, key=lambda ramp: ramp.months))


def _check_weights(plan: Plan, root: Node) -> None:
    _must_be_100({category.id: category.weight for category in plan.categories}, "categories", root)
    by_category: dict[str, Fraction] = {category.id: Fraction(0) for category in plan.categories}
    for metric in plan.metrics:
        if metric.pilot is None and metric.category not in by_category:
            raise root.problem(f"metric {metric.id} is in category {metric.category!r}, which the plan does not have")
        if metric.pilot is None:
            by_category[metric.category] += metric.weight
    if plan.weight_basis == "plan":
        _must_be_100({metric.id: metric.weight for metric in plan.metrics}, "metrics", root)
    for category in plan.categories:
        wanted = category.weight if plan.weight_basis == "plan" else Fraction(100)
        if by_category[category.id] != wanted:
            raise root.problem(
                f"the metrics of category {category.id} weigh {decimal_text(by_category[category.id])}, "
                f"{decimal_text(wanted)} is needed",
                "change weights of metrics or of the category",
            )
        _check_pilots(plan, category, wanted, root)
    if plan.balance and plan.balance.enforce:
        _check_balance(plan, plan.balance, root)


def _check_pilots(plan: Plan, category: Category, wanted: Fraction, root: Node) -> None:
    weights = [m.pilot.would_weigh for m in plan.metrics if m.pilot and m.category == category.id]
    trial = sum((weight for weight in weights if weight is not None), Fraction(0))
    if any(weight is not None and weight <= 0 for weight in weights) or (trial and trial >= wanted):
        raise root.problem(
            f"pilots of category {category.id} would weigh {decimal_text(trial)} of its {decimal_text(wanted)}",
            "give every would_weigh a positive figure and leave some weight to the other metrics",
        )


def _check_balance(plan: Plan, balance: Balance, root: Node) -> None:
    short, long = horizon_weights(plan)
    if (short, long) != (balance.short, balance.long):
        raise root.problem(
            f"short-term metrics weigh {decimal_text(short)} and long-term ones {decimal_text(long)}; "
            f"balance asks for {decimal_text(balance.short)} and {decimal_text(balance.long)}",
            "give every metric a horizon and move weights, or write mode: report",
        )


def horizon_weights(plan: Plan) -> tuple[Fraction, Fraction]:
    """Short-term and long-term weight of a plan, on the scale of 100 (F157)."""
    shares = {category.id: category.weight / 100 for category in plan.categories}
    totals = {"short": Fraction(0), "long": Fraction(0)}
    for metric in plan.metrics:
        if metric.horizon and metric.pilot is None:
            scale = Fraction(1) if plan.weight_basis == "plan" else shares[metric.category]
            totals[metric.horizon] += metric.weight * scale
    return totals["short"], totals["long"]


def _must_be_100(weights: dict[str, Fraction], what: str, root: Node) -> None:
    total = sum(weights.values(), Fraction(0))
    if total != 100:
        listed = " + ".join(f"{identity} {decimal_text(weight)}" for identity, weight in weights.items())
        raise root.problem(
            f"the weights of the {what} add up to {decimal_text(total)}, not 100 ({listed})", "make them 100"
        )


def _check_cycles(plan: Plan, root: Node) -> None:
    uses = {metric.id: {_metric_of(name) for name in _used(metric)} - {None} for metric in plan.metrics}
    state: dict[str, bool] = {}

    def visit(identity: str, path: tuple[str, ...]) -> None:
        if identity in path:
            raise root.problem(
                f"metrics need each other's points: {' -> '.join((*path, identity))}", "break the circle"
            )
        if state.get(identity):
            return
        for other in sorted(name for name in uses.get(identity, ()) if name):
            visit(other, (*path, identity))
        state[identity] = True

    for metric in plan.metrics:
        visit(metric.id, ())


def _used(metric: PlanMetric) -> Iterable[str]:
    expressions: list[Expression] = [gate.when for gate in metric.gates]
    if isinstance(metric.curve, Formula):
        expressions.append(metric.curve.expression)
    for expression in expressions:
        yield from names(expression)


def _metric_of(name: str) -> str | None:
    head, _, part = name.partition(".")
    return head if part == "points" else None


def _list(fields: Fields, key: str) -> list[Node]:
    node = fields.get(key)
    return [] if node is None else node.items()


def _each(problems: Problems, items: Iterable, read: Callable[..., T]) -> list[T]:
    found: list[T] = []
    for item in items:
        with problems.collect():
            found.append(read(item))
    return found
