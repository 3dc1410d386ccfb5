"""How the four statistics are read: short slices of days; late numbers land and are asked for again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from connectors.days import Row, Slice, is_settled, land_days, read_in_slices
from connectors.http import HttpClient
from connectors.load_writer import LoadFacts
from connectors.sink import RecordSink
from connectors.stream import Calendar, ExtractRequest, Window
from connectors.web.wechat_oa.config import WechatOaConfig
from connectors.web.wechat_oa.streams import ARTICLE_TOTALS, BIZ_SUMMARY, CALLS, SINCE_ARTICLES
from connectors.window import midnight


class WechatOaReader:
    """Reads one stream and account at a time; holds only configuration and calendar."""

    def __init__(self, config: WechatOaConfig, calendar: Calendar) -> None:
        self._config, self._calendar = config, calendar

    def read(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        """Read the stream of the request into the sink."""
        name, zone, window = request.spec.name, self._calendar.zone, request.window
        notes: tuple[str, ...] = ()
        oldest = midnight(self._config.articles_from, zone)
        if name in SINCE_ARTICLES and window.start < oldest:
            window = Window(min(oldest, window.end), window.end)
            notes = (f"the vendor offers nothing before {self._config.articles_from}",)
        days = {ARTICLE_TOTALS.name: 1, BIZ_SUMMARY.name: self._config.biz_summary_days}.get(
            name, self._config.slice_days
        )

        def read(first: date, last: date) -> Slice:
            return self._slice(client, request, first, last)

        facts = land_days(
            replace(request, window=window),
            self._calendar,
            sink,
            read_in_slices(window, zone, days, read, advice="the vendor has to be asked why"),
            day_field="ref_date",
            api_version="datacube",
            settled=is_settled(request.as_of, zone, self._config.complete_hour),
            # An article that its author takes back was read all the same.
            deletes=name != ARTICLE_TOTALS.name,
        )
        return replace(facts, notes=(*notes, *facts.notes))

    def _slice(self, client: HttpClient, request: ExtractRequest, first: date, last: date) -> Slice:
        name = request.spec.name
        asked = {"begin_date": first.isoformat(), "end_date": last.isoformat()}
        body = client.post(f"/datacube/{CALLS[name]}", asked).body
        found = body.get("list")
        if not isinstance(found, list):
            raise client.contract_error("the answer has no list")
        rows = [{"appid": request.account, **row} for row in found]
        for row in rows:
            if not asked["begin_date"] <= str(row.get("ref_date"))[:10] <= asked["end_date"]:
                raise client.contract_error(f"{first} to {last} was asked for, another day came")
        if name == ARTICLE_TOTALS.name:
            rows = [line for row in rows for line in self._article(client, row)]
        return Slice(rows, is_final=body.get("is_delay") is not True)

    def _article(self, client: HttpClient, row: Row) -> Iterator[Row]:
        """One line per article and day of its life, with what is the same on every day repeated."""
        details: Any = row.get("detail_list")
        if not isinstance(details, list):
            raise client.contract_error("an article has no detail_list")
        article = {name: value for name, value in row.items() if name != "detail_list"}
        ours: dict[str, str] = {theirs: name for name, theirs in self._config.article_fields.items()}
        for detail in details:
            renamed: Row = {ours.get(str(name), str(name)): value for name, value in detail.items()}
            yield {**article, **renamed}
