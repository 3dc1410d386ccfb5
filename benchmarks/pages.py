"""A server of numbered records by pages, in the contract of Zoho's list of calls, as many and as slow as asked for.

`python -m benchmarks.pages <records> <milliseconds a page>` prints its address and serves until its standard input
closes. Nothing is kept: a page is made when it is asked for. Fifty records share a second.
"""

import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import orjson

_BEGIN = datetime(2025, 1, 1, tzinfo=timezone(timedelta(hours=8)))
_A_SECOND = 50
_PAGE = 200


def record(number: int) -> dict[str, object]:
    """Record number n; its times rise with n."""
    at = (_BEGIN + timedelta(seconds=number // _A_SECOND)).isoformat()
    return {
        "id": f"4150868{number:012}",
        "Who_Id": {"id": f"4150868{number % 9973:012}", "name": "someone"},
        "Owner": {"id": f"4150868{number % 37:012}", "name": "someone", "email": "someone@example.com"},
        "Call_Start_Time": at,
        "Call_Result": ("Interested", "No answer", "Not interested")[number % 3],
        "Created_Time": at,
        "Modified_Time": at,
    }


def page(total: int, query: dict[str, str], since: str | None) -> bytes:
    """One page of the list, by token or from a time on."""
    start = 0
    if since:
        start = max(0, int((datetime.fromisoformat(since) - _BEGIN).total_seconds()) * _A_SECOND)
    start = int(query.get("page_token", start))
    stop = min(start + int(query.get("per_page", _PAGE)), total)
    more = stop < total
    info = {"more_records": more, "next_page_token": str(stop) if more else None}
    return orjson.dumps({"data": [record(number) for number in range(start, stop)], "info": info})


def main() -> None:
    """Serve on loopback."""
    total, pause = int(sys.argv[1]), float(sys.argv[2]) / 1000

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            time.sleep(pause)
            if parts.path.endswith("/count"):
                self._send(orjson.dumps({"count": str(total)}))
            else:
                self._send(page(total, query, self.headers.get("If-Modified-Since")))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._send(orjson.dumps({"access_token": "token", "expires_in": 3600}))

        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
