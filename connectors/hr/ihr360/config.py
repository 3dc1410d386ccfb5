"""What company.yaml says of i人事."""

from pydantic import Field

from connectors.config_base import HttpSourceConfig, Secret, Strict, Text
from connectors.hr.ihr360.streams import SPECS


class Ihr360Credentials(Strict):
    app_id: Secret
    app_secret: Secret


class Ihr360Config(HttpSourceConfig):
    """i人事. `base_url` is the open API, not the web gateway."""

    specs = SPECS

    base_url: Text = "https://openapi.ihr360.com"
    credentials: Ihr360Credentials
    batch_size: int = Field(default=1000, ge=1, le=1000)
    staff_fields: list[str] | None = None
    staff_states: list[str] = Field(default_factory=lambda: ["IN_SERVICE", "QUIT"])
    slice_days: int = Field(default=90, ge=1)
    attendance_path: Text = "/tm/v3/period/monthly/reports/search"
    attendance_fields: dict[str, str] = Field(default_factory=dict)
    """Our field -> the vendor's, where the monthly report names its fields differently (leaves, leaveType, ...)."""
