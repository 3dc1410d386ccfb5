"""What company.yaml says of Zoho CRM."""

from collections.abc import Iterator

from pydantic import Field

from connectors.config_base import SWEEP, DayOfMonth, Fault, HttpSourceConfig, Secret, Strict, Text, unknown_fields
from connectors.crm.zoho.streams import MODULES, SPECS


class ZohoCredentials(Strict):
    client_id: Secret
    client_secret: Secret
    refresh_token: Secret


class ZohoConfig(HttpSourceConfig):
    """Zoho CRM. `field_names` maps our name of a field to the API name of this organisation's field."""

    specs = SPECS

    accounts_url: Text = "https://accounts.zoho.com.cn"
    base_url: Text = "https://www.zohoapis.com.cn"
    use_api_domain: bool = Field(
        default=False, description="send requests to the api_domain that the token call returns"
    )
    api_version: str = "v8"
    credentials: ZohoCredentials
    field_names: dict[str, dict[str, str]] = Field(default_factory=dict)
    validate_fields: bool = True
    leads_params: dict[str, str] = Field(
        default_factory=lambda: {"converted": "both", "approved": "both"},
        description="what makes the list of leads show converted and unapproved ones",
    )
    overlap_minutes: int = Field(default=10, ge=1)
    page_size: int = Field(default=200, ge=1, le=200)
    requests_per_second: float = Field(default=20.0, gt=0)
    sweep_days: list[DayOfMonth] = Field(default_factory=list, description=SWEEP)

    def faults(self) -> Iterator[Fault]:
        """Names that no module has."""
        yield from super().faults()
        known = {name: module.fields for name, module in MODULES.items()}
        yield from unknown_fields("field_names", self.field_names, known)
