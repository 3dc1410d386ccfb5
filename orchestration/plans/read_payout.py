"""The money part of a plan: base, components, caps, draws."""

from fractions import Fraction

from orchestration.plans.errors import Problems
from orchestration.plans.fields import Fields, read_expression
from orchestration.plans.model import Clawback, Component, Draw, PayBase, Payout
from orchestration.plans.read_curves import TIER_KINDS, read_tier_table
from orchestration.plans.scope import Scope
from orchestration.plans.yaml_source import Node

BASES = ("fixed_base", "salary_pct", "revenue", "margin", "collected")


def read_payout(node: Node, scope: Scope, problems: Problems) -> Payout:
    """Everything below `payout:`."""
    fields = Fields(node, "payout")
    components: list[Component] = []
    for item in fields.need("components").items():
        with problems.collect():
            component = _component(item, scope)
            if any(component.id == other.id for other in components):
                raise item.problem(f"two components are called {component.id}")
            components.append(component)
    with problems.collect():
        _check_clawbacks(components, node)
    base = _base(fields, scope)
    cap, floor, pool = (_money(fields, key, scope) for key in ("cap", "floor", "pool"))
    rest, periods = _cap_rest(fields.get("cap_rest"))
    payout = Payout(
        base=base,
        components=tuple(components),
        cap=cap,
        floor=floor,
        pool=pool,
        where=fields.where,
        period_cap=_money(fields, "period_cap", scope),
        year_cap=_money(fields, "year_cap", scope),
        cap_rest=rest,
        cap_max_periods=periods,
    )
    if rest == "carried" and not payout.caps:
        raise fields.need("cap_rest").problem("there is no cap whose remainder could be carried", "add cap: or drop it")
    fields.close(problems)
    return payout


def _base(fields: Fields, scope: Scope) -> PayBase:
    sub = fields.sub("base", "base of payout")
    if sub is None:
        raise fields.node.problem("payout has no base", "add base: {kind: fixed_base}")
    kind = sub.choice("kind", BASES)
    percent = metric = None
    if kind == "salary_pct":
        percent = read_expression(sub.need("percent"), scope.constants, ("ratio",))
    elif kind != "fixed_base":
        metric_node = sub.need("metric")
        metric = metric_node.text()
        entry = scope.metrics.get(metric)
        if entry is None or entry.unit != "currency":
            raise metric_node.problem(f"{metric!r} is no metric in currency")
    sub.close()
    return PayBase(kind, percent, metric)


def _component(node: Node, scope: Scope) -> Component:
    fields = Fields(node, "a component")
    identity = fields.need("id").text()
    fields.what = f"component {identity}"
    formula, tiers, rule = fields.get("formula"), fields.sub("tiers", f"tiers of {identity}"), fields.get("team_rule")
    clawback = fields.sub("clawback", f"clawback of {identity}")
    if sum(part is not None for part in (formula, tiers, rule, clawback)) != 1:
        raise node.problem(f"{fields.what} needs exactly one of formula, tiers, team_rule and clawback")
    amount = table = None
    accumulate = fields.choice("accumulate", ("none", "period", "quarter", "year"), "none")
    if tiers is not None:
        amount = read_expression(fields.need("amount"), scope.pay, ("currency", "count"))
        table = read_tier_table(tiers.choice("type", TIER_KINDS), tiers)
        tiers.close()
    when = fields.get("when")
    cap_rest = fields.get("cap_rest")
    rest, periods = _cap_rest(cap_rest)
    component = Component(
        id=identity,
        names=fields.names("name"),
        pay_item=fields.need("pay_item", "add pay_item: the code payroll knows the line by").text(),
        when=when and read_expression(when, scope.pay, ("boolean",)),
        formula=formula and read_expression(formula, scope.pay, ("currency",)),
        amount=amount,
        tiers=table,
        accumulate=accumulate,
        team_rule=rule.text() if rule else None,
        cap=_money(fields, "cap", scope),
        cap_rest=rest,
        cap_max_periods=periods,
        floor=_money(fields, "floor", scope),
        draw=_draw(fields, scope),
        reference=fields.text("reference"),
        where=fields.where,
        clawback=_clawback(clawback, scope) if clawback else None,
    )
    fields.close()
    return component


def _clawback(fields: Fields, scope: Scope) -> Clawback:
    fields.choice("method", ("stored_rate",))
    metric = fields.need("metric")
    entry = scope.metrics.get(metric.text())
    if entry is None or entry.unit not in {"currency", "count"} or entry.has_denominator:
        raise metric.problem(
            f"{metric.text()!r} is no metric of amounts or counts", "name what the records are amounts of"
        )
    within = fields.get("within")
    cap = fields.get("cap")
    rule = Clawback(
        of=fields.need("of", "add of: the component that is taken back").text(),
        metric=metric.text(),
        within_days=None if within is None else _days(within),
        cap=None if cap is None else read_expression(cap, scope.constants, ("currency",)),
    )
    fields.close()
    return rule


def _days(node: Node) -> int:
    count, _, word = node.text().partition(" ")
    if not count.isdigit() or word not in {"day", "days"}:
        raise node.problem(f"{node.text()!r} is no number of days", "write 180 days")
    return int(count)


def _check_clawbacks(components: list[Component], node: Node) -> None:
    """A clawback takes back one component with an amount of its own, and stands behind it."""
    seen: set[str] = set()
    for component in components:
        rule = component.clawback
        if rule is not None and rule.of not in seen:
            known = ", ".join(sorted(seen)) or "none"
            raise node.problem(
                f"component {component.id} takes back {rule.of!r}, which is no component with an amount before it",
                f"write it behind that component; there are {known}",
            )
        if component.formula is not None or component.tiers is not None:
            seen.add(component.id)


def _cap_rest(node: Node | None) -> tuple:
    if node is None or node.text() == "lost":
        return "lost", 0
    text = node.text()
    inside = text.removeprefix("carried(").removesuffix(")")
    if text.startswith("carried(") and inside.isdigit():
        return "carried", int(inside)
    raise node.problem(f"cap_rest cannot be {text!r}", "write lost or carried(3)")


def _draw(fields: Fields, scope: Scope) -> Draw | None:
    sub = fields.sub("draw", f"draw of {fields.what}")
    if sub is None:
        return None
    draw = Draw(
        amount=read_expression(sub.need("amount"), scope.constants, ("currency",)),
        recoverable=sub.boolean("recoverable", default=True),
        recover_from=sub.whole("recover_from", 1),
        recover_rate=sub.number("recover_rate", Fraction(1)),
        recover_end=sub.optional_date("recover_end"),
    )
    if not 0 <= draw.recover_rate <= 1:
        raise sub.node.problem("recover_rate is not between 0 and 100%")
    sub.close()
    return draw


def _money(fields: Fields, key: str, scope: Scope):
    node = fields.get(key)
    return None if node is None else read_expression(node, scope.pay, ("currency",))
