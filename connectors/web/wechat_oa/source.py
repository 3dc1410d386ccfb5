"""Puts the parts of the WeChat official account connector together."""

from datetime import timedelta
from pathlib import Path

from connectors.access import Access
from connectors.auth import QueryToken, TokenStore
from connectors.classify import Fault
from connectors.config_base import resolve
from connectors.http import HttpClient, Reply
from connectors.stream import ExtractRequest, StreamSpec
from connectors.vendor import Intake, Surroundings, VendorSource, chosen
from connectors.web.wechat_oa.config import WechatOaConfig
from connectors.web.wechat_oa.read import WechatOaReader
from connectors.web.wechat_oa.streams import SOURCE
from connectors.web.wechat_oa.tokens import MARGIN_SECONDS, renewer

_ERRORS = Path(__file__).with_name("errors.yaml")


def build(config: WechatOaConfig, around: Surroundings) -> VendorSource:
    """The source; raises `ConfigError` for missing secrets and unknown streams."""
    base_url = resolve(config.base_url, around.environment)
    secrets = {account: resolve(config.credentials.secrets[account], around.environment) for account in config.accounts}
    access = Access(SOURCE, config, around.patience, errors=_ERRORS, inspect=inspect, secrets=secrets.values())
    token_host = access.token_client(base_url)
    stores = {
        account: TokenStore(
            around.secrets / f"{SOURCE}-{account}.json",
            renewer(token_host, account, secret),
            seed=secret,
            margin_seconds=MARGIN_SECONDS,
        )
        for account, secret in secrets.items()
    }

    def client(request: ExtractRequest) -> HttpClient:
        return access.client(
            base_url, request.spec.name, QueryToken(stores[request.account], "access_token", access.redact.add)
        )

    return VendorSource(
        name=SOURCE,
        specs=chosen(config),
        calendar=around.calendar,
        connections=config.connections,
        overlap=timedelta(0),
        configured_accounts=tuple(config.accounts),
        pseudonymiser=around.pseudonymiser,
        client=client,
        read=WechatOaReader(config, around.calendar).read,
        intake=_intake,
    )


def inspect(reply: Reply) -> Fault | None:
    """HTTP 200 with `errcode` other than 0 is an error; statistics that succeed have no `errcode` at all."""
    body = reply.body
    if not isinstance(body, dict):
        return Fault(reply.status, "", "no JSON object")
    code = body.get("errcode", 0)
    if code == 0 and reply.status < 400:
        return None
    return Fault(reply.status, str(code), str(body.get("errmsg", "")))


def _intake(spec: StreamSpec) -> Intake:
    del spec  # aggregates only: nothing here is about a person
    return Intake()
