"""The sandbox's own endpoints on every server, for tests and for whoever moves the clock.

`GET /__sandbox__/health`, `GET /__sandbox__/stats`, `GET|POST|DELETE /__sandbox__/faults`,
`GET|POST /__sandbox__/clock` (`{"advance_seconds": n}`; the inbox is filled before it answers),
`POST /__sandbox__/tokens/reset`.
"""

from collections.abc import Callable

from connectors.sandbox.company.clock import iso
from connectors.sandbox.servers.http import Request, Response, Vendor, answer


def control(vendor: Vendor, request: Request) -> Response:
    """Answer a request below `/__sandbox__/`."""
    what = request.path.removeprefix("/__sandbox__/")
    calls: dict[str, Callable[[], Response]] = {
        "health": lambda: answer({"vendor": vendor.name, "ok": True}),
        "stats": lambda: answer(
            {"vendor": vendor.name, "counts": dict(vendor.counts), "faults": vendor.faults.pending()}
        ),
        "faults": lambda: _control_faults(vendor, request),
        "clock": lambda: _control_clock(vendor, request),
        "tokens/reset": lambda: _control_tokens(vendor, request),
    }
    return calls[what]() if what in calls else answer({"error": f"no sandbox endpoint {what!r}"}, 404)


def _control_clock(vendor: Vendor, request: Request) -> Response:
    if request.method == "POST":
        asked = request.json()
        if not isinstance(asked, dict) or not isinstance(asked.get("advance_seconds"), int | float):
            return answer({"error": 'send {"advance_seconds": 3600}'}, 400)
        try:
            vendor.sandbox.advance(float(asked["advance_seconds"]))
        except ValueError as error:
            return answer({"error": str(error)}, 400)
    return answer({"clock": iso(vendor.sandbox.clock.now())})


def _control_tokens(vendor: Vendor, request: Request) -> Response:
    if request.method != "POST":
        return answer({"error": "POST resets the tokens"}, 405)
    vendor.reset_tokens()
    return answer({"ok": True})


def _control_faults(vendor: Vendor, request: Request) -> Response:
    if request.method == "DELETE":
        vendor.faults.clear()
    elif request.method == "POST":
        asked = request.json()
        try:
            vendor.faults.add(asked if isinstance(asked, list) else [asked])
        except (TypeError, ValueError) as error:
            return answer({"error": str(error)}, 400)
    return answer({"faults": vendor.faults.pending()})
