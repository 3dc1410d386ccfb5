"""Tokens of a vendor, kept on disk: a restarted server honours what it gave out and remembers what it killed.

Life times run on the real clock, as the clients' do; the sandbox clock has no say here.
"""

import hashlib
import json
import threading
import time
from pathlib import Path
from typing import Any

from connectors.sandbox.state import write_atomically


class TokenBook:
    """Access tokens with an end of life, and one dict of vendor state, both saved at every change."""

    def __init__(self, path: Path, initial: dict[str, Any]) -> None:
        self._path, self._initial = path, initial
        self.lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self.state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else self._fresh()

    def issue(self, purpose: str, lifetime: float) -> str:
        """A new access token; saved before it is returned."""
        with self.lock:
            token = self.next_secret(purpose)
            self.state["access"] = {t: end for t, end in self.state["access"].items() if end > time.time()}
            self.state["access"][token] = time.time() + lifetime
            self.save()
            return token

    def next_secret(self, purpose: str) -> str:
        """The next value of a sequence nobody guesses by accident; the caller saves."""
        self.state["counter"] += 1
        return hashlib.sha256(f"{self._path.name}:{purpose}:{self.state['counter']}".encode()).hexdigest()[:36]

    def remaining(self, token: str) -> float | None:
        """Seconds an access token has left; None when it was never given out or is dead."""
        with self.lock:
            end = self.state["access"].get(token)
            left = end - time.time() if end is not None else None
            return left if left is not None and left > 0 else None

    def expire_all(self) -> None:
        """Every access token dies; refresh tokens stay."""
        with self.lock:
            self.state["access"] = {}
            self.save()

    def reset(self) -> None:
        """Back to the first credentials."""
        with self.lock:
            self.state = self._fresh()
            self.save()

    def save(self) -> None:
        write_atomically(self._path, json.dumps(self.state))

    def _fresh(self) -> dict[str, Any]:
        return {"access": {}, "counter": int(time.time() * 1000) % 10**9, **json.loads(json.dumps(self._initial))}
