"""Vendor's answer -> `ErrorClass`, by a table per source (`errors.yaml` beside the connector).

Rules are tried in order; the first whose every condition holds decides. A rule names any of `status`, `code` (lists),
`min_code` (numeric codes), `message` (a pattern) and `endpoint` (part of the path). A company overrides single codes in
company.yaml (`error_classes`); those are tried before the table.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from connectors.config import describe, read_yaml
from connectors.config_base import Strict
from connectors.errors import ConfigError, ErrorClass


@dataclass(frozen=True, slots=True)
class Fault:
    """What a vendor complains of, in the vendor's own words."""

    status: int
    code: str = ""
    message: str = ""


class _Rule(Strict):
    status: list[int] | None = None
    code: list[str] | None = None
    min_code: int | None = None
    message: str | None = None
    endpoint: str | None = None
    error_class: ErrorClass = Field(alias="class")

    def holds(self, fault: Fault, endpoint: str) -> bool:
        return (
            (self.status is None or fault.status in self.status)
            and (self.code is None or fault.code in self.code)
            and (self.min_code is None or (fault.code.isdigit() and int(fault.code) >= self.min_code))
            and (self.message is None or re.search(self.message, fault.message, re.IGNORECASE) is not None)
            and (self.endpoint is None or self.endpoint in endpoint)
        )


class _Table(Strict):
    rules: list[_Rule]


class ErrorTable:
    """The rules of one source; what no rule covers is decided by the HTTP status."""

    def __init__(self, path: Path, overrides: Mapping[str, ErrorClass] | None = None) -> None:
        document = read_yaml(path)
        try:
            self._rules = _Table.model_validate(document).rules
        except ValidationError as error:
            raise ConfigError(describe(error, document, path)) from error
        self._overrides = {code: ErrorClass(name) for code, name in (overrides or {}).items()}

    def classify(self, fault: Fault, endpoint: str = "") -> ErrorClass:
        """The class of a fault; never fails."""
        if fault.code in self._overrides:
            return self._overrides[fault.code]
        for rule in self._rules:
            if rule.holds(fault, endpoint):
                return rule.error_class
        return _by_status(fault.status)


def _by_status(status: int) -> ErrorClass:
    if status in {500, 502, 503, 504, 408}:
        return ErrorClass.RETRY
    return {
        401: ErrorClass.TOKEN_EXPIRED,
        403: ErrorClass.PERMISSION,
        413: ErrorClass.TOO_BIG,
        429: ErrorClass.RATE_MINUTE,
    }.get(status, ErrorClass.BAD_REQUEST)
