"""What can be wrong with a plan, told so that its author can put it right: what, where, what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing wrong (`error`) or doubtful (`warning`) in one place of one file."""

    file: str
    line: int
    what: str
    fix: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        advice = f"; {self.fix}" if self.fix else ""
        return f"{self.file}:{self.line}: {self.severity}: {self.what}{advice}"


class PlanProblem(Exception):  # noqa: N818 - one finding on its way to the collector
    """One object of a plan cannot be read. Collected by `Problems`, so that one run shows every error."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


class PlanErrors(Exception):  # noqa: N818 - carries all findings
    """A bundle of plans cannot be used; carries every finding, sorted by file and line."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = tuple(sorted(findings))
        super().__init__("\n".join(str(finding) for finding in self.findings))


@dataclass(slots=True)
class Problems:
    """Collects findings while a bundle is read."""

    findings: list[Finding] = field(default_factory=list)

    @contextmanager
    def collect(self) -> Iterator[None]:
        """Note a problem of one object and go on with the next."""
        try:
            yield
        except PlanProblem as problem:
            self.findings.append(problem.finding)

    def raise_if_any(self) -> None:
        """Raise `PlanErrors` when something was found."""
        if self.findings:
            raise PlanErrors(self.findings)
