"""What company.yaml says of Ocean Engine."""

from typing import Literal

from pydantic import Field

from connectors.ads.oceanengine.streams import SPECS
from connectors.config_base import HttpSourceConfig, Secret, Strict, Text


class OceanEngineCredentials(Strict):
    app_id: Secret
    secret: Secret
    refresh_token: Secret


class OceanEngineConfig(HttpSourceConfig):
    """巨量引擎. The first refresh token is used once; afterwards the token store holds the living pair."""

    specs = SPECS

    base_url: Text = "https://api.oceanengine.com"
    credentials: OceanEngineCredentials
    data_topic: str = "BASIC_DATA"
    extra_metrics: list[str] = Field(default_factory=list)
    slice_days: int = Field(default=30, ge=1, le=30)
    page_size: int = Field(default=1000, ge=1, le=1000)
    clue_page_size: int = Field(default=100, ge=1, le=1000)
    date_format: Literal["date", "datetime"] = "date"
