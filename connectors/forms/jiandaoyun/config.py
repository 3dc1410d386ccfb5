"""What company.yaml says of Jiandaoyun."""

from typing import Any

from pydantic import Field, model_validator

from connectors.config_base import HttpSourceConfig, Secret, Strict, Text


class JiandaoyunCredentials(Strict):
    api_key: Secret


class JiandaoyunForm(Strict):
    """Where a form is, and which of its widgets is which of our columns (column -> `_widget_…`)."""

    app_id: str
    entry_id: str
    widgets: dict[str, str] = Field(min_length=1)


class JiandaoyunConfig(HttpSourceConfig):
    """简道云. `forms` by stream; a stream without a form is not read."""

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

    @model_validator(mode="after")
    def _every_stream_has_a_form(self) -> "JiandaoyunConfig":
        if missing := [name for name in self.streams or () if name not in self.forms]:
            raise ValueError(f"streams {', '.join(missing)} have no entry under forms")
        return self
