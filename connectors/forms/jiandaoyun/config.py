"""What company.yaml says of Jiandaoyun."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field, model_validator

from connectors.config_base import Fault, HttpSourceConfig, Secret, Strict, Text, unknown_names
from connectors.forms.jiandaoyun.streams import FORMS, SPECS, Form


class JiandaoyunCredentials(Strict):
    api_key: Secret


class JiandaoyunForm(Strict):
    """Where a form is, and which of its widgets is which of our columns (column -> `_widget_…`)."""

    app_id: str
    entry_id: str
    widgets: dict[str, str] = Field(min_length=1)


class JiandaoyunConfig(HttpSourceConfig):
    """简道云. `forms` by stream; a stream without a form is not read."""

    specs = SPECS

    base_url: Text = "https://api.jiandaoyun.com"
    credentials: JiandaoyunCredentials
    forms: dict[str, JiandaoyunForm] = Field(min_length=1)
    page_size: int = Field(default=100, ge=1, le=100)
    check_widget_types: bool = True

    @model_validator(mode="before")
    @classmethod
    def _streams_are_the_forms(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("streams") is None and isinstance(given.get("forms"), dict):
            return {**given, "streams": list(given["forms"])}
        return given

    def faults(self) -> Iterator[Fault]:
        """Streams without a form, forms that are none of ours, and maps that do not fit their form."""
        written = self.streams != list(self.forms)  # otherwise what follows tells it at the form
        yield from (fault for fault in super().faults() if written or fault[0][0] != "streams")
        yield from unknown_names("forms", self.forms, FORMS, "stream")
        for place, name in enumerate(self.streams or ()):
            if name in FORMS and name not in self.forms:
                yield ("streams", place), f"stream {name} has no entry under forms"
        for name in FORMS.keys() & self.forms.keys():
            for place, text in _misfits(FORMS[name], self.forms[name].widgets):
                yield ("forms", name, "widgets", *place), text


def _misfits(form: Form, mapped: Mapping[str, str]) -> Iterator[Fault]:
    for column in mapped.keys() - form.columns.keys():
        yield (column,), f"no column {column}; known are {', '.join(form.columns)}"
    if missing := form.columns.keys() - mapped.keys() - form.optional:
        yield (), f"no widget for {', '.join(sorted(missing))}; add it"
    seen: dict[str, str] = {}
    for column, widget in mapped.items():
        if widget in seen:
            yield (column,), f"{widget} stands for two columns, {seen[widget]} as well; correct one"
        seen.setdefault(widget, column)
