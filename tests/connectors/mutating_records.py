"""Six vendors that keep records: their contracts in few lines, over records that change while they are read."""

from datetime import datetime, timedelta, timezone
from typing import Any

from fake_server import Answer, Asked
from mutating import Records, Stream

_LOCAL = timezone(timedelta(hours=8))
_TOKENS = {"access_token": "token-0001", "expires_in": 7200, "token_type": "bearer"}


def _local(moment: datetime) -> str:
    return moment.astimezone(_LOCAL).strftime("%Y-%m-%dT%H:%M:%S")


def _zoho(records: Records, asked: Asked) -> Answer:
    if asked.path == "/oauth/v2/token":
        return Answer(_TOKENS)
    since = asked.headers.get("if-modified-since")
    after = datetime.fromisoformat(since) if since else None
    if asked.path.endswith("/deleted"):
        rows = [
            {"id": str(key), "type": "recycle", "deleted_time": _local(at) + "+08:00"}
            for key, at in records.deleted.items()
            if after is None or at.replace(microsecond=0) >= after
        ]
        return Answer({"data": rows, "info": {"more_records": False}}) if rows else Answer(status=204)
    if asked.path.endswith("/count"):
        return Answer({"count": str(len(records.alive))})
    found = sorted(
        (it for it in records.alive.values() if after is None or it.changed >= after),
        key=lambda it: (it.changed, it.key),
    )
    # A token is a place in the list as it is when the token is used: the worst that it can be.
    size, start = int(asked.query["per_page"]), int(asked.query.get("page_token", "0"))
    rows = [
        {"id": str(it.key), "Amount": it.value, "Modified_Time": _local(it.changed) + "+08:00"}
        | dict.fromkeys(("Deal_Name", "Stage", "Owner"))
        for it in found[start : start + size]
    ]
    more = start + size < len(found)
    info = {"more_records": more, "next_page_token": str(start + size) if more else None}
    return Answer({"data": rows, "info": info}) if rows else Answer(status=204)


ZOHO = Stream(
    "zoho_crm",
    "deals",
    lambda url: (
        f"""\
  zoho_crm:
    base_url: {url}
    accounts_url: {url}
    accounts: [org]
    credentials: {{client_id: {{env: SECRET}}, client_secret: {{env: SECRET}}, refresh_token: {{env: SECRET}}}}
    streams: [deals, deleted_deals]
    validate_fields: false
    page_size: 4
    connections: 2
    requests_per_second: 5000
"""
    ),
    _zoho,
    "payload->>'$.Amount'",
)


def _kingdee(records: Records, asked: Asked) -> Answer:
    query = asked.json["data"]
    fields = query["FieldKeys"].split(",")
    rows = sorted(records.alive.values(), key=lambda it: it.key)
    for condition in query["FilterString"].split(" and "):
        name, operator, value = condition.split(" ", 2)
        value = value.strip("'")
        for it in list(rows):
            own = it.key if name == "FMATERIALID" else _local(it.changed).replace("T", " ")
            bound = int(value) if name == "FMATERIALID" else value
            fits = {">=": own >= bound, "<": own < bound, ">": own > bound, "=": own == bound}[operator]  # type: ignore[operator]
            if not fits:
                rows.remove(it)
    rows = rows[query["StartRow"] : query["StartRow"] + query["Limit"]]

    def cell(it: Any, name: str) -> Any:
        own = {"FMATERIALID": it.key, "FNumber": str(it.key), "FRefCost": it.value, "FModifyDate": _local(it.changed)}
        return own.get(name)

    return Answer([[cell(it, name) for name in fields] for it in rows])


KINGDEE = Stream(
    "kingdee",
    "materials",
    lambda url: (
        f"""\
  kingdee:
    base_url: {url}
    accounts: [DC01]
    credentials: {{app_id: {{env: APP_ID}}, app_secret: {{env: SECRET}}, user: demo}}
    streams: [materials]
    page_size: 4
    sweep_days: [8]
    requests_per_second: 5000
"""
    ),
    _kingdee,
    "payload->>'$.FRefCost'",
    sweeps=True,
)


