"""Odoo's domains: leaves `[field, operator, value]`, joined by `&` unless `|` or `!` stands before them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.sandbox.records.odoo_values import WRITTEN

Test = Callable[[Mapping[str, Any]], bool]
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
}


class DomainError(ValueError):
    """The domain cannot be read."""


def parse_domain(domain: Any, fields: Sequence[str]) -> Test:
    """A predicate over records; an empty domain holds for all."""
    if not isinstance(domain, list):
        raise DomainError(f"Domain is no list: {domain!r}")
    tests, rest = [], list(domain)
    while rest:
        test, rest = _one(rest, fields)
        tests.append(test)
    return lambda record: all(test(record) for test in tests)


def names_of(domain: Any) -> set[str]:
    """The fields that a domain speaks of."""
    return {str(item[0]) for item in domain if isinstance(item, list) and item}


def _one(rest: list[Any], fields: Sequence[str]) -> tuple[Test, list[Any]]:
    if not rest:
        raise DomainError("Domain ends too early")
    head, rest = rest[0], rest[1:]
    if head in ("&", "|"):
        first, rest = _one(rest, fields)
        second, rest = _one(rest, fields)
        both = head == "&"
        return (lambda r: first(r) and second(r)) if both else (lambda r: first(r) or second(r)), rest
    if head == "!":
        inner, rest = _one(rest, fields)
        return lambda r: not inner(r), rest
    if not isinstance(head, list) or len(head) != 3 or head[1] not in _COMPARE:
        raise DomainError(f"Invalid leaf {head!r}")
    name, operator, value = head
    if name not in fields:
        raise DomainError(f"Invalid field {name!r} in leaf")
    return lambda record: _holds(record, name, operator, value), rest


def _holds(record: Mapping[str, Any], name: str, operator: str, value: Any) -> bool:
    """`write_date` is compared as finely as it is kept, which is finer than it is shown."""
    found = record[WRITTEN] if name == "write_date" else record[name]
    if isinstance(found, list):
        found = found[0]
    if found is False and operator in {"<", ">", "<=", ">="}:
        return False
    return _COMPARE[operator](found, value)
