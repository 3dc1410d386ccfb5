"""Puts the parts of the Jiandaoyun connector together."""

from datetime import timedelta
from pathlib import Path

from connectors.access import Access
from connectors.auth import FixedHeaders
from connectors.classify import Fault
from connectors.config_base import resolve
from connectors.forms.jiandaoyun.config import JiandaoyunConfig
from connectors.forms.jiandaoyun.read import JiandaoyunReader
from connectors.forms.jiandaoyun.streams import SOURCE
from connectors.http import HttpClient, Reply
from connectors.stream import ExtractRequest
from connectors.vendor import Intake, Surroundings, VendorSource, chosen

_ERRORS = Path(__file__).with_name("errors.yaml")


def build(config: JiandaoyunConfig, around: Surroundings) -> VendorSource:
    """The source; raises `ConfigError` for missing secrets, unknown streams and maps that do not fit their form."""
    specs = chosen(config)
    api_key, base_url = (resolve(value, around.environment) for value in (config.credentials.api_key, config.base_url))
    access = Access(SOURCE, config, around.patience, errors=_ERRORS, inspect=inspect, secrets=[api_key])

    def client(request: ExtractRequest) -> HttpClient:
        return access.client(base_url, request.spec.name, FixedHeaders({"Authorization": f"Bearer {api_key}"}))

    return VendorSource(
        name=SOURCE,
        specs=specs,
        calendar=around.calendar,
        connections=config.connections,
        overlap=timedelta(0),
        configured_accounts=tuple(config.accounts),
        pseudonymiser=around.pseudonymiser,
        client=client,
        read=JiandaoyunReader(config).read,
        intake=lambda _: Intake(),
    )


def inspect(reply: Reply) -> Fault | None:
    """`{"code", "msg"}` with HTTP 400 and above; a good answer carries `data` or `widgets`."""
    body = reply.body if isinstance(reply.body, dict) else {}
    if reply.status < 400 and ("data" in body or "widgets" in body):
        return None
    return Fault(reply.status, str(body.get("code", "")), str(body.get("msg", "no data in the answer")))
