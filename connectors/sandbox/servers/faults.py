"""Scripted faults: what a server does instead of (or before) answering, for the next matching requests.

`POST /__sandbox__/faults` takes a JSON list of
`{"match": "Leads", "kind": "status", "times": 3, "after": 2, "status": 429, "body": {...}, "headers": {...}}`:
from the third matching request on, three times. `times` 0 means for ever. `DELETE` removes all.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = {
    "status": "answer with `status`, `body`, `headers`",
    "body": "answer 200 with `body`",
    "html": "answer 200 with a login page",
    "drop": "close the connection without a word",
    "truncate": "send half of the true body and close",
    "slow": "wait `seconds`, then answer",
    "drip": "send the true body one byte at a time, over `seconds` in all",
    "repeat": "answer with the previous answer of the same path once more",
    "advance": "move the sandbox clock by `seconds`, then answer",
    "expire_tokens": "let all access tokens die, then answer",
    "lose_session": "forget all sessions, then answer (kingdee)",
    "shift": "leave out the first `rows` rows of the list, so that later pages move up (oceanengine, tencent_ads)",
    "age": "let the refresh token be `seconds` older, then answer (tencent_ads)",
    "late": "say that the numbers are not final (wechat_oa)",
    "hold": "answer after `seconds`, counted as under way until then (adjust)",
    "shallow": "let page numbers reach `rows` rows only, then answer (tencent_ads)",
    "rename_widget": "give the first widget of the form another name in this answer (jiandaoyun)",
}


@dataclass(slots=True)
class Fault:
    """One scripted fault; `seen` and `left` count down."""

    match: str
    kind: str
    times: int = 1
    after: int = 0
    status: int = 500
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    rows: int = 1
    seen: int = 0
    used: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault kind {self.kind!r}; there are {', '.join(sorted(KINDS))}")


class FaultPlan:
    """The faults of one server, asked once per request."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, rows: list[dict[str, Any]]) -> int:
        """Append faults; returns how many are planned. Raises ValueError or TypeError for an unknown kind or key."""
        made = [Fault(**row) for row in rows]
        with self._lock:
            self._faults += made
            return len(self._faults)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def next_for(self, target: str) -> Fault | None:
        """The first fault that strikes this request (path and query)."""
        with self._lock:
            for fault in self._faults:
                if fault.match not in target or (fault.times and fault.used >= fault.times):
                    continue
                fault.seen += 1
                if fault.seen > fault.after:
                    fault.used += 1
                    return fault
        return None

    def pending(self) -> list[dict[str, Any]]:
        """What is still planned."""
        with self._lock:
            return [
                {"match": f.match, "kind": f.kind, "times": f.times, "after": f.after, "seen": f.seen, "used": f.used}
                for f in self._faults
            ]
