"""Nights over the sample company's own web presence and app: a configuration with these four vendors and no other."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from night import Nights

from connectors.config import load_company
from connectors.config_models import CompanyConfig
from connectors.sandbox import serve, state

COMPANY = """\
company: 样例公司
history_start: 2026-09-01
privacy: {key: {env: INCENTIVES_PRIVACY_KEY}}
sources:
"""
SOURCES = {
    "tencent_ads": """\
  tencent_ads:
    base_url: {env: SANDBOX_TENCENT_URL}
    accounts: ["28000001", "28000002"]
    credentials:
      client_id: {env: SANDBOX_TENCENT_CLIENT_ID}
      client_secret: {env: SANDBOX_TENCENT_CLIENT_SECRET}
      refresh_token: {env: SANDBOX_TENCENT_REFRESH_TOKEN}
    connections: 2
    requests_per_second: 1000
""",
    "wechat_oa": """\
  wechat_oa:
    base_url: {env: SANDBOX_WECHAT_URL}
    accounts: [wxsandbox0000000001]
    credentials: {secrets: {wxsandbox0000000001: {env: SANDBOX_WECHAT_SECRET}}}
    requests_per_second: 1000
""",
    "adjust": """\
  adjust:
    base_url: {env: SANDBOX_ADJUST_URL}
    accounts: ["7000001"]
    credentials: {api_token: {env: SANDBOX_ADJUST_TOKEN}}
    requests_per_second: 1000
""",
    "matomo": """\
  matomo:
    base_url: {env: SANDBOX_MATOMO_URL}
    accounts: ["1"]
    credentials: {token_auth: {env: SANDBOX_MATOMO_TOKEN}}
    requests_per_second: 1000
""",
}


@contextmanager
def online(home: Path, source: str, scale: float = 0.05) -> Iterator[Nights]:
    """Start the sample company in a data folder, configured with one of the four vendors."""
    state.ensure(home, scale=scale)
    path = home / "company.yaml"
    path.write_text(COMPANY + SOURCES[source], encoding="utf-8")
    with serve.serve(home) as running:
        yield Nights(running, home, load_company(path))


def changed(config: CompanyConfig, source: str, **settings: Any) -> CompanyConfig:
    """The configuration with other settings of one source."""
    found = getattr(config.sources, source)
    sources = config.sources.model_copy(update={source: found.model_copy(update=settings)})
    return config.model_copy(update={"sources": sources})
