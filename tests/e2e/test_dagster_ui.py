"""`make dev` shows the night in a browser."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.e2e.homes import COMMAND

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not CHROMIUM, reason="needs a browser: install the Debian package chromium"),
]


@pytest.fixture
def address(home: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("INCENTIVES_", "DAGSTER_"))}
    with (home / "dev.log").open("w") as log:
        server = subprocess.Popen(
            [str(COMMAND), "dev", "--port", str(port)],
            env=clean | {"INCENTIVES_HOME": str(home)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/server_info", home / "dev.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGINT)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait_for(url: str, log: Path) -> None:
    for _ in range(120):
        try:
            requests.get(url, timeout=2).raise_for_status()
        except requests.RequestException:
            time.sleep(1)
        else:
            return
    pytest.fail(f"Dagster did not come up:\n{log.read_text()[-3000:]}")


def test_the_web_ui_lists_the_marts_and_the_night_s_run(address: str, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(f"{address}/asset-groups/", wait_until="domcontentloaded")
        page.goto(f"{address}/assets/marts/fct_kpi_measurements", wait_until="domcontentloaded")
        page.get_by_text("fct_kpi_measurements").first.wait_for(timeout=60_000)
        page.screenshot(path=str(tmp_path / "asset.png"))
        page.goto(f"{address}/runs", wait_until="domcontentloaded")
        page.get_by_text("month_close").first.wait_for(timeout=60_000)
        page.get_by_text("nightly").first.wait_for(timeout=60_000)
        page.screenshot(path=str(tmp_path / "runs.png"))
        browser.close()
    assert (tmp_path / "runs.png").stat().st_size > 10_000
