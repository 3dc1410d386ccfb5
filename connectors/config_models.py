"""The shape of company.yaml as a whole: which systems there are. Their own parts stand beside their connectors."""

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field

from connectors.ads.adjust.config import AdjustConfig
from connectors.ads.oceanengine.config import OceanEngineConfig
from connectors.ads.tencent.config import TencentAdsConfig
from connectors.config_base import Secret, Strict
from connectors.crm.zoho.config import ZohoConfig
from connectors.erp.kingdee.config import KingdeeConfig
from connectors.erp.odoo.config import OdooConfig
from connectors.files.config import FileDropConfig
from connectors.forms.jiandaoyun.config import JiandaoyunConfig
from connectors.hr.ihr360.config import Ihr360Config
from connectors.training.moodle.config import MoodleConfig
from connectors.web.matomo.config import MatomoConfig
from connectors.web.wechat_oa.config import WechatOaConfig


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no time zone; write a name like Asia/Shanghai")
    return name


class PrivacyConfig(Strict):
    """`key` keys the hashes of phones, e-mails and platform ids; changing it breaks every match with earlier loads."""

    key: Secret


class Sources(Strict):
    """The sources that are switched on; one left out is not extracted."""

    zoho_crm: ZohoConfig | None = None
    oceanengine: OceanEngineConfig | None = None
    kingdee: KingdeeConfig | None = None
    ihr360: Ihr360Config | None = None
    tencent_ads: TencentAdsConfig | None = None
    wechat_oa: WechatOaConfig | None = None
    adjust: AdjustConfig | None = None
    matomo: MatomoConfig | None = None
    jiandaoyun: JiandaoyunConfig | None = None
    moodle: MoodleConfig | None = None
    odoo: OdooConfig | None = None
    file_drop: FileDropConfig | None = None


class CompanyConfig(Strict):
    """One company. `history_start` is the first business date that any stream reads."""

    company: str
    timezone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Shanghai"
    currency: str = Field(default="CNY", pattern="^[A-Z]{3}$")
    history_start: date
    privacy: PrivacyConfig
    sources: Sources
    freshness_hours: int = Field(default=36, ge=1)
    """A stream known only through an instant longer ago than this is stale."""

    @property
    def zone(self) -> ZoneInfo:
        """The business zone."""
        return ZoneInfo(self.timezone)
