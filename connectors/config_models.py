"""The shape of company.yaml: which systems a company has, and how they are reached.

Vendors' names, hosts, paging sizes and everything the vendor documents poorly are keys here, so that a company changes
a line of YAML and not the code. Secrets are never written in the file: they are references to the environment or a
file.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from connectors.errors import ConfigError


class Strict(BaseModel):
    """Unknown keys are errors: a misspelt setting must not be a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Reference(Strict):
    """`{env: NAME}` or `{file: path}`: where a value is read from, at the moment it is needed."""

    env: str | None = None
    file: str | None = None
    _where: str = PrivateAttr(default="company.yaml")
    _base: Path = PrivateAttr(default_factory=Path)

    @model_validator(mode="after")
    def _one_of_both(self) -> "Reference":
        if (self.env is None) == (self.file is None):
            raise ValueError("write either {env: NAME} or {file: path}")
        return self

    def at(self, where: str, base: Path) -> "Reference":
        """Remember the line this stands on and the folder that relative paths start from."""
        self._where, self._base = where, base
        return self


Text = str | Reference
DayOfMonth = Annotated[int, Field(ge=1, le=31)]
_SWEEP = "business dates, as days of the month, whose night reads everything: what is gone was deleted"
Secret = Reference


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no time zone; write a name like Asia/Shanghai")
    return name


class PrivacyConfig(Strict):
    """`key` keys the hashes of phones, e-mails and platform ids; changing it breaks every match with earlier loads."""

    key: Secret


class HttpSourceConfig(Strict):
    """What every vendor behind HTTP needs. `streams` left out means all of them."""

    base_url: Text
    accounts: list[str] = Field(min_length=1)
    connections: int = Field(default=1, ge=1, le=16)
    requests_per_second: float = Field(default=5.0, gt=0)
    deadline_seconds: float = Field(default=300.0, gt=0, description="longest time one request may take in all")
    page_cap: int = Field(default=20_000, ge=1, description="more pages than this in one read is an error")
    streams: list[str] | None = None
    lookback_days: dict[str, int] = Field(default_factory=dict)
    error_classes: dict[str, str] = Field(
        default_factory=dict, description="vendor code -> error class, over our table"
    )


class ZohoCredentials(Strict):
    client_id: Secret
    client_secret: Secret
    refresh_token: Secret


class ZohoConfig(HttpSourceConfig):
    """Zoho CRM. `field_names` maps our name of a field to the API name of this organisation's field."""

    accounts_url: Text = "https://accounts.zoho.com.cn"
    base_url: Text = "https://www.zohoapis.com.cn"
    use_api_domain: bool = Field(
        default=False, description="send requests to the api_domain that the token call returns"
    )
    api_version: str = "v8"
    credentials: ZohoCredentials
    field_names: dict[str, dict[str, str]] = Field(default_factory=dict)
    validate_fields: bool = True
    overlap_minutes: int = Field(default=10, ge=1)
    page_size: int = Field(default=200, ge=1, le=200)
    requests_per_second: float = Field(default=20.0, gt=0)
    sweep_days: list[DayOfMonth] = Field(default_factory=list, description=_SWEEP)


class OceanEngineCredentials(Strict):
    app_id: Secret
    secret: Secret
    refresh_token: Secret


class OceanEngineConfig(HttpSourceConfig):
    """巨量引擎. The first refresh token is used once; afterwards the token store holds the living pair."""

    base_url: Text = "https://api.oceanengine.com"
    credentials: OceanEngineCredentials
    data_topic: str = "BASIC_DATA"
    extra_metrics: list[str] = Field(default_factory=list)
    slice_days: int = Field(default=30, ge=1, le=30)
    page_size: int = Field(default=1000, ge=1, le=1000)
    clue_page_size: int = Field(default=100, ge=1, le=1000)
    date_format: Literal["date", "datetime"] = "date"


class KingdeeCredentials(Strict):
    app_id: Secret
    app_secret: Secret
    user: Text
    org: Text = "100"
    lcid: str = "2052"
    key_mask: Secret | None = None


class KingdeeConfig(HttpSourceConfig):
    """Kingdee K3Cloud. Forms and keys differ between tenants: `forms` by stream, `field_keys` by stream and field."""

    auth: Literal["signature", "session"] = "signature"
    credentials: KingdeeCredentials
    forms: dict[str, str] = Field(default_factory=dict)
    field_keys: dict[str, dict[str, str]] = Field(default_factory=dict)
    overlap_minutes: int = Field(default=10, ge=1)
    page_size: int = Field(default=2000, ge=1, le=2000)
    sweep_days: list[DayOfMonth] = Field(default_factory=lambda: [1], description=_SWEEP)
    session_cooldown_seconds: float = Field(default=5.0, ge=0, description="wait before a new session is used")


class Ihr360Credentials(Strict):
    app_id: Secret
    app_secret: Secret


