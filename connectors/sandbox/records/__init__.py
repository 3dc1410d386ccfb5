"""The company as each vendor shows it at an instant: `records(source, stream, world, instant)`.

A record carries the field names of the vendor (docs/contracts.md §5), personal fields in the clear. Nothing that lies
after the instant is visible, in any field.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.sandbox.company.world import World
from connectors.sandbox.records import (
    adjust,
    crm,
    erp,
    feeds,
    hr,
    jiandaoyun,
    matomo,
    moodle,
    oceanengine,
    odoo,
    tencent_ads,
    wechat_oa,
)

Record = dict[str, Any]
Stream = Callable[[World, int], Iterator[Record]]

STREAMS: Mapping[str, Mapping[str, Stream]] = {
    "zoho_crm": crm.STREAMS,
    "oceanengine": oceanengine.STREAMS,
    "kingdee": erp.STREAMS,
    "ihr360": hr.STREAMS,
    "tencent_ads": tencent_ads.STREAMS,
    "wechat_oa": wechat_oa.STREAMS,
    "adjust": adjust.STREAMS,
    "matomo": matomo.STREAMS,
    "jiandaoyun": jiandaoyun.STREAMS,
    "moodle": moodle.STREAMS,
    "odoo": odoo.STREAMS,
    "file_drop": feeds.STREAMS,
}


def records(source: str, stream: str, world: World, instant: datetime | int) -> list[Record]:
    """All records of a stream that the vendor would show at `instant` (aware datetime or epoch seconds).

    Grows the world where needed. Raises KeyError for an unknown source or stream.
    """
    ts = instant if isinstance(instant, int) else int(instant.timestamp())
    world.extend_to(ts)
    return list(STREAMS[source][stream](world, ts))


__all__ = ["STREAMS", "Record", "records"]
