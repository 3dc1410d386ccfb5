"""Which connector serves which key of company.yaml. A new vendor is a line here and one in `config_models`."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from connectors.ads.adjust import source as adjust
from connectors.ads.adjust import streams as adjust_streams
from connectors.ads.oceanengine import source as oceanengine
from connectors.ads.oceanengine import streams as oceanengine_streams
from connectors.ads.tencent import source as tencent_ads
from connectors.ads.tencent import streams as tencent_ads_streams
from connectors.config_base import resolve
from connectors.config_models import CompanyConfig
from connectors.crm.zoho import source as zoho
from connectors.crm.zoho import streams as zoho_streams
from connectors.erp.kingdee import source as kingdee
from connectors.erp.kingdee import streams as kingdee_streams
from connectors.erp.odoo import source as odoo
from connectors.erp.odoo import streams as odoo_streams
from connectors.errors import ConfigError
from connectors.files import source as file_drop
from connectors.files.feeds import load_feeds
from connectors.forms.jiandaoyun import source as jiandaoyun
from connectors.forms.jiandaoyun import streams as jiandaoyun_streams
from connectors.hr.ihr360 import source as ihr360
from connectors.hr.ihr360 import streams as ihr360_streams
from connectors.http import Patience
from connectors.privacy import Pseudonymiser
from connectors.stream import Calendar, Source, StreamSpec
from connectors.training.moodle import source as moodle
from connectors.training.moodle import streams as moodle_streams
from connectors.vendor import Surroundings, chosen
from connectors.web.matomo import source as matomo
from connectors.web.matomo import streams as matomo_streams
from connectors.web.wechat_oa import source as wechat_oa
from connectors.web.wechat_oa import streams as wechat_oa_streams

FACTORIES: dict[str, Callable[[Any, Surroundings], Source]] = {
    "zoho_crm": zoho.build,
    "oceanengine": oceanengine.build,
    "kingdee": kingdee.build,
    "ihr360": ihr360.build,
    "tencent_ads": tencent_ads.build,
    "wechat_oa": wechat_oa.build,
    "adjust": adjust.build,
    "matomo": matomo.build,
    "jiandaoyun": jiandaoyun.build,
    "moodle": moodle.build,
    "odoo": odoo.build,
    "file_drop": file_drop.build,
}

SPECS: dict[str, tuple[StreamSpec, ...]] = {
    "zoho_crm": zoho_streams.SPECS,
    "oceanengine": oceanengine_streams.SPECS,
    "kingdee": kingdee_streams.SPECS,
    "ihr360": ihr360_streams.SPECS,
    "tencent_ads": tencent_ads_streams.SPECS,
    "wechat_oa": wechat_oa_streams.SPECS,
    "adjust": adjust_streams.SPECS,
    "matomo": matomo_streams.SPECS,
    "jiandaoyun": jiandaoyun_streams.SPECS,
    "moodle": moodle_streams.SPECS,
    "odoo": odoo_streams.SPECS,
}
"""What the vendors' connectors can read; the feeds of `file_drop` come from its maps."""


def known_specs() -> list[StreamSpec]:
    """Every stream that can be read, switched on or not: the warehouse has a table for each, so that models build."""
    feeds = [file_drop.feed_spec(feed) for feed in load_feeds().values()]
    return [*(spec for specs in SPECS.values() for spec in specs), *feeds]


def source_specs(config: CompanyConfig) -> list[StreamSpec]:
    """The streams that the company has switched on. Needs no secret and no server: Dagster asks while it loads."""
    specs = [
        spec
        for name, known in SPECS.items()
        if (settings := getattr(config.sources, name)) is not None
        for spec in chosen(settings).values()
    ]
    drop = config.sources.file_drop
    if drop is not None:
        extra = Path(resolve(drop.feed_maps, os.environ)) if drop.feed_maps else None
        specs += [file_drop.feed_spec(feed) for feed in load_feeds(extra, drop.feeds, drop.where).values()]
    return specs


def build_sources(
    config: CompanyConfig,
    home: Path,
    *,
    environment: Mapping[str, str] | None = None,
    patience: Patience | None = None,
) -> list[Source]:
    """The sources that the company has switched on, in the order above.

    Reads the secrets that the configuration refers to, from `environment` (default: the process's). Raises
    `ConfigError` listing everything that is missing.
    """
    environment = os.environ if environment is None else environment
    faults: list[str] = []
    try:
        pseudonymiser = Pseudonymiser(resolve(config.privacy.key, environment))
    except (ConfigError, ValueError) as error:
        faults.append(str(error))
        pseudonymiser = Pseudonymiser("never used: the faults below are raised")
    around = Surroundings(
        calendar=Calendar(config.zone, config.history_start),
        pseudonymiser=pseudonymiser,
        home=home,
        environment=environment,
        patience=patience or Patience(),
    )
    sources = []
    for name, build in FACTORIES.items():
        settings = getattr(config.sources, name)
        if settings is None:
            continue
        try:
            sources.append(build(settings, around))
        except ConfigError as error:
            faults.append(str(error))
    if faults:
        raise ConfigError("\n".join(faults))
    return sources
