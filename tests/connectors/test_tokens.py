"""One credential has one writer: a rotated pair is saved before it is used, whichever thread or process renews."""

import multiprocessing
import os
import signal
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest
from fake_server import Answer, Asked, FakeVendor

from connectors.ads.oceanengine.source import inspect
from connectors.ads.oceanengine.tokens import renewer
from connectors.auth import StoredToken, Tokens, TokenStore
from connectors.classify import ErrorTable
from connectors.errors import ErrorClass, SourceError
from connectors.http import HttpClient, Patience

ERRORS = Path(__file__).parents[2] / "connectors" / "ads" / "oceanengine" / "errors.yaml"


class Rotating:
    """A vendor whose pair dies at every refresh."""

    def __init__(self) -> None:
        self.generation = 0
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Answer:
        with self._lock:
            if asked.path.endswith("/refresh_token/"):
                if asked.json["refresh_token"] != f"refresh-{self.generation}":
                    return Answer({"code": 40103, "message": "refresh token expired"})
                self.generation += 1
                pair = {"access_token": f"access-{self.generation}", "refresh_token": f"refresh-{self.generation}"}
                return Answer({"code": 0, "data": {**pair, "expires_in": 86399}})
            good = asked.headers.get("access-token") == f"access-{self.generation}"
            return Answer({"code": 0, "data": {}}) if good else Answer({"code": 40105, "message": "token revoked"})


def open_store(url: str, path: Path, seed: str = "refresh-0") -> TokenStore:
    host = HttpClient("oceanengine", url, ErrorTable(ERRORS), inspect=inspect, patience=Patience(sleep=lambda _: None))
    return TokenStore(path, renewer(host, "app", "app-secret"), seed=seed)


def _ask(url: str, path: str, results: "multiprocessing.Queue[str]") -> None:
    store = open_store(url, Path(path))
    with HttpClient(
        "oceanengine", url, ErrorTable(ERRORS), inspect=inspect, auth=StoredToken(store, "Access-Token")
    ) as client:
        for _ in range(5):
            client.get("/report")
    results.put("done")


def test_two_processes_and_many_threads_renew_once(tmp_path: Path) -> None:
    vendor = Rotating()
    with FakeVendor(vendor).running() as server:
        context = multiprocessing.get_context("spawn")
        results = context.Queue()
        workers = [context.Process(target=_ask, args=(server.url, str(tmp_path / "t.json"), results)) for _ in range(2)]
        for worker in workers:
            worker.start()
        store = open_store(server.url, tmp_path / "t.json")
        with ThreadPoolExecutor(8) as pool:
            tokens = set(pool.map(lambda _: store.current().access_token, range(40)))
        for worker in workers:
            worker.join(60)
        assert [worker.exitcode for worker in workers] == [0, 0]
    assert vendor.generation == 1
    assert tokens == {"access-1"}


def test_a_pair_revoked_in_mid_run_is_replaced_once_for_all(tmp_path: Path) -> None:
    vendor = Rotating()
    with FakeVendor(vendor).running() as server:
        store = open_store(server.url, tmp_path / "t.json")
        tokens = [StoredToken(store, "Access-Token") for _ in range(4)]
        table = ErrorTable(ERRORS)
        clients = [HttpClient("oceanengine", server.url, table, inspect=inspect, auth=token) for token in tokens]
        for client in clients:
            client.get("/report")
        state = orjson.loads((tmp_path / "t.json").read_bytes())
        vendor.generation = 7  # rotated elsewhere: what we hold is dead, and so is our refresh token
        with pytest.raises(SourceError) as caught:
            clients[0].get("/report")
        assert caught.value.error_class is ErrorClass.AUTH_FATAL
        # A person authorised again: the new refresh token in the configuration counts, not the stored pair.
        again = open_store(server.url, tmp_path / "t.json", seed="refresh-7")
        assert again.current().access_token == "access-8"
        kept = orjson.loads((tmp_path / "t.json").read_bytes())
    assert state["generation"] == 1
    assert kept["previous"]["access_token"] == "access-1"
    assert kept["generation"] == 2


def test_a_token_store_is_for_its_owner_only_and_says_nothing_when_printed(tmp_path: Path) -> None:
    with FakeVendor(Rotating()).running() as server:
        open_store(server.url, tmp_path / "s" / "t.json").current()
    assert stat.S_IMODE((tmp_path / "s" / "t.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o700
    assert "access" not in repr(Tokens("access-1", 1.0, "refresh-1"))


@pytest.mark.parametrize("failpoint", ["token_after_save", "token_after_refresh_before_save"])
def test_a_kill_around_the_save_either_heals_or_names_the_cause(tmp_path: Path, failpoint: str) -> None:
    script = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[3]);"
        "from test_tokens import open_store; open_store(sys.argv[1], Path(sys.argv[2])).current()"
    )
    path = tmp_path / "t.json"
    with FakeVendor(Rotating()).running() as server:
        command = [sys.executable, "-c", script, server.url, str(path), str(Path(__file__).parent)]
        killed = subprocess.run(command, env=os.environ | {"INCENTIVES_FAILPOINT": failpoint}, check=False)
        assert killed.returncode == -signal.SIGKILL
        store = open_store(server.url, path)
        if failpoint == "token_after_save":
            assert store.current().access_token == "access-1"
            return
        with pytest.raises(SourceError, match="cut off before its answer was saved: a person must authorise") as caught:
            store.current()
    assert caught.value.error_class is ErrorClass.AUTH_FATAL
    assert "refresh-0" not in caught.value.message


def test_a_damaged_store_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text("{")
    store = TokenStore(tmp_path / "t.json", lambda _: Tokens("a", 0), seed="s")
    with pytest.raises(SourceError, match=r"t\.json is damaged: restore it"):
        store.current()


def test_a_token_is_renewed_before_it_expires(tmp_path: Path) -> None:
    clock, issued = [1000.0], []

    def renew(_: str) -> Tokens:
        issued.append(clock[0])
        return Tokens(f"t{len(issued)}", clock[0] + 3600)

    store = TokenStore(tmp_path / "t.json", renew, seed="s", now=lambda: clock[0])
    assert store.current().access_token == "t1"
    clock[0] += 3200
    assert store.current().access_token == "t1"
    clock[0] += 200
    assert store.current().access_token == "t2"
    assert issued == [1000.0, 4400.0]