class Ihr360Config(HttpSourceConfig):
    """i人事. `base_url` is the open API, not the web gateway."""

    base_url: Text = "https://openapi.ihr360.com"
    credentials: Ihr360Credentials
    batch_size: int = Field(default=1000, ge=1, le=1000)
    staff_fields: list[str] | None = None
    staff_states: list[str] = Field(default_factory=lambda: ["IN_SERVICE", "QUIT"])
    slice_days: int = Field(default=90, ge=1)


class TencentAdsCredentials(Strict):
    client_id: Text
    client_secret: Secret
    refresh_token: Secret


class TencentAdsConfig(HttpSourceConfig):
    """腾讯广告 (微信广告). One app for all accounts; its limits are counted per app."""

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


class WechatOaCredentials(Strict):
    """`secrets`: app secret of each account, by appid."""

    secrets: dict[str, Secret] = Field(min_length=1)


class WechatOaConfig(HttpSourceConfig):
    """微信公众号. An account is an appid; the run's address has to be on the account's list of allowed addresses."""

    base_url: Text = "https://api.weixin.qq.com"
    credentials: WechatOaCredentials
    slice_days: int = Field(default=7, ge=1, le=7)
    biz_summary_days: int = Field(default=1, ge=1, le=30)
    articles_from: date = Field(default=date(2025, 11, 1), description="first day of the vendor's article figures")
    complete_hour: int = Field(default=8, ge=0, le=23, description="local hour at which yesterday is complete")


class AdjustCredentials(Strict):
    api_token: Secret


class AdjustConfig(HttpSourceConfig):
    """Adjust. An account is the number sent as X-Account-ID."""

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


class MatomoCredentials(Strict):
    token_auth: Secret


class MatomoConfig(HttpSourceConfig):
    """Matomo. An account is a site id. `goals` left out means all that the site has."""

    base_url: Text
    credentials: MatomoCredentials
    path: str = "/index.php"
    segment: str = Field(default="", description="e.g. visitDuration>0; keeps bots out of every figure")
    goals: list[str] | None = None
    slice_days: int = Field(default=31, ge=1, le=366)
    complete_hour: int = Field(default=6, ge=0, le=23, description="local hour at which yesterday is archived")


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


class MoodleCredentials(Strict):
    token: Secret


class MoodleConfig(HttpSourceConfig):
    """Moodle. `courses` are the short names of the training plan; no other course is looked into."""

    base_url: Text
    credentials: MoodleCredentials
    courses: list[str] = Field(min_length=1)
    path: str = "/webservice/rest/server.php"
    sweep_days: list[DayOfMonth] = Field(default_factory=lambda: [1], description=_SWEEP)


class OdooCredentials(Strict):
    """`login` is needed for JSON-RPC only."""

    api_key: Secret
    login: Text | None = None


class OdooConfig(HttpSourceConfig):
    """Odoo. An account is a database. `field_names` maps our name of a field to this database's, by stream."""

    base_url: Text
    credentials: OdooCredentials
    protocol: Literal["json2", "jsonrpc"] = "json2"
    api_key_expires_on: date | None = Field(default=None, description="keys live three months at most; warns before")
    models: dict[str, str] = Field(default_factory=dict)
    field_names: dict[str, dict[str, str]] = Field(default_factory=dict)
    overlap_minutes: int = Field(default=10, ge=1)
    page_size: int = Field(default=1000, ge=1, le=10_000)
    sweep_days: list[DayOfMonth] = Field(default_factory=lambda: [1], description=_SWEEP)

    @model_validator(mode="after")
    def _json_rpc_needs_a_login(self) -> "OdooConfig":
        if self.protocol == "jsonrpc" and self.credentials.login is None:
            raise ValueError("protocol jsonrpc needs credentials.login: the log-in name that the API key belongs to")
        return self


class FileDropConfig(Strict):
    """Files laid into an inbox. `feed_maps` is a folder of YAML maps that are added to the packaged ones."""

    inbox: Text | None = None
    feed_maps: Text | None = None
    feeds: list[str] | None = None
    connections: Literal[1] = 1


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


def resolve(value: Text, environment: dict[str, str] | Any) -> str:
    """The text itself, or what its reference points to.

    Raises `ConfigError` naming the line and the variable or file, never a value.
    """
    if isinstance(value, str):
        return value
    where = value._where  # noqa: SLF001 - the reference and its reader are one thing
    if value.env is not None:
        found = environment.get(value.env)
        if not found:
            raise ConfigError(f"{where}: environment variable {value.env} is not set; set it before the run")
        return found
    path = value._base / str(value.file)  # noqa: SLF001
    try:
        found = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"{where}: cannot read {path} ({error.strerror}); create it or correct the path") from error
    if not found:
        raise ConfigError(f"{where}: {path} is empty")
    return found