def _ihr360(records: Records, asked: Asked) -> Answer:
    if asked.path.endswith("/oauth/token"):
        return Answer(_TOKENS)
    if asked.path.endswith("/ids"):
        # Half of them left; who leaves or comes back moves from one list to the other.
        state = asked.query["staffStatus"]
        ids = [str(it.key) for it in records.alive.values() if (it.value % 2 == 0) == (state == "IN_SERVICE")]
        page, total = int(asked.query["pageNo"]), max(1, -(-len(ids) // 4))
        part = sorted(ids)[(page - 1) * 4 : page * 4]
        return Answer({"code": 0, "data": {"dataList": part, "pageInfo": {"totalPages": total}}, "errorResult": False})
    found = [records.alive[int(key)] for key in asked.json if int(key) in records.alive]
    rows = [
        {"staffId": str(it.key), "staffNo": f"E{it.key}", "departmentId": str(it.value), "positionId": "P"}
        for it in found
    ]
    empty = dict.fromkeys(("staffName", "staffStatus", "enrollInDate", "leaveDate", "lastUpdateDate"))
    return Answer({"code": 0, "data": [{**empty, **row} for row in rows], "errorResult": False})


IHR360 = Stream(
    "ihr360",
    "staff",
    lambda url: (
        f"""\
  ihr360:
    base_url: {url}
    accounts: [company]
    credentials: {{app_id: {{env: SECRET}}, app_secret: {{env: SECRET}}}}
    streams: [staff]
    batch_size: 4
    requests_per_second: 5000
"""
    ),
    _ihr360,
    "payload->>'$.departmentId'",
)


def _jiandaoyun(records: Records, asked: Asked) -> Answer:
    widgets = ("employee", "answered_on", "score")
    if asked.path.endswith("widget/list"):
        return Answer({"widgets": [{"name": f"_widget_{it}", "type": "number", "label": it} for it in widgets]})
    last, size = asked.json.get("data_id") or "", asked.json["limit"]
    found = sorted(records.alive.values(), key=lambda it: it.key)
    rows = [
        {
            "_id": f"{it.key:024x}",
            "createTime": "2026-10-01T00:00:00.000Z",
            "updateTime": it.changed.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "_widget_score": it.value,
        }
        for it in found
    ]
    return Answer({"data": [row for row in rows if row["_id"] > last][:size]})


JIANDAOYUN = Stream(
    "jiandaoyun",
    "service_scores",
    lambda url: (
        f"""\
  jiandaoyun:
    base_url: {url}
    accounts: [company]
    credentials: {{api_key: {{env: SECRET}}}}
    page_size: 4
    check_widget_types: false
    requests_per_second: 5000
    forms:
      service_scores:
        app_id: a
        entry_id: b
        widgets: {{employee: _widget_employee, answered_on: _widget_answered_on, score: _widget_score}}
"""
    ),
    _jiandaoyun,
    "payload->>'$.score'",
    key=lambda key: f"{key:024x}",
)


def _moodle(records: Records, asked: Asked) -> Answer:
    function = asked.form["wsfunction"]
    if function == "core_course_get_courses":
        return Answer([{"id": 3, "shortname": "C", "fullname": "C"}])
    users = [
        {
            "courseid": 3,
            "userid": it.key,
            "useridnumber": f"E{it.key}",
            "gradeitems": [{"id": 1, "itemname": "exam", "graderaw": it.value, "grademin": 0, "grademax": 10**6}],
        }
        for it in records.alive.values()
    ]
    return Answer({"usergrades": users, "warnings": []})


MOODLE = Stream(
    "moodle",
    "grades",
    lambda url: (
        f"""\
  moodle:
    base_url: {url}
    accounts: [site]
    credentials: {{token: {{env: SECRET}}}}
    courses: [C]
    streams: [grades]
    requests_per_second: 5000
"""
    ),
    _moodle,
    "payload->>'$.graderaw'",
    key=lambda key: f"3|{key}|1",
)

_ODOO_FIELDS = {"id": "integer", "create_date": "datetime", "write_date": "datetime", "list_price": "float"}


def _odoo(records: Records, asked: Asked) -> Answer:
    method, body = asked.path.rsplit("/", 1)[1], asked.json
    if method == "fields_get":
        return Answer({name: {"type": _ODOO_FIELDS.get(name, "char")} for name in body["allfields"]})
    rows = sorted(records.alive.values(), key=lambda it: it.key)
    for name, operator, value in body["domain"]:
        if name not in {"id", "write_date"}:
            continue
        for it in list(rows):
            own = it.key if name == "id" else it.changed.strftime("%Y-%m-%d %H:%M:%S")
            if not {">": own > value, ">=": own >= value, "<": own < value}[operator]:
                rows.remove(it)
    if method == "search_count":
        return Answer(len(rows))

    def cell(it: Any, name: str) -> Any:
        shown = {"id": it.key, "default_code": str(it.value), "write_date": it.changed.strftime("%Y-%m-%d %H:%M:%S")}
        return shown.get(name, False)

    return Answer([{name: cell(it, name) for name in body["fields"]} for it in rows[: body["limit"]]])


ODOO = Stream(
    "odoo",
    "products",
    lambda url: (
        f"""\
  odoo:
    base_url: {url}
    accounts: [db]
    credentials: {{api_key: {{env: SECRET}}}}
    streams: [products]
    page_size: 4
    sweep_days: [8]
    requests_per_second: 5000
"""
    ),
    _odoo,
    "payload->>'$.default_code'",
    sweeps=True,
)

ALL = (ZOHO, KINGDEE, IHR360, JIANDAOYUN, MOODLE, ODOO)
