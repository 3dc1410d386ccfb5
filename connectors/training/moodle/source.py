"""Puts the parts of the Moodle connector together."""

from datetime import timedelta
from pathlib import Path

from connectors.access import Access
from connectors.config_base import resolve
from connectors.http import HttpClient
from connectors.stream import ExtractRequest, StreamSpec
from connectors.training.moodle.config import MoodleConfig
from connectors.training.moodle.read import MoodleReader, inspect
from connectors.training.moodle.streams import FIELDS, LEFT_OUT, SOURCE
from connectors.vendor import Intake, Surroundings, VendorSource, chosen

_ERRORS = Path(__file__).with_name("errors.yaml")


def build(config: MoodleConfig, around: Surroundings) -> VendorSource:
    """The source; raises `ConfigError` for missing secrets and unknown streams."""
    token, base_url = (resolve(value, around.environment) for value in (config.credentials.token, config.base_url))
    access = Access(SOURCE, config, around.patience, errors=_ERRORS, inspect=inspect, secrets=[token])

    def client(request: ExtractRequest) -> HttpClient:
        return access.client(base_url, request.spec.name)

    return VendorSource(
        name=SOURCE,
        specs=chosen(config),
        calendar=around.calendar,
        connections=config.connections,
        overlap=timedelta(0),
        configured_accounts=tuple(config.accounts),
        pseudonymiser=around.pseudonymiser,
        client=client,
        read=MoodleReader(config, around.calendar, token).read,
        intake=_intake,
    )


def _intake(spec: StreamSpec) -> Intake:
    return Intake(allowed=FIELDS[spec.name], left_out=LEFT_OUT[spec.name])
