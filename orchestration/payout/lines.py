"""Pay components -> payout lines: one rounding per line, one deterministic id per line.

A line is one person's amount of one component under one plan, charged to one cost centre. Parts of the same line (for
example two segments of a month) are added exactly before they are rounded. Ids depend on content keys only, so the
same calculation gives the same ids on any machine.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from orchestration.payout.canonical import sha256_json
from orchestration.payout.errors import LineConflict
from orchestration.payout.rounding import round_fen, round_to_total
from orchestration.scoring.results import PayComponent

LineKind = Literal["regular", "adjustment", "manual", "carry_out", "carry_in", "deduction"]


@dataclass(frozen=True, slots=True, order=True)
class RunKey:
    """What is approved and locked together: a period, a pay group and a run number (off-cycle runs take the next)."""

    period: str
    pay_group: str
    run_no: int

    def __str__(self) -> str:
        return f"{self.period} {self.pay_group}-{self.run_no}"


@dataclass(frozen=True, slots=True)
class PayoutLine:
    """One amount for one person, gross (税前应发), in fen. `origin_period` is the period the amount was earned in.

    `kind` regular: earned in the run's own period; adjustment: a closed period recomputed (§1.10); manual: entered
    by a person with evidence; carry_out and carry_in: a negative net moved to the next run; deduction: a negative
    net shown to payroll. `revision` and `line_id` are empty until the calculation has a revision.
    """

    run: RunKey
    kind: LineKind
    payer_entity: str
    pay_month: str
    employee_no: str
    department_id: str
    plan_id: str
    plan_version: int
    component: str
    pay_item_code: str
    amount_fen: int
    currency: str
    cost_centre: str
    origin_period: str
    reason: str = ""
    origin_line: str = ""
    trace_node: str = ""
    revision: int = 0
    line_id: str = ""

    @property
    def content(self) -> dict[str, str | int]:
        """Everything but revision and id, in canonical form: what decides whether a calculation changed."""
        return {
            "amount_fen": self.amount_fen,
            "component": self.component,
            "cost_centre": self.cost_centre,
            "currency": self.currency,
            "department_id": self.department_id,
            "employee_no": self.employee_no,
            "kind": self.kind,
            "origin_line": self.origin_line,
            "origin_period": self.origin_period,
            "pay_group": self.run.pay_group,
            "pay_item_code": self.pay_item_code,
            "pay_month": self.pay_month,
            "payer_entity": self.payer_entity,
            "period": self.run.period,
            "plan": f"{self.plan_id}@{self.plan_version}",
            "reason": self.reason,
            "run_no": self.run.run_no,
            "trace_node": self.trace_node,
        }

    @property
    def sort_key(self) -> tuple[str, ...]:
        """Order of lines in files: payer, person, then what the line is."""
        return (
            self.payer_entity,
            self.employee_no,
            self.origin_period,
            self.component,
            self.kind,
            self.plan_id,
            f"{self.plan_version:06d}",
            self.cost_centre,
            self.pay_item_code,
            self.currency,
            self.reason,
        )


@dataclass(frozen=True, slots=True, order=True)
class HeldLine:
    """An amount payroll gets no line for yet, and why. Other people and components are paid."""

    employee_no: str
    component: str
    plan_id: str
    plan_version: int
    pay_item_code: str
    payer_entity: str
    pay_group: str
    cost_centre: str
    reason: str


def build_lines(
    components: Iterable[PayComponent],
    *,
    period: str,
    run_no: int,
    pay_month: str,
    departments: Mapping[str, str],
) -> tuple[tuple[PayoutLine, ...], tuple[HeldLine, ...]]:
    """Lines and held lines of all pay groups from the components of a period.

    `departments` names each person's department on the period's last day, for control totals. Lines of one allocation
    group (a cap, a pool) keep the group's rounded total. Raises `LineConflict` when a component is neither payable
    nor held.
    """
    sums: dict[PayoutLine, Fraction] = {}
    nodes: dict[PayoutLine, set[str]] = {}
    groups: dict[PayoutLine, str] = {}
    held: set[HeldLine] = set()
    for part in components:
        if part.held_reason:
            held.add(_held(part))
            continue
        if part.amount is None:
            raise LineConflict(
                f"{part.employee_no} {part.component} of {period} has neither an amount nor a reason to be held; "
                "this is a fault of the calculation: nothing was written, report the plan and the person"
            )
        run = RunKey(period, part.pay_group, run_no)
        line = _unrounded(part, run, pay_month, departments.get(part.employee_no, ""))
        sums[line] = sums.get(line, Fraction(0)) + part.amount
        nodes.setdefault(line, set()).add(part.trace_node)
        if part.allocation_group:
            groups[line] = part.allocation_group
    # A line of which one part is held is held whole: payroll must not get the other part as if it were all.
    held_keys = {(row.employee_no, row.component, row.plan_id, row.plan_version, row.cost_centre) for row in held}
    paid = {
        line: amount
        for line, amount in sums.items()
        if (line.employee_no, line.component, line.plan_id, line.plan_version, line.cost_centre) not in held_keys
    }
    fen = _rounded(paid, groups)
    lines = [replace(line, amount_fen=fen[line], trace_node=" ".join(sorted(nodes[line]))) for line in paid]
    return tuple(sorted(lines, key=lambda line: (line.run, line.sort_key))), tuple(sorted(held))


def _rounded(amounts: Mapping[PayoutLine, Fraction], groups: Mapping[PayoutLine, str]) -> dict[PayoutLine, int]:
    fen = {line: round_fen(amount) for line, amount in amounts.items()}
    for group in set(groups.values()):
        by_id = {"/".join(line.sort_key): line for line in amounts if groups.get(line) == group}
        parts = round_to_total({key: amounts[line] for key, line in by_id.items()})
        fen.update({line: parts[key] for key, line in by_id.items()})
    return fen


def numbered(lines: Iterable[PayoutLine], revision: int) -> tuple[PayoutLine, ...]:
    """The same lines with their revision and id, sorted. Raises `LineConflict` if two lines would share an id."""
    result = sorted(
        (replace(line, revision=revision, line_id=line_id(line, revision)) for line in lines),
        key=lambda line: line.sort_key,
    )
    seen: set[str] = set()
    for line in result:
        if line.line_id in seen:
            raise LineConflict(
                f"two lines of {line.run} for {line.employee_no} {line.component} have the same key; "
                "give the components of the plan different ids"
            )
        seen.add(line.line_id)
    return tuple(result)


def line_id(line: PayoutLine, revision: int) -> str:
    """First 32 hex digits of sha256 over what a line *is*; its amount is not part of it, so a changed amount under
    the same key is noticed."""
    content = line.content
    for value in ("amount_fen", "department_id", "origin_line", "pay_month", "trace_node"):
        del content[value]
    return sha256_json({**content, "revision": revision})[:32]


def content_digest(lines: Iterable[PayoutLine], held: Iterable[HeldLine]) -> str:
    """sha256 of what would be paid and held, apart from revision numbers and ids."""
    return sha256_json(
        {
            "lines": [line.content for line in sorted(lines, key=lambda line: line.sort_key)],
            "held": [[getattr(row, name) for name in HeldLine.__slots__] for row in sorted(held)],
        }
    )


def _unrounded(part: PayComponent, run: RunKey, pay_month: str, department_id: str) -> PayoutLine:
    return PayoutLine(
        run=run,
        kind="regular",
        payer_entity=part.payer_entity,
        pay_month=pay_month,
        employee_no=part.employee_no,
        department_id=department_id,
        plan_id=part.plan_id,
        plan_version=part.plan_version,
        component=part.component,
        pay_item_code=part.pay_item_code,
        amount_fen=0,
        currency=part.currency,
        cost_centre=part.cost_centre,
        origin_period=run.period,
    )


def _held(part: PayComponent) -> HeldLine:
    return HeldLine(
        employee_no=part.employee_no,
        component=part.component,
        plan_id=part.plan_id,
        plan_version=part.plan_version,
        pay_item_code=part.pay_item_code,
        payer_entity=part.payer_entity,
        pay_group=part.pay_group,
        cost_centre=part.cost_centre,
        reason=part.held_reason,
    )
