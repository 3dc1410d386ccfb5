"""Scripted faults, the sandbox's own endpoints, and speed."""

import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests

from connectors.sandbox import serve


def url(running: serve.Running, path: str = "/openapi/oauth/token") -> str:
    return running.endpoints["ihr360"] + path


def test_a_status_fault_strikes_after_and_as_often_as_told(
    running: serve.Running, plan_faults, http: requests.Session
) -> None:
    plan_faults(
        "ihr360",
        {
            "match": "/oauth/token",
            "kind": "status",
            "status": 429,
            "after": 1,
            "times": 2,
            "headers": {"Retry-After": "3"},
        },
    )
    replies = [http.post(url(running), timeout=10) for _ in range(4)]
    assert [reply.status_code for reply in replies] == [401, 429, 429, 401]
    assert replies[1].headers["Retry-After"] == "3"


def test_a_dropped_connection_and_a_truncated_body_are_errors_of_the_client(
    running: serve.Running, plan_faults, http: requests.Session
) -> None:
    plan_faults("ihr360", {"match": "/oauth/token", "kind": "drop"})
    with pytest.raises(requests.ConnectionError):
        http.post(url(running), timeout=10)
    plan_faults("ihr360", {"match": "/oauth/token", "kind": "truncate"})
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        http.post(url(running), timeout=10)
    assert http.post(url(running), timeout=10).status_code == 401


def test_a_login_page_a_body_and_slowness(running: serve.Running, plan_faults, http: requests.Session) -> None:
    plan_faults(
        "ihr360",
        {"match": "/oauth/token", "kind": "html"},
        {"match": "/oauth/token", "kind": "body", "body": {"code": -1}},
        {"match": "/oauth/token", "kind": "slow", "seconds": 0.3},
        {"match": "/oauth/token", "kind": "drip", "seconds": 0.3},
    )
    assert http.post(url(running), timeout=10).headers["Content-Type"].startswith("text/html")
    assert http.post(url(running), timeout=10).json() == {"code": -1}
    for _ in range(2):
        begin = time.perf_counter()
        assert http.post(url(running), timeout=10).status_code == 401
        assert time.perf_counter() - begin >= 0.28
    plan_faults("ihr360", {"match": "/oauth/token", "kind": "slow", "seconds": 1})
    with pytest.raises(requests.exceptions.ReadTimeout):
        http.post(url(running), timeout=0.2)


def test_an_answer_can_be_repeated_as_a_stuck_cursor_would(
    running: serve.Running, plan_faults, http: requests.Session
) -> None:
    crm = running.endpoints["oceanengine"]
    first = http.get(f"{crm}/open_api/x", params={"page": 1}, timeout=10).json()
    plan_faults("oceanengine", {"match": "/open_api/x", "kind": "repeat"})
    assert http.get(f"{crm}/open_api/x", params={"page": 2}, timeout=10).json() == first


def test_an_unknown_fault_is_refused_with_the_list_of_kinds(running: serve.Running) -> None:
    reply = requests.post(url(running, "/__sandbox__/faults"), json=[{"match": "", "kind": "meteor"}], timeout=10)
    assert reply.status_code == 400
    assert "expire_tokens" in reply.json()["error"]
    assert requests.post(url(running, "/__sandbox__/faults"), json=[{"kind": "drop"}], timeout=10).status_code == 400


def test_stats_count_requests_and_name_pending_faults(
    running: serve.Running, plan_faults, http: requests.Session
) -> None:
    plan_faults("ihr360", {"match": "/never", "kind": "drop"})
    http.post(url(running), timeout=10)
    stats = http.get(url(running, "/__sandbox__/stats"), timeout=10).json()
    assert stats["counts"]["POST /openapi/oauth/token"] >= 1
    assert stats["faults"][0]["match"] == "/never"
    assert http.get(url(running, "/__sandbox__/nothing"), timeout=10).status_code == 404


def test_connections_are_kept_alive(running: serve.Running) -> None:
    parts = urlsplit(running.endpoints["ihr360"])
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    sockets = []
    for _ in range(3):
        connection.request("GET", "/__sandbox__/health")
        assert connection.getresponse().read()
        sockets.append(connection.sock)
    connection.close()
    assert sockets[0] is not None
    assert sockets[0] is sockets[1] is sockets[2]
