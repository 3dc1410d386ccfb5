"""Extract + land + load of two CRM streams against the floor: the same pages fetched with requests, parsed with orjson.

Both read the sample company's Zoho server, which runs in a process of its own that is not counted. The floor keeps
nothing: no personal-data handling, no file, no table. Run as `python -m benchmarks.extract_load floor|ours`.
"""

import os
import sys
from datetime import datetime
from pathlib import Path

import orjson
import requests

STREAMS = {"Leads": "leads", "Calls": "calls"}


def floor() -> int:
    """Every page of both modules, fetched and parsed; gives the number of records."""
    from connectors.crm.zoho.streams import MODULES  # noqa: PLC0415 - the floor imports what it needs, no more

    base = os.environ["SANDBOX_ZOHO_URL"]
    records = 0
    with requests.Session() as session:
        token = session.post(
            f"{os.environ['SANDBOX_ZOHO_ACCOUNTS_URL']}/oauth/v2/token",
            data={
                "grant_type": "refresh_token",
                "client_id": os.environ["SANDBOX_ZOHO_CLIENT_ID"],
                "client_secret": os.environ["SANDBOX_ZOHO_CLIENT_SECRET"],
                "refresh_token": os.environ["SANDBOX_ZOHO_REFRESH_TOKEN"],
            },
            timeout=30,
        ).json()["access_token"]
        session.headers["Authorization"] = f"Zoho-oauthtoken {token}"
        for module, stream in STREAMS.items():
            fields = ",".join(MODULES[stream].fields)
            query = {"fields": fields, "per_page": "200", "sort_by": "Modified_Time", "sort_order": "asc"}
            query |= {"converted": "both", "approved": "both"} if module == "Leads" else {}
            page: dict[str, str] = {}
            while True:
                reply = session.get(f"{base}/crm/v8/{module}", params=query | page, timeout=60)
                body = orjson.loads(reply.content)
                records += len(body["data"])
                if not body["info"]["more_records"]:
                    break
                page = {"page_token": body["info"]["next_page_token"]}
    return records


def ours() -> int:
    """The same two streams through connector, landing files and raw tables; gives the number of records loaded."""
    from connectors.config import load_company  # noqa: PLC0415 - import cost belongs to what is measured
    from connectors.registry import build_sources  # noqa: PLC0415
    from connectors.run import extract_all  # noqa: PLC0415
    from orchestration.warehouse.connect import open_for_loading  # noqa: PLC0415
    from orchestration.warehouse.load import load_all  # noqa: PLC0415
    from orchestration.warehouse.schema import ensure_tables  # noqa: PLC0415

    home = Path(os.environ["BENCHMARK_HOME"])
    config = load_company(Path(os.environ["INCENTIVES_COMPANY"]))
    only = config.sources.zoho_crm.model_copy(update={"streams": list(STREAMS.values())})
    config = config.model_copy(update={"sources": config.sources.model_copy(update=_only("zoho_crm", only, config))})
    sources = build_sources(config, home)
    loaded = 0
    with open_for_loading(home, holder="benchmark") as con:
        ensure_tables(con, [spec for source in sources for spec in source.specs.values()])

        def take_in(landed, spec) -> None:
            nonlocal loaded
            results = load_all(con.cursor(), landed, spec)
            loaded += sum(it.inserted for it in results) if spec.name in STREAMS.values() else 0

        extract_all(
            sources,
            as_of=datetime.fromisoformat(os.environ["INCENTIVES_AS_OF"]),
            cursors={},
            landing=home / "landing",
            on_landed=take_in,
        )
    return loaded


def _only(name, settings, config) -> dict:
    return {other: settings if other == name else None for other in type(config.sources).model_fields}


if __name__ == "__main__":
    print({"floor": floor, "ours": ours}[sys.argv[1]]())
