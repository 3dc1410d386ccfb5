"""What company.yaml says of a WeChat official account."""

from collections.abc import Iterator
from datetime import date

from pydantic import Field

from connectors.config_base import Fault, HttpSourceConfig, Secret, Strict, Text
from connectors.web.wechat_oa.streams import SPECS


class WechatOaCredentials(Strict):
    """`secrets`: app secret of each account, by appid."""

    secrets: dict[str, Secret] = Field(min_length=1)


class WechatOaConfig(HttpSourceConfig):
    """微信公众号. An account is an appid; the run's address has to be on the account's list of allowed addresses."""

    specs = SPECS

    base_url: Text = "https://api.weixin.qq.com"
    credentials: WechatOaCredentials
    slice_days: int = Field(default=7, ge=1, le=7)
    biz_summary_days: int = Field(default=1, ge=1, le=30)
    article_fields: dict[str, str] = Field(
        default_factory=dict, description="our name of a cumulative figure -> the vendor's, where it differs"
    )
    articles_from: date = Field(default=date(2025, 11, 1), description="first day of the vendor's article figures")
    complete_hour: int = Field(default=8, ge=0, le=23, description="local hour at which yesterday is complete")

    def faults(self) -> Iterator[Fault]:
        """Accounts without a secret."""
        yield from super().faults()
        for place, account in enumerate(self.accounts):
            if account not in self.credentials.secrets:
                yield ("accounts", place), f"credentials.secrets has no secret for {account}; add it"
