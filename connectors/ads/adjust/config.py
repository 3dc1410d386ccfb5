"""What company.yaml says of Adjust."""

from typing import Literal

from pydantic import Field

from connectors.ads.adjust.streams import SPECS
from connectors.config_base import HttpSourceConfig, Secret, Strict, Text


class AdjustCredentials(Strict):
    api_token: Secret


class AdjustConfig(HttpSourceConfig):
    """Adjust. An account is the number sent as X-Account-ID."""

    specs = SPECS

    base_url: Text = "https://automate.adjust.com"
    credentials: AdjustCredentials
    currency: str = Field(default="CNY", pattern="^[A-Z]{3}$")
    attribution_type: str = "click"
    attribution_source: str = "dynamic"
    reattributed: str = "all"
    cohort_maturity: Literal["mature", "immature"] = "mature"
    ad_spend_mode: Literal["adjust", "network", "mixed"] = "network"
    filters: dict[str, str] = Field(default_factory=dict, description="e.g. app_token__in: abc,def")
    extra_metrics: list[str] = Field(default_factory=list, description="e.g. <event slug>_events")
    slice_days: int = Field(default=1, ge=1, le=366)
