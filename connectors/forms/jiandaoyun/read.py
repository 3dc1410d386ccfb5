"""How a form is read: its widgets are checked, then every record, a page after the last record's id.

The cursor `data_id` finds new records only: a changed record keeps its id. Every night therefore reads the whole form;
what is gone from a complete scan was deleted. Times come in UTC and land as they came.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from connectors.errors import ErrorClass, SourceError
from connectors.forms.jiandaoyun.config import JiandaoyunConfig, JiandaoyunForm
from connectors.forms.jiandaoyun.streams import ACCEPTED, API_VERSION, FORMS, MEMBERS, SYSTEM, Kind
from connectors.http import HttpClient
from connectors.load_writer import LoadFacts
from connectors.pagination import Page, by_keyset
from connectors.sink import RecordSink, identifier
from connectors.stream import ExtractRequest

Row = dict[str, Any]
_ENTRY = f"/api/{API_VERSION}/app/entry"
_identify = identifier(("_id",))


class JiandaoyunReader:
    """Reads one form at a time; holds only configuration."""

    def __init__(self, config: JiandaoyunConfig) -> None:
        self._config = config

    def read(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        """Read the form of the request into the sink."""
        name = request.spec.name
        form = self._config.forms[name]
        self._check_widgets(client, name, form)
        land = lander(name, form.widgets)
        pages = by_keyset(
            lambda last: self._page(client, form, last),
            last_key=lambda page: page.records[-1]["_id"],
            identify=_identify,
            cap=self._config.page_cap,
            size=self._config.page_size,
        )
        count = 0
        for page in pages:
            count += 1
            sink.add([land(row) for row in page.records])
        # A form that shows nothing at all is rather one that we may not see than one that was emptied.
        return LoadFacts(pages=count, full_scan=sink.rows > 0, api_version=API_VERSION)

    def _page(self, client: HttpClient, form: JiandaoyunForm, last: str | None) -> Page:
        asked = {
            "app_id": form.app_id,
            "entry_id": form.entry_id,
            "fields": sorted(form.widgets.values()),
            "limit": self._config.page_size,
        }
        body = client.post(f"{_ENTRY}/data/list", asked if last is None else asked | {"data_id": last}).body
        rows = body.get("data")
        if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("_id") for row in rows):
            raise client.contract_error("data/list: data is no list of records with an _id")
        ids = [row["_id"] for row in rows]
        if any(one >= other for one, other in pairwise(ids)):
            raise client.contract_error(
                "data/list: the records of a page do not rise by _id, so pages cannot be told apart"
            )
        return Page(rows)

    def _check_widgets(self, client: HttpClient, name: str, form: JiandaoyunForm) -> None:
        """A widget that was deleted and made anew has another name: its column would silently turn empty."""
        body = client.post(f"{_ENTRY}/widget/list", {"app_id": form.app_id, "entry_id": form.entry_id}).body
        widgets = body.get("widgets")
        if not isinstance(widgets, list):
            raise client.contract_error("widget/list: the answer has no list of widgets")
        types = {widget.get("name"): widget.get("type") for widget in widgets}
        labels = {widget.get("name"): widget.get("label") for widget in widgets}
        missing = [f"{widget} ({column})" for column, widget in form.widgets.items() if widget not in types]
        if missing:
            known = set(form.widgets.values())
            others = ", ".join(f"{it} {labels[it]}" for it in types if it not in known) or "none"
            raise SourceError(
                ErrorClass.CONTRACT,
                f"the form has no widget {', '.join(missing)} any more; name the right one under forms.{name}.widgets "
                f"in company.yaml (not mapped yet: {others})",
            )
        if not self._config.check_widget_types:
            return
        for column, widget in form.widgets.items():
            accepted = ACCEPTED[FORMS[name].columns[column]]
            if types[widget] not in accepted:
                raise SourceError(
                    ErrorClass.CONTRACT,
                    f"{widget} ({column}) is a widget of type {types[widget]!r}, not one of "
                    f"{', '.join(sorted(accepted))}; correct forms.{name}.widgets in company.yaml",
                )


def lander(name: str, widgets: Mapping[str, str]) -> Callable[[Row], Row]:
    """A function that turns the vendor's record into ours: system fields, then columns under our names."""
    kinds = FORMS[name].columns

    def land(row: Row) -> Row:
        landed = {field: row[field] for field in SYSTEM if field in row}
        landed |= {field: _member(landed[field]) for field in MEMBERS if field in landed}
        for column, kind in kinds.items():
            value = row.get(widgets[column]) if column in widgets else None
            if value is None or value == "":
                landed[column] = None
            elif not _FITS[kind](value):
                text = f"{name}.{column}: a value that is no {kind} ({type(value).__name__}); is it the right widget?"
                raise SourceError(ErrorClass.CONTRACT, text)
            else:
                landed[column] = _member(value) if kind == "member" else value
        return landed

    return land


def _member(value: Any) -> Row | None:
    """Who it is, without the name: `username` is the member's number in the address book."""
    if not value:
        return None
    if isinstance(value, str):
        return {"username": value}
    return {field: value[field] for field in ("username", "integrate_id", "status") if field in value}


def _is_instant(value: Any) -> bool:
    """A time without a zone would be read as another hour, and at a month's edge as another month."""
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _is_member(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, dict) and bool(value.get("username")))


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


_FITS: Mapping[Kind, Callable[[Any], bool]] = {
    "text": _is_scalar,
    "number": _is_scalar,
    "time": _is_instant,
    "member": _is_member,
    "choices": _is_list_of_texts,
}
