"""What company.yaml says of Tencent Ads."""

from pydantic import Field

from connectors.ads.tencent.streams import SPECS
from connectors.config_base import HttpSourceConfig, Secret, Strict, Text


class TencentAdsCredentials(Strict):
    client_id: Text
    client_secret: Secret
    refresh_token: Secret


class TencentAdsConfig(HttpSourceConfig):
    """腾讯广告 (微信广告). One app for all accounts; its limits are counted per app."""

    specs = SPECS

    base_url: Text = "https://api.e.qq.com"
    api_version: str = "v3.0"
    credentials: TencentAdsCredentials
    level: str = "REPORT_LEVEL_ADGROUP"
    extra_fields: list[str] = Field(default_factory=list)
    slice_days: int = Field(default=30, ge=1, le=30)
    page_size: int = Field(default=2000, ge=1, le=2000)
    leads_slice_days: int = Field(default=1, ge=1, le=30)
    leads_page_size: int = Field(default=200, ge=1, le=200)
    deep_page_after: int = Field(default=5000, ge=1, description="rows that page numbers reach; beyond, by last row")
    history_days: int = Field(default=365, ge=1, description="how far back the vendor answers")
    complete_hour: int = Field(default=8, ge=0, le=23, description="local hour at which yesterday is complete")
    refresh_margin_days: int = Field(default=7, ge=1, description="renew the refresh token when it has less left")
