"""Puts the parts of the Tencent Ads connector together."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from connectors.ads.tencent.config import TencentAdsConfig
from connectors.ads.tencent.read import TencentAdsReader
from connectors.ads.tencent.streams import LEAD_FIELDS, LEAD_LEFT_OUT, LEADS, SOURCE, SPECS
from connectors.ads.tencent.tokens import SignedQuery, renewer
from connectors.auth import TokenStore
from connectors.classify import ErrorTable, Fault
from connectors.config_base import resolve
from connectors.http import HttpClient, Reply
from connectors.load_writer import LoadFacts
from connectors.redact import Redactor
from connectors.sink import RecordSink
from connectors.stream import ExtractRequest, StreamSpec
from connectors.vendor import Intake, Surroundings, VendorSource, chosen, limiter, patience

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
    table = ErrorTable(_ERRORS, config.error_classes)
    redact = Redactor([secret, refresh_token])
    patient = patience(config, around)
    token_host = HttpClient(SOURCE, base_url, table, stream="token", inspect=inspect, redact=redact, patience=patient)
    renew = renewer(token_host, client_id, secret, margin_days=config.refresh_margin_days, learned=redact.add)
    store = TokenStore(around.secrets / f"{SOURCE}.json", renew, seed=refresh_token)
    bucket = limiter(config)  # the vendor counts per app, whichever account is asked for
    reader = TencentAdsReader(config, around.calendar)

    def client(request: ExtractRequest) -> HttpClient:
        made: list[HttpClient] = []
        auth = SignedQuery(store, redact.add, lambda: patient.now() + made[0].skew)
        made.append(
            HttpClient(
                SOURCE,
                base_url,
                table,
                stream=request.spec.name,
                auth=auth,
                limiter=bucket,
                inspect=inspect,
                redact=redact,
                patience=patient,
            )
        )
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
        specs=chosen(SOURCE, SPECS, config),
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
