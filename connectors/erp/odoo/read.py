"""How a model is read: its fields are checked, then a window of `write_date`, pages advancing by id.

Offsets shift while records change, and `write_date` is shown in whole seconds but kept in finer ones, so neither can
tell where a page ended; an id can. On sweep days, and on the first run, everything is read and counted: what is gone
was deleted. Archived records are always read.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.erp.odoo.config import OdooConfig
from connectors.erp.odoo.protocol import Caller
from connectors.erp.odoo.streams import MODELS, MODIFIED, NAMED
from connectors.errors import ErrorClass, SourceError
from connectors.http import HttpClient
from connectors.load_writer import LoadFacts
from connectors.pagination import Page, by_keyset
from connectors.sink import RecordSink, identifier, later
from connectors.stream import Calendar, ExtractRequest
from connectors.window import business_date, sweeps

Row = dict[str, Any]
Domain = list[list[Any]]
_CONTEXT = {"active_test": False, "tz": "UTC"}
_WARN_DAYS = 14
_identify = identifier(("id",))


class OdooReader:
    """Reads one stream at a time; `caller` makes the protocol's caller for an account."""

    def __init__(self, config: OdooConfig, calendar: Calendar, caller: Callable[[str], Caller]) -> None:
        self._config, self._calendar, self._caller = config, calendar, caller

    def read(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        """Read the stream of the request into the sink."""
        sweep = request.cursor is None or sweeps(self._config.sweep_days, request.as_of, self._calendar.zone)
        query = _Query(client, self._config, request.spec.name, self._caller(request.account))
        land = query.lander()
        domain = query.base + ([] if sweep else _modified_in(request.window.start, request.window.end))
        total = query.count(domain) if sweep else None
        pages = 0
        for rows in query.pages(domain):
            pages += 1
            sink.add([land(row) for row in rows])
        if total is not None and sink.keys < total:
            total = query.count(domain)  # records may have been deleted while we read
        missing = total is not None and sink.keys < total
        notes = [f"the vendor counts {total} records, {sink.keys} came"] if missing else []
        return LoadFacts(
            pages=pages,
            cursor=later(request.cursor, sink.cursor and _instant(sink.cursor)),
            vendor_total=total,
            full_scan=sweep and sink.rows > 0,
            complete=not missing,
            notes=(*notes, *self._key_notes(request)),
            api_version=self._config.protocol,
        )

    def _key_notes(self, request: ExtractRequest) -> tuple[str, ...]:
        """Nobody is told by the vendor that a key is about to end."""
        expires = self._config.api_key_expires_on
        if expires is None:
            return ()
        left = (expires - business_date(request.as_of, self._calendar.zone)).days
        return (f"the API key ends on {expires}, in {left} days; make a new one",) if left <= _WARN_DAYS else ()


def lander(
    broken: Callable[[str], Exception],
    model: str,
    theirs: Mapping[str, str],
    declared: Mapping[str, Mapping[str, Any]],
    absent: Mapping[str, None],
) -> Callable[[Row], Row]:
    """A function that turns the vendor's record into ours.

    `theirs` maps our names to the database's, `declared` says what its fields are, `absent` are ours that it has not;
    `broken` makes the error for a record of another shape.
    """
    plan = [
        (ours, name, str(declared[name].get("type")), declared[name].get("relation") in NAMED)
        for ours, name in theirs.items()
    ]

    def land(row: Row) -> Row:
        landed: Row = dict(absent)
        for ours, name, kind, is_named in plan:
            if name not in row:
                raise broken(f"{model}: a record lacks the field {name}")
            value = row[name]
            if value is False and kind != "boolean":
                landed[ours] = None  # the vendor's way to say that nothing is there
            elif kind == "many2one":
                landed[ours] = _reference(broken, f"{model}.{name}", value, is_named=is_named)
            else:
                landed[ours] = value
        return landed

    return land


class _Query:
    """One model's queries with the database's names, answering in ours."""

    def __init__(self, client: HttpClient, config: OdooConfig, stream: str, call: Caller) -> None:
        self._client, self._config, self._stream, self._call = client, config, stream, call
        self._model = config.models.get(stream, MODELS[stream].name)
        ours = MODELS[stream].fields
        renamed = config.field_names.get(stream, {})
        # A field that this database does not have is named "": it is not asked for and lands as null.
        self._theirs = {name: theirs for name in ours if (theirs := renamed.get(name, name))}
        self._absent = dict.fromkeys(name for name in ours if name not in self._theirs)
        self.base: Domain = [
            [renamed.get(name, name), operator, value] for name, operator, value in MODELS[stream].domain
        ]

    def lander(self) -> Callable[[Row], Row]:
        """A function that turns the vendor's record into ours, by the types that the database itself declares."""
        asked = {"allfields": sorted(self._theirs.values()), "attributes": ["type", "relation"]}
        declared = self._call(self._client, self._model, "fields_get", asked)
        if not isinstance(declared, dict):
            raise self._client.contract_error(f"{self._model}: fields_get gives no fields")
        if missing := sorted(set(self._theirs.values()) - declared.keys()):
            hint = f'name the right ones under field_names.{self._stream} in company.yaml ("" where there is none)'
            text = f"{self._model} has no field {', '.join(missing)}; {hint}"
            raise SourceError(ErrorClass.BAD_REQUEST, text)
        return lander(self._client.contract_error, self._model, self._theirs, declared, self._absent)

    def count(self, domain: Domain) -> int:
        """How many records the database counts."""
        found = self._call(self._client, self._model, "search_count", {"domain": domain, "context": _CONTEXT})
        if not isinstance(found, int) or isinstance(found, bool):
            raise self._client.contract_error(f"{self._model}: search_count gives no number")
        return found

    def pages(self, domain: Domain) -> Iterator[list[Row]]:
        """All records of a domain, by rising id."""
        size = self._config.page_size

        def fetch(last: Any) -> Page:
            above = domain if last is None else [*domain, ["id", ">", last]]
            arguments = {
                "domain": above,
                "fields": sorted(self._theirs.values()),
                "limit": size,
                "order": "id",
                "context": _CONTEXT,
            }
            rows = self._call(self._client, self._model, "search_read", arguments)
            if not isinstance(rows, list) or not all(isinstance(row, dict) and "id" in row for row in rows):
                raise self._client.contract_error(f"{self._model}: search_read gives no list of records")
            return Page(rows)

        found = by_keyset(
            fetch,
            last_key=lambda page: max(row["id"] for row in page.records),
            identify=_identify,
            cap=self._config.page_cap,
            size=size,
        )
        for page in found:
            yield page.records


def _reference(broken: Callable[[str], Exception], field: str, value: Any, *, is_named: bool) -> Row:
    """`[id, "name"]`; the name of a person does not land."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], int):
        return {"id": value[0], "name": value[1]} if is_named else {"id": value[0]}
    if isinstance(value, int) and not isinstance(value, bool):
        return {"id": value}
    raise broken(f"{field}: a reference is no [id, name]")


def _modified_in(start: datetime, end: datetime) -> Domain:
    """The vendor compares in UTC, without a zone."""
    edges = (edge.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") for edge in (start, end))
    return [[MODIFIED, operator, edge] for operator, edge in zip((">=", "<"), edges, strict=True)]


def _instant(text: str) -> str:
    """A cursor without an offset would be read as local wall clock."""
    return text.replace(" ", "T")[:19] + "+00:00"
