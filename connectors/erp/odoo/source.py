"""Puts the parts of the Odoo connector together."""

from datetime import timedelta
from pathlib import Path

from connectors.access import Access
from connectors.auth import FixedHeaders, NoAuth
from connectors.config_base import resolve
from connectors.erp.odoo.config import OdooConfig
from connectors.erp.odoo.protocol import Caller, JsonRpc, call_json2, inspect_json2, inspect_jsonrpc
from connectors.erp.odoo.read import OdooReader
from connectors.erp.odoo.streams import MODIFIED, SOURCE
from connectors.http import HttpClient
from connectors.stream import ExtractRequest
from connectors.vendor import Intake, Surroundings, VendorSource, chosen

_ERRORS = Path(__file__).with_name("errors.yaml")


def build(config: OdooConfig, around: Surroundings) -> VendorSource:
    """The source; raises `ConfigError` for missing secrets and unknown streams."""
    given, is_rpc = config.credentials, config.protocol == "jsonrpc"
    api_key, base_url = (resolve(value, around.environment) for value in (given.api_key, config.base_url))
    login = resolve(given.login, around.environment) if given.login and is_rpc else ""
    access = Access(
        SOURCE,
        config,
        around.patience,
        errors=_ERRORS,
        inspect=inspect_jsonrpc if is_rpc else inspect_json2,
        secrets=[api_key],
    )

    def client(request: ExtractRequest) -> HttpClient:
        headers = {"Authorization": f"bearer {api_key}", "X-Odoo-Database": request.account}
        return access.client(
            base_url, request.spec.name, NoAuth() if is_rpc else FixedHeaders(headers), exact_numbers=True
        )

    def caller(account: str) -> Caller:
        return JsonRpc(account, login, api_key) if is_rpc else call_json2

    return VendorSource(
        name=SOURCE,
        specs=chosen(config),
        calendar=around.calendar,
        connections=config.connections,
        overlap=timedelta(minutes=config.overlap_minutes),
        configured_accounts=tuple(config.accounts),
        pseudonymiser=around.pseudonymiser,
        client=client,
        read=OdooReader(config, around.calendar, caller).read,
        intake=lambda _: Intake(cursor_field=MODIFIED),
    )
