"""What company.yaml says of Odoo."""

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import Field

from connectors.config_base import (
    SWEEP,
    DayOfMonth,
    Fault,
    HttpSourceConfig,
    Secret,
    Strict,
    Text,
    unknown_fields,
    unknown_names,
)
from connectors.erp.odoo.streams import MODELS, SPECS


class OdooCredentials(Strict):
    """`login` is needed for JSON-RPC only."""

    api_key: Secret
    login: Text | None = None


class OdooConfig(HttpSourceConfig):
    """Odoo. An account is a database. `field_names` maps our name of a field to this database's, by stream."""

    specs = SPECS

    base_url: Text
    credentials: OdooCredentials
    protocol: Literal["json2", "jsonrpc"] = "json2"
    api_key_expires_on: date | None = Field(default=None, description="keys live three months at most; warns before")
    models: dict[str, str] = Field(default_factory=dict)
    field_names: dict[str, dict[str, str]] = Field(default_factory=dict)
    overlap_minutes: int = Field(default=10, ge=1)
    page_size: int = Field(default=1000, ge=1, le=10_000)
    sweep_days: list[DayOfMonth] = Field(default_factory=lambda: [1], description=SWEEP)

    def faults(self) -> Iterator[Fault]:
        """Names that no model has; a protocol that lacks what it needs."""
        yield from super().faults()
        if self.protocol == "jsonrpc" and self.credentials.login is None:
            text = "protocol jsonrpc needs credentials.login: the log-in name that the API key belongs to"
            yield ("protocol",), text
        yield from unknown_names("models", self.models, MODELS, "stream")
        yield from unknown_fields("field_names", self.field_names, {name: it.fields for name, it in MODELS.items()})
