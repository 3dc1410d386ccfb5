"""Tokens on disk, shared by threads and processes, so that one credential has one writer.

Some vendors rotate both tokens at every refresh and the old pair dies at once. Whoever refreshes therefore holds a file
lock, asks, saves the new pair durably, and only then lets anybody use it; everybody else reads what was saved.
"""

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import orjson

from connectors.errors import ErrorClass, SourceError
from connectors.failpoints import failpoint


@dataclass(frozen=True, slots=True)
class Tokens:
    """One pair. `expires_at` in epoch seconds; `refresh_token` empty where the vendor has none or never rotates it."""

    access_token: str
    expires_at: float
    refresh_token: str = ""
    extra: str = ""
    """Something the vendor sent along, e.g. the API host."""

    def __repr__(self) -> str:
        return f"Tokens(expires_at={self.expires_at:.0f})"


class TokenStore:
    """The living pair of one credential, kept in a file that only its owner may read.

    `renew` performs the vendor's call: it gets the refresh token to use and returns the new pair. `seed` is the refresh
    token of the configuration: it is used for the first call, and again after a person put a new one there.
    The file also keeps the previous pair, and a mark while a renewal is under way: a rotation that was interrupted
    between the vendor's answer and our save needs a person, and the message can then say so.
    """

    def __init__(
        self,
        path: Path,
        renew: Callable[[str], Tokens],
        *,
        seed: str,
        margin_seconds: float = 300.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._path, self._renew, self._seed = path, renew, seed
        self._margin, self._now = margin_seconds, now
        self._seed_mark = hashlib.sha256(seed.encode()).hexdigest()[:16]

    def current(self) -> Tokens:
        """A pair that is good for the next minutes; renews it where it is missing or about to expire."""
        tokens = _tokens(self._read())
        if tokens and tokens.expires_at - self._now() > self._margin:
            return tokens
        return self.replace(tokens.access_token if tokens else None)

    def replace(self, refused: str | None) -> Tokens:
        """A pair other than the refused one: the stored one where somebody renewed meanwhile, else a new one."""
        with self._locked():
            state = self._read()
            tokens = _tokens(state)
            fresh = tokens and tokens.expires_at - self._now() > self._margin
            if tokens and fresh and tokens.access_token != refused:
                return tokens
            interrupted = bool(state.get("renewing"))
            self._save(state | {"renewing": True, "seed": self._seed_mark})
            try:
                renewed = self._renew((tokens and tokens.refresh_token) or self._seed)
            except SourceError as error:
                if error.error_class is ErrorClass.AUTH_FATAL and interrupted:
                    hint = "an earlier renewal was cut off before its answer was saved: a person must authorise again"
                    raise error.saying(f"{error.message}; {hint}") from None
                if error.error_class is not ErrorClass.RETRY:
                    self._save(state | {"renewing": interrupted, "seed": self._seed_mark})
                raise
            failpoint("token_after_refresh_before_save")
            self._save(
                {
                    "seed": self._seed_mark,
                    "generation": int(state.get("generation", 0)) + 1,
                    "current": _document(renewed),
                    "previous": state.get("current") or state.get("previous"),
                }
            )
            failpoint("token_after_save")
            return renewed

    def _read(self) -> dict[str, Any]:
        try:
            state = orjson.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except orjson.JSONDecodeError as error:
            hint = "restore it from the backup, or remove it and authorise again"
            raise SourceError(ErrorClass.AUTH_FATAL, f"token store {self._path.name} is damaged: {hint}") from error
        if state.get("seed") != self._seed_mark:  # a person authorised again: what is stored is history
            return {"generation": state.get("generation", 0), "current": None, "previous": state.get("current")}
        return state

    def _save(self, state: dict[str, Any]) -> None:
        temporary = self._path.with_suffix(".new")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(orjson.dumps(state))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


class Auth(Protocol):
    """How a request proves who sends it."""

    def headers(self, method: str, url: str) -> dict[str, str]:
        """Headers of the next request."""
        ...

    def renew(self) -> None:
        """The vendor refused the last headers as expired; raises `SourceError` where nothing can be done."""
        ...


@runtime_checkable
class QueryAuth(Auth, Protocol):
    """Credentials that travel in the query; asked anew for every attempt, so that nothing in them is sent twice."""

    def query(self) -> dict[str, str]:
        """Query parameters of the next request."""
        ...


class NoAuth:
    """For calls that carry their credentials themselves (token calls)."""

    def headers(self, method: str, url: str) -> dict[str, str]:
        """No headers."""
        del method, url
        return {}

    def renew(self) -> None:
        """Nothing to renew: the credentials themselves were refused."""
        raise SourceError(ErrorClass.AUTH_FATAL, "the credentials were refused; check them")


class StoredToken:
    """A token from the store in one header, e.g. `Authorization: Bearer <token>`. One instance per client."""

    def __init__(self, store: TokenStore, header: str, prefix: str = "", learned: Callable[[str], Any] = str) -> None:
        self._store, self._header, self._prefix, self._learned = store, header, prefix, learned
        self._used: str | None = None

    def headers(self, method: str, url: str) -> dict[str, str]:
        """The header with the living token."""
        del method, url
        token = self._store.current().access_token
        if token != self._used:
            self._learned(token)  # so that no message ever shows it
            self._used = token
        return {self._header: self._prefix + token}

    def renew(self) -> None:
        """Take the pair that somebody else saved, or renew."""
        self._store.replace(self._used)


class QueryToken:
    """A token from the store as a query parameter, e.g. `?access_token=<token>`. One instance per client."""

    def __init__(self, store: TokenStore, parameter: str, learned: Callable[[str], Any] = str) -> None:
        self._stored, self._parameter = StoredToken(store, parameter, learned=learned), parameter

    def headers(self, method: str, url: str) -> dict[str, str]:
        """No headers."""
        del method, url
        return {}

    def query(self) -> dict[str, str]:
        """The parameter with the living token."""
        return self._stored.headers("", "")

    def renew(self) -> None:
        """Take the pair that somebody else saved, or renew."""
        self._stored.renew()


class FixedHeaders:
    """A token that never changes, and what else the vendor wants in every header."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers = headers

    def headers(self, method: str, url: str) -> dict[str, str]:
        """The same headers every time."""
        del method, url
        return dict(self._headers)

    def renew(self) -> None:
        """Nothing to renew: a person has to make a new token."""
        raise SourceError(ErrorClass.AUTH_FATAL, "the token was refused; make a new one and put it into the secrets")


def _tokens(state: dict[str, Any]) -> Tokens | None:
    current = state.get("current")
    return Tokens(**current) if current else None


def _document(tokens: Tokens) -> dict[str, Any]:
    return {
        "access_token": tokens.access_token,
        "expires_at": tokens.expires_at,
        "refresh_token": tokens.refresh_token,
        "extra": tokens.extra,
    }
