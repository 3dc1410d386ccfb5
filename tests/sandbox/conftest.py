"""One small company and one running set of servers for the whole room."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from connectors.sandbox import serve, state
from connectors.sandbox.company import World
from connectors.sandbox.company.clock import DEFAULT_CLOCK

SCALE = 0.05
NOW = int(DEFAULT_CLOCK.timestamp())


@pytest.fixture(scope="session")
def world() -> World:
    return World(7, SCALE).extend_to(NOW)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[serve.Running]:
    home: Path = tmp_path_factory.mktemp("sandbox_home")
    state.ensure(home, scale=SCALE)
    with serve.serve(home) as found:
        yield found


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture
def plan_faults(running: serve.Running) -> Iterator:
    """Script faults on a server; all are removed afterwards."""

    def plan(host: str, *faults: dict) -> None:
        reply = requests.post(f"{running.endpoints[host]}/__sandbox__/faults", json=list(faults), timeout=10)
        assert reply.status_code == 200, reply.text

    yield plan
    for address in running.endpoints.values():
        requests.delete(f"{address}/__sandbox__/faults", timeout=10)
