"""The pay of a generated plan: bases, components, draws, caps in four scopes, pools, team rules."""

import random

_NAME = "name: {zh: 项, en: Item}"
_TIERS = (
    "{type: marginal, tiers: [[0, 500, 1%], [500, 1000, 2%], [1000, null, 5%]]}",
    "{type: whole, at_edge: upper, tiers: [[null, 500, 1%], [500, 1000, 2%], [1000, null, 5%]]}",
    "{type: whole, at_edge: lower, tiers: [[null, 500, 1%], [500, null, 5%]]}",
)
_BASES = (
    "{kind: fixed_base}",
    "{kind: fixed_base}",
    "{kind: salary_pct, percent: 30%}",
    "{kind: revenue, metric: amount}",
)
_LIMITS = {"cap": '"1.1 * base + 500"', "period_cap": "4000", "year_cap": "9000", "floor": "200"}


def payout(chance: random.Random, *, rule: bool, alone: bool) -> list[str]:
    """The lines of `payout:`. `rule`: with a component for the team rule; `alone`: the company has no other plan."""
    lines = ["payout:", f"  base: {chance.choice(_BASES)}", "  components:"]
    if chance.random() < 0.9:
        lines.append(_component("pay", 'formula: "base * score / 100"'))
    options = _options(chance)
    lines += [option for option in options if chance.random() < 0.4] or options[:1]
    if rule:
        lines.append(_component("together", "team_rule: together"))
    used = [key for key in _LIMITS if chance.random() < 0.3]
    lines += [f"  {key}: {_LIMITS[key]}" for key in used]
    if chance.random() < 0.4 and any(key != "floor" for key in used):
        lines.append("  cap_rest: carried(2)")
    if alone and chance.random() < 0.15:
        lines.append("  pool: 50000")
    return lines


def team_rule(chance: random.Random) -> str:
    """A rule on the amount of one team, with any kind of award."""
    kind = chance.choice(("per_head", "pct_of_base", "fixed_pool"))
    amount = "10%" if kind == "pct_of_base" else chance.choice(("100", "1000"))
    how = f", distribute: {chance.choice(('equal', 'by_base', 'by_score', 'by_days'))}" if kind == "fixed_pool" else ""
    out = chance.choice(("", ", exclude_if: [gate_failed]", ", exclude_if: [gate_failed, pip]"))
    return (
        "together:\n"
        "  name: {zh: 团队奖, en: Team award}\n"
        "  effective: {from: 2026-01-01}\n"
        "  subjects: {us: {team: T-TEST}}\n"
        "  members: [{team: T-TEST}]\n"
        "  when: us.amount >= 500\n"
        f"  award: {{type: {kind}, amount: {amount}{how}{out}}}\n"
    )


def _options(chance: random.Random) -> list[str]:
    window = chance.choice(("none", "period", "quarter", "year"))
    draw = f"recover_from: {chance.choice((1, 3))}, recover_rate: {chance.choice(('100%', '50%'))}"
    draw += f", recoverable: {chance.choice(('true', 'false'))}"
    rest = chance.choice(("lost", "carried(2)"))
    return [
        _component("excess", 'when: "rate_a > 100%", formula: "base * (rate_a - 100%) * 50%"'),
        _component("sales", f"amount: amount, accumulate: {window}, tiers: {chance.choice(_TIERS)}"),
        _component("between", f'formula: "base * 1/7 + amount_b", cap: 500, floor: 300, cap_rest: {rest}'),
        _component("drawn", f'formula: "amount_b / 3", draw: {{amount: 400, {draw}}}'),
        _component(
            "when_drawn",
            'when: "x >= 60", formula: "base / 9", cap: 300, cap_rest: carried(1), draw: {amount: 100}',
        ),
    ]


def _component(identity: str, rest: str) -> str:
    return f"    - {{id: {identity}, {_NAME}, pay_item: P, {rest}}}"
