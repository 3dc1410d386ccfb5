"""Puts the parts of the Adjust connector together."""

from datetime import timedelta
from pathlib import Path

from connectors.access import Access
from connectors.ads.adjust.config import AdjustConfig
from connectors.ads.adjust.read import AdjustReader
from connectors.ads.adjust.streams import DIMENSIONS, LEFT_OUT, METRICS, SOURCE
from connectors.auth import FixedHeaders
from connectors.classify import Fault
from connectors.config_base import resolve
from connectors.http import HttpClient, Reply
from connectors.stream import ExtractRequest, StreamSpec
from connectors.vendor import Intake, Surroundings, VendorSource, chosen

_ERRORS = Path(__file__).with_name("errors.yaml")


def build(config: AdjustConfig, around: Surroundings) -> VendorSource:
    """The source; raises `ConfigError` for missing secrets and unknown streams."""
    token, base_url = (resolve(value, around.environment) for value in (config.credentials.api_token, config.base_url))
    access = Access(SOURCE, config, around.patience, errors=_ERRORS, inspect=inspect, secrets=[token])

    def client(request: ExtractRequest) -> HttpClient:
        return access.client(
            base_url,
            request.spec.name,
            FixedHeaders({"Authorization": f"Bearer {token}", "X-Account-ID": request.account}),
            exact_numbers=True,  # totals are compared with money
        )

    def intake(spec: StreamSpec) -> Intake:
        del spec  # one stream
        return Intake((*DIMENSIONS, *METRICS, *config.extra_metrics, "currency"), LEFT_OUT)

    return VendorSource(
        name=SOURCE,
        specs=chosen(config),
        calendar=around.calendar,
        connections=config.connections,
        overlap=timedelta(0),
        configured_accounts=tuple(config.accounts),
        pseudonymiser=around.pseudonymiser,
        client=client,
        read=AdjustReader(config, around.calendar).read,
        intake=intake,
    )


def inspect(reply: Reply) -> Fault | None:
    """Status tells; an error's body may say more under `error` or `detail`."""
    if reply.status < 400:
        return None
    body = reply.body if isinstance(reply.body, dict) else {}
    said = body.get("error") or body.get("detail") or body.get("error_desc") or ""
    return Fault(reply.status, "", str(said))
