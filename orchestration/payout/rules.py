"""The rules of a close, read from a file: thresholds of the gate, how far back corrections go, what a negative net
does.

The sample company's file is `sample/close.yaml`; a company brings its own. Every figure is here and none is in code.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal, cast

from orchestration.payout.canonical import sha256_json
from orchestration.payout.errors import RulesInvalid
from orchestration.payout.rounding import round_fen
from orchestration.plans.errors import PlanProblem
from orchestration.plans.fields import Fields
from orchestration.plans.yaml_source import Node, plain, read_yaml

RuleSeverity = Literal["error", "warning", "off"]
NegativeNet = Literal["carry_forward", "deduct_line"]
DeductionLimit = Literal["none", "supplied"]
Demand = Literal["optional", "required"]

SAMPLE_RULES = Path(__file__).parent / "sample" / "close.yaml"
_SEVERITIES = ("error", "warning", "off")


@dataclass(frozen=True, slots=True)
class DailyTable:
    """A table that has rows of every business day: its name, its date column, the stream it comes from."""

    table: str
    date_column: str
    stream: str


@dataclass(frozen=True, slots=True)
class GateRules:
    """What the gate demands. Severities say what a violation does; shares are exact ratios."""

    waivable: tuple[str, ...]
    completeness: RuleSeverity
    warn_only_streams: tuple[str, ...]
    required_sources: tuple[str, ...]
    reconciliation: RuleSeverity
    tolerance_rows: int
    rejects: RuleSeverity
    max_reject_rows: int
    max_reject_share: Fraction
    unmapped_identities: RuleSeverity
    provisional_measurements: RuleSeverity
    missing_measurements: RuleSeverity
    daily_volume: RuleSeverity
    min_share_of_median: Fraction
    trailing_days: int
    min_median_rows: int
    daily_tables: tuple[DailyTable, ...]


@dataclass(frozen=True, slots=True)
class ApprovalRules:
    """What an approval needs. Above `second_above_fen` of gross movement two people approve; None: one is enough.

    `ticket` is the reference of the company's own approval, `signature` an SSH signature of the statement.
    """

    second_above_fen: int | None = None
    ticket: Demand = "optional"
    signature: Demand = "optional"


@dataclass(frozen=True, slots=True)
class CloseRules:
    """Everything a close reads from its rules file; `content_hash` names the version.

    `recovery_share` is the greatest part of what a person earns in a run that corrections may take back, None for all
    of it. With `deduction_limit` supplied, a deduction item stays within the limit payroll gave for the person.
    """

    gate: GateRules
    retro_limit_periods: int
    lookback_periods: int
    negative_net: NegativeNet
    carry_pay_item_code: str
    deduction_pay_item_code: str
    content_hash: str
    recovery_share: Fraction | None = None
    deduction_limit: DeductionLimit = "none"
    approval: ApprovalRules = ApprovalRules()

    @property
    def settlement(self) -> dict[str, str]:
        """What settles amounts with earlier runs, as text: kept with every calculation."""
        return {
            "negative_net": self.negative_net,
            "carry_pay_item_code": self.carry_pay_item_code,
            "deduction_pay_item_code": self.deduction_pay_item_code,
            "recovery_share": "" if self.recovery_share is None else str(self.recovery_share),
            "deduction_limit": self.deduction_limit,
        }

    def settled_by(self, settlement: Mapping[str, str]) -> "CloseRules":
        """These rules with the settlement of an earlier calculation."""
        share = settlement["recovery_share"]
        return replace(
            self,
            negative_net=cast("NegativeNet", settlement["negative_net"]),
            carry_pay_item_code=settlement["carry_pay_item_code"],
            deduction_pay_item_code=settlement["deduction_pay_item_code"],
            recovery_share=Fraction(share) if share else None,
            deduction_limit=cast("DeductionLimit", settlement["deduction_limit"]),
        )


def load_close_rules(path: Path | None = None) -> CloseRules:
    """Read a rules file (default: the sample company's). Raises `RulesInvalid` with file, line and what to do."""
    try:
        root = read_yaml(path or SAMPLE_RULES)
        return _read(root)
    except PlanProblem as problem:
        raise RulesInvalid(str(problem)) from None


def _read(root: Node) -> CloseRules:
    top = _Section(root, "the rules of the close")
    gate = top.section("gate")
    close = top.section("close")
    approval = top.get("approval")
    top.close()
    share = close.get("recovery_share")
    if share is not None and not 0 <= share.number() <= 1:
        raise share.problem(f"recovery_share is {share.text()}", "write a part of what is earned, 0% to 100%")
    rules = CloseRules(
        gate=_read_gate(gate),
        retro_limit_periods=close.whole("retro_limit_periods"),
        lookback_periods=close.whole("lookback_periods"),
        negative_net=close.choice("negative_net", ("carry_forward", "deduct_line")),
        carry_pay_item_code=close.need("carry_pay_item_code").text(),
        deduction_pay_item_code=close.need("deduction_pay_item_code").text(),
        content_hash=sha256_json(plain(root)),
        recovery_share=None if share is None else share.number(),
        deduction_limit=close.choice("deduction_limit", ("none", "supplied"), "none"),
        approval=ApprovalRules() if approval is None else _read_approval(approval),
    )
    close.close()
    return rules


def _read_approval(node: Node) -> ApprovalRules:
    fields = Fields(node, "approval")
    above = fields.optional_number("second_above")
    demands = ("optional", "required")
    rules = ApprovalRules(
        second_above_fen=None if above is None else round_fen(above),
        ticket=fields.choice("ticket", demands, "optional"),
        signature=fields.choice("signature", demands, "optional"),
    )
    fields.close()
    return rules


def _read_gate(gate: "_Section") -> GateRules:
    completeness, reconciliation = gate.section("completeness"), gate.section("reconciliation")
    rejects, volume = gate.section("rejects"), gate.section("daily_volume")
    simple = {name: gate.section(name) for name in ("unmapped_identities", "provisional_measurements")}
    missing = gate.section("missing_measurements")
    waivable = gate.texts("waivable")
    gate.close()
    rules = GateRules(
        waivable=waivable,
        completeness=completeness.severity(),
        warn_only_streams=completeness.texts("warn_only"),
        required_sources=completeness.texts("required_sources"),
        reconciliation=reconciliation.severity(),
        tolerance_rows=reconciliation.whole("tolerance_rows"),
        rejects=rejects.severity(),
        max_reject_rows=rejects.whole("max_rows"),
        max_reject_share=rejects.number("max_share"),
        unmapped_identities=simple["unmapped_identities"].severity(),
        provisional_measurements=simple["provisional_measurements"].severity(),
        missing_measurements=missing.severity(),
        daily_volume=volume.severity(),
        min_share_of_median=volume.number("min_share_of_median"),
        trailing_days=volume.whole("trailing_days"),
        min_median_rows=volume.whole("min_median_rows"),
        daily_tables=tuple(_daily_table(item) for item in volume.need("tables").items()),
    )
    for section in (completeness, reconciliation, rejects, volume, missing, *simple.values()):
        section.close()
    return rules


class _Section(Fields):
    """A mapping of the rules file; all keys are wanted, unknown ones are errors."""

    def section(self, key: str) -> "_Section":
        return _Section(self.need(key), key)

    def severity(self) -> RuleSeverity:
        return self.choice("severity", _SEVERITIES)

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(item.text() for item in self.need(key).items())


def _daily_table(node: Node) -> DailyTable:
    entry = _Section(node, "a daily table")
    table, column, stream = (entry.need(key) for key in ("table", "date", "stream"))
    entry.close()
    for name in (table, column):
        if not re.fullmatch(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?", name.text()):
            where = f"{name.file}:{name.line}"
            raise RulesInvalid(
                f"{where}: {name.text()!r} is no table or column name; write schema.table and a plain column"
            )
    return DailyTable(table.text(), column.text(), stream.text())
