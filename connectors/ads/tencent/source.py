"""Puts the parts of the Tencent Ads connector together."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from connectors.access import Access
from connectors.ads.tencent.config import TencentAdsConfig
from connectors.ads.tencent.read import TencentAdsReader
from connectors.ads.tencent.streams import LEAD_FIELDS, LEAD_LEFT_OUT, LEADS, SOURCE
from connectors.ads.tencent.tokens import SignedQuery, renewer
from connectors.auth import TokenStore
from connectors.classify import Fault
from connectors.config_base import resolve
from connectors.http import HttpClient, Reply
from connectors.load_writer import LoadFacts
from connectors.sink import RecordSink
from connectors.stream import ExtractRequest, StreamSpec
from connectors.vendor import Intake, Surroundings, VendorSource, chosen

_ERRORS = Path(__file__).with_name("errors.yaml")


def build(config: TencentAdsConfig, around: Surroundings) -> VendorSource:
    """The source; raises `ConfigError` for missing secrets and unknown streams."""
    client_id, secret, refresh_token, base_url = (
        resolve(value, around.environment)
        for value in (
            config.credentials.client_id,
            config.credentials.client_secret,
            config.credentials.refresh_token,
            config.base_url,
        )
    )
    access = Access(SOURCE, config, around.patience, errors=_ERRORS, inspect=inspect, secrets=[secret, refresh_token])
    token_host = access.token_client(base_url)
    renew = renewer(token_host, client_id, secret, margin_days=config.refresh_margin_days, learned=access.redact.add)
    store = TokenStore(around.secrets / f"{SOURCE}.json", renew, seed=refresh_token)
    reader = TencentAdsReader(config, around.calendar)

    def client(request: ExtractRequest) -> HttpClient:
        made: list[HttpClient] = []
        auth = SignedQuery(store, access.redact.add, lambda: access.patience.now() + made[0].skew)
        made.append(access.client(base_url, request.spec.name, auth))
        return made[0]

    def read(client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        facts = reader.read(client, request, sink)
        end = store.current().extra
        if not end:
            return facts
        warning = f"the refresh token ends on {end} and could not be renewed: authorise again before"
        return replace(facts, notes=(*facts.notes, warning))

    return VendorSource(
        name=SOURCE,
        specs=chosen(config),
        calendar=around.calendar,
        connections=config.connections,
        overlap=timedelta(0),
        configured_accounts=tuple(config.accounts),
        pseudonymiser=around.pseudonymiser,
        client=client,
        read=read,
        intake=_intake,
    )


def inspect(reply: Reply) -> Fault | None:
    """HTTP 200 with `code` other than 0 is an error; what it says in detail stands under `errors`."""
    body = reply.body
    if not isinstance(body, dict):
        return Fault(reply.status, "", "no JSON object")
    code = body.get("code")
    if code == 0 and reply.status < 400:
        return None
    details = [item.get("description", "") for item in body.get("errors") or () if isinstance(item, dict)]
    said = " ".join(str(part) for part in (body.get("message") or body.get("message_cn"), *details) if part)
    return Fault(reply.status, "" if code is None else str(code), said)


def _intake(spec: StreamSpec) -> Intake:
    return Intake(LEAD_FIELDS, LEAD_LEFT_OUT) if spec.name == LEADS.name else Intake()
