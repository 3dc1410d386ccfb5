"""What the command line offers about plans: check, diff, render, schema. Every function returns data and text."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.plans.bundle import SAMPLE, PlanBundle, load_bundle
from orchestration.plans.diff import Change, diff_bundles
from orchestration.plans.errors import Finding, PlanErrors
from orchestration.plans.lint import lint
from orchestration.plans.model import Plan
from orchestration.plans.render import Language, render_plan
from orchestration.plans.schema import plan_schema


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check. `bundle` None: there were errors."""

    bundle: PlanBundle | None
    findings: tuple[Finding, ...]

    @property
    def is_ok(self) -> bool:
        return self.bundle is not None

    @property
    def text(self) -> str:
        lines = [str(finding) for finding in self.findings]
        errors = sum(finding.severity == "error" for finding in self.findings)
        warnings = len(self.findings) - errors
        plans = f"{len(self.bundle.plans)} plans, " if self.bundle else ""
        return "\n".join([*lines, f"{plans}{errors} errors, {warnings} warnings"])


def check_plans(folder: Path = SAMPLE, catalogue: Path | None = None) -> Checked:
    """Read a bundle and lint it."""
    try:
        bundle = load_bundle(folder, catalogue)
    except PlanErrors as errors:
        return Checked(None, errors.findings)
    return Checked(bundle, tuple(lint(bundle)))


def diff_plans(before: Path, after: Path) -> tuple[list[Change], str]:
    """Changes between two folders of plans, and the same as lines."""
    changes = diff_bundles(load_bundle(before), load_bundle(after))
    return changes, "\n".join(str(change) for change in changes) or "no difference"


def render(bundle: PlanBundle, plan_id: str, day: date, language: Language = "zh") -> str:
    """The document of the version of a plan in force on a day; `LookupError` names the plans there are."""
    return render_plan(bundle, plan_on(bundle, plan_id, day), day, language)


def plan_on(bundle: PlanBundle, plan_id: str, day: date) -> Plan:
    """The version of a plan in force on a day."""
    plan = bundle.plan_on(plan_id, day)
    if plan is None:
        known = ", ".join(sorted({plan.id for plan in bundle.plans}))
        raise LookupError(f"no version of {plan_id!r} is in force on {day.isoformat()}; the plans are {known}")
    return plan


def schema_text() -> str:
    """The JSON Schema of a plan file."""
    return json.dumps(plan_schema(), ensure_ascii=False, indent=2) + "\n"
