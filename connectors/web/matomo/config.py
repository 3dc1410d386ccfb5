"""What company.yaml says of Matomo."""

from pydantic import Field

from connectors.config_base import HttpSourceConfig, Secret, Strict, Text
from connectors.web.matomo.streams import SPECS


class MatomoCredentials(Strict):
    token_auth: Secret


class MatomoConfig(HttpSourceConfig):
    """Matomo. An account is a site id. `goals` left out means all that the site has."""

    specs = SPECS

    base_url: Text
    credentials: MatomoCredentials
    path: str = "/index.php"
    segment: str = Field(default="", description="e.g. visitDuration>0; keeps bots out of every figure")
    goals: list[str] | None = None
    slice_days: int = Field(default=31, ge=1, le=366)
    complete_hour: int = Field(default=6, ge=0, le=23, description="local hour at which yesterday is archived")
