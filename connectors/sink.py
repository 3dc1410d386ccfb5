"""From a page of vendor records to lines on disk: required fields, privacy, one serialisation, one compressed stream.

This is the loop that every record passes, so it builds nothing per record but the line itself. Memory is bounded: keys
are remembered for two blocks of records only, which is far beyond what pages that shift under a reader can overlap.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import repeat
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from connectors.erased import erased_keys
from connectors.errors import ErrorClass, SourceError
from connectors.landing import LARGEST_LINE
from connectors.load_writer import LoadFacts, LoadWriter
from connectors.privacy import Pseudonymiser
from connectors.stream import NAMES_SUFFIX, ExtractRequest, LandedLoad, names_spec

_BLOCK = 50_000
_dumps = orjson.dumps
_EXACT_DIGITS = 15


class RecordSink:
    """Receives the records of one load. Leaving the context without `finish` leaves nothing on disk."""

    def __init__(
        self,
        landing: Path,
        request: ExtractRequest,
        pseudonymiser: Pseudonymiser,
        *,
        allowed: Sequence[str] | None = None,
        left_out: Sequence[str] = (),
        cursor_field: str | None = None,
    ) -> None:
        spec = request.spec
        self.request = request
        self._clean = pseudonymiser.compile(spec.personal) if spec.personal else None
        self._required = frozenset((*spec.key, *spec.required))
        self._identify = identifier(spec.key)
        self._allowed = frozenset(allowed) if allowed is not None else None
        self._left_out = frozenset(left_out)
        self._cursor_field = cursor_field
        self._recent: dict[Hashable, int] = {}
        self._older: dict[Hashable, int] = {}
        self._unknown: set[str] = set()
        self._writer = LoadWriter(landing, request)
        self._names = LoadWriter(landing, request, stream=spec.name + NAMES_SUFFIX) if names_spec(spec) else None
        self._erased = erased_keys(landing, spec.source, spec.name) if self._names else frozenset()
        self.cursor: str | None = None
        """Greatest value of the cursor field so far, as the vendor wrote it."""
        self.repeated = 0
        """Records that came again unchanged and were not written twice."""
        self.keys = 0
        """Distinct natural keys written (within what is remembered)."""

    @property
    def rows(self) -> int:
        """Lines written."""
        return self._writer.rows

    def add(self, records: Sequence[dict[str, Any]]) -> None:
        """Write one page.

        A record that comes again unchanged is left out; one that comes again changed is a newer version and is written,
        and the loader takes the last. Raises `SourceError` (CONTRACT) where a required field is missing or a key null.
        """
        if not records:
            return
        page = self._checked(records)
        names = self._clean(page) if self._clean else []
        keys = list(map(self._identify, page))
        lines = list(map(_dumps, page, repeat(_exact)))
        if max(map(len, lines)) > LARGEST_LINE:
            raise self._contract(f"a record is longer than {LARGEST_LINE >> 20} MB; leave its longest field out")
        contents = list(map(hash, lines))
        if self._all_new(keys):
            self._check_keys(keys)
            self.keys += len(keys)
            self._recent.update(zip(keys, contents, strict=True))
        else:
            chosen = [n for n in range(len(keys)) if self._is_new(keys[n], contents[n])]
            keys, lines = [keys[n] for n in chosen], [lines[n] for n in chosen]
            names = [names[n] for n in chosen] if names else names
        if len(self._recent) >= _BLOCK:
            self._older, self._recent = self._recent, {}
        if self._cursor_field:
            self.cursor = later(self.cursor, self._greatest(records, self._cursor_field))
        if lines:
            self._writer.write(lines)
        if self._names:
            spelled = self._spelled
            told = ((spelled(key), of) for key, of in zip(keys, names, strict=True) if of)
            found = [_dumps({"key": key, **of}, _exact) for key, of in told if key not in self._erased]
            if found:
                self._names.write(found)

    def finish(self, facts: LoadFacts) -> list[LandedLoad]:
        """Make the load visible, and its restricted companion where there are names."""
        notes = list(facts.notes)
        if unknown := self._unknown - self._left_out:
            notes.append(f"new fields of the vendor, not landed: {', '.join(sorted(unknown))}")
        if self.repeated:
            notes.append(f"{self.repeated} records came twice")
        loads = [self._writer.finish(replace(facts, notes=tuple(notes)))]
        if self._names and self._names.rows:
            restricted = LoadFacts(pages=facts.pages, full_scan=facts.full_scan, api_version=facts.api_version)
            loads.append(self._names.finish(restricted))
        return loads

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.__exit__(kind, error, trace)
        if self._names:
            self._names.__exit__(kind, error, trace)

    def _checked(self, records: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
        """The records with the fields that may land; raises where a required one is missing."""
        required, allowed = self._required, self._allowed
        for record in records:
            if not required <= record.keys():
                raise self._contract(f"a record lacks the field {', '.join(sorted(required - record.keys()))}")
        if allowed is None:
            return records
        for record in records:
            if not allowed >= record.keys():
                self._unknown.update(record.keys() - allowed)
        return [{name: value for name, value in record.items() if name in allowed} for record in records]

    def _all_new(self, keys: list[Hashable]) -> bool:
        # This way round a page is looked up among what is remembered; the other way would walk through all of that.
        once = set(keys)
        new = self._recent.keys().isdisjoint(once) and self._older.keys().isdisjoint(once)
        return new and len(once) == len(keys)

    def _is_new(self, key: Hashable, content: int) -> bool:
        """Whether this record has to be written; remembers that it came."""
        known = self._recent.get(key) or self._older.get(key)
        if known == content:
            self.repeated += 1
            return False
        if known is None:
            self._check_keys([key])
            self.keys += 1
        self._recent[key] = content
        return True

    def _check_keys(self, keys: list[Hashable]) -> None:
        single = len(self.request.spec.key) == 1
        if (None in keys) if single else any(None in key for key in keys):  # type: ignore[operator]
            raise self._contract(f"a record's key ({', '.join(self.request.spec.key)}) is null")

    def _greatest(self, records: Sequence[Mapping[str, Any]], name: str) -> str:
        values = [record[name] for record in records]
        if set(map(type, values)) != {str}:
            raise self._contract(f"the cursor field {name} is not a text in every record")
        if len({value[19:] for value in values}) == 1:
            return max(values)
        return max(values, key=datetime.fromisoformat)

    def _spelled(self, key: Hashable) -> str:
        return "|".join(map(str, key)) if isinstance(key, tuple) else str(key)

    def _contract(self, message: str) -> SourceError:
        spec = self.request.spec
        return SourceError(ErrorClass.CONTRACT, message, source=spec.source, stream=spec.name)


def identifier(key: Sequence[str]) -> Callable[[Any], Hashable]:
    """A function that takes the natural key out of a record: one value, or a tuple of several."""
    return itemgetter(*key)


def later(one: str | None, other: str | None) -> str | None:
    """The later of two cursors; compared as instants where their offsets differ."""
    if one is None or other is None:
        return one or other
    if one[19:] == other[19:]:
        return max(one, other)
    return max(one, other, key=datetime.fromisoformat)


def _exact(value: Any) -> float | str:
    """Decimals of up to 15 digits survive a double; longer ones land as text so that nobody reads them through one."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} cannot be landed")
    digits = value.as_tuple().digits
    return float(value) if len(digits) <= _EXACT_DIGITS else str(value)
