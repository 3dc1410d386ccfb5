"""What company.yaml says of Kingdee."""

from collections.abc import Iterator
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
from connectors.erp.kingdee.streams import FORMS, LOGIN, SPECS


class KingdeeCredentials(Strict):
    app_id: Secret
    app_secret: Secret
    user: Text
    org: Text = "100"
    lcid: str = "2052"
    key_mask: Secret | None = None


class KingdeeConfig(HttpSourceConfig):
    """Kingdee K3Cloud. Forms and keys differ between tenants: `forms` by stream, `field_keys` by stream and field."""

    specs = SPECS

    auth: Literal["signature", "session"] = "signature"
    credentials: KingdeeCredentials
    forms: dict[str, str] = Field(default_factory=dict)
    field_keys: dict[str, dict[str, str]] = Field(default_factory=dict)
    overlap_minutes: int = Field(default=10, ge=1)
    page_size: int = Field(default=2000, ge=1, le=2000)
    sweep_days: list[DayOfMonth] = Field(default_factory=lambda: [1], description=SWEEP)
    login_path: str = Field(default=LOGIN, description="where auth: session logs in")
    session_cooldown_seconds: float = Field(default=5.0, ge=0, description="wait before a new session is used")

    def faults(self) -> Iterator[Fault]:
        """Names that no form has."""
        yield from super().faults()
        yield from unknown_names("forms", self.forms, FORMS, "stream")
        yield from unknown_fields("field_keys", self.field_keys, {name: form.fields for name, form in FORMS.items()})
