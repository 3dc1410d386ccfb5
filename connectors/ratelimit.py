"""A token bucket: how fast one credential may ask, whichever thread asks."""

import threading
import time
from collections.abc import Callable


class TokenBucket:
    """Lets `rate` calls a second through on average and `burst` at once. Share one per vendor credential."""

    def __init__(
        self,
        rate: float,
        burst: int = 1,
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interval = 1.0 / rate
        self._slack = self._interval * max(burst - 1, 0)
        self._sleep, self._monotonic = sleep, monotonic
        self._next = monotonic()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the caller may send; callers are served in the order they came."""
        with self._lock:
            now = self._monotonic()
            slot = max(self._next, now - self._slack)
            self._next = slot + self._interval
        if slot > now:
            self._sleep(slot - now)
